import { hash, timingSafeEqual } from 'node:crypto';

/** RFC 3261 22.4 and RFC 8760 2.1, in the spelling of the wire. */
export const digestAlgorithms = ['MD5', 'SHA-256', 'SHA-512-256'] as const;

export type DigestAlgorithm = (typeof digestAlgorithms)[number];

const hashes: { readonly [A in DigestAlgorithm]: { readonly name: string; readonly bytes: number } } = {
  'MD5': { name: 'md5', bytes: 16 },
  'SHA-256': { name: 'sha256', bytes: 32 },
  'SHA-512-256': { name: 'sha512-256', bytes: 32 },
};

/** H of RFC 7616 3.3: lower-case hex of the hash of a text as UTF-8. */
export function hashOf(algorithm: DigestAlgorithm, text: string): string {
  return hash(hashes[algorithm].name, text);
}

/** Letters of such a hash. */
export function hashLength(algorithm: DigestAlgorithm): number {
  return 2 * hashes[algorithm].bytes;
}

/** What an `algorithm` parameter means: tokens have no case, and RFC 3261 22.4 has MD5 where there is none. Undefined: one not known here. */
export function algorithmOf(name: string | undefined): DigestAlgorithm | undefined {
  if (name === undefined) return 'MD5';
  return digestAlgorithms.find((algorithm) => algorithm === name.toUpperCase());
}

/** Compares what must not be guessed: how long it takes says nothing about where two texts of one length differ. */
export function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
