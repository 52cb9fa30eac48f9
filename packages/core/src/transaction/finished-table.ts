import { randomInt } from 'node:crypto';
import { textHash } from '../text-hash.js';
import type { ServerKey } from './server-key.js';

/** A finished transaction: what came, and what was answered. */
export interface Finished {
  readonly key: ServerKey;
  /** The final response, to be sent again. */
  readonly again: Uint8Array;
  readonly isOver: true;
}

/** Bytes of a block in which texts and responses stand one behind the other. */
const BLOCK = 131_072;

/** Blocks that are kept though nothing is in them. */
const MOST_SPARE = 8;

/** The numbers that an entry has, each in its place. */
const HASH = 0, NEXT = 1, BLOCK_AT = 2, START = 3, CALL = 4, HOP = 5, RESPONSE = 6, FIELDS = 7;

/** What an entry costs besides its bytes: its numbers, its deadline and its share of the buckets. */
const OVERHEAD = 4 * FIELDS + 8 + 8;

const SMALLEST = 1024;

/**
 * Finished transactions, the oldest first: they all live equally long, so the order in which they finish is the order in which
 * they expire. All of it is bytes and numbers outside the heap: as objects they were a fifth of the time of a PUBLISH, spent on
 * collecting garbage, and a Map that loses as much as it gets copies itself again and again.
 */
export class FinishedTable {
  readonly #seed = randomInt(2 ** 30);
  /** Entries by number modulo their count, a power of two. */
  #entries = new Int32Array(SMALLEST * FIELDS);
  #deadlines = new Float64Array(SMALLEST);
  /** Slot + 1 of the first entry of each bucket; 0: none. As many buckets as entries. */
  #buckets = new Int32Array(SMALLEST);
  /** Entries are numbered from the first one that ever was. */
  #oldest = 0;
  #next = 0;
  readonly #blocks: Buffer[] = [];
  /** Entries in each block. */
  readonly #uses: number[] = [];
  /** Blocks with nothing in them, and places in `#blocks` with no block. */
  readonly #spare: number[] = [];
  readonly #vacant: number[] = [];
  #current = -1;
  /** Where the next entry's bytes go in the current block. */
  #at = BLOCK;
  #bytes = 0;

  get size(): number { return this.#next - this.#oldest; }
  get bytes(): number { return this.#bytes; }
  /** Blocks that are allocated, in use or not. */
  get blocks(): number { return this.#blocks.length - this.#vacant.length; }

  find(call: string): Finished | undefined {
    const slot = this.#slotOf(call);
    if (slot < 0) return undefined;
    const entry = slot * FIELDS;
    const hopAt = this.#number(entry + START) + this.#number(entry + CALL);
    const responseAt = hopAt + this.#number(entry + HOP);
    const block = this.#block(entry);
    const again = Buffer.from(block.subarray(responseAt, responseAt + this.#number(entry + RESPONSE)));
    return { key: { call, hop: block.toString('latin1', hopAt, responseAt) }, again, isOver: true };
  }

  /**
   * There is none with this key yet. One that is too large for a block is not kept: no datagram could carry its response.
   * `deadline`: milliseconds since 1970, not below that of the one before.
   */
  add(key: ServerKey, response: Uint8Array, deadline: number): void {
    const { call, hop } = key;
    const length = call.length + hop.length + response.length;
    if (length > BLOCK) return;
    if (this.size === this.#deadlines.length) this.#grow();
    const block = this.#room(length);
    const slot = this.#next & (this.#deadlines.length - 1);
    const hash = textHash(call, this.#seed);
    block.write(call, this.#at, 'latin1');
    block.write(hop, this.#at + call.length, 'latin1');
    block.set(response, this.#at + call.length + hop.length);
    const [entries, entry] = [this.#entries, slot * FIELDS];
    entries[entry + HASH] = hash;
    entries[entry + BLOCK_AT] = this.#current;
    entries[entry + START] = this.#at;
    entries[entry + CALL] = call.length;
    entries[entry + HOP] = hop.length;
    entries[entry + RESPONSE] = response.length;
    this.#deadlines[slot] = deadline;
    this.#link(slot);
    this.#at += length;
    this.#bytes += length + OVERHEAD;
    this.#next++;
  }

  /** Whether the oldest is over at `now`. */
  isOver(now: number): boolean {
    return this.size > 0 && (this.#deadlines[this.#oldest & (this.#deadlines.length - 1)] ?? 0) <= now;
  }

  dropOldest(): void {
    if (this.size === 0) return;
    const slot = this.#oldest & (this.#deadlines.length - 1);
    const entry = slot * FIELDS;
    this.#unlink(slot);
    this.#bytes -= this.#number(entry + CALL) + this.#number(entry + HOP) + this.#number(entry + RESPONSE) + OVERHEAD;
    this.#leave(this.#number(entry + BLOCK_AT));
    this.#oldest++;
  }

  clear(): void {
    this.#oldest = this.#next = this.#bytes = 0;
    this.#buckets.fill(0);
    this.#blocks.length = this.#uses.length = this.#spare.length = this.#vacant.length = 0;
    this.#current = -1;
    this.#at = BLOCK;
  }

  #slotOf(call: string): number {
    const hash = textHash(call, this.#seed);
    let slot = (this.#buckets[hash & (this.#buckets.length - 1)] ?? 0) - 1;
    while (slot >= 0 && !this.#is(slot * FIELDS, hash, call)) slot = this.#number(slot * FIELDS + NEXT) - 1;
    return slot;
  }

  #is(entry: number, hash: number, call: string): boolean {
    if (this.#number(entry + HASH) !== hash || this.#number(entry + CALL) !== call.length) return false;
    const start = this.#number(entry + START);
    return this.#block(entry).toString('latin1', start, start + call.length) === call;
  }

  #link(slot: number): void {
    const bucket = this.#number(slot * FIELDS + HASH) & (this.#buckets.length - 1);
    this.#entries[slot * FIELDS + NEXT] = this.#buckets[bucket] ?? 0;
    this.#buckets[bucket] = slot + 1;
  }

  #unlink(slot: number): void {
    const bucket = this.#number(slot * FIELDS + HASH) & (this.#buckets.length - 1);
    const after = this.#number(slot * FIELDS + NEXT);
    let at = (this.#buckets[bucket] ?? 0) - 1;
    if (at === slot) {
      this.#buckets[bucket] = after;
      return;
    }
    while (this.#number(at * FIELDS + NEXT) !== slot + 1) at = this.#number(at * FIELDS + NEXT) - 1;
    this.#entries[at * FIELDS + NEXT] = after;
  }

  /** The block with room for so many bytes at `#at`. */
  #room(length: number): Buffer {
    const current = this.#blocks[this.#current];
    if (current === undefined || this.#at + length > current.length) {
      this.#current = this.#spare.pop() ?? this.#allocated(this.#vacant.pop() ?? this.#blocks.length);
      this.#uses[this.#current] = 0;
      this.#at = 0;
    }
    this.#uses[this.#current] = (this.#uses[this.#current] ?? 0) + 1;
    return this.#blocks[this.#current] ?? none;
  }

  #allocated(block: number): number {
    this.#blocks[block] = Buffer.allocUnsafeSlow(BLOCK);
    return block;
  }

  #leave(block: number): void {
    const left = (this.#uses[block] ?? 0) - 1;
    this.#uses[block] = left;
    if (left > 0 || block === this.#current) return;
    if (this.#spare.length < MOST_SPARE) {
      this.#spare.push(block);
      return;
    }
    this.#blocks[block] = none;
    this.#vacant.push(block);
  }

  #block(entry: number): Buffer {
    return this.#blocks[this.#number(entry + BLOCK_AT)] ?? none;
  }

  #number(at: number): number {
    return this.#entries[at] ?? 0;
  }

  /** Twice as many entries and buckets, each entry at its number modulo the new count. */
  #grow(): void {
    const [entries, deadlines] = [this.#entries, this.#deadlines];
    const count = deadlines.length;
    this.#entries = new Int32Array(2 * count * FIELDS);
    this.#deadlines = new Float64Array(2 * count);
    this.#buckets = new Int32Array(2 * count);
    for (let number = this.#oldest; number < this.#next; number++) {
      const [from, to] = [number & (count - 1), number & (2 * count - 1)];
      this.#entries.set(entries.subarray(from * FIELDS, (from + 1) * FIELDS), to * FIELDS);
      this.#deadlines[to] = deadlines[from] ?? 0;
      this.#link(to);
    }
  }
}

const none = Buffer.alloc(0);
