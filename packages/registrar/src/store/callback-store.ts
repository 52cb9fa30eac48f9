import { isThenable, NksipError, PendingCalls, type End, type MaybePromise, type PluginService } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { ofDelAll, ofGet, ofWrite } from './results.js';
import type { RegContact, Registered, RegistrarStoreOp, RegistrarStoreRiders, StoredContacts } from './contract.js';
import { isWrongResult, STORE_CALLBACK, wrongResult } from './wrong-result.js';

type Host = Pick<PluginService, 'id' | 'call' | 'firstInChain' | 'log'>;

/**
 * The store of a service, called through the chain of its callback. Synchronous if the chain is. Throws `callback_error` for a result that is
 * invalid for the operation, `timeout`, `store_unavailable`, or what the chain threw.
 */
export class CallbackStore {
  readonly #service: Host;
  readonly #pending: PendingCalls;
  #stopped: NksipError | undefined;

  /** `timeout` in seconds. */
  constructor(service: Host, timeout: () => number) {
    this.#service = service;
    this.#pending = new PendingCalls(timeout, (op, milliseconds) => {
      service.log.warn({ op, milliseconds: Math.round(milliseconds) }, 'The store of registrations returned too late: its result is ignored');
    });
  }

  /** Includes expired contacts that the store still has. */
  get(aor: Aor): MaybePromise<StoredContacts | undefined> {
    return this.#ask({ type: 'get', aor }, ofGet);
  }

  /** 'not_found' if the stored version is no longer `previousVersion`: then nothing is written. */
  put(aor: Aor, contacts: readonly RegContact[], ttl: number, previousVersion: string | undefined): MaybePromise<'ok' | 'not_found'> {
    return this.#ask(previousVersion === undefined ? { type: 'put', aor, contacts, ttl } : { type: 'put', aor, contacts, ttl, previous_version: previousVersion }, ofWrite);
  }

  del(aor: Aor, previousVersion?: string): MaybePromise<'ok' | 'not_found'> {
    return this.#ask(previousVersion === undefined ? { type: 'del', aor } : { type: 'del', aor, previous_version: previousVersion }, ofWrite);
  }

  delAll(): MaybePromise<'ok'> {
    return this.#ask({ type: 'del_all' }, ofDelAll);
  }

  /** Every address that has a contact; undefined if the store that is asked first cannot list. */
  list(): AsyncIterable<Registered> | undefined {
    return this.#riders.list?.(this.#service.id);
  }

  /** How many addresses have one; 'unknown' where that cannot be told without listing them. */
  count(): MaybePromise<number | 'unknown'> {
    return this.#riders.count?.(this.#service.id) ?? 'unknown';
  }

  /** Rejects all pending operations with `stopped`, and calls the store no more. */
  close(): void {
    this.#stopped = new NksipError('store_unavailable', { reason: 'the service stops' });
    this.#pending.close(this.#stopped);
  }

  /** The error that is thrown once the store is closed; it is not reported as a fault. */
  get stopped(): NksipError | undefined {
    return this.#stopped;
  }

  /** Abilities of the store that is asked first. */
  get #riders(): RegistrarStoreRiders {
    if (this.#stopped !== undefined) throw this.#stopped;
    const first: unknown = this.#service.firstInChain(STORE_CALLBACK);
    return typeof first === 'function' ? first as RegistrarStoreRiders : {};
  }

  #ask<T>(op: RegistrarStoreOp, end: End<T>): MaybePromise<T> {
    if (this.#stopped !== undefined) throw this.#stopped;
    let result: MaybePromise<T>;
    try {
      result = this.#service.call(STORE_CALLBACK, [op, this.#service.id], end);
    } catch (error) {
      throw named(error);
    }
    return isThenable(result) ? this.#pending.wait(op.type, Promise.resolve(result).catch((error: unknown) => { throw named(error); })) : result;
  }
}

/** Adds to an error of `registrarStoreCallback` the plugin whose store it is, which only the chain knows. */
function named(error: unknown): unknown {
  if (!(error instanceof NksipError) || error.code !== 'callback_failed' || !isWrongResult(error.cause)) return error;
  const { answer: result, reason } = error.cause.details;
  const { plugin } = error.details;
  return wrongResult(result, String(reason), typeof plugin === 'string' ? plugin : undefined);
}
