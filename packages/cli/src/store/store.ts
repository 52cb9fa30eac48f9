import { faultWithCode, nearestName } from '@nksip-ts/core';
import { Misuse, readArguments, text, type Parsed } from '../command-line/command-line.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { withEnvironmentFlags } from '../config/environment.js';
import { checkState } from './check.js';
import { exportState } from './export.js';
import { importState } from './import.js';
import { withServiceOf } from './service.js';
import { printPage } from '../output/terminal.js';

export const storeHelp = `Usage: nksip-ts store export|import [FILE] [options]
       nksip-ts store check [options]

Moves event state between stores: one line of JSON per publication, with its entity-tag
and the time when it expires. Without FILE: to standard output, from standard input.
check reads everything in the store and reports what is damaged or missing.

  --config FILE      the configuration of the service whose store is used, as for serve
  --set NAME=VALUE   any option of docs/options.md, e.g. plugins=NAME; may be repeated
  --service NAME     the name of the service whose state is meant (default: the name in the
                     configuration; else 'nksip-ts' for an export, the name in the file for
                     an import, all services for a check)
  --allow-empty      exit code 0 even if there is nothing to export (else 1)
`;

const flags = {
  'config': { type: 'string' }, 'set': { type: 'string', multiple: true }, 'service': { type: 'string' }, 'allow-empty': { type: 'boolean' },
} as const;

export async function store(args: readonly string[]): Promise<ExitCode> {
  const parsed = withEnvironmentFlags(readArguments(args, flags), process.env, ['config']);
  if (parsed.flags['help'] === true) {
    printPage(storeHelp);
    return exitCodes.ok;
  }
  const { task, file } = taskOf(parsed);
  const withService = withServiceOf(parsed, task !== 'import');
  try {
    switch (task) {
      case 'export': return await exportState(withService, file, parsed.flags['allow-empty'] === true);
      case 'import': return await importState(withService, file);
      case 'check': return await checkState(withService, args, text(parsed, 'service') === undefined ? 'all' : 'own');
    }
  } catch (error) {
    // What is wrong with the store says more than in which hook or callback of its plugin that showed.
    throw faultWithCode(error, 'store_failed') ?? faultWithCode(error, 'store_unavailable') ?? error;
  }
}

type Task = 'export' | 'import' | 'check';

function taskOf({ words, flags: { 'allow-empty': allowEmpty } }: Parsed): { readonly task: Task; readonly file: string | undefined } {
  const [task, ...files] = words;
  if (task !== 'export' && task !== 'import' && task !== 'check') throw unknownTask(task);
  const spare = files.slice(task === 'check' ? 0 : 1);
  if (spare.length > 0 && task === 'check') throw new Misuse(`check takes no file, such as '${spare.join(' ')}': it reads the store of --config or --set.`);
  if (spare.length > 0) throw new Misuse(`'${spare.join(' ')}' is one argument too many.`);
  if (task !== 'export' && allowEmpty === true) throw new Misuse('--allow-empty is for an export.');
  return { task, file: files[0] };
}

function unknownTask(given: string | undefined): Misuse {
  if (given === undefined) return new Misuse('Say what to do: nksip-ts store export, nksip-ts store import, or nksip-ts store check.');
  const nearest = nearestName(given, ['export', 'import', 'check']);
  return new Misuse(`store cannot '${given}'. ${nearest === undefined ? 'It can export, import and check.' : `Did you mean '${nearest}'?`}`);
}
