import type { NksipError, SipResponse } from '@nksip-ts/core';

/** How any request ended. */
export interface RequestResult {
  readonly code: number;
  readonly response?: SipResponse;
  readonly local?: 'timeout' | 'transport';
  readonly error?: NksipError;
}

/** What the command's exit code says. `fault`: something is missing, damaged, or not there. */
export const exitCodes = { ok: 0, misuse: 1, fault: 1, refused: 2, noAnswer: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function exitCodeOf({ code, local }: Pick<RequestResult, 'code' | 'local'>): ExitCode {
  if (local !== undefined) return exitCodes.noAnswer;
  return code < 300 ? exitCodes.ok : exitCodes.refused;
}
