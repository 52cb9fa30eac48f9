import { NksipError } from '@nksip-ts/core';

const codes: ReadonlySet<string> = new Set(['subscription_not_found', 'service_not_found']);

/** The subscription has ended in core, or the service has stopped: nothing can be sent, and that is no fault. */
export function isGone(error: unknown): boolean {
  return error instanceof NksipError && codes.has(error.code);
}
