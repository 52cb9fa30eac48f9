import { randomInt } from 'node:crypto';
import { hashOf } from './text-hash.js';

const FEWEST = 32;
/** Of the places, at most and once there are more of them; and where there are fewer of them. */
const MOST = 3 / 4, ROOMY = 1 / 2, LEAST = 1 / 4;

/** What a table needs of its items: each has a text of its own, which nobody can choose. */
export interface Named<T> {
  /** `hashOf` its text. */
  hash(item: T): number;
  is(item: T, text: string): boolean;
}

/**
 * Finds items by a text that they have, without holding that text or anything else but the items: 11 to 16 bytes for each, where a Map has 28 to 56 and the
 * text once more. Each stands at the place of its hash or behind that, and no place between is empty.
 */
export class TextTable<T extends object> {
  #places = emptyPlaces<T>(FEWEST);
  #size = 0;
  /** Who has seen many texts knows none of their places, and cannot keep those alone that stand side by side. */
  readonly #secret = randomInt(2 ** 32);

  constructor(private readonly named: Named<T>) {}

  get size(): number {
    return this.#size;
  }

  get(text: string): T | undefined {
    for (let at = this.#placeOf(hashOf(text)); ; at = this.#after(at)) {
      const item = this.#places[at];
      if (item === undefined || this.named.is(item, text)) return item;
    }
  }

  /** None has its text. */
  add(item: T): void {
    if (++this.#size > MOST * this.#places.length) this.#resize();
    this.#put(item);
  }

  /** False: it was not there. */
  delete(item: T): boolean {
    let free = this.#placeOf(this.named.hash(item));
    while (this.#places[free] !== item) {
      if (this.#places[free] === undefined) return false;
      free = this.#after(free);
    }
    this.#close(free);
    this.#size--;
    if (this.#size < LEAST * this.#places.length && this.#places.length > FEWEST) this.#resize();
    return true;
  }

  /** Those that are there now. */
  values(): readonly T[] {
    return this.#places.filter((item) => item !== undefined);
  }

  #put(item: T): void {
    let at = this.#placeOf(this.named.hash(item));
    while (this.#places[at] !== undefined) at = this.#after(at);
    this.#places[at] = item;
  }

  /** What stands behind an empty place and belongs there or before it moves into it. */
  #close(empty: number): void {
    let free = empty;
    for (let at = this.#after(free); ; at = this.#after(at)) {
      const item = this.#places[at];
      if (item === undefined) break;
      const home = this.#placeOf(this.named.hash(item));
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
    for (const item of before) if (item !== undefined) this.#put(item);
  }

  /** Of any number of places, not only a power of two, so that as many are made as are needed. */
  #placeOf(hash: number): number {
    return Math.floor((Math.imul(hash ^ this.#secret, 0x9e3779b1) >>> 0) / 2 ** 32 * this.#places.length);
  }

  #after(at: number): number {
    return at + 1 === this.#places.length ? 0 : at + 1;
  }
}

function emptyPlaces<T>(many: number): (T | undefined)[] {
  return new Array<T | undefined>(many).fill(undefined);
}
