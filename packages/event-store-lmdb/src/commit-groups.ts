import { NksipError, reasonOf } from '@nksip-ts/core';
import { storeErrorOf } from './store-error.js';

/** Writes of one group: with the event loop held for no more than a few milliseconds. */
const GROUP_WRITES = 500;
/** Bytes of one group, which LMDB has in memory until it is committed. */
const GROUP_BYTES = 32 * 1024 * 1024;
/** What may wait, in writes and in bytes. */
const MAX_WAITING = 50_000;
const MAX_WAITING_BYTES = 256 * 1024 * 1024;

interface Write {
  readonly step: () => unknown;
  readonly bytes: number;
  /** By performance.now(). */
  readonly since: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: NksipError) => void;
}

type Outcome = () => void;

/**
 * Writes from all over, committed in groups: what comes while one group is on its way to the disk goes there together with all
 * that has come by then. A write is told of its result when its group is committed, and what does not begin in time is given up.
 */
export class CommitGroups {
  readonly #transaction: (body: () => void) => Promise<unknown>;
  readonly #within: number;
  readonly #waiting: Write[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `transaction` resolves when it is committed. `within`: milliseconds in which a write must begin. */
  constructor(transaction: (body: () => void) => Promise<unknown>, within: number) {
    this.#transaction = transaction;
    this.#within = within;
  }

  /** Carries out `step` in a transaction. Rejects with `store_unavailable`: then nothing of it is written, or nobody knows. */
  write<T>(step: () => T, bytes = 0): Promise<T> {
    if (this.#closed) throw unavailable('it is closed');
    if (this.#waiting.length >= MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES) throw unavailable('too many writes are waiting');
    const { promise, resolve, reject } = pending<T>();
    // `resolve` is given nothing but what `step` returns.
    this.#waiting.push({ step, bytes, since: performance.now(), resolve: resolve as Write['resolve'], reject });
    this.#waitingBytes += bytes;
    this.#timer ??= setTimeout(() => this.#giveUpLate(), this.#within).unref();
    this.#running ??= this.#run();
    return promise;
  }

  /** Ends what is under way, refuses what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const write of this.#shift(this.#waiting.length)) write.reject(unavailable('it is closed'));
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit();
    this.#running = undefined;
  }

  async #commit(): Promise<void> {
    let group: readonly Write[] = [];
    let outcomes: readonly Outcome[] = [];
    try {
      await this.#transaction(() => {
        group = this.#take();
        outcomes = group.map(carryOut);
      });
      for (const outcome of outcomes) outcome();
    } catch (error) {
      const fault = unavailable(await reasonOfCommit(error), error);
      for (const { reject } of group.length > 0 ? group : this.#take()) reject(fault);
    }
  }

  /** All that has come until now, within the bounds of a group; one at least. */
  #take(): readonly Write[] {
    let bytes = 0;
    let size = 0;
    for (const write of this.#waiting) {
      bytes += write.bytes;
      if (size > 0 && (size === GROUP_WRITES || bytes > GROUP_BYTES)) break;
      size++;
    }
    return this.#shift(size);
  }

  #shift(size: number): readonly Write[] {
    const writes = this.#waiting.splice(0, size);
    for (const { bytes } of writes) this.#waitingBytes -= bytes;
    return writes;
  }

  /** The transaction of another process may keep this one from beginning. */
  #giveUpLate(): void {
    const late = performance.now() - this.#within;
    const inTime = this.#waiting.findIndex(({ since }) => since > late);
    for (const write of this.#shift(inTime === -1 ? this.#waiting.length : inTime)) write.reject(unavailable('it is busy'));
    const [next] = this.#waiting;
    this.#timer = next === undefined ? undefined : setTimeout(() => this.#giveUpLate(), next.since - late).unref();
  }
}

/** A fault is that of one write. One after which LMDB cannot go on makes the commit fail, for all. */
function carryOut({ step, resolve, reject }: Write): Outcome {
  try {
    const value = step();
    return () => resolve(value);
  } catch (error) {
    const fault = storeErrorOf(error);
    return () => reject(fault);
  }
}

/** lmdb tells why in a promise of its own, which nobody may leave unhandled. */
async function reasonOfCommit(error: unknown): Promise<string> {
  const why = error instanceof Error && 'commitError' in error ? error.commitError : undefined;
  return Promise.resolve(why).then((value) => reasonOf(value ?? error), reasonOf);
}

function unavailable(reason: string, cause?: unknown): NksipError {
  return new NksipError('store_unavailable', { reason }, { cause });
}

function pending<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
