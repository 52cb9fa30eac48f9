import { randomInt } from 'node:crypto';
import { textHash } from '@nksip-ts/core';
import { Timed } from './expiry-wheel.js';
import { KeyTable } from './key-table.js';

/** One publication in RAM. */
export class Held extends Timed {
  readonly key: string;
  readonly hash: number;
  next: OfOneAor | undefined = undefined;
  readonly tag: string;
  data = '';
  event = '';
  contentType: string | undefined = undefined;
  contentEncoding: string | undefined = undefined;
  expires = 0;

  constructor(key: string, hash: number, tag: string) {
    super();
    this.key = key;
    this.hash = hash;
    this.tag = tag;
  }
}

/** The publications of an address that has had more than one at a time. */
class Several {
  readonly key: string;
  readonly hash: number;
  next: OfOneAor | undefined = undefined;
  readonly byTag: Map<string, Held>;

  constructor(first: Held) {
    this.key = first.key;
    this.hash = first.hash;
    this.byTag = new Map([[first.tag, first]]);
  }
}

type OfOneAor = Held | Several;

/** Publications by address of record and tag. Most addresses have one: only the others have a Map. */
export class RamIndex {
  readonly #table = new KeyTable<OfOneAor>();
  readonly #seed = randomInt(2 ** 32);

  hashOf(key: string): number {
    return textHash(key, this.#seed);
  }

  get(key: string, hash: number, tag: string): Held | undefined {
    const found = this.#table.get(key, hash);
    if (found instanceof Several) return found.byTag.get(tag);
    return found?.tag === tag ? found : undefined;
  }

  /** There is none with its key and tag yet. */
  add(held: Held): void {
    const found = this.#table.get(held.key, held.hash);
    if (found === undefined) return this.#table.add(held);
    if (found instanceof Several) {
      found.byTag.set(held.tag, held);
      return;
    }
    const several = new Several(found);
    several.byTag.set(held.tag, held);
    this.#table.replace(found, several);
  }

  remove(held: Held): void {
    const found = this.#table.get(held.key, held.hash);
    if (found instanceof Several) found.byTag.delete(held.tag);
    if (found === held || (found instanceof Several && found.byTag.size === 0)) this.#table.remove(found);
  }

  /** How many of an address are live at `now`, in milliseconds. */
  count(key: string, hash: number, now: number): number {
    const found = this.#table.get(key, hash);
    if (found instanceof Held) return found.deadline > now ? 1 : 0;
    let count = 0;
    for (const held of found?.byTag.values() ?? []) if (held.deadline > now) count++;
    return count;
  }

  /** Those that are there now: a tag that is renewed meanwhile is not met again under its new name. */
  of(key: string, hash: number): Iterable<Held> {
    const found = this.#table.get(key, hash);
    if (found === undefined) return [];
    return found instanceof Several ? [...found.byTag.values()] : [found];
  }

  *all(): Iterable<Held> {
    for (const found of this.#table.values()) {
      if (found instanceof Several) yield* [...found.byTag.values()];
      else yield found;
    }
  }
}
