import { nearestName } from '@nksip-ts/core';

/** Algorithms of an HA1, and how many hexadecimal digits it has. */
const digits = { 'MD5': 32, 'SHA-256': 64, 'SHA-512-256': 64 } as const;
export type Algorithm = keyof typeof digits;
export const algorithms = Object.keys(digits) as readonly Algorithm[];

/** What one line says: this user of this realm may sign in with a password that has this HA1. */
export interface UserLine {
  readonly user: string;
  readonly realm: string;
  readonly algorithm: Algorithm;
  /** Hexadecimal, in lower case. */
  readonly ha1: string;
}

/**
 * Reads lines `user:realm:ALGORITHM:HA1`, or `user:realm:HA1` as htdigest writes them, which is MD5. Empty lines and those that begin with
 * `#` say nothing. Throws an Error that names the line, and has nothing of its HA1.
 */
export function parseUsers(text: string): readonly UserLine[] {
  const seen = new Map<string, number>();
  return text.replace(/^\ufeff/, '').split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const read = readLine(line, index + 1);
    const key = JSON.stringify([read.user, read.realm, read.algorithm]);
    const before = seen.get(key);
    if (before !== undefined) throw fault(index + 1, `'${read.user}' of '${read.realm}' has a line for ${read.algorithm} already, line ${before}: leave one out`);
    seen.set(key, index + 1);
    return [read];
  });
}

export function lineText({ user, realm, algorithm, ha1 }: UserLine): string {
  return `${user}:${realm}:${algorithm}:${ha1}\n`;
}

/** Why nobody can be called so, or no realm; undefined: it is a good name. */
export function whyNoName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  return /[:\u0000-\u001f\u007f]/.test(name) ? 'it has a colon or a control character' : undefined;
}

function readLine(text: string, line: number): UserLine {
  const fields = text.trimEnd().split(':');
  const [user = '', realm = '', third = '', fourth] = fields;
  if (fields.length !== 3 && fields.length !== 4) throw fault(line, 'write user:realm:ALGORITHM:HA1, or user:realm:HA1 for MD5');
  if (user.startsWith(' ')) throw fault(line, 'it begins with a blank');
  const wrong = whyNoName(user) ?? whyNoName(realm);
  if (wrong !== undefined) throw fault(line, `its user or its realm is no name: ${wrong}`);
  const algorithm = fourth === undefined ? 'MD5' : algorithmNamed(third, line);
  return { user, realm, algorithm, ha1: ha1In(fourth ?? third, algorithm, line) };
}

function algorithmNamed(name: string, line: number): Algorithm {
  const algorithm = algorithms.find((known) => known === name.toUpperCase());
  if (algorithm !== undefined) return algorithm;
  const nearest = nearestName(name.toUpperCase(), algorithms);
  throw fault(line, `its algorithm is one of ${algorithms.join(', ')}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
}

function ha1In(text: string, algorithm: Algorithm, line: number): string {
  if (new RegExp(`^[0-9a-f]{${digits[algorithm]}}$`, 'i').test(text)) return text.toLowerCase();
  throw fault(line, `an HA1 of ${algorithm} has ${digits[algorithm]} hexadecimal digits; nksip-ts passwd makes one from a password`);
}

function fault(line: number, reason: string): Error {
  return new Error(`line ${line}: ${reason}`);
}
