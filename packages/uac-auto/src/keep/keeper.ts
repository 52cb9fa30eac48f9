import { NksipError } from '@nksip-ts/core';
import type { Result, Verdict } from './judge.js';
import { askedPause, firstRefreshAfter, leastPause, refreshAfter, retryAfter, type RetryLimits } from './pauses.js';
import type { Slots } from './slots.js';
import { keepOnce, removeOnce, type Work } from './work.js';

/** 'new': no response yet; 'ok': the last one was a success; 'retrying': it was not; 'ended': it was stopped, or refused for good. */
export type KeptState = 'new' | 'ok' | 'retrying' | 'ended';

export interface KeeperParts {
  readonly slots: Slots;
  /** Whether so many are kept that their refreshes have to be spread from the beginning. */
  readonly areMany: () => boolean;
  readonly limits: () => RetryLimits;
  /** Milliseconds. */
  readonly clock: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** Keeps one thing at a server: one request at a time, and one timer. */
export class Keeper<R extends Result> {
  state: KeptState = 'new';
  #timer: NodeJS.Timeout | undefined;
  /** When the timer is due, when the last request left, and until when the server keeps it; milliseconds of the clock. */
  #due: number | undefined;
  #sentAt = -Infinity;
  #until = -Infinity;
  #failures = 0;
  /** The timer is, or the request that it began was, that of a refresh that nothing but time made due. */
  #isRoutine = false;
  /** The server said how long to wait. */
  #isTold = false;
  /** The request that is under way, or waits for its place. */
  #round: Promise<void> | undefined;
  #isSending = false;
  /** Who waits for the request behind the one that is under way. */
  #next: Next<R> | undefined;
  #stopped: Promise<R | undefined> | undefined;
  #isClosed = false;

  /** `told`: its state is known anew; `result`: from which response; `error`: a request could not be made, and nobody waits for it. */
  constructor(private readonly work: Work<R>, private readonly parts: KeeperParts, private readonly told: (result: R | undefined, error?: unknown) => void) {}

  /** Seconds for which the server still keeps it, as far as is known. */
  get secondsLeft(): number {
    return this.#isOver ? 0 : Math.max(0, Math.round((this.#until - this.parts.clock()) / 1000));
  }

  /** Whether the last request failed, and the one before it did not. */
  get isFirstFailure(): boolean {
    return this.#failures === 1;
  }

  /** Seconds until the next request; undefined: one is under way, or none follows. */
  get secondsToNext(): number | undefined {
    return this.#due === undefined ? undefined : Math.max(0, Math.round((this.#due - this.parts.clock()) / 1000));
  }

  /**
   * A request as soon as there may be one. All who ask before it leaves share it, and its result; undefined: it was stopped before. Rejects where
   * the request cannot be made.
   */
  ask(): Promise<R | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    this.#next ??= new Next();
    if (this.#round === undefined && this.#failures === 0) this.#at(this.#sentAt + leastPause);
    return this.#next.result;
  }

  /** The way to the server may be another one: it is asked anew, unless it said how long to wait. `delay`: milliseconds. */
  refresh(delay: number): void {
    if (this.#isOver || this.#round !== undefined || this.#isTold) return;
    this.#at(Math.max(this.#sentAt + leastPause, this.parts.clock() + delay));
  }

  /** Waits for what is under way, and removes it from the server; undefined: there was nothing to remove. `seconds`: how long that may take. */
  stop(seconds?: number): Promise<R | undefined> {
    this.#stopped ??= this.#remove(seconds);
    return this.#stopped;
  }

  /** Nothing more is sent, and nobody waits. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#stopped !== undefined || this.state === 'ended';
  }

  #at(time: number, isRoutine = false): void {
    this.#rest();
    this.#isRoutine = isRoutine;
    this.#due = time;
    this.#timer = setTimeout(() => { this.#begin(); }, Math.max(0, Math.ceil(time - this.parts.clock())));
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#due = undefined;
  }

  #begin(): void {
    this.#rest();
    this.#round = this.parts.slots.do(() => this.#send());
  }

  /** Never rejects. */
  async #send(): Promise<void> {
    if (this.#isOver) return;
    const asked = this.#next;
    this.#next = undefined;
    this.#sentAt = this.parts.clock();
    this.#isSending = true;
    try {
      const { result, verdict } = await keepOnce(this.work, () => this.#isOver);
      this.#isSending = false;
      this.#round = undefined;
      this.#take(verdict);
      if (!this.#isClosed) this.told(result);
      asked?.resolve(result);
    } catch (error) {
      this.#isSending = false;
      this.#round = undefined;
      this.#failed(error, asked);
    }
  }

  #take(verdict: Verdict): void {
    if (verdict.kind === 'kept') this.#granted(verdict.expires);
    else if (verdict.kind === 'over') this.#end();
    else this.#later(verdict.kind === 'later' ? verdict.retryAfter : undefined);
  }

  #granted(expires: number): void {
    this.#until = this.#sentAt + 1000 * expires;
    if (this.state === 'ended') return;
    this.state = 'ok';
    this.#failures = 0;
    this.#isTold = false;
    if (this.#isOver) return;
    if (this.#next !== undefined) this.#at(this.#sentAt + leastPause);
    else this.#at(this.#sentAt + this.#untilRefresh(expires), true);
  }

  #untilRefresh(expires: number): number {
    const { random, areMany } = this.parts;
    return this.#isRoutine || !areMany() ? refreshAfter(expires, random()) : firstRefreshAfter(expires, random());
  }

  #later(seconds: number | undefined): void {
    if (this.state === 'ended') return;
    this.state = 'retrying';
    this.#failures++;
    this.#isTold = seconds !== undefined;
    if (this.#isOver) return;
    const { limits, random, clock } = this.parts;
    const pause = seconds === undefined ? retryAfter(this.#failures, limits(), random()) : askedPause(seconds, this.#failures, limits(), random());
    this.#at(clock() + pause);
  }

  /** `queue_full`: there are too many requests of the service for now. What else is thrown would be thrown again. */
  #failed(error: unknown, asked: Next<R> | undefined): void {
    if (error instanceof NksipError && error.code === 'queue_full') {
      this.#next = joined(asked, this.#next);
      this.#later(undefined);
      return;
    }
    this.#end();
    if (this.#isClosed || this.#stopped !== undefined) asked?.resolve(undefined);
    else asked?.reject(error);
    if (!this.#isClosed) this.told(undefined, asked === undefined ? error : undefined);
  }

  async #remove(seconds: number | undefined): Promise<R | undefined> {
    this.#rest();
    if (this.#isSending) await this.#round;
    if (this.#isClosed || this.state === 'ended') return undefined;
    const isThere = this.#until > this.parts.clock();
    try {
      return isThere ? await this.parts.slots.do(() => removeOnce(this.work, seconds)) : undefined;
    } finally {
      this.#end();
    }
  }

  #end(): void {
    this.#rest();
    this.state = 'ended';
    this.#next?.resolve(undefined);
    this.#next = undefined;
  }
}

/** Those who wait for one request. */
class Next<R> {
  resolve: (result: R | undefined) => void = () => undefined;
  reject: (error: unknown) => void = () => undefined;
  readonly result = new Promise<R | undefined>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** Two requests became one. */
function joined<R>(one: Next<R> | undefined, other: Next<R> | undefined): Next<R> | undefined {
  if (one !== undefined && other !== undefined) other.result.then(one.resolve, one.reject);
  return other ?? one;
}
