import { BoundedMap } from '@nksip-ts/memory';
import { networkOf } from '../transport/address.js';

/** How often something may happen because of one source. */
export interface Rate {
  /** On average; 0: as often as it likes. */
  readonly perSecond: number;
  /** At once, before the average counts. */
  readonly burst: number;
}

/** Sources that are remembered. Beyond it the one known longest is forgotten, which at worst lets it have another burst. */
const maxSources = 100_000;

/** So much of a token may be missing because of rounding: after 115 days numbers of milliseconds are 2 ns apart. */
const rounding = 0.001;

/**
 * A bucket of tokens for each source, kept as one number: the time in milliseconds at which it is full again. What is
 * refused takes no token and leaves nothing behind.
 */
export class SourceRates {
  #fullAt = new BoundedMap<string, number>(maxSources);
  #rate: Rate = { perSecond: 0, burst: 0 };

  /** `clock`: milliseconds, never going back. */
  constructor(private readonly clock: () => number) {}

  /** Whether it may happen once more because of `address`; `reserve`: how much more often than usual it may. */
  take(rate: Rate, address: string, reserve = 0): boolean {
    const { perSecond, burst } = rate;
    if (perSecond === 0) return true;
    this.#configure(rate);
    const now = this.clock();
    const interval = 1000 / perSecond;
    const source = networkOf(address);
    const fullAt = Math.max(this.#fullAt.get(source) ?? now, now);
    const missing = (fullAt - now) / interval;
    if (missing + 1 > burst + reserve + rounding) return false;
    this.#fullAt.set(source, fullAt + interval);
    return true;
  }

  /** With another rate all buckets are full: how long they take to fill was reckoned with the old one. */
  #configure(rate: Rate): void {
    if (rate.perSecond === this.#rate.perSecond && rate.burst === this.#rate.burst) return;
    this.#rate = rate;
    this.#fullAt = new BoundedMap(maxSources);
  }
}
