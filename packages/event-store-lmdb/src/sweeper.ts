import { NksipError, reasonOf } from '@nksip-ts/core';
import type { CommitGroups } from './commit-groups.js';
import type { Shelf } from './shelf.js';

/** Milliseconds between two sweeps. */
const SWEEP_EVERY = 250;
/** Publications of one batch; one batch is a part of one commit, and other writes go along with it. */
const BATCH = 500;

/** Removes what is over, in the order of time and a batch at a time. Its timer alone does not keep a process alive. */
export class Sweeper {
  readonly #shelf: Shelf;
  readonly #groups: CommitGroups;
  readonly #now: () => number;
  readonly #onFault: (error: NksipError) => void;
  readonly #timer: NodeJS.Timeout;
  #sweeping = false;
  #stopped = false;

  constructor(shelf: Shelf, groups: CommitGroups, now: () => number, onFault: (error: NksipError) => void) {
    this.#shelf = shelf;
    this.#groups = groups;
    this.#now = now;
    this.#onFault = onFault;
    this.#timer = setInterval(() => void this.sweep(), SWEEP_EVERY).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** Until nothing is over any more; never rejects. */
  async sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      while (!this.#stopped && this.#shelf.isDue(this.#now())) await this.#groups.write(() => this.#shelf.sweep(this.#now(), BATCH));
    } catch (error) {
      if (!this.#stopped) this.#onFault(error instanceof NksipError ? error : new NksipError('store_unavailable', { reason: reasonOf(error) }, { cause: error }));
    } finally {
      this.#sweeping = false;
    }
  }
}
