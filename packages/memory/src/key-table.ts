/** No item. */
const NONE = 0;

/** What a table needs of its items, which are numbers from 1 up. */
export interface Chained {
  /** 30 bits. */
  hash(item: number): number;
  next(item: number): number;
  setNext(item: number, next: number): void;
}

/** Numbers of a bucket: four slots, an item and its hash in each. On the item of the last one hang all for which there is no slot. */
const SIZE = 8;
const LAST = SIZE - 2;

/** Buckets of one array: it is added as a whole, so that to have a million buckets no more is ever moved than this. */
const STRETCH_BITS = 13;
const STRETCH = 1 << STRETCH_BITS;
const SMALLEST = 64;

/** Beside the hash of the last slot: others hang on its item. */
const MORE = 1 << 30;
const HASH = MORE - 1;

/** Items for each bucket at most, so that one in fifteen has no slot of its own. */
const LOAD = 2;

/**
 * A hash table of numbers; nothing is allocated for one. A Map of a million entries stops the process for 100 ms and more when it
 * grows; here each second addition splits a bucket (linear hashing). It never shrinks: what stays is 16 bytes for each of the most
 * that there ever were.
 *
 * A bucket has the hashes of its items: most often no item is touched but those that are looked for, each of which is a cache miss.
 */
export class KeyTable {
  readonly #items: Chained;
  readonly #buckets: Int32Array[] = [new Int32Array(SIZE * STRETCH)];
  #count = SMALLEST;
  /** Buckets when the present round of splitting began: a power of two. */
  #base = SMALLEST;
  /** The bucket to be split next; those before it are split already. */
  #split = 0;
  #size = 0;
  /** Where `next` goes on: the hash, the bucket and its place, the slot, and the item where that one hangs on the last slot. */
  #hash = 0;
  #bucket: Int32Array = none;
  #start = 0;
  #slot = SIZE;
  #item = NONE;

  constructor(items: Chained) {
    this.#items = items;
  }

  /** Bytes that are allocated, in use or not. */
  get allocated(): number {
    return this.#buckets.length * 4 * SIZE * STRETCH;
  }

  /** The first item with this hash; NONE if there is none. */
  first(hash: number): number {
    const bucket = this.#bucketOf(hash);
    this.#hash = hash;
    this.#bucket = this.#stretchOf(bucket);
    this.#start = startOf(bucket);
    this.#slot = 0;
    return this.next();
  }

  /** The next item with the hash that `first` was asked for. Nothing was added or removed since. */
  next(): number {
    const bucket = this.#bucket;
    const start = this.#start;
    const hash = this.#hash;
    while (this.#slot < LAST) {
      const at = start + this.#slot;
      this.#slot += 2;
      if (bucket[at + 1] === hash && bucket[at] !== NONE) return bucket[at] ?? NONE;
    }
    if (this.#slot === SIZE) return this.#nextHanging(this.#item);
    this.#slot = SIZE;
    const item = bucket[start + LAST] ?? NONE;
    const word = bucket[start + LAST + 1] ?? 0;
    this.#item = item;
    if (item === NONE || (word & HASH) === hash) return item;
    return (word & MORE) === 0 ? NONE : this.#nextHanging(item);
  }

  add(item: number): void {
    this.#hang(this.#bucketOf(this.#items.hash(item)), item, this.#items.hash(item));
    if (++this.#size > LOAD * this.#count) this.#grow();
  }

  remove(item: number): void {
    this.#exchange(item, item, NONE);
    this.#size--;
  }

  /** An item has another number from now on; it has all that it had already. */
  renumber(item: number, other: number): void {
    this.#exchange(other, item, other);
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
      for (let bucket = first; bucket < this.#count; bucket += stride) this.#collect(bucket, items);
      yield items;
    }
  }

  #collect(number: number, items: number[]): void {
    const bucket = this.#stretchOf(number);
    const start = startOf(number);
    for (let at = start; at < start + LAST; at += 2) if (bucket[at] !== NONE) items.push(bucket[at] ?? NONE);
    for (let item = bucket[start + LAST] ?? NONE; item !== NONE; item = this.#items.next(item)) items.push(item);
  }

  #bucketOf(hash: number): number {
    const bucket = hash & (this.#base - 1);
    return bucket < this.#split ? hash & (2 * this.#base - 1) : bucket;
  }

  #stretchOf(bucket: number): Int32Array {
    return this.#buckets[bucket >>> STRETCH_BITS] ?? none;
  }

  #nextHanging(from: number): number {
    let item = this.#items.next(from);
    while (item !== NONE && this.#items.hash(item) !== this.#hash) item = this.#items.next(item);
    this.#item = item;
    return item;
  }

  /** Puts an item into an empty slot, or else before those that hang on the last one. */
  #hang(number: number, item: number, hash: number): void {
    const bucket = this.#stretchOf(number);
    const start = startOf(number);
    let at = start;
    while (at < start + LAST && bucket[at] !== NONE) at += 2;
    const next = at < start + LAST ? NONE : bucket[at] ?? NONE;
    if (at === start + LAST) this.#items.setNext(item, next);
    bucket[at] = item;
    bucket[at + 1] = next === NONE ? hash : hash | MORE;
  }

  /** Where `item` is, `other` is from now on, or the next one where that is NONE. `known`: the number under which its hash and its next one can be asked for. */
  #exchange(known: number, item: number, other: number): void {
    const number = this.#bucketOf(this.#items.hash(known));
    const bucket = this.#stretchOf(number);
    const start = startOf(number);
    for (let at = start; at < start + LAST; at += 2) {
      if (bucket[at] !== item) continue;
      bucket[at] = other;
      return;
    }
    const instead = other === NONE ? this.#items.next(known) : other;
    const first = bucket[start + LAST] ?? NONE;
    if (first === item) return this.#setLast(bucket, start, instead);
    let before = first;
    while (this.#items.next(before) !== item) before = this.#items.next(before);
    this.#items.setNext(before, instead);
    if (before === first) this.#setLast(bucket, start, first);
  }

  #setLast(bucket: Int32Array, start: number, item: number): void {
    bucket[start + LAST] = item;
    if (item !== NONE) bucket[start + LAST + 1] = this.#items.hash(item) | (this.#items.next(item) === NONE ? 0 : MORE);
  }

  /** Splits a bucket. */
  #grow(): void {
    const number = this.#split;
    if (++this.#count > this.#buckets.length * STRETCH) this.#buckets.push(new Int32Array(SIZE * STRETCH));
    if (++this.#split === this.#base) {
      this.#base *= 2;
      this.#split = 0;
    }
    const bucket = this.#stretchOf(number);
    const start = startOf(number);
    for (let at = start; at < start + LAST; at += 2) {
      const item = bucket[at] ?? NONE;
      const hash = bucket[at + 1] ?? 0;
      const into = this.#bucketOf(hash);
      if (item === NONE || into === number) continue;
      bucket[at] = NONE;
      this.#hang(into, item, hash);
    }
    const last = bucket[start + LAST] ?? NONE;
    bucket[start + LAST] = NONE;
    if (last !== NONE) this.#hangAgain(last, bucket[start + LAST + 1] ?? 0);
  }

  /** What stood in the last slot, and all that hangs on it. */
  #hangAgain(last: number, word: number): void {
    let item = last;
    let hash = word & HASH;
    let next = (word & MORE) === 0 ? NONE : this.#items.next(item);
    for (;;) {
      this.#hang(this.#bucketOf(hash), item, hash);
      if (next === NONE) return;
      item = next;
      hash = this.#items.hash(item);
      next = this.#items.next(item);
    }
  }
}

const none = new Int32Array(0);

function startOf(bucket: number): number {
  return SIZE * (bucket & (STRETCH - 1));
}
