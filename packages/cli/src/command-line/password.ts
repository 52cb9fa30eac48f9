import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { tell } from '../output/terminal.js';
import { Misuse } from './command-line.js';

/** From the environment variable NKSIP_TS_PASS, or else from one line of standard input; a terminal does not show it. Rejects with Misuse. */
export async function readPassword(): Promise<string> {
  const given = process.env['NKSIP_TS_PASS'] || await lineOfInput('Password:');
  if (given === undefined || given === '') throw new Misuse('There is no password: type it, or put it into the environment variable NKSIP_TS_PASS.');
  return given;
}

/** The same for one that will be wanted again: whoever types it does so twice. */
export async function readNewPassword(): Promise<string> {
  const password = await readPassword();
  if (!process.stdin.isTTY || process.env['NKSIP_TS_PASS'] || password === await lineOfInput('Once more:')) return password;
  throw new Misuse('These are two different passwords: nothing has changed.');
}

async function lineOfInput(question: string): Promise<string | undefined> {
  const { stdin } = process;
  const lines = createInterface({ input: stdin, output: new Writable({ write: (_chunk, _encoding, done) => { done(); } }), terminal: stdin.isTTY });
  // The terminal is silent from now on: who is quick at typing does not see it either.
  if (stdin.isTTY) tell(question);
  try {
    for await (const line of lines) return line;
    return undefined;
  } finally {
    lines.close();
  }
}
