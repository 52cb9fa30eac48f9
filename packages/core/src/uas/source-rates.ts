import { BoundedMap } from '../bounded-map.js';
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

/**
 * A bucket of tokens for each source, kept as one number: the time in milliseconds at which it is full again. What is
 * refused takes no token and leaves nothing behind.
 */
export class SourceRates {
  readonly #fullAt = new BoundedMap<string, number>(maxSources);

  /** `clock`: milliseconds, never going back. */
  constructor(private readonly clock: () => number) {}

  /** Whether it may happen once more because of `address`; `reserve`: how much more often than usual it may. */
  take({ perSecond, burst }: Rate, address: string, reserve = 0): boolean {
    if (perSecond === 0) return true;
    const now = this.clock();
    const interval = 1000 / perSecond;
    const source = networkOf(address);
    const known = this.#fullAt.get(source);
    const fullAt = Math.max(known ?? now, now) + interval;
    if (fullAt - now > (burst + reserve) * interval) return false;
    this.#fullAt.set(source, fullAt);
    return true;
  }
}
