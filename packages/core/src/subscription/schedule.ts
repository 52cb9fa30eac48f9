/** The longest that setTimeout can wait, in milliseconds: 24 days. */
const longestWait = 2 ** 31 - 1;

/** Moments at which something is due, each once, with one timer for all of them. */
export class Schedule<Moment extends string> {
  readonly #moments = new Map<Moment, number>();
  #timer: NodeJS.Timeout | undefined;

  /** `clock`: milliseconds. */
  constructor(
    private readonly clock: () => number,
    private readonly due: (moment: Moment) => void,
  ) {}

  /** When it is due by the clock; undefined: it is not. */
  at(moment: Moment): number | undefined {
    return this.#moments.get(moment);
  }

  set(moment: Moment, at: number): void {
    this.#moments.set(moment, at);
    this.#wait();
  }

  delete(moment: Moment): void {
    if (this.#moments.delete(moment)) this.#wait();
  }

  /** Nothing is due any more. */
  clear(): void {
    this.#moments.clear();
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#moments.size === 0) return;
    const left = Math.ceil(Math.min(...this.#moments.values()) - this.clock());
    this.#timer = setTimeout(() => { this.#look(); }, Math.min(Math.max(left, 0), longestWait));
  }

  /** What is due changes what else is: each is looked for anew, the earliest first. */
  #look(): void {
    for (let moment = this.#earliest(); moment !== undefined; moment = this.#earliest()) {
      this.#moments.delete(moment);
      this.due(moment);
    }
    this.#wait();
  }

  #earliest(): Moment | undefined {
    let best: Moment | undefined;
    let bestAt = this.clock();
    for (const [moment, at] of this.#moments) {
      if (at <= bestAt) [best, bestAt] = [moment, at];
    }
    return best;
  }
}
