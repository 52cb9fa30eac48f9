/** Something that a table holds. `hash` is that of its key; `next` is the table's. */
export interface Keyed<T> {
  readonly key: string;
  readonly hash: number;
  next: T | undefined;
}

const SMALLEST = 64;

/**
 * A hash table whose items hang together by themselves, in place of a Map, for two reasons that were measured. A Map of a
 * million entries stops the process for 100 ms and more when it grows: here each addition splits one bucket (linear hashing).
 * A Map from which as much is deleted as is added copies itself again and again, and the copies keep each other, and what they
 * held, from being collected as young: here nothing is allocated, and a publication's life costs a third.
 */
export class KeyTable<T extends Keyed<T>> {
  readonly #buckets: (T | undefined)[] = new Array<T | undefined>(SMALLEST).fill(undefined);
  /** Buckets when the present round of splitting began: a power of two. */
  #base = SMALLEST;
  /** The bucket to be split next; those before it are split already. */
  #split = 0;
  #size = 0;

  get(key: string, hash: number): T | undefined {
    let item = this.#buckets[this.#bucketOf(hash)];
    while (item !== undefined && (item.hash !== hash || item.key !== key)) item = item.next;
    return item;
  }

  /** There is no item with its key yet. */
  add(item: T): void {
    this.#hang(item);
    if (++this.#size > this.#buckets.length) this.#grow();
  }

  remove(item: T): void {
    this.#exchange(item, item.next);
    this.#size--;
  }

  /** Puts another item with the same key in the place of one. */
  replace(item: T, other: T): void {
    other.next = item.next;
    this.#exchange(item, other);
  }

  /**
   * Each item that is there from the first step to the last, once; one that comes or goes meanwhile perhaps. A bucket is taken
   * together with those into which it has been split since the first step.
   */
  *values(): Iterable<T> {
    const [base, split, count] = [this.#base, this.#split, this.#buckets.length];
    for (let first = 0; first < count; first++) {
      const stride = first < split || first >= base ? 2 * base : base;
      const items: T[] = [];
      for (let bucket = first; bucket < this.#buckets.length; bucket += stride) {
        for (let item = this.#buckets[bucket]; item !== undefined; item = item.next) items.push(item);
      }
      yield* items;
    }
  }

  #bucketOf(hash: number): number {
    const bucket = hash & (this.#base - 1);
    return bucket < this.#split ? hash & (2 * this.#base - 1) : bucket;
  }

  #hang(item: T): void {
    const bucket = this.#bucketOf(item.hash);
    item.next = this.#buckets[bucket];
    this.#buckets[bucket] = item;
  }

  #exchange(item: T, other: T | undefined): void {
    const bucket = this.#bucketOf(item.hash);
    let before = this.#buckets[bucket];
    if (before === item) this.#buckets[bucket] = other;
    else {
      while (before !== undefined && before.next !== item) before = before.next;
      if (before !== undefined) before.next = other;
    }
    item.next = undefined;
  }

  #grow(): void {
    let item = this.#buckets[this.#split];
    this.#buckets[this.#split] = undefined;
    this.#buckets.push(undefined);
    if (++this.#split === this.#base) {
      this.#base *= 2;
      this.#split = 0;
    }
    while (item !== undefined) {
      const { next } = item;
      this.#hang(item);
      item = next;
    }
  }
}
