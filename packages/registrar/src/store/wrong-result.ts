import { NksipError } from '@nksip-ts/core';

export const STORE_CALLBACK = 'sip_registrar_store';

/** `reason` says what would be right; `plugin` is the owner of the callback. */
export function wrongResult(result: unknown, reason: string, plugin?: string): NksipError {
  return new NksipError('callback_error', { callback: STORE_CALLBACK, plugin, returned: result, reason });
}

export function isWrongResult(error: unknown): error is NksipError {
  return error instanceof NksipError && error.code === 'callback_error' && error.details['callback'] === STORE_CALLBACK;
}
