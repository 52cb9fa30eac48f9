/** Milliseconds. Date.now() tells whole ones only: what differs by less is no step, and no record is to say another time at each reading. */
const TOLERANCE = 2;

/**
 * The clock of the machine, beside performance.now(), which somebody or NTP can set: how long something lives is counted by the latter, and
 * what others are told are seconds since 1970.
 */
export class WallClock {
  #ahead = NaN;

  /** How many milliseconds since 1970 are more than `now`, which is what performance.now() says. */
  aheadOf(now: number): number {
    const ahead = Date.now() - now;
    if (!(Math.abs(ahead - this.#ahead) < TOLERANCE)) this.#ahead = ahead;
    return this.#ahead;
  }
}
