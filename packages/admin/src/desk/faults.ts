import { NksipError, resultInTime } from '@nksip-ts/core';
import { DeskError } from '../contract/desk-error.js';

/** Milliseconds that the store has for one thing. */
const PATIENCE = 5000;

/** What is asked of a store or a plugin, in bounded time. Throws DeskError for what is nobody's fault here. */
export async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await resultInTime(work(), PATIENCE, () => new DeskError('store_unavailable', 'The store does not answer in time: try again later.', { 'retry-after': '5' }));
  } catch (error) {
    throw deskErrorOf(error);
  }
}

export function deskErrorOf(error: unknown): unknown {
  if (!(error instanceof NksipError)) return error;
  switch (error.code) {
    case 'invalid_aor': return new DeskError('bad_request', error.message);
    case 'list_not_supported': return new DeskError('not_supported', error.message);
    case 'store_unavailable': case 'timeout': case 'callback_failed': case 'callback_error': case 'queue_full':
      return new DeskError('store_unavailable', 'The store cannot be asked now: the log of the service tells why.', { 'retry-after': '5' });
    default: return error;
  }
}
