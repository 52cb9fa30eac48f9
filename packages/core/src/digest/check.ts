import { parseUri, sameUri, type AuthValue, type Uri } from '@nksip-ts/sip';
import { isSameText, algorithmOf, type DigestAlgorithm } from './algorithm.js';
import { ha1For } from './ha1.js';
import { requestDigest } from './response.js';

/** Digest credentials that have all that they must have. */
export interface Credentials {
  readonly user: string;
  readonly realm: string;
  readonly algorithm: DigestAlgorithm;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  /** What qop=auth brings; undefined in credentials without qop, as RFC 2069 had them. */
  readonly counted: { readonly nc: string; readonly cnonce: string } | undefined;
  /** nc as a number; without qop more than any nc, so that the nonce is used up. */
  readonly count: number;
}

/** No qop: the count is that of a nonce that is used up. */
const none = { counted: undefined, count: 2 ** 32 };

/**
 * Undefined if something is missing or not known here. RFC 3261 22.4(8): qop "must unfortunately remain optional for clients and servers to
 * receive"; `withoutQop` tells whether it does here. RFC 2069 knew no other algorithm than MD5.
 */
export function readCredentials({ scheme, params }: AuthValue, withoutQop: boolean): Credentials | undefined {
  const [user, realm, nonce, uri, response] = ['username', 'realm', 'nonce', 'uri', 'response'].map((name) => params.get(name));
  const algorithm = algorithmOf(params.get('algorithm'));
  if (scheme !== 'Digest' || algorithm === undefined) return undefined;
  if (user === undefined || realm === undefined || nonce === undefined || uri === undefined || response === undefined) return undefined;
  const protection = params.has('qop') ? readProtection(params) : withoutQop && algorithm === 'MD5' ? none : undefined;
  return protection && { user, realm, algorithm, nonce, uri, response, ...protection };
}

/** qop=auth is all that is known here. */
function readProtection(params: AuthValue['params']): Pick<Credentials, 'counted' | 'count'> | undefined {
  const [qop, nc, cnonce] = ['qop', 'nc', 'cnonce'].map((name) => params.get(name));
  if (qop?.toLowerCase() !== 'auth' || cnonce === undefined || nc === undefined || !/^[0-9a-f]{8}$/i.test(nc)) return undefined;
  return { counted: { nc, cnonce }, count: Number.parseInt(nc, 16) };
}

/** RFC 3261 22.4 with RFC 7616 3.4.6: credentials are for the Request-URI that they name, or one that is equivalent to it. */
export function areFor(credentials: Credentials, requestUri: Uri): boolean {
  const uri = parseUri(credentials.uri);
  return uri !== undefined && sameUri(uri, requestUri);
}

/** Why this is not the password, or HA1, that the response was made with; undefined: it is. */
export function wrongSecret(credentials: Credentials, method: string, secret: string): string | undefined {
  const { user, realm, algorithm, uri, nonce, counted, response } = credentials;
  const ha1 = ha1For(secret, user, realm, algorithm);
  if (ha1 === undefined) return `its algorithm is ${algorithm}, and sip_get_user_pass returned a HA1 of another one`;
  return isSameText(response, requestDigest({ algorithm, ha1, method, uri, nonce, counted })) ? undefined : 'the password is wrong';
}
