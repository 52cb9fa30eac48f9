/**
 * The clock of one Redis, as far as its answers tell. All times in milliseconds; `own` ones are of `performance.now()`, which no step of
 * the wall clock moves.
 *
 * An answer with the time of Redis says that it was so late there at some moment between sending and answering. So the difference of
 * the two clocks is known to the round trip of that answer; of several answers the highest of the least differences is the closest.
 * It is never above the true one: a moment that it makes of our clock is never later than meant, by the round trip earlier at most.
 */
export class RedisClock {
  /** The least that the clock of Redis is ahead of ours. */
  #ahead: number | undefined;

  /** `time`: what Redis has told in an answer to what was sent at `sent` and answered at `answered`. */
  told(time: number, sent: number, answered: number): void {
    const least = time - answered;
    // Above the most that it can be now: the clock of Redis has been put back.
    if (this.#ahead === undefined || this.#ahead > time - sent + RESOLUTION) this.#ahead = least;
    else this.#ahead = Math.max(this.#ahead, least);
  }

  /** What the clock of Redis shows, in whole milliseconds, at a moment of ours or a little before; 0 while nothing is known. */
  at(own: number): number {
    return this.#ahead === undefined ? 0 : Math.floor(own + this.#ahead);
  }
}

/** Redis tells whole milliseconds, rounded down. */
const RESOLUTION = 1;
