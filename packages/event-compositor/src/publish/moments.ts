/**
 * The time of day, of which no two are alike: of two publications of one millisecond the later is the newer one. As fine as a number of seconds since 1970
 * can be told from the next one.
 */
export class Moments {
  #last = 0;

  /** Milliseconds since 1970. */
  now(): number {
    const now = Date.now();
    this.#last = Math.floor(this.#last) === now ? this.#last + 0.001 : now;
    return this.#last;
  }
}
