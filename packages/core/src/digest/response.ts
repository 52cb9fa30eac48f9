import { hashOf, type DigestAlgorithm } from './algorithm.js';

export interface ResponseParts {
  readonly algorithm: DigestAlgorithm;
  readonly ha1: string;
  readonly method: string;
  /** `digest-uri` as it is written in the credentials. */
  readonly uri: string;
  readonly nonce: string;
  /** With qop=auth; without it the response is that of RFC 2069. */
  readonly counted?: { readonly nc: string; readonly cnonce: string } | undefined;
}

/** `request-digest` of RFC 3261 22.4 (RFC 2617 3.2.2.1, RFC 7616 3.4.1), in lower-case hex. */
export function requestDigest({ algorithm, ha1, method, uri, nonce, counted }: ResponseParts): string {
  const ha2 = hashOf(algorithm, `${method}:${uri}`);
  const between = counted === undefined ? nonce : `${nonce}:${counted.nc}:${counted.cnonce}:auth`;
  return hashOf(algorithm, `${ha1}:${between}:${ha2}`);
}
