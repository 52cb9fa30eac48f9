import { Header, parseDeltaSeconds, parseRetryAfter, type Message } from '@nksip-ts/sip';
import { NksipError } from '../errors.js';
import { localCode, responseOf } from '../uac/results.js';
import type { Outcome } from '../uac/send.js';
import type { Failed, Subscribed } from './contract.js';

/** Seconds, where neither side says how long: what most event packages have. */
export const usualExpires = 3600;

/** The 2xx among outcomes. */
export function successIn({ response }: Outcome): Message | undefined {
  return response !== undefined && response.status >= 200 && response.status < 300 ? response : undefined;
}

/**
 * What had a 2xx. RFC 6665 4.2.1.1: the notifier may shorten the time that was asked for, and never lengthens it; without Expires (MUST) it is what was
 * asked for.
 */
export function subscribedOf(subscription: string, response: Message, asked: number | undefined): Extract<Subscribed, { readonly ok: true }> {
  const granted = parseDeltaSeconds(response.first(Header.Expires) ?? '') ?? asked ?? usualExpires;
  return { ok: true, code: response.status, subscription, meta: { expires: Math.min(granted, asked ?? Infinity) }, response: responseOf(response) };
}

/** What had no 2xx, as programs see it. */
export function failedOf({ response, local, error }: Outcome): Failed {
  const told = error instanceof NksipError ? { error } : {};
  if (response === undefined) return { ok: false, code: localCode[local], meta: {}, local, ...told };
  const retry_after = retryAfterIn(response);
  return { ok: false, code: response.status, meta: retry_after === undefined ? {} : { retry_after }, response: responseOf(response), ...told };
}

/** Seconds. */
export function retryAfterIn(response: Message): number | undefined {
  return parseRetryAfter(response.first(Header.RetryAfter) ?? '')?.seconds;
}
