import { randomInt } from 'node:crypto';
import { KeyTable } from '../key-table.js';
import { textHash } from '../text-hash.js';
import { BLOCK_AT, CALL, FinishedEntries, HOP, OVERHEAD, RESPONSE, START } from './finished-entries.js';
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

/**
 * Finished transactions, the oldest first: they all live equally long, so the order in which they finish is the order in which
 * they expire. All of it is bytes and numbers outside the heap: as objects they were a fifth of the time of a PUBLISH, spent on
 * collecting garbage, and a Map that loses as much as it gets copies itself again and again.
 */
export class FinishedTable {
  readonly #seed = randomInt(2 ** 30);
  #entries = new FinishedEntries();
  #table = new KeyTable(this.#entries);
  /** The text last asked for, and its hash: what is not found is most often added next. */
  #call: string | undefined;
  #hash = 0;
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

  get size(): number { return this.#entries.size; }
  get bytes(): number { return this.#bytes; }
  /** Blocks that are allocated, in use or not. */
  get blocks(): number { return this.#blocks.length - this.#vacant.length; }

  find(call: string): Finished | undefined {
    const entry = this.#entryOf(call);
    if (entry === 0) return undefined;
    const hopAt = this.#entries.get(entry, START) + this.#entries.get(entry, CALL);
    const responseAt = hopAt + this.#entries.get(entry, HOP);
    const block = this.#block(entry);
    const again = Buffer.from(block.subarray(responseAt, responseAt + this.#entries.get(entry, RESPONSE)));
    return { key: { call, hop: block.toString('latin1', hopAt, responseAt) }, again, isOver: true };
  }

  /**
   * There is none with this key yet. One that is too large for a block is not kept: no datagram could carry its response.
   * `deadline`: milliseconds since 1970, not below that of the one before.
   */
  add({ call, hop }: ServerKey, response: Uint8Array, deadline: number): void {
    const length = call.length + hop.length + response.length;
    if (length > BLOCK) return;
    const block = this.#room(length);
    block.write(call, this.#at, 'latin1');
    block.write(hop, this.#at + call.length, 'latin1');
    block.set(response, this.#at + call.length + hop.length);
    const entries = this.#entries;
    const entry = entries.add(this.#hashOf(call), deadline);
    entries.set(entry, BLOCK_AT, this.#current);
    entries.set(entry, START, this.#at);
    entries.set(entry, CALL, call.length);
    entries.set(entry, HOP, hop.length);
    entries.set(entry, RESPONSE, response.length);
    this.#table.add(entry);
    this.#at += length;
    this.#bytes += length + OVERHEAD;
  }

  /** Whether the oldest is over at `now`. */
  isOver(now: number): boolean {
    return this.size > 0 && this.#entries.deadline(this.#entries.oldest) <= now;
  }

  dropOldest(): void {
    if (this.size === 0) return;
    const entries = this.#entries;
    const entry = entries.oldest;
    this.#table.remove(entry);
    this.#bytes -= entries.get(entry, CALL) + entries.get(entry, HOP) + entries.get(entry, RESPONSE) + OVERHEAD;
    this.#leave(entries.get(entry, BLOCK_AT));
    entries.dropOldest();
    // What many needed is given back once there is none: 52 bytes for each of the most that there were.
    if (entries.size === 0 && entries.hasGrown) this.clear();
  }

  clear(): void {
    this.#entries = new FinishedEntries();
    this.#table = new KeyTable(this.#entries);
    this.#bytes = 0;
    this.#blocks.length = this.#uses.length = this.#spare.length = this.#vacant.length = 0;
    this.#current = -1;
    this.#at = BLOCK;
  }

  /** 0 if there is none. */
  #entryOf(call: string): number {
    const hash = this.#hashOf(call);
    let entry = this.#table.first(hash);
    while (entry !== 0 && !(this.#entries.hash(entry) === hash && this.#is(entry, call))) entry = this.#entries.next(entry);
    return entry;
  }

  #hashOf(call: string): number {
    if (call !== this.#call) {
      this.#hash = textHash(call, this.#seed);
      this.#call = call;
    }
    return this.#hash;
  }

  #is(entry: number, call: string): boolean {
    if (this.#entries.get(entry, CALL) !== call.length) return false;
    const block = this.#block(entry);
    const start = this.#entries.get(entry, START);
    for (let i = 0; i < call.length; i++) if (block[start + i] !== call.charCodeAt(i)) return false;
    return true;
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
    return this.#blocks[this.#entries.get(entry, BLOCK_AT)] ?? none;
  }
}

const none = Buffer.alloc(0);
