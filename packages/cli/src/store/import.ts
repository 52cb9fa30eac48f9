import { createReadStream } from 'node:fs';
import type { Service } from '@nksip-ts/core';
import { restore, usedBy, type Publication, type Restored } from '@nksip-ts/event-compositor';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { publicationsText, withProgress } from '../output/progress.js';
import { SeenKeys } from './seen-keys.js';
import { linesOf, publicationLine, readHeader, readLine, wrong } from './state-lines.js';
import type { WithService } from './service.js';
import { tell } from '../output/terminal.js';
import { unreadable } from './unreadable.js';

/** Publications on their way into a store at a time. */
const AT_ONCE = 32;

type Line = readonly [number: number, text: string];
type Counts = Record<Restored, number>;

export async function importState(withService: WithService, file: string | undefined): Promise<ExitCode> {
  const counts: Counts = { stored: 0, same: 0, different: 0, over: 0 };
  const told = (): string => `${publicationsText(counts.stored)} stored, ${counts.same} already present, ${counts.over} expired, ${counts.different} not stored because something else is there`;
  const lines = linesOf(file === undefined ? process.stdin : createReadStream(file))[Symbol.asyncIterator]();
  const first = await lines.next().catch(unreadable(file));
  if (first.done === true) throw wrong(1, 'there is none');
  const service = readHeader(first.value);
  try {
    await withService(service, (into) => {
      warnOfUser(into);
      return withProgress(tell, told, () => restoreAll(into, publicationsOf({ [Symbol.asyncIterator]: () => lines }, counts), counts));
    });
  } finally {
    tell(told());
  }
  return counts.different === 0 ? exitCodes.ok : exitCodes.refused;
}

function warnOfUser(service: Service): void {
  const user = usedBy(service);
  if (user !== undefined) tell(`nksip-ts: ${user} has this store open. Stop it before an import: where both write the same publication, either may win.`);
}

/** What the lines say, checked; what a line says again is left out and counted. Throws where one is wrong, or the last is missing. */
async function* publicationsOf(lines: AsyncIterable<Line>, counts: Counts): AsyncIterable<Publication> {
  const seen = new SeenKeys();
  let [last, read] = [1, 0];
  let end: number | undefined;
  for await (const one of lines) {
    [last] = one;
    if (end !== undefined) throw wrong(last, 'the line before it says that it is the last one');
    const publication = readLine(one);
    if (typeof publication === 'number') {
      end = publication;
      continue;
    }
    read++;
    const { aor: { scheme, user, domain }, tag } = publication;
    const before = seen.add(JSON.stringify([scheme, user, domain, tag]), publicationLine(publication), last);
    if (before === undefined) yield publication;
    else if (before.same) counts.same++;
    else throw wrong(last, `line ${before.line} has the same aor and tag with something else`);
  }
  if (end !== read) throw wrong(last + 1, end === undefined ? 'it is missing, the file was cut off' : `the end says that there are ${publicationsText(end)}, and there are ${read}`);
}

/** A few at a time; the next is read when there is room. Ends when all that began has ended. */
async function restoreAll(service: Service, publications: AsyncIterable<Publication>, counts: Counts): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  const put = async (publication: Publication): Promise<void> => {
    try {
      counts[await restore(service, publication)]++;
    } catch (error) {
      failed ??= { error };
    }
  };
  try {
    for await (const publication of publications) {
      const task: Promise<void> = put(publication).finally(() => underWay.delete(task));
      underWay.add(task);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
      if (failed !== undefined) throw failed.error;
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failed !== undefined) throw failed.error;
}
