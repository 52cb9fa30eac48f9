import { NksipError, whenReady, type MaybePromise, type PluginService } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { isLive } from './decide.js';
import type { Publication, RegPublish, StoreOp, StoreRiders } from './store.js';

export const STORE_CALLBACK = 'sip_event_compositor_store';

type Host = Pick<PluginService, 'id' | 'call' | 'firstAnswerer' | 'log'>;

/** Reads an answer of the callback; undefined for one that the operation cannot have. */
type Reader<T> = (answer: unknown) => T | undefined;

/**
 * The store of a service, asked through the chain of its callback. Synchronous where the chain is. What goes wrong is thrown:
 * `callback_error` for an answer that the operation cannot have, `timeout`, `store_unavailable`, or what the chain threw.
 */
export class ServiceStore {
  readonly #service: Host;
  readonly #timeout: () => number;
  readonly #pending = new Set<(fault: NksipError) => void>();

  /** `timeout` in seconds. */
  constructor(service: Host, timeout: () => number) {
    this.#service = service;
    this.#timeout = timeout;
  }

  /** A record that is over is none, even if the store still has it. `now` in milliseconds. */
  get(aor: Aor, tag: string, now: number): MaybePromise<RegPublish | undefined> {
    return whenReady(this.#ask({ type: 'get', aor, tag }, readRecord), (answer) => answer === 'not_found' || !isLive(answer, now) ? undefined : answer);
  }

  put(aor: Aor, tag: string, record: RegPublish, ttl: number): MaybePromise<'ok'> {
    return this.#ask({ type: 'put', aor, tag, record, ttl }, readOk);
  }

  /** 'ok' from a store that does not know `previousTag`: it has written, and the old tag is still there. */
  replace(aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number): MaybePromise<'ok' | 'replaced' | 'not_found'> {
    return this.#ask({ type: 'put', aor, tag, record, ttl, previous_tag: previousTag }, readReplaced);
  }

  del(aor: Aor, tag: string): MaybePromise<'ok' | 'not_found'> {
    return this.#ask({ type: 'del', aor, tag }, readDeleted);
  }

  delAll(): MaybePromise<'ok'> {
    return this.#ask({ type: 'del_all' }, readOk);
  }

  /** Abilities of the store that answers first. */
  get riders(): StoreRiders {
    return this.#service.firstAnswerer(STORE_CALLBACK) ?? {};
  }

  /** Throws `list_not_supported` if the store that answers first has no list of its own. */
  list(aor?: Aor): AsyncIterable<Publication> {
    const { list } = this.riders;
    if (list === undefined) throw new NksipError('list_not_supported', { service: this.#service.id });
    return list(this.#service.id, aor);
  }

  /** Ends what still waits for the store, with `store_unavailable`. */
  close(): void {
    const fault = new NksipError('store_unavailable', { reason: 'the service stops' });
    for (const giveUp of this.#pending) giveUp(fault);
  }

  #ask<T>(op: StoreOp, read: Reader<T>): MaybePromise<T> {
    let settled = false;
    const answer = whenReady(
      this.#service.call(STORE_CALLBACK, [op, this.#service.id]),
      (value) => {
        settled = true;
        return read(value) ?? nonsense(value);
      },
      (error) => {
        settled = true;
        throw error;
      },
    );
    return settled ? answer : this.#inTime(op, answer);
  }

  #inTime<T>(op: StoreOp, answer: MaybePromise<T>): Promise<T> {
    const seconds = this.#timeout();
    const began = Date.now();
    return new Promise((resolve, reject) => {
      const giveUp = (fault: NksipError): void => {
        this.#pending.delete(giveUp);
        clearTimeout(timer);
        reject(fault);
      };
      const timer = setTimeout(() => giveUp(new NksipError('timeout', { what: `The store's '${op.type}'`, seconds })), seconds * 1000);
      this.#pending.add(giveUp);
      const settle = (end: () => void): void => {
        if (!this.#pending.delete(giveUp)) return this.#tellLate(op, began);
        clearTimeout(timer);
        end();
      };
      Promise.resolve(answer).then((value) => settle(() => resolve(value)), (error) => settle(() => reject(error)));
    });
  }

  #tellLate(op: StoreOp, began: number): void {
    this.#service.log.warn({ op: op.type, milliseconds: Date.now() - began }, 'The store answered too late: its answer is ignored');
  }
}

function readRecord(answer: unknown): RegPublish | 'not_found' | undefined {
  return answer === 'not_found' || isRecord(answer) ? answer : undefined;
}

function readOk(answer: unknown): 'ok' | undefined {
  return answer === 'ok' ? answer : undefined;
}

function readDeleted(answer: unknown): 'ok' | 'not_found' | undefined {
  return answer === 'ok' || answer === 'not_found' ? answer : undefined;
}

function readReplaced(answer: unknown): 'ok' | 'replaced' | 'not_found' | undefined {
  return answer === 'replaced' ? answer : readDeleted(answer);
}

function isRecord(answer: unknown): answer is RegPublish {
  if (typeof answer !== 'object' || answer === null) return false;
  const { data, event, expires, content_type, content_encoding } = answer as Partial<Record<keyof RegPublish, unknown>>;
  return data instanceof Uint8Array && typeof event === 'string' && typeof expires === 'number' && !Number.isNaN(expires)
    && isTextOrAbsent(content_type) && isTextOrAbsent(content_encoding);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function nonsense(answer: unknown): never {
  throw new NksipError('callback_error', { callback: STORE_CALLBACK, answer, reason: 'the store must answer what the operation can have' });
}
