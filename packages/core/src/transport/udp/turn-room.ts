/** Datagrams by the batch in one turn of the event loop, besides those that Node.js reads itself. */
const LEAST = 4, MOST = 64;

/** Milliseconds of a turn after which the next one takes half as many. */
const LONG = 5;

/**
 * How many datagrams a turn of the event loop may take by the batch, so that it lasts a few milliseconds. Warm code does 64 in two of them; code that
 * has just started, or that calls a slow callback of the service, takes a millisecond for one.
 */
export class TurnRoom {
  #most = LEAST;
  #taken = 0;
  #began = 0;

  /** `now`: a moment of performance.now(). */
  begin(now: number): void {
    this.#began = now;
    this.#taken = 0;
  }

  get left(): number {
    return this.#most - this.#taken;
  }

  take(count: number): void {
    this.#taken += count;
  }

  end(now: number): void {
    if (now - this.#began > LONG) this.#most = Math.max(LEAST, this.#most >> 1);
    else if (this.#taken >= this.#most) this.#most = Math.min(MOST, 2 * this.#most);
  }
}
