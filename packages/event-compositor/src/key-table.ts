import { NONE } from './ram-cells.js';

/** What a table needs of its items, which are numbers from 1 up. */
export interface Chained {
  /** 30 bits. */
  hash(item: number): number;
  next(item: number): number;
  setNext(item: number, next: number): void;
}

/** Buckets of one array: it is added as a whole, so that to have a million buckets no more is ever moved than this. */
const STRETCH_BITS = 12;
const STRETCH = 2 ** STRETCH_BITS;
const SMALLEST = 64;

/**
 * A hash table of numbers, whose items hang together by themselves: nothing is allocated for one. A Map of a million entries stops
 * the process for 100 ms and more when it grows; here each addition splits one bucket (linear hashing). It never shrinks: what
 * stays is 4 bytes for each of the most that there ever were.
 */
export class KeyTable {
  readonly #items: Chained;
  /** The first item of each bucket. */
  readonly #buckets: Int32Array[] = [new Int32Array(STRETCH)];
  #count = SMALLEST;
  /** Buckets when the present round of splitting began: a power of two. */
  #base = SMALLEST;
  /** The bucket to be split next; those before it are split already. */
  #split = 0;
  #size = 0;

  constructor(items: Chained) {
    this.#items = items;
  }

  /** The first of those among which an item with this hash is; the others hang on it. */
  first(hash: number): number {
    return this.#first(this.#bucketOf(hash));
  }

  add(item: number): void {
    this.#hang(item);
    if (++this.#size > this.#count) this.#grow();
  }

  remove(item: number): void {
    this.#exchange(item, item, this.#items.next(item));
    this.#size--;
  }

  /** An item has another number from now on; it has all that it had already. */
  renumber(item: number, other: number): void {
    this.#exchange(item, other, other);
  }

  /**
   * All items, some at a time: each that is there from the first step to the last once, one that comes or goes meanwhile perhaps.
   * A bucket is taken together with those into which it has been split since the first step.
   */
  *values(): Iterable<readonly number[]> {
    const [base, split, count] = [this.#base, this.#split, this.#count];
    for (let first = 0; first < count; first++) {
      const stride = first < split || first >= base ? 2 * base : base;
      const items: number[] = [];
      for (let bucket = first; bucket < this.#count; bucket += stride) {
        for (let item = this.#first(bucket); item !== NONE; item = this.#items.next(item)) items.push(item);
      }
      yield items;
    }
  }

  #bucketOf(hash: number): number {
    const bucket = hash & (this.#base - 1);
    return bucket < this.#split ? hash & (2 * this.#base - 1) : bucket;
  }

  #first(bucket: number): number {
    return this.#buckets[bucket >>> STRETCH_BITS]?.[bucket & (STRETCH - 1)] ?? NONE;
  }

  #setFirst(bucket: number, item: number): void {
    const stretch = this.#buckets[bucket >>> STRETCH_BITS];
    if (stretch !== undefined) stretch[bucket & (STRETCH - 1)] = item;
  }

  #hang(item: number): void {
    const bucket = this.#bucketOf(this.#items.hash(item));
    this.#items.setNext(item, this.#first(bucket));
    this.#setFirst(bucket, item);
  }

  /** Where `item` hangs, `other` hangs from now on. `holder`: an item with the hash of both. */
  #exchange(item: number, holder: number, other: number): void {
    const bucket = this.#bucketOf(this.#items.hash(holder));
    let before = this.#first(bucket);
    if (before === item) return this.#setFirst(bucket, other);
    while (this.#items.next(before) !== item) before = this.#items.next(before);
    this.#items.setNext(before, other);
  }

  #grow(): void {
    let item = this.#first(this.#split);
    this.#setFirst(this.#split, NONE);
    if (++this.#count > this.#buckets.length * STRETCH) this.#buckets.push(new Int32Array(STRETCH));
    if (++this.#split === this.#base) {
      this.#base *= 2;
      this.#split = 0;
    }
    while (item !== NONE) {
      const next = this.#items.next(item);
      this.#hang(item);
      item = next;
    }
  }
}
