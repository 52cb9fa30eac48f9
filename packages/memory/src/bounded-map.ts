/** Deletions after which the iterator is made anew, at least. */
const FEW = 64;

/**
 * A Map of so many entries at most, of which the oldest goes first. To begin at the front of a plain Map takes longer with each entry
 * that was deleted there, since their places are only passed over: 100 us each time with 100,000 entries. Here one iterator
 * stays where the oldest entry is, but not for long: V8 copies a Map to a new table now and then, and an iterator that has not moved since
 * holds each of the tables before, with all that was in them.
 */
export class BoundedMap<K extends string | number, V> {
  readonly #entries = new Map<K, V>();
  #from: Iterator<K> | undefined = undefined;
  /** Deletions since that was made. */
  #deleted = 0;
  /** What the iterator gave last, unless it is gone. */
  #oldest: K | undefined;

  constructor(private readonly most: number) {}

  get size(): number {
    return this.#entries.size;
  }

  /** The key that was added before all others; undefined where there is none. */
  get oldest(): K | undefined {
    // Asked only where there are entries, and all of them are behind it: so it never ends.
    if (this.#oldest === undefined && this.#entries.size > 0) this.#oldest = (this.#from ??= this.#entries.keys()).next().value;
    return this.#oldest;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** A new key is the youngest one; one that is there stays in its place. */
  set(key: K, value: V): void {
    if (this.#entries.size >= this.most && this.oldest !== undefined && !this.#entries.has(key)) this.delete(this.oldest);
    this.#entries.set(key, value);
  }

  delete(key: K): void {
    if (key === this.#oldest) this.#oldest = undefined;
    // As many as there are entries: to pass over their places is as little work for each of them as it was to delete it.
    if (!this.#entries.delete(key) || ++this.#deleted < Math.max(FEW, this.#entries.size)) return;
    this.#from = undefined;
    this.#deleted = 0;
  }
}
