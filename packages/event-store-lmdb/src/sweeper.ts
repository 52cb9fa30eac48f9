import { NksipError } from '@nksip-ts/core';
import type { CommitGroups } from './commit-groups.js';
import { damagedAt, storeErrorOf } from './store-error.js';
import type { Publications } from './publications.js';

/** Milliseconds between two sweeps. */
const SWEEP_EVERY = 250;
/** Milliseconds after a sweep that failed: where a page is damaged it fails each time, and the writes of its commit with it. */
const AFTER_FAULT = 10_000;
/** Publications of one batch; one batch is a part of one commit, and other writes go along with it. */
const BATCH = 500;

/** Removes what has expired, in the order of time and a batch at a time; what is damaged too, when its time by the index has come. Its timer alone does not keep a process alive. */
export class Sweeper {
  readonly #publications: Publications;
  readonly #groups: CommitGroups;
  readonly #now: () => number;
  readonly #onFault: (error: NksipError) => void;
  #timer: NodeJS.Timeout | undefined;
  /** By performance.now(). */
  #notBefore = 0;
  #sweeping = false;
  #stopped = false;

  constructor(publications: Publications, groups: CommitGroups, now: () => number, onFault: (error: NksipError) => void) {
    this.#publications = publications;
    this.#groups = groups;
    this.#now = now;
    this.#onFault = onFault;
  }

  /** Sweeps from now on, without being asked. */
  start(): void {
    this.#timer = setInterval(() => {
      if (performance.now() >= this.#notBefore) void this.sweep();
    }, SWEEP_EVERY).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** Until nothing is left that has expired; never rejects. */
  async sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      // At least one transaction, even if nothing is to be swept: reads may not see the newest commit, and it has that mended.
      do {
        const { looked, entries, damaged } = await this.#groups.write(() => this.#publications.sweep(this.#now(), BATCH));
        const fault = damagedAt(damaged);
        if (fault !== undefined) this.#onFault(fault);
        if (looked === 0) return;
        if (entries === 0) throw new NksipError('store_damaged', { record: 'the index of deadlines' });
      } while (!this.#stopped && this.#publications.isDue(this.#now()));
    } catch (error) {
      this.#notBefore = performance.now() + AFTER_FAULT;
      if (!this.#stopped) this.#onFault(storeErrorOf(error));
    } finally {
      this.#sweeping = false;
    }
  }
}
