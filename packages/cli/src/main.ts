import { readFileSync } from 'node:fs';
import { nearestName } from '@nksip-ts/core';
import { check } from './serve/check.js';
import { Misuse, sentenceOf } from './command-line/command-line.js';
import { exitCodes, type ExitCode } from './command-line/exit-codes.js';
import { ha1 } from './client/ha1.js';
import { kick } from './desk/kick.js';
import { list } from './desk/list.js';
import { ps } from './desk/ps.js';
import { rm } from './desk/rm.js';
import { show } from './desk/show.js';
import { stats } from './desk/stats.js';
import { top } from './desk/top.js';
import { watchers } from './desk/watchers.js';
import { options, publish } from './client/request.js';
import { register } from './client/register.js';
import { watch } from './client/watch.js';
import { serve } from './serve/serve.js';
import { store } from './store/store.js';
import { print, printPage, tell } from './output/terminal.js';

const usage = `Usage: nksip-ts COMMAND [options]

  serve          run a presence server: it keeps what is published, and tells who watches
  check          tell whether serve would start, and if not, what is wrong
  publish URI    send one PUBLISH
  watch URI      subscribe, and print the state whenever it changes
  register URI   register this machine, or another contact, for an address
  options URI    ask a server what it can do
  store          move event state from one store to another, or check it
  ha1            make what is kept instead of a password

  Of a server that runs, by its plugin admin:
  ps             show its processes
  list [URI]     list what is published
  show URI       show an address: what is published, who watches, what they are sent
  watchers [URI] list who watches
  rm URI [TAG]   remove what is published
  kick ID        end the subscription of a watcher
  stats          show how much is stored, and how it goes
  top            show that again and again

  nksip-ts help COMMAND tells more; --version prints the version.
  Exit codes: 0 done; 1 something is wrong with what was given, or with the store;
  2 refused by the server; 3 no response.

Try it: nksip-ts serve, and in a second terminal
  nksip-ts watch sip:alice@127.0.0.1:5060 --event nkpublish
and in a third
  nksip-ts publish sip:alice@127.0.0.1:5060 --event nkpublish --body hello
`;

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<ExitCode>>> = { serve, check, publish, watch, register, options, store, ha1, ps, list, show, watchers, rm, kick, stats, top, help };

/** Runs the command; resolves to its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  try {
    return await run(args);
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === undefined) throw error;
    tell(`nksip-ts: ${sentence}`);
    return exitCodes.misuse;
  }
}

async function run([first, ...rest]: readonly string[]): Promise<ExitCode> {
  if (first === undefined || first === '--help' || first === '-h') {
    printPage(usage);
    return first === undefined ? exitCodes.misuse : exitCodes.ok;
  }
  if (first === '--version') {
    print(version());
    return exitCodes.ok;
  }
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command === undefined) throw unknownCommand(first);
  return await command(rest);
}

/** `help serve` is `serve --help`. */
async function help([command]: readonly string[]): Promise<ExitCode> {
  return await run(command === undefined ? ['--help'] : [command, '--help']);
}

function unknownCommand(given: string): Misuse {
  const nearest = given === 'version' ? '--version' : nearestName(given, Object.keys(commands));
  return new Misuse(`There is no command '${given}'.${nearest === undefined ? ` The commands are ${Object.keys(commands).join(', ')}.` : ` Did you mean '${nearest}'?`}`);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
}
