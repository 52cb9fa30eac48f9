import { readFileSync } from 'node:fs';
import { coreOptions, logLevels, nearestName } from '@nksip-ts/core';
import { options as compositorOptions } from '@nksip-ts/event-compositor';
import { options as notifierOptions } from '@nksip-ts/event-notifier';
import { options as registrarOptions } from '@nksip-ts/registrar';
import { ha1, ha1Help } from './client/ha1.js';
import { register, registerHelp } from './client/register.js';
import { options, optionsHelp, publish, publishHelp } from './client/request.js';
import { watch, watchHelp } from './client/watch.js';
import { Misuse, readArguments, sentenceOf } from './command-line/command-line.js';
import { commandList, type Commands } from './command-line/command-table.js';
import { completionFor, shells } from './command-line/completion.js';
import { exitCodes, type ExitCode } from './command-line/exit-codes.js';
import { kick, kickHelp } from './desk/kick.js';
import { list, listHelp } from './desk/list.js';
import { ps, psHelp } from './desk/ps.js';
import { rm, rmHelp } from './desk/rm.js';
import { show, showHelp } from './desk/show.js';
import { stats, statsHelp } from './desk/stats.js';
import { top, topHelp } from './desk/top.js';
import { watchers, watchersHelp } from './desk/watchers.js';
import { systemReason } from './config/file-reason.js';
import { heedOutput } from './output/lost-output.js';
import { logFormats } from './output/service-log.js';
import { print, printPage, tell } from './output/terminal.js';
import { check, checkHelp } from './serve/check.js';
import { serve, serveHelp } from './serve/serve.js';
import { store, storeHelp } from './store/store.js';
import { options as usersOptions } from './users/options.js';
import { passwd, passwdHelp } from './users/passwd.js';
import { algorithms } from './users/users-text.js';

export const completionHelp = `Usage: nksip-ts completion bash|zsh|fish

Prints what makes the shell complete commands, flags and options. For bash, add this line
to ~/.bashrc:
  source <(nksip-ts completion bash)
For zsh, add this line to ~/.zshrc, below the one with compinit:
  source <(nksip-ts completion zsh)
For fish, type once:
  nksip-ts completion fish > ~/.config/fish/completions/nksip-ts.fish
`;

const helpHelp = `Usage: nksip-ts help [COMMAND]

Tells what a command does, and its flags.
`;

/** All that there is: the help, the completion of shells, the man page and the documentation are made from it. */
export const commands: Commands = {
  serve: { summary: 'run a presence server: it keeps what is published, and tells who watches', help: serveHelp, run: serve },
  check: { summary: 'tell whether serve would start, and if not, what is wrong', help: checkHelp, run: check },
  publish: { words: 'URI', summary: 'send one PUBLISH', help: publishHelp, run: publish },
  watch: { words: 'URI', summary: 'subscribe, and print the state whenever it changes', help: watchHelp, run: watch },
  register: { words: 'URI', summary: 'register this machine, or another contact, for an address', help: registerHelp, run: register },
  options: { words: 'URI', summary: 'ask a server what it can do', help: optionsHelp, run: options },
  store: { choices: ['export', 'import', 'check'], summary: 'move event state from one store to another, or check it', help: storeHelp, run: store },
  passwd: { words: 'FILE USER', summary: 'set a password in a file of users', help: passwdHelp, run: passwd },
  ha1: { summary: 'make what is kept instead of a password', help: ha1Help, run: ha1 },
  ps: { summary: 'show the processes of a running server', help: psHelp, run: ps },
  list: { words: '[URI]', summary: 'list what is published there', help: listHelp, run: list },
  show: { words: 'URI', summary: 'show an address: what is published, who watches, what they are sent', help: showHelp, run: show },
  watchers: { words: '[URI]', summary: 'list who watches', help: watchersHelp, run: watchers },
  rm: { words: 'URI [TAG]', summary: 'remove what is published', help: rmHelp, run: rm },
  kick: { words: 'ID', summary: 'end the subscription of a watcher', help: kickHelp, run: kick },
  stats: { summary: 'show how much is stored, and how it goes', help: statsHelp, run: stats },
  top: { summary: 'show that again and again', help: topHelp, run: top },
  completion: { words: 'SHELL', choices: shells, summary: 'print what makes a shell complete all this', help: completionHelp, run: completion },
  help: { words: 'COMMAND', summary: 'tell more of a command', help: helpHelp, run: help },
};

/** What `nksip-ts --help` says behind the list of commands. */
export const usageEnd = `  --version prints the version.
  Exit codes: 0 done; 1 something is wrong with what was given, or with the store;
  2 refused by the server; 3 no response.

Try it: nksip-ts serve, and in a second terminal
  nksip-ts watch sip:alice@127.0.0.1:5060 --event nkpublish
and in a third
  nksip-ts publish sip:alice@127.0.0.1:5060 --event nkpublish --body hello
`;

/** For a process that runs nothing else: what is printed and finds no reader, or no room, ends it. */
export function endWithOutput(): void {
  heedOutput({ code: exitCodes.fault, reasonOf: systemReason });
}

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
    printPage(`Usage: nksip-ts COMMAND [options]\n\n${commandList(commands)}\n\n${usageEnd}`);
    return first === undefined ? exitCodes.misuse : exitCodes.ok;
  }
  if (first === '--version') {
    print(version());
    return exitCodes.ok;
  }
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command === undefined) throw unknownCommand(first);
  return await command.run(rest);
}

/** `help serve` is `serve --help`. */
async function help([command]: readonly string[]): Promise<ExitCode> {
  return await run(command === undefined || command.startsWith('-') ? ['--help'] : [command, '--help']);
}

async function completion(args: readonly string[]): Promise<ExitCode> {
  const { flags, words: [shell, ...spare] } = readArguments(args, {});
  const all = [coreOptions, compositorOptions, notifierOptions, registrarOptions, usersOptions].flatMap(({ shape }) => Object.keys(shape));
  if (spare.length > 0) throw new Misuse(`'${spare.join(' ')}' is one argument too many.`);
  printPage(flags['help'] === true ? completionHelp : completionFor(shell, commands, { 'log-level': logLevels, 'log-format': logFormats, 'algorithm': algorithms }, ['plugins', ...all]));
  return exitCodes.ok;
}

function unknownCommand(given: string): Misuse {
  const nearest = given === 'version' ? '--version' : nearestName(given, Object.keys(commands));
  return new Misuse(`There is no command '${given}'.${nearest === undefined ? ` The commands are ${Object.keys(commands).join(', ')}.` : ` Did you mean '${nearest}'?`}`);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
}
