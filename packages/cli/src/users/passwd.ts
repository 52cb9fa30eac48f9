import { makeHa1 } from '@nksip-ts/core';
import { Misuse, readArguments, text, type Parsed } from '../command-line/command-line.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { readNewPassword } from '../command-line/password.js';
import { print, printPage } from '../output/terminal.js';
import { rewrite } from './rewrite.js';
import { algorithms, lineText, parseUsers, whyNoName, type Algorithm } from './users-text.js';

export const passwdHelp = `Usage: nksip-ts passwd FILE USER [options]

Sets the password of a user in a file of users (serve --users FILE), which is made if it is
not there, readable by you only. A server that uses the file takes it within two seconds.
It reads the password from the environment variable NKSIP_TS_PASS, or else from standard
input; a terminal does not show it. The file does not contain the password, but an HA1.

  --realm R          the domain of the user's address, e.g. example.com (default: that of
                     the users in the file, if they have the same)
  --algorithm A,B    ${algorithms.join(', ')} (default MD5, which every client knows, or
                     what the user has)
  --remove           remove the user

Example: nksip-ts passwd users alice --realm example.com
`;

export const passwdFlags = { realm: { type: 'string' }, algorithm: { type: 'string' }, remove: { type: 'boolean' } } as const;

export async function passwd(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, passwdFlags);
  if (parsed.flags['help'] === true) {
    printPage(passwdHelp);
    return exitCodes.ok;
  }
  const [file, user, ...spare] = parsed.words;
  if (file === undefined || user === undefined || spare.length > 0) throw new Misuse('passwd takes a file and a user, for example: nksip-ts passwd users alice --realm example.com');
  const wrong = whyNoName(user);
  if (wrong !== undefined) throw new Misuse(`'${user}' is no name for a user: ${wrong}.`);
  const removes = parsed.flags['remove'] === true;
  // Before anybody is asked for a password.
  algorithmsIn(parsed);
  const password = removes ? undefined : await readNewPassword();
  print(await rewrite(file, (before) => changed(before, { user, password, parsed, file })));
  return exitCodes.ok;
}

interface Change {
  readonly user: string;
  /** Undefined: the user goes. */
  readonly password: string | undefined;
  readonly parsed: Parsed;
  readonly file: string;
}

/** The file as it will be, and what that is. All that is no line of the user stays as it is. */
function changed(before: string, { user, password, parsed, file }: Change): { readonly text: string; readonly told: string } {
  const all = parseUsers(before);
  const realm = text(parsed, 'realm') ?? onlyRealm(all.filter((line) => password !== undefined || line.user === user).map((line) => line.realm), user);
  const wrong = whyNoName(realm);
  if (wrong !== undefined) throw new Misuse(`'${realm}' is no realm: ${wrong}.`);
  const own = all.filter((line) => line.user === user && line.realm === realm);
  if (password === undefined && own.length === 0) throw new Misuse(`There is no user '${user}' of '${realm}' in ${file}.`);
  const used = algorithmsIn(parsed) ?? (own.length > 0 ? own.map((line) => line.algorithm) : ['MD5'] as const);
  const made = password === undefined ? [] : used.map((algorithm) => lineText({ user, realm, algorithm, ha1: makeHa1(user, realm, password, algorithm).split('!')[2] ?? '' }));
  const told = `${user} of ${realm} ${password === undefined ? 'is removed' : own.length === 0 ? 'is new' : 'has a new password'} in ${file}`;
  return { text: withoutUser(before, user, realm) + made.join(''), told };
}

function withoutUser(before: string, user: string, realm: string): string {
  const lines = before.split('\n').filter((line) => !parseUsers(line).some((one) => one.user === user && one.realm === realm));
  const rest = lines.join('\n');
  return rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`;
}

function onlyRealm(realms: readonly string[], user: string): string {
  const [realm, ...others] = new Set(realms);
  if (realm !== undefined && others.length === 0) return realm;
  throw new Misuse(`Which realm is '${user}' of? Say --realm with the domain of the address, for example --realm example.com`);
}

/** Undefined: nobody said. */
function algorithmsIn(parsed: Parsed): readonly Algorithm[] | undefined {
  const given = text(parsed, 'algorithm');
  return given === undefined ? undefined : [...new Set(given.split(',').map((name) => algorithmNamed(name.trim())))];
}

function algorithmNamed(name: string): Algorithm {
  const algorithm = algorithms.find((known) => known === name.toUpperCase());
  if (algorithm === undefined) throw new Misuse(`--algorithm is one or more of ${algorithms.join(', ')}, not '${name}'.`);
  return algorithm;
}
