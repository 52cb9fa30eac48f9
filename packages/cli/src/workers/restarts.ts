/** A worker that lived for less than this came to nothing, in milliseconds. */
const SHORT_LIFE = 10_000;
/** So many short lives in a row, a minute or so of them, and there is no next one. */
const MOST_SHORT_LIVES = 8;

/** When the worker of one place is followed by another. */
export class Restarts {
  #shortLives = 0;

  /** Milliseconds before the next one takes the place of a worker that came to nothing: twice as many each time. */
  constructor(private readonly firstPause: number = 250) {}

  /** Milliseconds until the next one, after one that lived for `lived` milliseconds; undefined: it does not get better. */
  pauseAfter(lived: number): number | undefined {
    this.#shortLives = lived < SHORT_LIFE ? this.#shortLives + 1 : 0;
    if (this.#shortLives === 0) return 0;
    return this.#shortLives === MOST_SHORT_LIVES ? undefined : this.firstPause * 2 ** (this.#shortLives - 1);
  }

  /** Milliseconds until it is tried again where the system made no process: no worker has come to nothing. */
  get pauseAfterRefusal(): number {
    return 20 * this.firstPause;
  }

  /** Without any worker that lived for long enough in between. */
  get shortLives(): number {
    return this.#shortLives;
  }
}
