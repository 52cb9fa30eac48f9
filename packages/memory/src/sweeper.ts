/** Milliseconds between two sweeps. */
const EVERY = 250;
/** Steps of one sweep, before other work gets its turn. */
const STRETCH = 500;

/**
 * Calls a sweep of what has expired, four times a second, and in the next turn of the event loop while there is more. Its timers alone do not keep a process
 * alive; without anything left it rests until `start`.
 */
export class Sweeper {
  #interval: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** Made once: `start` is called with each thing that is kept. */
  readonly #run = (): void => { this.#sweep(); };

  /** `sweep` takes so many steps at most, and tells whether there is more to do at once, or nothing left at all. */
  constructor(private readonly sweep: (steps: number) => 'more' | 'later' | 'nothing') {}

  start(): void {
    this.#interval ??= setInterval(this.#run, EVERY).unref();
  }

  stop(): void {
    clearInterval(this.#interval);
    clearImmediate(this.#immediate);
    this.#interval = undefined;
    this.#immediate = undefined;
  }

  #sweep(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    const left = this.sweep(STRETCH);
    if (left === 'nothing') this.stop();
    else if (left === 'more') this.#immediate = setImmediate(this.#run).unref();
  }
}
