import type { Message } from '@nksip-ts/sip';
import type { OutgoingResponse } from './resolve.js';

/**
 * Who sends a request over UDP can claim to be anybody. So that nobody is attacked through us, an address of which nothing is proved
 * gets at most three times the bytes that came from it, all responses to a request counted. A request counts as 300 bytes at least:
 * the shortest have no room for what a response must copy.
 */
const FACTOR = 3;
const LEAST = 300;

/** Bytes that may be sent for a request to an address of which nothing is proved. */
export function roomFor(request: Message): number {
  return FACTOR * Math.max(request.size, LEAST);
}

/** What is sent instead of a response that is `excess` bytes too long: with fewer challenges, else with nothing but a code. */
export function shorter(response: OutgoingResponse, excess: number, method: string): OutgoingResponse {
  const headers = withFewerChallenges(response.headers, excess);
  if (headers !== undefined) return { ...response, headers };
  // RFC 3261 11.2: what a 200 to OPTIONS tells is a SHOULD, and most ask only whether anybody is there.
  if (method === 'OPTIONS' && response.code === 200) return { code: 200, reason: response.reason, headers: '' };
  return { code: 500, reason: 'Response Too Large for UDP', headers: '' };
}

const challenge = /^(?:WWW|Proxy)-Authenticate:.*\r\n/gim;

/** RFC 8760 2.3: the preferred challenge comes first, and stays. Undefined if it does not help. */
function withFewerChallenges(headers: string, excess: number): string | undefined {
  const [, ...others] = headers.match(challenge) ?? [];
  let fewer = headers;
  let left = excess;
  while (left > 0) {
    const last = others.pop();
    if (last === undefined) return undefined;
    const at = fewer.lastIndexOf(last);
    fewer = fewer.slice(0, at) + fewer.slice(at + last.length);
    left -= Buffer.byteLength(last);
  }
  return fewer;
}
