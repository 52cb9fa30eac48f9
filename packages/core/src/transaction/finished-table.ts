import { KeyBytes, KeyTable, textOfBytes } from '@nksip-ts/memory';
import { BLOCK_AT, CALL, FinishedEntries, HOP, OVERHEAD, RESPONSE, SECOND, START } from './finished-entries.js';
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

/** Blocks that are allocated at first, 1 MiB. */
const FIRST = 8;
/**
 * Blocks that are allocated at once where more are needed: 64 MiB, which malloc has mapped by itself (Linux). Only what is used of
 * them takes memory; they all go back to the system once nothing is in the table. One by one they made V8 look for garbage in the
 * whole heap after each 24 MiB, and malloc kept most of them.
 */
const SLAB = 512;

/**
 * Finished transactions, the oldest first: they all live equally long, so the order in which they finish is the order in which
 * they expire. All of it is bytes and numbers outside the heap: as objects they were a fifth of the time of a PUBLISH, spent on
 * collecting garbage, and a Map that loses as much as it gets copies itself again and again.
 */
export class FinishedTable {
  #entries = new FinishedEntries();
  #table = new KeyTable(this.#entries);
  /** The text last asked for: what is not found is most often added next. */
  readonly #call = new KeyBytes();
  #taken: string | undefined;
  readonly #blocks: Buffer[] = [];
  /** Entries in each block. */
  readonly #uses: number[] = [];
  /** Blocks with nothing in them. */
  readonly #spare: number[] = [];
  /** Blocks that were ever used. */
  #touched = 0;
  #current = -1;
  /** Where the next entry's bytes go in the current block. */
  #at = BLOCK;
  #bytes = 0;

  get size(): number { return this.#entries.size; }
  get bytes(): number { return this.#bytes; }
  /** Bytes that are allocated for texts and responses, in use or not. */
  get allocated(): number { return this.#blocks.length * BLOCK; }
  /** Bytes of memory that it takes: of the blocks only those that were ever used, for the system gives a page when it is written to. */
  get held(): number { return this.#touched * BLOCK + this.#entries.allocated + this.#table.allocated; }

  find(call: string): Finished | undefined {
    const entry = this.#entryOf(call);
    if (entry === 0) return undefined;
    return { key: { call, hop: this.#hop(entry) }, again: Buffer.from(this.#response(entry)), isOver: true };
  }

  /**
   * There is none with this key yet. One that is too large for a block is not kept: no datagram could carry its response.
   * `deadline`: milliseconds of a clock that is not set, not below that of the one before.
   */
  add({ call, hop }: ServerKey, response: Uint8Array, deadline: number): void {
    if (call !== this.#taken) this.#take(call);
    const { length: bytes } = this.#call;
    const length = bytes + hop.length + response.length;
    if (length > BLOCK) return;
    const block = this.#room(length);
    this.#call.writeTo(block, this.#at);
    block.write(hop, this.#at + bytes, 'latin1');
    block.set(response, this.#at + bytes + hop.length);
    const entries = this.#entries;
    const entry = entries.add(this.#call.hash, deadline);
    entries.set(entry, SECOND, this.#call.second);
    entries.set(entry, BLOCK_AT, this.#current);
    entries.set(entry, START, this.#at);
    entries.set(entry, CALL, bytes);
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
    this.#bytes -= this.#size(entry);
    this.#leave(entries.get(entry, BLOCK_AT));
    entries.dropOldest();
    // What many needed is given back once there is none: their blocks, and 56 bytes for each of the most that there were.
    if (entries.size === 0 && (entries.hasGrown || this.#blocks.length > FIRST)) this.clear();
  }

  /** Adds the newest of them to another table, in their order: as many as have so many bytes. */
  copyNewest(bytes: number, into: FinishedTable): void {
    const entries = this.#entries;
    let left = this.#bytes;
    let entry = entries.oldest;
    for (let i = 0; i < entries.size; i++) {
      if (left <= bytes) into.add({ call: this.#callText(entry), hop: this.#hop(entry) }, this.#response(entry), entries.deadline(entry));
      left -= this.#size(entry);
      entry = entries.following(entry);
    }
  }

  clear(): void {
    this.#entries = new FinishedEntries();
    this.#table = new KeyTable(this.#entries);
    this.#bytes = this.#touched = 0;
    this.#blocks.length = this.#uses.length = this.#spare.length = 0;
    this.#current = -1;
    this.#at = BLOCK;
  }

  /** 0 if there is none. */
  #entryOf(call: string): number {
    this.#take(call);
    let entry = this.#table.first(this.#call.hash);
    while (entry !== 0 && !this.#isOf(entry)) entry = this.#table.next();
    return entry;
  }

  #take(call: string): void {
    this.#call.take(call);
    this.#taken = call;
  }

  /** Whether the entry is of the text last asked for. */
  #isOf(entry: number): boolean {
    const entries = this.#entries;
    return entries.get(entry, SECOND) === this.#call.second && entries.get(entry, CALL) === this.#call.length && this.#call.areAt(this.#block(entry), entries.get(entry, START));
  }

  /** The block with room for so many bytes at `#at`. */
  #room(length: number): Buffer {
    const current = this.#blocks[this.#current];
    if (current === undefined || this.#at + length > current.length) {
      if (this.#spare.length === 0) this.#allocate(this.#blocks.length === 0 ? FIRST : SLAB);
      this.#current = this.#spare.pop() ?? 0;
      if (this.#uses[this.#current] === undefined) this.#touched++;
      this.#uses[this.#current] = 0;
      this.#at = 0;
    }
    this.#uses[this.#current] = (this.#uses[this.#current] ?? 0) + 1;
    return this.#blocks[this.#current] ?? none;
  }

  /** The first of them is the first to be used. */
  #allocate(blocks: number): void {
    const slab = Buffer.allocUnsafeSlow(blocks * BLOCK);
    for (let i = blocks - 1; i >= 0; i--) this.#spare.push(this.#blocks.length + i);
    for (let i = 0; i < blocks; i++) this.#blocks.push(slab.subarray(i * BLOCK, (i + 1) * BLOCK));
  }

  #leave(block: number): void {
    const left = (this.#uses[block] ?? 0) - 1;
    this.#uses[block] = left;
    if (left > 0) return;
    if (block === this.#current) this.#at = 0;
    else this.#spare.push(block);
  }

  #size(entry: number): number {
    const entries = this.#entries;
    return entries.get(entry, CALL) + entries.get(entry, HOP) + entries.get(entry, RESPONSE) + OVERHEAD;
  }

  #callText(entry: number): string {
    const start = this.#entries.get(entry, START);
    return textOfBytes(this.#block(entry), start, start + this.#entries.get(entry, CALL));
  }

  #hop(entry: number): string {
    const start = this.#hopAt(entry);
    return this.#block(entry).toString('latin1', start, start + this.#entries.get(entry, HOP));
  }

  /** A view of the block. */
  #response(entry: number): Buffer {
    const start = this.#hopAt(entry) + this.#entries.get(entry, HOP);
    return this.#block(entry).subarray(start, start + this.#entries.get(entry, RESPONSE));
  }

  #hopAt(entry: number): number {
    return this.#entries.get(entry, START) + this.#entries.get(entry, CALL);
  }

  #block(entry: number): Buffer {
    return this.#blocks[this.#entries.get(entry, BLOCK_AT)] ?? none;
  }
}

const none = Buffer.alloc(0);
