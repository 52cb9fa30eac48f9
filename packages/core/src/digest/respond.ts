import { formatCredentials, parseChallenge } from '@nksip-ts/sip';
import { show } from '../errors.js';
import { algorithmOf, type DigestAlgorithm } from './algorithm.js';
import { ha1For, serves } from './ha1.js';
import { signInFor, type Passwords } from './passwords.js';
import { requestDigest } from './response.js';

/** A challenge that can be answered here. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  readonly opaque: string | undefined;
  /** Without qop it is one of RFC 2069. */
  readonly qop: boolean;
  readonly stale: boolean;
}

/** Undefined for another scheme, algorithm or quality of protection: RFC 8760 2.4 passes over these. */
export function readChallenge(text: string): Challenge | undefined {
  const value = parseChallenge(text);
  const [realm, nonce, qop, stale] = ['realm', 'nonce', 'qop', 'stale'].map((name) => value?.params.get(name));
  const algorithm = algorithmOf(value?.params.get('algorithm'));
  if (value?.scheme !== 'Digest' || realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  if (qop !== undefined && !qop.toLowerCase().split(',').some((one) => one.trim() === 'auth')) return undefined;
  return { realm, nonce, algorithm, opaque: value.params.get('opaque'), qop: qop !== undefined, stale: stale?.toLowerCase() === 'true' };
}

/**
 * RFC 8760 2.4: of several challenges of one realm, the topmost one that is supported. One for each realm that there is a password for,
 * as RFC 3261 22.3 has it where a request was forked.
 */
export function chooseChallenges(texts: readonly string[], passwords: Passwords): readonly Challenge[] {
  const chosen = new Map<string, Challenge>();
  for (const text of texts) {
    const challenge = readChallenge(text);
    if (challenge === undefined || chosen.has(challenge.realm)) continue;
    const signIn = signInFor(passwords, challenge.realm);
    if (signIn !== undefined && serves(signIn.pass, challenge.algorithm)) chosen.set(challenge.realm, challenge);
  }
  return [...chosen.values()];
}

/** Why `chooseChallenges` finds none that it can answer, of the first one that can be read: a sentence without its full stop. */
export function whyUnanswered(texts: readonly string[], passwords: Passwords): string | undefined {
  const challenge = texts.map(readChallenge).find((one) => one !== undefined);
  if (challenge === undefined) return undefined;
  const { realm, algorithm } = challenge;
  return signInFor(passwords, realm) === undefined
    ? `no password in sip_pass for realm ${show(realm)}`
    : `the HA1 in sip_pass for realm ${show(realm)} is of another algorithm than ${algorithm}`;
}

/** What a request says in answer to a challenge. */
export interface Answering {
  readonly user: string;
  /** Or a HA1 of the challenge's algorithm. */
  readonly password: string;
  readonly method: string;
  /** The Request-URI. */
  readonly uri: string;
  readonly cnonce: string;
  /** The how-manieth request with this nonce, from 1 on. */
  readonly count: number;
}

/** The value of Authorization or Proxy-Authorization; undefined if the HA1 is of another algorithm. */
export function respond({ realm, nonce, algorithm, opaque, qop }: Challenge, { user, password, method, uri, cnonce, count }: Answering): string | undefined {
  const ha1 = ha1For(password, user, realm, algorithm);
  if (ha1 === undefined) return undefined;
  // RFC 3261 25.1: "nc-value = 8LHEX".
  const counted = qop ? { nc: count.toString(16).padStart(8, '0'), cnonce } : undefined;
  const response = requestDigest({ algorithm, ha1, method, uri, nonce, counted });
  const params: (readonly [string, string])[] = [['username', user], ['realm', realm], ['nonce', nonce], ['uri', uri], ['response', response], ['algorithm', algorithm]];
  if (opaque !== undefined) params.push(['opaque', opaque]);
  if (counted !== undefined) params.push(['cnonce', counted.cnonce], ['qop', 'auth'], ['nc', counted.nc]);
  return formatCredentials({ scheme: 'Digest', params });
}
