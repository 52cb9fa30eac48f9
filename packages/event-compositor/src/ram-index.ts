import { Timed } from './expiry-wheel.js';

/** One publication in RAM. */
export class Held extends Timed {
  readonly key: string;
  readonly tag: string;
  data = '';
  event = '';
  contentType: string | undefined = undefined;
  contentEncoding: string | undefined = undefined;
  expires = 0;

  constructor(key: string, tag: string) {
    super();
    this.key = key;
    this.tag = tag;
  }
}

/** Most addresses have one publication; only where there are more is there a Map by tag. */
type OfOneAor = Held | Map<string, Held>;

/** A Map of a million entries stops the process for 100 ms when it grows; one of these grows in a fraction of one. */
const SHARDS = 256;

/** Publications by address of record and tag. */
export class RamIndex {
  readonly #shards: Map<string, OfOneAor>[] = [];

  get(key: string, tag: string): Held | undefined {
    const found = this.#shard(key).get(key);
    if (found instanceof Map) return found.get(tag);
    return found?.tag === tag ? found : undefined;
  }

  /** There is none with its key and tag yet. */
  add(held: Held): void {
    const shard = this.#shard(held.key);
    const found = shard.get(held.key);
    if (found === undefined) shard.set(held.key, held);
    else if (found instanceof Map) found.set(held.tag, held);
    else shard.set(held.key, new Map([[found.tag, found], [held.tag, held]]));
  }

  remove(held: Held): void {
    const shard = this.#shard(held.key);
    const found = shard.get(held.key);
    if (found === held) shard.delete(held.key);
    else if (found instanceof Map && found.delete(held.tag) && found.size === 0) shard.delete(held.key);
  }

  of(key: string): Iterable<Held> {
    const found = this.#shard(key).get(key);
    if (found === undefined) return [];
    return found instanceof Map ? found.values() : [found];
  }

  *all(): Iterable<Held> {
    for (const shard of this.#shards) {
      for (const found of shard?.values() ?? []) {
        if (found instanceof Map) yield* found.values();
        else yield found;
      }
    }
  }

  #shard(key: string): Map<string, OfOneAor> {
    // FNV-1a: all it must do is spread.
    let hash = 0x811c9dc5;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    const number = (hash ^ (hash >>> 16)) & (SHARDS - 1);
    return this.#shards[number] ??= new Map();
  }
}
