import { Header, parseDeltaSeconds, parseToken, type Message } from '@nksip-ts/sip';

import { NksipError } from '../errors.js';
import type { SipResponse } from '../callback/request.js';
import type { Outcome } from './send.js';

/**
 * How a request ended: a value, whatever the code is. `ok`: a 2xx. `local` where no final response came: 'timeout' with code 408,
 * 'transport' (nothing could be sent, or the connection broke) with code 503 and, where it is known, the `error` that tells why:
 * `transport_error` or `resolve_failed`. With a 401 or 407 the `error` `no_sign_in` tells what sip_pass has no answer to. `meta` has the values of the headers that `get_meta` names, one per line of the response;
 * an empty list for one that is absent.
 */
export type Answer<Meta extends string = never> =
  | { readonly ok: true; readonly code: number; readonly meta: Readonly<Record<Meta, readonly string[]>>; readonly response: SipResponse }
  | {
    readonly ok: false; readonly code: number; readonly meta: Readonly<Record<Meta, readonly string[]>>;
    readonly response?: SipResponse; readonly local?: 'timeout' | 'transport'; readonly error?: NksipError;
  };

/**
 * How a PUBLISH ended; `local` and `error` as in Answer. `expires`: seconds for which the server keeps the state. A 2xx without
 * one SIP-ETag is not ok: what it published, if anything, can be neither refreshed nor removed.
 */
export type Published =
  | { readonly ok: true; readonly code: number; readonly meta: { readonly sip_etag: string; readonly expires: number }; readonly response: SipResponse }
  | {
    readonly ok: false; readonly code: number; readonly meta: { readonly sip_etag?: never; readonly expires?: number };
    readonly response?: SipResponse; readonly local?: 'timeout' | 'transport'; readonly error?: NksipError;
  };

/** What RFC 3856 6.4 takes for presence where nobody says how long. */
const usualExpires = 3600;

export function answerOf<Meta extends string>(outcome: Outcome, names: readonly Meta[]): Answer<Meta> {
  const { response: message } = outcome;
  const meta = metaOf(message, names);
  if (message === undefined) return { ok: false, meta, ...unanswered(outcome) };
  if (isSuccess(message)) return { ok: true, code: message.status, meta, response: responseOf(message) };
  return { ok: false, code: message.status, meta, response: responseOf(message), ...told(outcome) };
}

/** `asked`: Expires of the request, in seconds. */
export function publishedOf(outcome: Outcome, asked: number | undefined): Published {
  const { response: message } = outcome;
  if (message === undefined) return { ok: false, meta: {}, ...unanswered(outcome) };
  const response = responseOf(message);
  if (!isSuccess(message)) return { ok: false, code: message.status, meta: {}, response, ...told(outcome) };
  const expires = grantedExpires(message);
  const sip_etag = message.isRepeated(Header.SipETag) ? undefined : parseToken(message.first(Header.SipETag) ?? '');
  if (sip_etag === undefined) return { ok: false, code: message.status, meta: expires === undefined ? {} : { expires }, response };
  // RFC 3903 6(7): the response has an Expires; where it has none, we get what we asked for.
  return { ok: true, code: message.status, meta: { sip_etag, expires: expires ?? asked ?? usualExpires }, response };
}

/** RFC 3261 8.1.3.1: a timeout counts as a 408, a transport failure as a 503. */
export const localCode = { timeout: 408, transport: 503 } as const;

function unanswered({ local, error }: Extract<Outcome, { readonly response?: never }>) {
  return { code: localCode[local], local, ...told({ error }) };
}

function told({ error }: { readonly error?: unknown }): { readonly error?: NksipError } {
  return error instanceof NksipError ? { error } : {};
}

function isSuccess(message: Message): boolean {
  return message.status >= 200 && message.status < 300;
}

function grantedExpires(message: Message): number | undefined {
  const text = message.first(Header.Expires);
  return text === undefined ? undefined : parseDeltaSeconds(text);
}

function metaOf<Meta extends string>(message: Message | undefined, names: readonly Meta[]): Readonly<Record<Meta, readonly string[]>> {
  const values = names.map((name) => [name, message?.header(name.replaceAll('_', '-')) ?? []] as const);
  return Object.fromEntries(values) as Record<Meta, readonly string[]>;
}

const noBody = new Uint8Array(0);

/** The response as the caller keeps it: the body is a copy, so that the datagram or stream chunk that it came in is not held. */
export function responseOf(message: Message): SipResponse {
  return { code: message.status, reason: message.reason, body: message.bodyLength === 0 ? noBody : new Uint8Array(message.body), header: (name) => message.header(name) };
}
