import { isThenable, NksipError, PendingCalls, type End, type MaybePromise, type PluginService } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { ofDelAll, ofGet, ofWrite } from './results.js';
import type { RegContact, RegistrarStoreOp, StoredContacts } from './contract.js';
import { isWrongResult, STORE_CALLBACK, wrongResult } from './wrong-result.js';

type Host = Pick<PluginService, 'id' | 'call' | 'log'>;

/**
 * The store of a service, asked through the chain of its callback. Synchronous where the chain is. What goes wrong is thrown:
 * `callback_error` for a result that the operation cannot have, `timeout`, `store_unavailable`, or what the chain threw.
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

  /** What has expired is among them, if the store still has it. */
  get(aor: Aor): MaybePromise<StoredContacts | undefined> {
    return this.#ask({ type: 'get', aor }, ofGet);
  }

  /** 'not_found' if `previousVersion` is there no longer: then nothing is written. */
  put(aor: Aor, contacts: readonly RegContact[], ttl: number, previousVersion: string | undefined): MaybePromise<'ok' | 'not_found'> {
    return this.#ask(previousVersion === undefined ? { type: 'put', aor, contacts, ttl } : { type: 'put', aor, contacts, ttl, previous_version: previousVersion }, ofWrite);
  }

  del(aor: Aor, previousVersion?: string): MaybePromise<'ok' | 'not_found'> {
    return this.#ask(previousVersion === undefined ? { type: 'del', aor } : { type: 'del', aor, previous_version: previousVersion }, ofWrite);
  }

  delAll(): MaybePromise<'ok'> {
    return this.#ask({ type: 'del_all' }, ofDelAll);
  }

  /** Ends what still waits for the store, with `stopped`, and asks it no more. */
  close(): void {
    this.#stopped = new NksipError('store_unavailable', { reason: 'the service stops' });
    this.#pending.close(this.#stopped);
  }

  /** What is thrown since the store is closed: nobody's fault. */
  get stopped(): NksipError | undefined {
    return this.#stopped;
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

/** What `registrarStoreCallback` says of a result of its store, with the name of whose it is, which the chain knows. */
function named(error: unknown): unknown {
  if (!(error instanceof NksipError) || error.code !== 'callback_failed' || !isWrongResult(error.cause)) return error;
  const { answer: result, reason } = error.cause.details;
  const { plugin } = error.details;
  return wrongResult(result, String(reason), typeof plugin === 'string' ? plugin : undefined);
}
