import { NksipError, type SipReply } from '@nksip-ts/core';

/** Seconds after which a client may try again where nothing better is known. */
export const RETRY_AFTER = 5;

const invalidResponse: SipReply = ['internal_error', 'Callback Invalid Response'];

/** What a client is told when the store failed. Nothing that was stored before is lost, and nobody was told 200. */
export function replyToFault(fault: unknown): SipReply {
  const cause = causeOf(fault);
  if (!(cause instanceof NksipError)) return ['internal_error', 'Service Error'];
  switch (cause.code) {
    case 'store_unavailable': return ['service_unavailable', retryAfter(cause.details['retry_after'])];
    case 'callback_error':
    case 'invalid_continue':
    case 'chain_not_ended': return invalidResponse;
    case 'timeout': return ['internal_error', 'Store Timeout'];
    default: return ['internal_error', 'Service Error'];
  }
}

/** The chain wraps what a link threw, to name it. */
export function causeOf(fault: unknown): unknown {
  return fault instanceof NksipError && fault.code === 'callback_failed' ? fault.cause : fault;
}

function retryAfter(given: unknown): number {
  return typeof given === 'number' && given >= 0 && Number.isFinite(given) ? Math.ceil(given) : RETRY_AFTER;
}
