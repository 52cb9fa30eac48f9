import { BLOCK, Blocks, ENTRY_BYTES, EntryRing, KeyBytes, KeyTable, textOfBytes } from '@nksip-ts/memory';
import { TO_TAG_LENGTH, type CallName, type ServerKey } from './server-key.js';

/** A finished transaction: what came, and what was answered. */
export interface Finished {
  readonly key: ServerKey;
  /** The final response, to be sent again. */
  readonly again: Uint8Array;
  readonly isLarge: boolean;
  readonly isOver: true;
}

/**
 * The numbers of an entry: the block that has its bytes, where they begin there, the lengths of `call`, of the address and of the response (less than 0
 * for one that is large), and the second hash of `call`. The To tag stands before the address.
 */
const BLOCK_AT = 0, START = 1, CALL = 2, ADDRESS = 3, RESPONSE = 4, SECOND = 5;

/** Bytes of an entry that is larger than any datagram could carry. */
const TOO_LARGE = 2 * BLOCK;

/**
 * Finished transactions, the oldest first: they all live equally long, so the order in which they finish is the order in which
 * they expire. All of it is bytes and numbers outside the heap: as objects they were a fifth of the time of a PUBLISH, spent on
 * collecting garbage, and a Map that loses as much as it gets copies itself again and again.
 */
export class FinishedTable {
  #entries = new EntryRing();
  #table = new KeyTable(this.#entries);
  /** The text last asked for, and the serial of its name: what is not found is most often added next. */
  readonly #call = new KeyBytes();
  #taken: number | undefined;
  /** In each the bytes of entries stand one behind the other. */
  #blocks = new Blocks();
  /** Entries in each block, by its number. */
  readonly #uses: number[] = [];
  /** The block that is filled now; 0: none. */
  #current = 0;
  /** Where the next entry's bytes go in the current block. */
  #at = BLOCK;
  #bytes = 0;

  get size(): number { return this.#entries.size; }
  get bytes(): number { return this.#bytes; }
  /** Bytes that are allocated for texts and responses, in use or not. */
  get allocated(): number { return this.#blocks.allocated; }
  /** Bytes of memory that it takes: of the blocks only those that were ever used, for the system gives a page when it is written to. */
  get held(): number { return this.#blocks.touched + this.#entries.allocated + this.#table.allocated; }

  find(name: CallName): Finished | undefined {
    const entry = this.#entryOf(name);
    if (entry === 0) return undefined;
    return { key: this.#keyOf(entry, name.call), again: Buffer.from(this.#response(entry)), isLarge: this.#isLarge(entry), isOver: true };
  }

  /**
   * There is none with this key yet. One that is too large is not kept: no datagram could carry its response.
   * `deadline`: milliseconds of a clock that is not set, not below that of the one before.
   */
  add(key: ServerKey, response: Uint8Array, isLarge: boolean, deadline: number): void {
    if (key.serial === undefined || key.serial !== this.#taken) this.#take(key);
    const { toTag, address } = key;
    const { length: bytes } = this.#call;
    const length = bytes + TO_TAG_LENGTH + address.length + response.length;
    if (length > TOO_LARGE) return;
    const block = this.#room(length);
    const start = length > BLOCK ? 0 : this.#at;
    const memory = this.#blocks.memoryOf(block).bytes;
    const at = this.#blocks.startOf(block) + start;
    this.#call.writeTo(memory, at);
    writeShort(memory, at + bytes, toTag);
    writeShort(memory, at + bytes + TO_TAG_LENGTH, address);
    memory.set(response, at + length - response.length);
    const entries = this.#entries;
    const entry = entries.add(this.#call.hash, deadline);
    entries.set(entry, SECOND, this.#call.second);
    entries.set(entry, BLOCK_AT, block);
    entries.set(entry, START, start);
    entries.set(entry, CALL, bytes);
    entries.set(entry, ADDRESS, address.length);
    entries.set(entry, RESPONSE, isLarge ? -response.length : response.length);
    this.#table.add(entry);
    if (block === this.#current) this.#at += length;
    this.#bytes += length + ENTRY_BYTES;
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
    // What many needed is given back once there is none: 56 bytes for each of the most that there were. Blocks go by themselves.
    if (entries.size === 0 && entries.hasGrown) this.clear();
  }

  /** Adds the newest of them to another table, in their order: as many as have so many bytes. */
  copyNewest(bytes: number, into: FinishedTable): void {
    const entries = this.#entries;
    let left = this.#bytes;
    let entry = entries.oldest;
    for (let i = 0; i < entries.size; i++) {
      if (left <= bytes) into.add(this.#keyOf(entry, this.#callText(entry)), this.#response(entry), this.#isLarge(entry), entries.deadline(entry));
      left -= this.#size(entry);
      entry = entries.following(entry);
    }
  }

  clear(): void {
    this.#entries = new EntryRing();
    this.#table = new KeyTable(this.#entries);
    this.#blocks = new Blocks();
    this.#uses.length = 0;
    this.#bytes = this.#current = 0;
    this.#at = BLOCK;
  }

  /** 0 if there is none. */
  #entryOf(name: CallName): number {
    this.#take(name);
    let entry = this.#table.first(this.#call.hash);
    while (entry !== 0 && !this.#isOf(entry)) entry = this.#table.next();
    return entry;
  }

  #take(name: CallName): void {
    if (name.takeCall === undefined) this.#call.take(name.call);
    else name.takeCall(this.#call);
    this.#taken = name.serial;
  }

  /** Whether the entry is of the text last asked for. */
  #isOf(entry: number): boolean {
    const entries = this.#entries;
    return entries.get(entry, SECOND) === this.#call.second && entries.get(entry, CALL) === this.#call.length && this.#call.areAt(this.#memory(entry), this.#start(entry));
  }

  /** The number of a block with room for so many bytes: at `#at`, or by itself. */
  #room(length: number): number {
    if (length > BLOCK) return this.#use(this.#blocks.takeApart(length));
    if (this.#at + length <= BLOCK) return this.#use(this.#current);
    this.#current = this.#blocks.take(BLOCK);
    this.#at = 0;
    return this.#use(this.#current);
  }

  #use(block: number): number {
    this.#uses[block] = (this.#uses[block] ?? 0) + 1;
    return block;
  }

  #leave(block: number): void {
    const left = (this.#uses[block] ?? 0) - 1;
    this.#uses[block] = left;
    if (left > 0) return;
    if (block === this.#current) this.#at = 0;
    else this.#blocks.giveBack(block);
  }

  #size(entry: number): number {
    const entries = this.#entries;
    return entries.get(entry, CALL) + TO_TAG_LENGTH + entries.get(entry, ADDRESS) + Math.abs(entries.get(entry, RESPONSE)) + ENTRY_BYTES;
  }

  #callText(entry: number): string {
    const start = this.#start(entry);
    return textOfBytes(this.#memory(entry), start, start + this.#entries.get(entry, CALL));
  }

  #keyOf(entry: number, call: string): ServerKey {
    const memory = this.#memory(entry);
    const start = this.#start(entry) + this.#entries.get(entry, CALL);
    const end = this.#addressAt(entry);
    return { call, toTag: memory.toString('latin1', start, end), address: memory.toString('latin1', end, end + this.#entries.get(entry, ADDRESS)) };
  }

  /** A view of the block. */
  #response(entry: number): Buffer {
    const start = this.#addressAt(entry) + this.#entries.get(entry, ADDRESS);
    return this.#memory(entry).subarray(start, start + Math.abs(this.#entries.get(entry, RESPONSE)));
  }

  #isLarge(entry: number): boolean {
    return this.#entries.get(entry, RESPONSE) < 0;
  }

  #addressAt(entry: number): number {
    return this.#start(entry) + this.#entries.get(entry, CALL) + TO_TAG_LENGTH;
  }

  #memory(entry: number): Buffer {
    return this.#blocks.memoryOf(this.#entries.get(entry, BLOCK_AT)).bytes;
  }

  /** Where the bytes of the entry begin in their memory. */
  #start(entry: number): number {
    return this.#blocks.startOf(this.#entries.get(entry, BLOCK_AT)) + this.#entries.get(entry, START);
  }
}

/** A few ASCII characters, one after the other: to call what writes them at once takes longer. */
function writeShort(memory: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) memory[at + i] = text.charCodeAt(i);
}
