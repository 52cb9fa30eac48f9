import type { NksipError } from '../errors.js';

type Watcher = (error: NksipError) => void;

/** Those who want to know when a flow breaks. It breaks once; whoever asks later is told soon after. */
export class Watchers {
  readonly #waiting = new Set<{ readonly tell: Watcher }>();
  #broken: NksipError | undefined;

  add(tell: Watcher): () => void {
    const entry = { tell };
    this.#waiting.add(entry);
    if (this.#broken !== undefined) queueMicrotask(() => this.#tell());
    return () => void this.#waiting.delete(entry);
  }

  break(error: NksipError): void {
    this.#broken ??= error;
    this.#tell();
  }

  #tell(): void {
    const error = this.#broken;
    if (error === undefined) return;
    for (const entry of this.#waiting) {
      this.#waiting.delete(entry);
      entry.tell(error);
    }
  }
}
