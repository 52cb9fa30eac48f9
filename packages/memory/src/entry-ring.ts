import type { Chained } from './key-table.js';

/** The numbers of an entry. The first six are its owner's, the others the hash table's. */
const HASH = 6, NEXT = 7, NUMBERS = 8;

/** What an entry costs: its numbers, its deadline and its half of a bucket in the hash table. */
export const ENTRY_BYTES = 4 * NUMBERS + 8 + 16;

/** Entries of one array. Shifted: what `**` makes is no small integer for V8, which allocates each result that it reckons with it. */
const STRETCH_BITS = 13;
const STRETCH = 1 << STRETCH_BITS;

/**
 * Entries of a KeyTable in a ring, the oldest first, each with a deadline and six numbers of its owner's, outside the heap. The ring is of stretches, and another one goes in where it is
 * full: no entry ever moves. An entry's number is from 1 up, and is another one's after it has gone.
 */
export class EntryRing implements Chained {
  /** Nothing is in stretch 0, so that no entry has the number 0. */
  readonly #stretches = [new Int32Array(0)];
  readonly #deadlines = [new Float64Array(0)];
  /** The stretch after each one. */
  readonly #after = [0];
  #oldest: number;
  /** The one that is taken next. */
  #free: number;
  #size = 0;

  constructor() {
    this.#oldest = this.#free = this.#addAfter(0) << STRETCH_BITS;
  }

  get size(): number { return this.#size; }
  get oldest(): number { return this.#oldest; }
  /** Whether more than the first stretch was ever needed. */
  get hasGrown(): boolean { return this.#stretches.length > 2; }

  /** Bytes that are allocated, in use or not. */
  get allocated(): number { return (this.#stretches.length - 1) * STRETCH * (4 * NUMBERS + 8); }

  /** The number of another entry, the newest one. */
  add(hash: number, deadline: number): number {
    const entry = this.#free;
    const stretch = entry >>> STRETCH_BITS;
    const isLast = (entry & (STRETCH - 1)) === STRETCH - 1;
    if (isLast && this.#after[stretch] === this.#oldest >>> STRETCH_BITS) this.#addAfter(stretch);
    this.#free = this.following(entry);
    this.#size++;
    this.set(entry, HASH, hash);
    const deadlines = this.#deadlines[stretch];
    if (deadlines !== undefined) deadlines[entry & (STRETCH - 1)] = deadline;
    return entry;
  }

  dropOldest(): void {
    this.#oldest = this.following(this.#oldest);
    this.#size--;
  }

  /** One of the numbers: `place` is 0 to 5 for what is the owner's. */
  get(entry: number, place: number): number {
    return this.#stretches[entry >>> STRETCH_BITS]?.[(entry & (STRETCH - 1)) * NUMBERS + place] ?? 0;
  }

  set(entry: number, place: number, value: number): void {
    const stretch = this.#stretches[entry >>> STRETCH_BITS];
    if (stretch !== undefined) stretch[(entry & (STRETCH - 1)) * NUMBERS + place] = value;
  }

  deadline(entry: number): number {
    return this.#deadlines[entry >>> STRETCH_BITS]?.[entry & (STRETCH - 1)] ?? 0;
  }

  hash(entry: number): number { return this.get(entry, HASH); }
  next(entry: number): number { return this.get(entry, NEXT); }
  setNext(entry: number, next: number): void { this.set(entry, NEXT, next); }

  /** The entry that was added after this one. */
  following(entry: number): number {
    const isLast = (entry & (STRETCH - 1)) === STRETCH - 1;
    return isLast ? (this.#after[entry >>> STRETCH_BITS] ?? 0) << STRETCH_BITS : entry + 1;
  }

  /** Puts a stretch into the ring; the first one, after 0, is a ring by itself. */
  #addAfter(stretch: number): number {
    const added = this.#stretches.push(new Int32Array(STRETCH * NUMBERS)) - 1;
    this.#deadlines.push(new Float64Array(STRETCH));
    this.#after.push(stretch === 0 ? added : this.#after[stretch] ?? added);
    this.#after[stretch] = added;
    return added;
  }
}
