/**
 * The requests whose responses may come once more: Timer K (RFC 3261 17.1.2.2) of each, without a timer for each. A transaction would hold all that it was made
 * with for these 5 seconds: with 6,000 NOTIFYs a second the garbage collector took a sixth of the CPU.
 */
export class AnsweredRequests {
  /** When each is forgotten, in milliseconds; the oldest first. */
  readonly #until = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#until.size;
  }

  has(text: string): boolean {
    return this.#until.has(text);
  }

  /** For so many milliseconds; beyond `most` the oldest is forgotten, which costs nothing: its response is then dropped as a stray one. */
  add(text: string, milliseconds: number, most: number): void {
    this.#until.set(text, performance.now() + milliseconds);
    if (this.#until.size > most) this.#forgetOldest();
    this.#timer ??= setTimeout(() => { this.#sweep(milliseconds); }, milliseconds);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#until.clear();
  }

  #forgetOldest(): void {
    for (const text of this.#until.keys()) {
      this.#until.delete(text);
      return;
    }
  }

  #sweep(milliseconds: number): void {
    const now = performance.now();
    for (const [text, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(text);
    }
    this.#timer = this.#until.size === 0 ? undefined : setTimeout(() => { this.#sweep(milliseconds); }, this.#pause(now, milliseconds));
  }

  /** Until the oldest is to be forgotten, but a share of the time at least: they are forgotten by the hundred. */
  #pause(now: number, milliseconds: number): number {
    for (const until of this.#until.values()) return Math.max(until - now, milliseconds / 20);
    return milliseconds;
  }
}
