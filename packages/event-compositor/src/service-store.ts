import { NksipError, reasonOf, whenReady, type MaybePromise, type PluginService } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { isLive } from './decide.js';
import type { Publication, RegPublish, StoreOp, StoreRiders } from './store.js';

export const STORE_CALLBACK = 'sip_event_compositor_store';

type Host = Pick<PluginService, 'id' | 'call' | 'firstAnswerer' | 'log'>;

type Count = NonNullable<StoreRiders['count']>;

/** Reads an answer of the callback; undefined for one that the operation cannot have. */
type Reader<T> = (answer: unknown) => T | undefined;

/**
 * The store of a service, asked through the chain of its callback. Synchronous where the chain is. What goes wrong is thrown:
 * `callback_error` for an answer that the operation cannot have, `timeout`, `store_unavailable`, or what the chain threw.
 */
export class ServiceStore {
  readonly #service: Host;
  readonly #timeout: () => number;
  readonly #builtInCount: Count;
  #first: unknown;
  #ridersOfFirst: StoreRiders = {};
  readonly #pending = new Set<(fault: NksipError) => void>();

  /** `timeout` in seconds. `builtInCount` is of the store at the end of the chain, to which those before may continue. */
  constructor(service: Host, timeout: () => number, builtInCount: Count) {
    this.#service = service;
    this.#timeout = timeout;
    this.#builtInCount = builtInCount;
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

  /** Throws `list_not_supported` if the store that answers first has no list of its own. */
  list(aor?: Aor): AsyncIterable<Publication> {
    const { list } = this.#riders;
    if (list === undefined) throw new NksipError('list_not_supported', { service: this.#service.id });
    return list(this.#service.id, aor);
  }

  /** Publications of one address of record, as far as that can be told, else 0; `enough` is where counting may stop. */
  countOf(aor: Aor, enough: number): MaybePromise<number> {
    const { count, list } = this.#riders;
    if (count === undefined && list !== undefined) return this.#within('list', listed(list(this.#service.id, aor), enough));
    return this.#count(count, aor);
  }

  /** Publications of the service, as far as that can be told without listing them, else 0. */
  countAll(): MaybePromise<number> {
    return this.#count(this.#riders.count);
  }

  /** Ends what still waits for the store, with `store_unavailable`. */
  close(): void {
    const fault = new NksipError('store_unavailable', { reason: 'the service stops' });
    for (const giveUp of this.#pending) giveUp(fault);
  }

  /** Abilities of the store that answers first; looked at again only when that is another one. */
  get #riders(): StoreRiders {
    const first = this.#service.firstAnswerer(STORE_CALLBACK);
    if (first !== this.#first) {
      this.#first = first;
      this.#ridersOfFirst = ridersOf(first);
    }
    return this.#ridersOfFirst;
  }

  #count(count: Count = this.#builtInCount, aor?: Aor): MaybePromise<number> {
    let counted: MaybePromise<unknown>;
    try {
      counted = count(this.#service.id, aor);
    } catch (error) {
      throw failureOf(error);
    }
    return this.#within('count', whenReady(counted, (answer) => readCount(answer) ?? nonsense(answer)));
  }

  #ask<T>(op: StoreOp, read: Reader<T>): MaybePromise<T> {
    return this.#within(op.type, this.#service.call(STORE_CALLBACK, [op, this.#service.id], (answer, owner) => read(answer) ?? nonsense(answer, owner)));
  }

  #within<T>(what: string, value: MaybePromise<T>): MaybePromise<T> {
    let settled = false;
    const answer = whenReady(
      value,
      (answered) => {
        settled = true;
        return answered;
      },
      (error) => {
        settled = true;
        throw failureOf(error);
      },
    );
    return settled ? answer : this.#inTime(what, answer);
  }

  #inTime<T>(what: string, answer: MaybePromise<T>): Promise<T> {
    const seconds = this.#timeout();
    const began = Date.now();
    return new Promise((resolve, reject) => {
      const giveUp = (fault: NksipError): void => {
        this.#pending.delete(giveUp);
        clearTimeout(timer);
        reject(fault);
      };
      const timer = setTimeout(() => giveUp(new NksipError('timeout', { what: `The store's '${what}'`, seconds })), seconds * 1000);
      this.#pending.add(giveUp);
      const settle = (end: () => void): void => {
        if (!this.#pending.delete(giveUp)) return this.#tellLate(what, began);
        clearTimeout(timer);
        end();
      };
      Promise.resolve(answer).then((value) => settle(() => resolve(value)), (error) => settle(() => reject(error)));
    });
  }

  #tellLate(op: string, began: number): void {
    this.#service.log.warn({ op, milliseconds: Date.now() - began }, 'The store answered too late: its answer is ignored');
  }
}

/** The chain names who failed; a method that rides beside a callback is not in the chain. */
function failureOf(error: unknown): NksipError {
  return error instanceof NksipError ? error : new NksipError('callback_failed', { callback: STORE_CALLBACK, reason: reasonOf(error) }, { cause: error });
}

/** What `storeCallback` put beside the function. */
function ridersOf(first: unknown): StoreRiders {
  const { list, count } = typeof first === 'function' ? first as StoreRiders : {};
  return { ...(typeof list === 'function' && { list }), ...(typeof count === 'function' && { count }) };
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

function readCount(answer: unknown): number | undefined {
  return typeof answer === 'number' && answer >= 0 ? answer : undefined;
}

async function listed(publications: AsyncIterable<Publication>, enough: number): Promise<number> {
  let count = 0;
  for await (const _ of publications) if (++count >= enough) break;
  return count;
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

function nonsense(answer: unknown, plugin?: string): never {
  throw new NksipError('callback_error', { callback: STORE_CALLBACK, plugin, answer, reason: 'the store must answer what the operation can have' });
}
