import { channel } from 'node:diagnostics_channel';
import { whenReady, type MaybePromise } from '@nksip-ts/core';
import type { StoreOp } from './contract.js';

/** `nksip-ts:store`: the store of a service has carried out an operation, or has failed. */
export interface StoreOperation {
  readonly service: string;
  readonly op: StoreOp;
  /** What was thrown; absent where the store has returned. */
  readonly error?: unknown;
  readonly milliseconds: number;
}

/** What nobody hears is not made: look at hasSubscribers first. */
export const storeOperation = channel('nksip-ts:store');

/** Runs an operation, and tells how it ended. */
export function observed<T>(service: string, op: StoreOp, run: () => MaybePromise<T>): MaybePromise<T> {
  const began = performance.now();
  const tell = (ended: { readonly error?: unknown }): void => { storeOperation.publish({ service, op, milliseconds: performance.now() - began, ...ended } satisfies StoreOperation); };
  const failed = (error: unknown): never => {
    tell({ error });
    throw error;
  };
  let result: MaybePromise<T>;
  try {
    result = run();
  } catch (error) {
    return failed(error);
  }
  return whenReady(result, (value) => {
    tell({});
    return value;
  }, failed);
}
