import { parseUri, sameUri, type AuthValue, type Uri } from '@nksip-ts/sip';
import { algorithmOf, type DigestAlgorithm } from './algorithm.js';
import { ha1For } from './ha1.js';
import { requestDigest } from './response.js';
import { isSameText } from './same-text.js';

/** Digest credentials that have all that they must have. */
export interface Credentials {
  readonly user: string;
  readonly realm: string;
  readonly algorithm: DigestAlgorithm;
  readonly nonce: string;
  readonly uri: string;
  readonly cnonce: string;
  readonly nc: string;
  /** nc as a number. */
  readonly count: number;
  readonly response: string;
}

/** Undefined if something is missing or not known here. Those of RFC 2069, without qop, are refused: nothing in them would tell a replay. */
export function readCredentials({ scheme, params }: AuthValue): Credentials | undefined {
  const [user, realm, nonce, uri, cnonce, nc, response] = ['username', 'realm', 'nonce', 'uri', 'cnonce', 'nc', 'response'].map((name) => params.get(name));
  const algorithm = algorithmOf(params.get('algorithm'));
  if (scheme !== 'Digest' || algorithm === undefined || params.get('qop')?.toLowerCase() !== 'auth') return undefined;
  if (user === undefined || realm === undefined || nonce === undefined || uri === undefined || cnonce === undefined || response === undefined) return undefined;
  if (nc === undefined || !/^[0-9a-f]{8}$/i.test(nc)) return undefined;
  return { user, realm, algorithm, nonce, uri, cnonce, nc, count: Number.parseInt(nc, 16), response };
}

/** RFC 3261 22.4 with RFC 7616 3.4.6: credentials are for the Request-URI that they name, or one that is equivalent to it. */
export function areFor(credentials: Credentials, requestUri: Uri): boolean {
  const uri = parseUri(credentials.uri);
  return uri !== undefined && sameUri(uri, requestUri);
}

/** Whether the response is the one that this password, or HA1, gives. */
export function areRight(credentials: Credentials, method: string, secret: string): boolean {
  const { user, realm, algorithm, uri, nonce, nc, cnonce, response } = credentials;
  const ha1 = ha1For(secret, user, realm, algorithm);
  if (ha1 === undefined) return false;
  return isSameText(response, requestDigest({ algorithm, ha1, method, uri, nonce, counted: { nc, cnonce } }));
}
