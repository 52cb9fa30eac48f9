// What a piece of code throws or rejects with: `thrownBy`, `rejectionOf`; `faultThrownBy` and `faultOf` where it is a `NksipError`.
import { NksipError } from '@nksip-ts/core';

/** What `work` throws; it must throw. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** What `work` throws or its promise rejects with; one of them must happen. */
export async function rejectionOf(work: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The `NksipError` that `work` throws; anything else is thrown on. */
export function faultThrownBy(work: () => unknown): NksipError {
  return nksipError(thrownBy(work));
}

/** The `NksipError` that `work` throws or its promise rejects with; anything else is thrown on. */
export async function faultOf(work: Promise<unknown> | (() => unknown)): Promise<NksipError> {
  return nksipError(await rejectionOf(work));
}

function nksipError(error: unknown): NksipError {
  if (error instanceof NksipError) return error;
  throw error;
}
