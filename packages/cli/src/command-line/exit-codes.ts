import type { NksipError, SipResponse } from '@nksip-ts/core';

/** How any request ended. */
export interface RequestResult {
  /** A 2xx; for a PUBLISH, one that has all that it must have. */
  readonly ok: boolean;
  readonly code: number;
  readonly response?: SipResponse;
  readonly local?: 'timeout' | 'transport';
  readonly error?: NksipError;
}

/** What the command's exit code says. `fault`: something is missing, damaged, or not there. */
export const exitCodes = { ok: 0, misuse: 1, fault: 1, refused: 2, noResponse: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function exitCodeOf({ ok, local }: Pick<RequestResult, 'ok' | 'local'>): ExitCode {
  if (local !== undefined) return exitCodes.noResponse;
  return ok ? exitCodes.ok : exitCodes.refused;
}
