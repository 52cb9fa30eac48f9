import { makeHa1 } from '@nksip-ts/core';
import { Misuse, readArguments, text } from '../command-line/command-line.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { readPassword } from '../command-line/password.js';
import { print, printPage } from '../output/terminal.js';

const algorithms = ['MD5', 'SHA-256', 'SHA-512-256'] as const;

export const ha1Help = `Usage: nksip-ts ha1 USER REALM [options]

Prints a line USER:HA1 for a file of users. An HA1 is stored instead of the password
(docs/authentication.md). It reads the password from the environment variable
NKSIP_TS_PASS, or else from one line of standard input.

  --algorithm A      ${algorithms.join(', ')} (default MD5, which every client knows)

Example: nksip-ts ha1 alice example.com >> users.txt
`;

export async function ha1(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, { algorithm: { type: 'string' } });
  if (parsed.flags['help'] === true) {
    printPage(ha1Help);
    return exitCodes.ok;
  }
  const [user, realm, ...spare] = parsed.words;
  if (user === undefined || realm === undefined || spare.length > 0) throw new Misuse('ha1 takes a user and a realm, for example: nksip-ts ha1 alice example.com');
  if (/[:\r\n]/.test(user)) throw new Misuse(`The name of a user has no colon and no line end in it, as '${user}' has.`);
  const given = text(parsed, 'algorithm') ?? 'MD5';
  const algorithm = algorithms.find((known) => known === given.toUpperCase());
  if (algorithm === undefined) throw new Misuse(`--algorithm is one of ${algorithms.join(', ')}, not '${given}'.`);
  print(`${user}:${makeHa1(user, realm, await readPassword(), algorithm)}`);
  return exitCodes.ok;
}
