import { NksipError } from '@nksip-ts/core';

const codes: ReadonlySet<string> = new Set(['subscription_not_found', 'service_not_found']);

/** A subscription that core knows no more, or a service that has stopped: nothing can be sent there, and nothing is wrong. */
export function isGone(error: unknown): boolean {
  return error instanceof NksipError && codes.has(error.code);
}
