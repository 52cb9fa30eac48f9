import { randomInt } from 'node:crypto';
import { hashOf } from './text-hash.js';

/** Parts of a table, by the first bits of a hash. A part grows by itself, so that an addition moves a sixty-fourth of all items at most: 1,600 of 100,000, about 0.4 ms. */
const PART_BITS = 6;
const FEWEST = 4;
/** Of the places of a part, at most and once there are more of them; and where there are fewer of them. */
const MOST = 3 / 4, ROOMY = 1 / 2, LEAST = 1 / 4;

/** What a table needs of its items: each has a text of its own, which nobody can choose. */
export interface Named<T> {
  /** `hashOf` its text. */
  hash(item: T): number;
  is(item: T, text: string): boolean;
}

/**
 * Finds items by a text that they have, without holding that text or anything else but the items: 11 to 16 bytes for each, where a Map has 28 to 56 and the
 * text once more.
 */
export class TextTable<T extends object> {
  readonly #parts: readonly Part<T>[];
  #size = 0;
  /** Who has seen many texts knows none of their places, and cannot keep those alone that stand side by side. */
  readonly #secret = randomInt(2 ** 32);

  constructor(private readonly named: Named<T>) {
    const spread = (item: T): number => this.#spread(named.hash(item));
    this.#parts = Array.from({ length: 2 ** PART_BITS }, () => new Part<T>(spread));
  }

  get size(): number {
    return this.#size;
  }

  get(text: string): T | undefined {
    const hash = this.#spread(hashOf(text));
    return this.#partOf(hash).get(hash, text, this.named);
  }

  /** None has its text. */
  add(item: T): void {
    const hash = this.#spread(this.named.hash(item));
    this.#partOf(hash).add(item, hash);
    this.#size++;
  }

  /** False: it was not there. */
  delete(item: T): boolean {
    const hash = this.#spread(this.named.hash(item));
    if (!this.#partOf(hash).delete(item, hash)) return false;
    this.#size--;
    return true;
  }

  /** Those that are there now. */
  values(): readonly T[] {
    const all: T[] = [];
    for (const part of this.#parts) part.addTo(all);
    return all;
  }

  #spread(hash: number): number {
    return Math.imul(hash ^ this.#secret, 0x9e3779b1) >>> 0;
  }

  #partOf(hash: number): Part<T> {
    return this.#parts[hash >>> (32 - PART_BITS)] as Part<T>;
  }
}

/** Each item stands at the place of its hash or behind that, and no place between is empty. */
class Part<T extends object> {
  #places = emptyPlaces<T>(FEWEST);
  #size = 0;

  constructor(private readonly hashOf: (item: T) => number) {}

  get(hash: number, text: string, named: Named<T>): T | undefined {
    for (let at = this.#placeOf(hash); ; at = this.#after(at)) {
      const item = this.#places[at];
      if (item === undefined || named.is(item, text)) return item;
    }
  }

  add(item: T, hash: number): void {
    if (++this.#size > MOST * this.#places.length) this.#resize();
    this.#put(item, hash);
  }

  delete(item: T, hash: number): boolean {
    let free = this.#placeOf(hash);
    while (this.#places[free] !== item) {
      if (this.#places[free] === undefined) return false;
      free = this.#after(free);
    }
    this.#close(free);
    this.#size--;
    if (this.#size < LEAST * this.#places.length && this.#places.length > FEWEST) this.#resize();
    return true;
  }

  addTo(all: T[]): void {
    for (const item of this.#places) if (item !== undefined) all.push(item);
  }

  #put(item: T, hash: number): void {
    let at = this.#placeOf(hash);
    while (this.#places[at] !== undefined) at = this.#after(at);
    this.#places[at] = item;
  }

  /** What stands behind an empty place and belongs there or before it moves into it. */
  #close(empty: number): void {
    let free = empty;
    for (let at = this.#after(free); ; at = this.#after(at)) {
      const item = this.#places[at];
      if (item === undefined) break;
      const home = this.#placeOf(this.hashOf(item));
      const isBetween = free <= at ? free < home && home <= at : free < home || home <= at;
      if (isBetween) continue;
      this.#places[free] = item;
      free = at;
    }
    this.#places[free] = undefined;
  }

  #resize(): void {
    const before = this.#places;
    this.#places = emptyPlaces<T>(Math.max(FEWEST, Math.ceil(this.#size / ROOMY)));
    for (const item of before) if (item !== undefined) this.#put(item, this.hashOf(item));
  }

  /** Of any number of places, not only a power of two, so that as many are made as are needed. All items of a part have the same first bits. */
  #placeOf(hash: number): number {
    return Math.floor(((hash << PART_BITS) >>> 0) / 2 ** 32 * this.#places.length);
  }

  #after(at: number): number {
    return at + 1 === this.#places.length ? 0 : at + 1;
  }
}

function emptyPlaces<T>(many: number): (T | undefined)[] {
  return new Array<T | undefined>(many).fill(undefined);
}
