import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { reasonOf, startByName, type Service } from '@nksip-ts/core';
import { isInMemory, list, restore, type Publication, type Restored } from '@nksip-ts/event-compositor';
import { Misuse, readArguments, text, type Parsed } from './command-line.js';
import { readConfig, type Config } from './config-file.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { withProgress } from './progress.js';
import { faultLog } from './service-log.js';
import { settings } from './settings.js';
import { endLine, headerLine, linesOf, publicationLine, readHeader, readLine, wrong } from './state-lines.js';
import { printPage, tell } from './terminal.js';

export const storeHelp = `Usage: nksip-ts store export|import [FILE] [options]

Moves event state between stores, a line of JSON a publication, with its entity-tag and
the time when it ends. Without FILE: to standard output, from standard input.

  --config FILE      the service whose store it is, as for serve; it does not listen
  --set NAME=VALUE   any option of docs/options.md, e.g. plugins=NAME; may be given again
  --service NAME     under which name it is stored (default: that of the configuration;
                     else 'nksip-ts' for an export, that of the exported one for an import)
`;

const flags = { config: { type: 'string' }, set: { type: 'string', multiple: true }, service: { type: 'string' } } as const;

/** Publications on their way into a store at a time. */
const AT_ONCE = 32;

export async function store(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, flags);
  if (parsed.flags['help'] === true) {
    printPage(storeHelp);
    return exitCodes.ok;
  }
  const [direction, file, ...more] = parsed.words;
  if (direction !== 'export' && direction !== 'import') throw new Misuse('Say which way: nksip-ts store export, or nksip-ts store import.');
  if (more.length > 0) throw new Misuse(`'${more.join(' ')}' is one argument too many.`);
  const config = text(parsed, 'config') === undefined ? { options: {} } : await readConfig(text(parsed, 'config') ?? '');
  return direction === 'export' ? await exportState(parsed, config, file) : await importState(parsed, config, file);
}

/** Runs `task` with a service that listens on nothing, unless its store is the memory of this very process. */
async function withService<T>(parsed: Parsed, { name, options, module }: Config, otherwise: string, task: (service: Service) => Promise<T>): Promise<T> {
  const given: Record<string, unknown> = { plugins: ['event-compositor'], sip_events: 'presence', ...options, ...settings(parsed) };
  delete given['sip_listen'];
  const service = await startByName(text(parsed, 'service') ?? name ?? otherwise, { ...given, logger: faultLog(), log_level: 'error' }, module);
  try {
    if (isInMemory(service)) {
      throw new Misuse('The store of this service is the memory of its process, which is empty in a new one: there is nothing to export or to import. Name a store with --config or --set plugins=NAME.');
    }
    return await task(service);
  } finally {
    await service.stop();
  }
}

async function exportState(parsed: Parsed, config: Config, file: string | undefined): Promise<ExitCode> {
  let exported = 0;
  await withService(parsed, config, 'nksip-ts', (service) => withProgress(tell, () => `${exported} publications exported`, async () => {
    async function* lines(): AsyncIterable<string> {
      yield headerLine(service.id);
      for await (const publication of list(service)) {
        yield publicationLine(publication);
        exported++;
      }
      yield endLine(exported);
    }
    // Standard output is not ours to close.
    await pipeline(lines(), file === undefined ? process.stdout : createWriteStream(file), { end: file !== undefined }).catch(unreadable(file));
  }));
  tell(`${exported} publications exported`);
  return exitCodes.ok;
}

async function importState(parsed: Parsed, config: Config, file: string | undefined): Promise<ExitCode> {
  const counts = { stored: 0, same: 0, different: 0, over: 0 };
  const told = (): string => `${counts.stored} publications stored, ${counts.same} were there already, ${counts.over} were over, ${counts.different} not stored because something else is there`;
  const lines = linesOf(file === undefined ? process.stdin : createReadStream(file))[Symbol.asyncIterator]();
  const first = await lines.next().catch(unreadable(file));
  if (first.done === true) throw wrong(1, 'there is none');
  const service = readHeader(first.value);
  try {
    await withService(parsed, config, service, (into) => withProgress(tell, told, () => restoreAll(into, { [Symbol.asyncIterator]: () => lines }, counts)));
  } finally {
    tell(told());
  }
  return counts.different === 0 ? exitCodes.ok : exitCodes.refused;
}

/** A few at a time; the next line is read when there is room. Ends when all that began has ended. */
async function restoreAll(service: Service, lines: AsyncIterable<readonly [number, string]>, counts: Record<Restored, number>): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  const put = async (publication: Publication): Promise<void> => {
    try {
      counts[await restore(service, publication)]++;
    } catch (error) {
      failed ??= { error };
    }
  };
  let last = 1;
  let read = 0;
  let end: number | undefined;
  try {
    for await (const one of lines) {
      [last] = one;
      if (end !== undefined) throw wrong(last, 'the line before it says that it is the last one');
      const publication = readLine(one);
      if (typeof publication === 'number') {
        end = publication;
        continue;
      }
      read++;
      const task: Promise<void> = put(publication).finally(() => underWay.delete(task));
      underWay.add(task);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
      if (failed !== undefined) throw failed.error;
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failed !== undefined) throw failed.error;
  if (end !== read) throw wrong(last + 1, end === undefined ? 'it is missing, the file was cut off' : `the end says that there are ${end} publications, and there are ${read}`);
}

function unreadable(file: string | undefined): (error: unknown) => never {
  return (error) => {
    if (file === undefined || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new Misuse(`The file '${file}' cannot be used: ${reasonOf(error)}.`);
  };
}
