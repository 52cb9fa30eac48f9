/** Milliseconds. Date.now() tells whole ones only: what differs by less is no step, and no record is to say another time at each reading. */
const TOLERANCE = 2;

/**
 * The time of day, which somebody or NTP can set, beside performance.now(), which nobody can: by the latter is counted how long something
 * lives, and by the former what others are told. All are milliseconds but `expires`.
 */
export class WallClock {
  #ahead = NaN;

  /** How much the time of day, since 1970, is ahead of `now`, which is what performance.now() says. */
  aheadOf(now: number): number {
    const ahead = Date.now() - now;
    if (!(Math.abs(ahead - this.#ahead) < TOLERANCE)) this.#ahead = ahead;
    return this.#ahead;
  }

  /**
   * The same for a record that is stored until `deadline`: where its `expires` (seconds) is that moment, by what was known, that holds. With a
   * grace it is an earlier one, and the clock is looked at.
   */
  aheadFor(expires: number, deadline: number, now: number): number {
    return Math.abs(expires * 1000 - this.#ahead - deadline) < TOLERANCE ? this.#ahead : this.aheadOf(now);
  }
}
