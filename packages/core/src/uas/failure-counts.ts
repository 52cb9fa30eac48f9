import { BoundedMap } from '@nksip-ts/memory';

interface Count {
  /** As many as there were at `since`. */
  failures: number;
  /** Milliseconds, as `clock` has them. */
  since: number;
  /** Until when there is a pause. */
  until: number;
}

type Key = string | number;

/** Milliseconds: the first pause; each failure after it makes the next one twice as long, up to the longest. */
const firstPause = 1000, longestPause = 60_000;

/**
 * Failures by key, and the pauses that they cause. One failure is forgotten whenever `forgetting` milliseconds have gone by, so that
 * this is how often one can fail in the long run.
 */
export class FailureCounts {
  /** Who failed longest ago comes first. */
  readonly #counts: BoundedMap<Key, Count>;

  /**
   * `clock`: milliseconds, never going back. `most`: keys that are remembered. Beyond it the one is forgotten that failed longest ago,
   * which at worst gives it as many tries again.
   */
  constructor(private readonly clock: () => number, private readonly forgetting: number, most: number) {
    this.#counts = new BoundedMap(most);
  }

  get size(): number {
    return this.#counts.size;
  }

  /** Milliseconds that the pause of a key still lasts; 0: there is none. */
  pauseOf(key: Key): number {
    const until = this.#counts.get(key)?.until ?? 0;
    return until === 0 ? 0 : Math.max(0, until - this.clock());
  }

  /** One more failure. The pause that now begins, in milliseconds, is 0 for the first ones, up to and without the `most`th. */
  add(key: Key, most: number): { readonly failures: number; readonly pause: number } {
    const now = this.clock();
    const { failures: before, since } = this.#lessened(key, now);
    const failures = before + 1;
    const pause = failures < most ? 0 : Math.min(longestPause, firstPause * 2 ** (failures - most));
    this.#counts.delete(key);
    this.#dropForgotten(now);
    this.#counts.set(key, { failures, since, until: pause === 0 ? 0 : now + pause });
    return { failures, pause };
  }

  clear(key: Key): void {
    this.#counts.delete(key);
  }

  #lessened(key: Key, now: number): Pick<Count, 'failures' | 'since'> {
    const known = this.#counts.get(key);
    if (known === undefined || this.#isForgotten(known, now)) return { failures: 0, since: now };
    const forgotten = Math.floor((now - known.since) / this.forgetting);
    return { failures: known.failures - forgotten, since: known.since + forgotten * this.forgetting };
  }

  #isForgotten({ failures, since }: Count, now: number): boolean {
    return since + failures * this.forgetting <= now;
  }

  /** Two at most, so that no addition takes long. */
  #dropForgotten(now: number): void {
    for (let i = 0; i < 2; i++) {
      const { oldest } = this.#counts;
      const count = oldest === undefined ? undefined : this.#counts.get(oldest);
      if (oldest === undefined || count === undefined || !this.#isForgotten(count, now)) return;
      this.#counts.delete(oldest);
    }
  }
}
