/** Wrong tokens that one source may send at once; after that one a second. */
const BURST = 10;
/** Sources that are remembered; the oldest is forgotten first. */
const MOST_SOURCES = 1000;

interface Count {
  left: number;
  /** When `left` was right, by the clock. */
  at: number;
}

/** How many wrong tokens came from where. Bounded, however many sources there are. */
export class Attempts {
  readonly #counts = new Map<string, Count>();

  /** `clock`: milliseconds. */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Whether a token from there is looked at now. */
  mayTry(source: string): boolean {
    const count = this.#counts.get(source);
    return count === undefined || this.#leftNow(count) >= 1;
  }

  failed(source: string): void {
    const count = this.#counts.get(source);
    this.#counts.delete(source);
    this.#counts.set(source, { left: (count === undefined ? BURST : this.#leftNow(count)) - 1, at: this.clock() });
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MOST_SOURCES && oldest !== undefined) this.#counts.delete(oldest);
  }

  #leftNow({ left, at }: Count): number {
    return Math.min(BURST, left + (this.clock() - at) / 1000);
  }
}
