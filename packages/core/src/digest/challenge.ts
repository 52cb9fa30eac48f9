import { formatChallenge } from '@nksip-ts/sip';
import type { DigestAlgorithm } from './algorithm.js';

export interface ChallengeParts {
  readonly realm: string;
  readonly nonce: string;
  /** The one that is liked best first. */
  readonly algorithms: readonly DigestAlgorithm[];
  /** The credentials were right, only their nonce was not: the client need not ask its user again. */
  readonly stale: boolean;
}

/**
 * Complete header lines: RFC 8760 2.3 has one for each algorithm, the preferred one on top. RFC 3261 22.4 has qop in each.
 */
export function challengeLines(field: 'WWW-Authenticate' | 'Proxy-Authenticate', { realm, nonce, algorithms, stale }: ChallengeParts): string {
  return algorithms.map((algorithm) => {
    const params: (readonly [string, string])[] = [['realm', realm], ['nonce', nonce], ['algorithm', algorithm], ['qop', 'auth']];
    if (stale) params.push(['stale', 'true']);
    return `${field}: ${formatChallenge({ scheme: 'Digest', params })}\r\n`;
  }).join('');
}
