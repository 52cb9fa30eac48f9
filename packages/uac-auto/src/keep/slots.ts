/** Work of which only so much is done at a time; the rest waits in the order in which it came. Whoever gives work bounds how much waits. */
export class Slots {
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly limit: () => number) {}

  /** Rejects as `work` does. */
  async do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.limit()) this.#taken++;
    else await new Promise<void>((resolve) => { this.#waiting.push(resolve); });
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  /** The place goes to the next in line, unless there are fewer of them since an update. */
  #pass(): void {
    const next = this.#taken <= this.limit() ? this.#waiting.shift() : undefined;
    if (next === undefined) this.#taken--;
    else next();
  }
}
