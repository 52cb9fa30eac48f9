import { hashOf } from './text-hash.js';

const PARTS = 64;

/** Of PARTS. */
export function partOf(key: string): number {
  return Math.imul(hashOf(key), 0x9e3779b1) >>> 26;
}

/**
 * A Map that grows part by part. V8 stops the process for 15 ms when a Map grows beyond 131,072 entries, and for more than 200 ms beyond a million. Who
 * chooses keys can have them all in one part, which is then what one Map would be. It is not in the order of its additions.
 */
export class PartedMap<V> {
  readonly #parts: (Map<string, V> | undefined)[] = new Array<Map<string, V> | undefined>(PARTS).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#parts[partOf(key)]?.get(key);
  }

  set(key: string, value: V): void {
    const part = this.#parts[partOf(key)] ??= new Map<string, V>();
    this.#size -= part.size;
    part.set(key, value);
    this.#size += part.size;
  }

  delete(key: string): boolean {
    const isGone = this.#parts[partOf(key)]?.delete(key) === true;
    if (isGone) this.#size--;
    return isGone;
  }

  *values(): Generator<V, void, undefined> {
    for (const part of this.#parts) if (part !== undefined) yield* part.values();
  }
}
