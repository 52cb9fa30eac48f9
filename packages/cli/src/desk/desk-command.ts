import { readFileSync } from 'node:fs';
import { Misuse, readArguments, text, type Parsed } from '../command-line/command-line.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { print, printPage, printJson, tell } from '../output/terminal.js';
import { DeskClient, DeskFault } from './desk-client.js';

export const deskHelp = `  --url URL          where the server's plugin admin listens (default http://127.0.0.1:8088)
  --token-file FILE  a file with the server's sip_admin_token, which it wants for changes, and
                     for everything beyond its own machine; or put it into the environment
                     variable NKSIP_TS_SIP_ADMIN_TOKEN
  --token TOKEN      the same; every user of this machine can see it here
  --json             print what the server answers, one line of JSON for each item
`;

const usualUrl = 'http://127.0.0.1:8088';

const deskFlags = { 'url': { type: 'string' }, 'token': { type: 'string' }, 'token-file': { type: 'string' }, 'json': { type: 'boolean' } } as const;

/** What a command of the desk is given. */
export interface Desk {
  readonly client: DeskClient;
  readonly url: string;
  readonly parsed: Parsed;
  readonly isJson: boolean;
}

type Flags = Parameters<typeof readArguments>[1];

/** A command that asks a running server. */
export function deskCommand(help: string, flags: Flags, run: (desk: Desk) => Promise<void>): (args: readonly string[]) => Promise<ExitCode> {
  return async (args) => {
    const parsed = readArguments(args, { ...deskFlags, ...flags });
    if (parsed.flags['help'] === true) {
      printPage(help);
      return exitCodes.ok;
    }
    const url = urlOf(parsed);
    return await told(run({ client: new DeskClient(url, tokenOf(parsed)), url, parsed, isJson: parsed.flags['json'] === true }));
  };
}

async function told(task: Promise<void>): Promise<ExitCode> {
  try {
    await task;
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof DeskFault)) throw error;
    tell(`nksip-ts: ${error.message}`);
    return error.exitCode;
  }
}

/** With --json the items, each on a line; otherwise lines for a person. */
export function show(desk: Desk, items: readonly object[], lines: () => readonly string[]): void {
  if (desk.isJson) printJson(items);
  else print(...lines());
}

export function noWords({ parsed }: Desk, command: string, most = 0): void {
  const spare = parsed.words.slice(most);
  if (spare.length > 0) throw new Misuse(`'${spare.join(' ')}' is one argument too many${most === 0 ? `: ${command} takes options only` : ''}.`);
}

function urlOf(parsed: Parsed): string {
  const given = text(parsed, 'url') ?? usualUrl;
  if (!URL.canParse(given) || !/^https?:/i.test(given)) throw new Misuse(`--url wants a URL such as ${usualUrl}, not '${given}'.`);
  const url = new URL(given);
  if (url.username !== '' || url.password !== '') throw new Misuse('--url has no user and no password: a token goes into --token-file.');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function tokenOf(parsed: Parsed): string | undefined {
  const file = text(parsed, 'token-file');
  const given = text(parsed, 'token');
  if (file !== undefined && given !== undefined) throw new Misuse('--token and --token-file say the same thing: leave one of them out.');
  const token = file === undefined ? given ?? process.env['NKSIP_TS_SIP_ADMIN_TOKEN']?.trim() : tokenIn(file);
  if (token !== undefined && /[^\x21-\x7e]/.test(token)) throw new Misuse('A token has no blanks and none but ASCII characters in it.');
  return token === '' ? undefined : token;
}

function tokenIn(file: string): string {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  } catch (error) {
    throw new Misuse(`The file '${file}' of --token-file cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}.`);
  }
  throw new Misuse(`The file '${file}' of --token-file is empty.`);
}
