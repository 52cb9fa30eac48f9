import { faultWithCode, NksipError, type ErrorCode } from '../errors.js';
import { defaultRetryAfter } from './resolve.js';
import type { SipReply } from './table.js';

const meaningless: readonly ErrorCode[] = ['callback_error', 'invalid_continue', 'chain_not_ended'];

/** What a client is told when the store of a plugin failed. Nothing that was stored before is lost, and nobody was told 200. */
export function replyToStoreFailure(fault: unknown): SipReply {
  const unavailable = faultWithCode(fault, 'store_unavailable');
  if (unavailable !== undefined) return ['service_unavailable', retryAfter(unavailable.details['retry_after'])];
  if (faultWithCode(fault, 'store_damaged') !== undefined) return ['service_unavailable', defaultRetryAfter];
  if (!(fault instanceof NksipError)) return ['internal_error', 'Service Error'];
  if (meaningless.includes(fault.code)) return ['internal_error', 'Callback Invalid Response'];
  return ['internal_error', fault.code === 'timeout' ? 'Store Timeout' : 'Service Error'];
}

function retryAfter(given: unknown): number {
  return typeof given === 'number' && given >= 0 && Number.isFinite(given) ? Math.ceil(given) : defaultRetryAfter;
}
