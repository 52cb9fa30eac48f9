import type { NksipError, SipResponse } from '@nksip-ts/core';
import { parseDeltaSeconds, parseNameAddrList, parseRetryAfter, parseUri, type NameAddr } from '@nksip-ts/sip';

/** How a request ended, as `uac` tells it. */
export interface Result {
  readonly ok: boolean;
  readonly code: number;
  readonly meta: { readonly expires?: number | undefined };
  readonly response?: SipResponse | undefined;
  readonly local?: 'timeout' | 'transport' | undefined;
  readonly error?: NksipError | undefined;
}

/** What a request is to be sent with from now on: so many seconds, no tag, or (only this time) to another address. */
export type Change = { readonly kind: 'expires'; readonly expires: number } | { readonly kind: 'tag' } | { readonly kind: 'target'; readonly target: string };

/** What was sent, as far as it matters for what follows. */
export interface Sent {
  /** Seconds asked for; undefined: none were. */
  readonly expires: number | undefined;
  /** With SIP-If-Match. */
  readonly hasTag: boolean;
  /** To a sips URI. */
  readonly isSecure: boolean;
  /** What was changed since the last pause. */
  readonly tried: ReadonlySet<Change['kind']>;
}

/** What follows from a response: it is kept for so many seconds; the same again at once, changed; the same later; nothing helps. */
export type Verdict =
  | { readonly kind: 'kept'; readonly expires: number }
  | { readonly kind: 'again'; readonly change: Change }
  | { readonly kind: 'later'; readonly retryAfter?: number | undefined }
  | { readonly kind: 'over' };

/** RFC 3261 10.2.1.1 and RFC 3856 6.4: an hour, where nobody says how long. */
const usualExpires = 3600;

/** Responses that say nothing against the request itself. */
const passing: ReadonlySet<number> = new Set([408, 430, 480, 491]);

/** Of 5xx, those that the same request gets again. */
const lasting: ReadonlySet<number> = new Set([501, 505, 513]);

/** Pure. */
export function judge(result: Result, sent: Sent): Verdict {
  const { code, response } = result;
  if (result.ok) return grantedFor(result.meta.expires ?? sent.expires ?? usualExpires);
  if (response === undefined) return { kind: 'later' };
  if (code >= 300 && code <= 302) return redirected(response, sent);
  // RFC 3903 4.4: "the EPA MUST discard the entity-tag", and may publish its state anew.
  if (code === 412) return sent.hasTag && !sent.tried.has('tag') ? { kind: 'again', change: { kind: 'tag' } } : laterBy(response);
  if (code === 423) return brief(response, sent);
  return isPassing(code) || retryAfterIn(response) !== undefined ? laterBy(response) : { kind: 'over' };
}

/** A server that keeps it for no time does not keep it. */
function grantedFor(expires: number): Verdict {
  return expires > 0 ? { kind: 'kept', expires } : { kind: 'later' };
}

function isPassing(code: number): boolean {
  return passing.has(code) || (code >= 500 && code < 600 && !lasting.has(code));
}

/** RFC 3261 8.1.3.4. A server that was named by another one names no third. */
function redirected(response: SipResponse, { isSecure, tried }: Sent): Verdict {
  if (tried.has('target')) return laterBy(response);
  const target = bestTarget(response.header('Contact'), isSecure);
  return target === undefined ? { kind: 'over' } : { kind: 'again', change: { kind: 'target', target } };
}

/** The contact with the highest q that can be sent to. What was to go over TLS goes over TLS. */
function bestTarget(contacts: readonly string[], isSecure: boolean): string | undefined {
  const list = parseNameAddrList(contacts);
  if (list === undefined || list === '*') return undefined;
  return list.filter(({ uri }) => isTarget(uri, isSecure)).sort((one, other) => qOf(other) - qOf(one))[0]?.uri;
}

function isTarget(text: string, isSecure: boolean): boolean {
  const uri = parseUri(text);
  return uri !== undefined && (uri.scheme === 'sips' || (uri.scheme === 'sip' && !isSecure)) && uri.headers === undefined && !uri.params.has('method');
}

function qOf({ params }: NameAddr): number {
  const q = Number.parseFloat(params.get('q') ?? '1');
  return Number.isNaN(q) ? 1 : q;
}

/** RFC 3903 5 and RFC 3261 10.2.8. A server that is not content with what it asked for itself is given time. */
function brief(response: SipResponse, { expires: asked = 0, tried }: Sent): Verdict {
  const expires = parseDeltaSeconds(response.header('Min-Expires')[0] ?? '');
  if (expires === undefined) return { kind: 'over' };
  return tried.has('expires') || expires <= asked ? laterBy(response) : { kind: 'again', change: { kind: 'expires', expires } };
}

function laterBy(response: SipResponse): Verdict {
  return { kind: 'later', retryAfter: retryAfterIn(response) };
}

function retryAfterIn(response: SipResponse): number | undefined {
  return parseRetryAfter(response.header('Retry-After')[0] ?? '')?.seconds;
}
