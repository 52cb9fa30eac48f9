import { NksipError } from '../errors.js';
import { algorithmOf, hashLength, hashOf, type DigestAlgorithm } from './algorithm.js';

const written = /^HA1!([A-Z0-9-]+)!([0-9a-f]+)$/;

/**
 * What may be kept instead of a password: it serves one user, one realm and one algorithm, and says of itself that it is no
 * password (`HA1!SHA-256!...`).
 */
export function makeHa1(user: string, realm: string, password: string, algorithm: DigestAlgorithm = 'MD5'): string {
  for (const [argument, given] of Object.entries({ user, realm, password })) {
    if (typeof given !== 'string') throw new NksipError('invalid_argument', { argument, given: typeof given, reason: 'write a text' });
  }
  if (algorithmOf(algorithm) !== algorithm) throw new NksipError('invalid_argument', { argument: 'algorithm', given: algorithm, reason: "write 'MD5', 'SHA-256' or 'SHA-512-256'" });
  return `HA1!${algorithm}!${ha1Of(user, realm, password, algorithm)}`;
}

/** The HA1 of a password, or the one that is given in its place; undefined if that is one of another algorithm. */
export function ha1For(secret: string, user: string, realm: string, algorithm: DigestAlgorithm): string | undefined {
  const made = readHa1(secret);
  if (made === undefined) return ha1Of(user, realm, secret, algorithm);
  return made.algorithm === algorithm ? made.ha1 : undefined;
}

/** Whether a password or HA1 can answer a challenge of this algorithm. */
export function serves(secret: string, algorithm: DigestAlgorithm): boolean {
  const made = readHa1(secret);
  return made === undefined || made.algorithm === algorithm;
}

function ha1Of(user: string, realm: string, password: string, algorithm: DigestAlgorithm): string {
  return hashOf(algorithm, `${user}:${realm}:${password}`);
}

function readHa1(secret: string): { readonly algorithm: DigestAlgorithm; readonly ha1: string } | undefined {
  const [, name, ha1 = ''] = written.exec(secret) ?? [];
  const algorithm = name === undefined ? undefined : algorithmOf(name);
  return algorithm === undefined || ha1.length !== hashLength(algorithm) ? undefined : { algorithm, ha1 };
}
