import { pipeline } from 'node:stream/promises';
import type { Service } from '@nksip-ts/core';
import { audit, list, type Publication } from '@nksip-ts/event-compositor';
import { isRegistrations } from '@nksip-ts/registrar';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { knownCount } from './known-count.js';
import { publicationsText, withProgress } from '../output/progress.js';
import { endLine, headerLine, publicationLine } from './state-lines.js';
import type { WithService } from './service.js';
import { tell } from '../output/terminal.js';
import { writeWhole } from './whole-file.js';

/** Sentences about what is wrong; of the others their number is told. */
const MOST_FAULTS = 20;

interface Exported {
  publications: number;
  /** Publications that should be there and are not. */
  missing: number;
  faults: number;
}

/** Exits with 1 where anything is missing or damaged, be it a count of the store alone, and where there is nothing to export. */
export async function exportState(withService: WithService, file: string | undefined, allowEmpty: boolean): Promise<ExitCode> {
  const exported: Exported = { publications: 0, missing: 0, faults: 0 };
  const told = (): string => `${publicationsText(exported.publications)} exported`;
  const others = await withService('nksip-ts', (service) => withProgress(tell, told, async () => {
    const lines = linesOf(service, exported);
    const isEmpty = (): boolean => exported.publications === 0 && exported.missing === 0;
    // Standard output is not ours to close.
    if (file === undefined) await pipeline(lines, process.stdout, { end: false });
    else await writeWhole(file, lines, () => allowEmpty || !isEmpty());
    return isEmpty() ? { name: service.id, names: await namesIn(service) } : undefined;
  }));
  if (exported.faults > MOST_FAULTS) tell(`... and ${exported.faults - MOST_FAULTS} more faults`);
  tell(told());
  if (exported.missing > 0) tell(`nksip-ts: ${publicationsText(exported.missing)} ${exported.missing === 1 ? 'is' : 'are'} missing in this export: what is stored there cannot be read. See nksip-ts store check.`);
  if (others !== undefined && !allowEmpty) tell(`nksip-ts: ${nothing(others.name, others.names)}`);
  return exported.missing > 0 || exported.faults > 0 || (others !== undefined && !allowEmpty) ? exitCodes.fault : exitCodes.ok;
}

async function* linesOf(service: Service, exported: Exported): AsyncIterable<string> {
  yield headerLine(service.id);
  for await (const publication of snapshotOf(service, exported) ?? allOf(service, exported)) {
    yield publicationLine(publication);
    exported.publications++;
  }
  yield endLine(exported.publications);
}

/** As they were at one moment; undefined for a store that cannot tell. */
function snapshotOf(service: Service, exported: Exported): AsyncIterable<Publication> | undefined {
  const findings = audit(service);
  return findings === undefined ? undefined : (async function* () {
    for await (const finding of findings) {
      if (finding.type === 'live') yield finding.publication;
      else if (finding.type === 'fault') {
        exported.missing += finding.lost;
        if (++exported.faults <= MOST_FAULTS) tell(finding.sentence);
      }
    }
  })();
}

/** One after the other, compared with the counts before and after, where the store counts: what comes and goes meanwhile is not missed. */
async function* allOf(service: Service, exported: Exported): AsyncIterable<Publication> {
  const before = await knownCount(service);
  yield* list(service, undefined, 'stored');
  exported.missing = Math.max(0, Math.min(before, await knownCount(service)) - exported.publications);
}

/** Services that the store has something of, some of them. */
async function namesIn(service: Service): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const finding of audit(service, 'all') ?? []) {
    if (finding.type !== 'fault' && !isRegistrations(finding.srvId)) names.add(finding.srvId);
    if (names.size === 5) break;
  }
  return [...names];
}

function nothing(name: string, others: readonly string[]): string {
  const instead = others.length === 0 ? '' : ` It has publications of ${others.map((other) => `'${other}'`).join(', ')}.`;
  return `Nothing is stored for the service '${name}'.${instead} Name another one with --service, or say --allow-empty.`;
}
