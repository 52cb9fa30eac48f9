/** No item. */
const NONE = 0;

/** What a table needs of its items, which are numbers from 1 up. */
export interface Chained {
  /** 30 bits. */
  hash(item: number): number;
  next(item: number): number;
  setNext(item: number, next: number): void;
}

/** Buckets of one array: it is added as a whole, so that to have a million buckets no more is ever moved than this. */
const STRETCH_BITS = 15;
const STRETCH = 2 ** STRETCH_BITS;
const SMALLEST = 64;

/** In a bucket, beside the hash: there is more than one item. */
const MORE = 2 ** 30;
const HASH = MORE - 1;

/**
 * A hash table of numbers, whose items hang together by themselves: nothing is allocated for one. A Map of a million entries stops
 * the process for 100 ms and more when it grows; here each addition splits two buckets (linear hashing). It never shrinks: what
 * stays is 16 bytes for each of the most that there ever were.
 *
 * A bucket has its first item and that one's hash: most often that is all there is to know, and no item is touched, each of
 * which is a cache miss: two of them were an eighth of the time of an initial PUBLISH. So there are two buckets for an item, 8 bytes
 * more than with one: to look for what is not there touches 0.2 items, not 0.7, and to add one 0.8, not 1.1.
 */
export class KeyTable {
  readonly #items: Chained;
  /** Two numbers a bucket: the first item, and its hash with MORE. */
  readonly #buckets: Int32Array[] = [new Int32Array(2 * STRETCH)];
  #count = SMALLEST;
  /** Buckets when the present round of splitting began: a power of two. */
  #base = SMALLEST;
  /** The bucket to be split next; those before it are split already. */
  #split = 0;
  #size = 0;

  constructor(items: Chained) {
    this.#items = items;
  }

  /** The first of those among which all items with this hash are; the others hang on it. NONE if there is none with it. */
  first(hash: number): number {
    const bucket = this.#bucketOf(hash);
    const word = this.#word(bucket);
    return (word & HASH) === hash || (word & MORE) !== 0 ? this.#first(bucket) : NONE;
  }

  add(item: number): void {
    this.#hang(item, this.#items.hash(item));
    this.#size++;
    while (2 * this.#size > this.#count) this.#grow();
  }

  remove(item: number): void {
    this.#exchange(this.#bucketOf(this.#items.hash(item)), item, this.#items.next(item));
    this.#size--;
  }

  /** An item has another number from now on; it has all that it had already. */
  renumber(item: number, other: number): void {
    this.#exchange(this.#bucketOf(this.#items.hash(other)), item, other);
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
    return this.#buckets[bucket >>> STRETCH_BITS]?.[2 * (bucket & (STRETCH - 1))] ?? NONE;
  }

  #word(bucket: number): number {
    return this.#buckets[bucket >>> STRETCH_BITS]?.[2 * (bucket & (STRETCH - 1)) + 1] ?? 0;
  }

  #set(bucket: number, first: number, word: number): void {
    const stretch = this.#buckets[bucket >>> STRETCH_BITS];
    if (stretch === undefined) return;
    const at = 2 * (bucket & (STRETCH - 1));
    stretch[at] = first;
    stretch[at + 1] = word;
  }

  #hang(item: number, hash: number): void {
    const bucket = this.#bucketOf(hash);
    const next = this.#first(bucket);
    this.#items.setNext(item, next);
    this.#set(bucket, item, next === NONE ? hash : hash | MORE);
  }

  /** Where `item` hangs in a bucket, `other` hangs from now on. */
  #exchange(bucket: number, item: number, other: number): void {
    const first = this.#first(bucket);
    if (first === item) return this.#set(bucket, other, other === NONE ? 0 : this.#wordOf(other));
    let before = first;
    while (this.#items.next(before) !== item) before = this.#items.next(before);
    this.#items.setNext(before, other);
    if (before === first) this.#set(bucket, first, this.#wordOf(first));
  }

  #wordOf(item: number): number {
    const hash = this.#items.hash(item);
    return this.#items.next(item) === NONE ? hash : hash | MORE;
  }

  /** Splits a bucket; most have one item or none, and that one then stays or moves as it is. */
  #grow(): void {
    const bucket = this.#split;
    const word = this.#word(bucket);
    let item = this.#first(bucket);
    this.#set(bucket, NONE, 0);
    if (++this.#count > this.#buckets.length * STRETCH) this.#buckets.push(new Int32Array(2 * STRETCH));
    if (++this.#split === this.#base) {
      this.#base *= 2;
      this.#split = 0;
    }
    if (item !== NONE && (word & MORE) === 0) return this.#set(this.#bucketOf(word), item, word);
    while (item !== NONE) {
      const next = this.#items.next(item);
      this.#hang(item, this.#items.hash(item));
      item = next;
    }
  }
}
