import { Cells, type KeyBytes, type TextBytes, textOfBytes } from '@nksip-ts/memory';
import { kindOfText, Kinds, textOfKind } from './kinds.js';
import { recordWith, type Kind, type RegPublish } from '../store/contract.js';

/** The 32-bit numbers of a record, each in its place. KEY, TAG and DATA are lengths; KIND is less the length of a kind that has no number. */
const HASH = 0, NEXT = 1, BEFORE = 2, AFTER = 3, KIND = 8, KEY = 9, TAG = 10, DATA = 11, SECOND = 15;
/** The 64-bit numbers, in the places of 4 to 7; both are moments of performance.now(). */
const DEADLINE = 2, EXPIRES = 3;
/** SINCE, a 64-bit number in the places of 12 and 13, is NaN where there is none; PUBLISHER is a length, -1 where there is none. */
const SINCE = 6, PUBLISHER = 14;
/** The length of a text that is not there. */
const NO_TEXT = -1;
/** Bytes of all the numbers. */
const HEAD = 64;

/**
 * Publications as bytes outside the heap: numbers, then the tag, the key of the address, the body, the publisher, and the kind where
 * that has no number. As objects each was copied twice by the collector of young garbage, and a full collection over a million took 300 ms.
 * A record is known by its number, which changes when another one goes (`remove`).
 */
export class RamRecords {
  readonly #cells = new Cells();
  readonly #kinds = new Kinds();

  /** Bytes that are allocated, in use or not. */
  get allocated(): number { return this.#cells.allocated; }

  /** Bytes that publications cost. */
  get used(): number { return this.#cells.used + this.#kinds.allocated; }

  /** `deadline` is a moment of performance.now(); `ahead`: what the wall clock is ahead of that. Milliseconds. */
  add(key: KeyBytes, tag: TextBytes, record: RegPublish, deadline: number, ahead: number): number {
    const kind = this.#kinds.numberOf(record);
    const ownKind = ownKindOf(kind, record);
    const item = this.#cells.take(sizeOf(tag.length, key.length, record, ownKind));
    this.#cells.setInt(item, HASH, key.hash);
    this.#cells.setInt(item, SECOND, key.second);
    this.#cells.setInt(item, KEY, key.length);
    this.#cells.setInt(item, TAG, tag.length);
    const bytes = this.#cells.bytesOf(item);
    tag.writeTo(bytes, this.#tagAt(item));
    key.writeTo(bytes, this.#keyAt(item));
    this.#write(item, kind, ownKind, record, deadline, ahead);
    return item;
  }

  /** Another publication with the same key and tag in the place of one; false, and nothing done, if it needs another room. */
  rewrite(item: number, record: RegPublish, deadline: number, ahead: number): boolean {
    const kind = this.#kinds.numberOf(record);
    const ownKind = ownKindOf(kind, record);
    if (!this.#cells.fits(item, sizeOf(this.#cells.int(item, TAG), this.#cells.int(item, KEY), record, ownKind))) return false;
    this.#write(item, kind, ownKind, record, deadline, ahead);
    return true;
  }

  /** By how many bytes `used` grows when another publication with the same key, and this tag, takes the place of one; less than 0 where it shrinks. */
  growth(item: number, tag: TextBytes, record: RegPublish): number {
    const kinds = this.#kinds.growth(record);
    const ownKind = kinds === undefined ? bytesOf(record) : none;
    return (kinds ?? 0) + this.#cells.growth(item, sizeOf(tag.length, this.#cells.int(item, KEY), record, ownKind));
  }

  /** Returns the number of the record that is found under this number from now on; NONE if there is none. */
  remove(item: number): number {
    return this.#cells.giveBack(item);
  }

  /** Of one that has the hash of this key. */
  hasKey(item: number, key: KeyBytes): boolean {
    return this.#cells.int(item, SECOND) === key.second && this.#cells.int(item, KEY) === key.length && key.areAt(this.#cells.bytesOf(item), this.#keyAt(item));
  }

  hasTag(item: number, tag: TextBytes): boolean {
    return this.#cells.int(item, TAG) === tag.length && tag.areAt(this.#cells.bytesOf(item), this.#tagAt(item));
  }

  key(item: number): string {
    const at = this.#keyAt(item);
    return textOfBytes(this.#cells.bytesOf(item), at, at + this.#cells.int(item, KEY));
  }

  tag(item: number): string {
    const at = this.#tagAt(item);
    return textOfBytes(this.#cells.bytesOf(item), at, at + this.#cells.int(item, TAG));
  }

  /**
   * Its `expires` follows the wall clock, which may have been set since: `ahead` is what that is ahead now. `data` is a copy, or a 'view' that is good
   * until something is added or removed.
   */
  record(item: number, ahead: number, as: 'copy' | 'view' = 'copy'): RegPublish {
    const { ints, doubles, bytes } = this.#cells.memoryOf(item);
    const start = this.#cells.startOf(item);
    const at = dataAt(ints, start);
    const end = at + (ints[(start >>> 2) + DATA] ?? 0);
    const data = as === 'view' ? bytes.subarray(at, end) : copyOf(bytes, at, end);
    const length = ints[(start >>> 2) + PUBLISHER] ?? NO_TEXT;
    const publisher = length === NO_TEXT ? undefined : bytes.toString('utf8', end, end + length);
    const since = doubles[(start >>> 3) + SINCE] ?? NaN;
    const number = ints[(start >>> 2) + KIND] ?? 0;
    const kind = this.#kinds.at(number) ?? kindAt(bytes, end + Math.max(0, length), -number);
    return recordWith(data, kind, publisher, Number.isNaN(since) ? undefined : since, Math.round((doubles[(start >>> 3) + EXPIRES] ?? 0) + ahead) / 1000);
  }

  /** The same record, apart from that of `item`, which goes before it is stored. */
  apart(record: RegPublish, item: number): RegPublish {
    return record.data.buffer === this.#cells.bytesOf(item).buffer ? { ...record, data: new Uint8Array(record.data) } : record;
  }

  hash(item: number): number { return this.#cells.int(item, HASH); }
  deadline(item: number): number { return this.#cells.double(item, DEADLINE); }
  next(item: number): number { return this.#cells.int(item, NEXT); }
  setNext(item: number, next: number): void { this.#cells.setInt(item, NEXT, next); }
  before(item: number): number { return this.#cells.int(item, BEFORE); }
  setBefore(item: number, before: number): void { this.#cells.setInt(item, BEFORE, before); }
  after(item: number): number { return this.#cells.int(item, AFTER); }
  setAfter(item: number, after: number): void { this.#cells.setInt(item, AFTER, after); }

  #write(item: number, kind: number, ownKind: Buffer, { data, expires, publisher, since = NaN }: RegPublish, deadline: number, ahead: number): void {
    const { ints, doubles, bytes } = this.#cells.memoryOf(item);
    const start = this.#cells.startOf(item);
    ints[(start >>> 2) + KIND] = kind > 0 ? kind : -ownKind.length;
    ints[(start >>> 2) + DATA] = data.length;
    doubles[(start >>> 3) + DEADLINE] = deadline;
    doubles[(start >>> 3) + EXPIRES] = expires * 1000 - ahead;
    doubles[(start >>> 3) + SINCE] = since;
    const at = dataAt(ints, start);
    bytes.set(data, at);
    const length = publisher === undefined ? NO_TEXT : writeText(bytes, publisher, at + data.length);
    ints[(start >>> 2) + PUBLISHER] = length;
    if (ownKind.length > 0) bytes.set(ownKind, at + data.length + Math.max(0, length));
  }

  #tagAt(item: number): number { return this.#cells.startOf(item) + HEAD; }
  #keyAt(item: number): number { return this.#tagAt(item) + this.#cells.int(item, TAG); }
}

/** Where the body of the record that begins at `start` is. */
function dataAt(ints: Int32Array, start: number): number {
  return start + HEAD + (ints[(start >>> 2) + TAG] ?? 0) + (ints[(start >>> 2) + KEY] ?? 0);
}

function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}

function kindAt(bytes: Buffer, at: number, length: number): Kind {
  return kindOfText(bytes.toString('utf8', at, at + length));
}

/** All that a record is, in bytes. */
function sizeOf(tagLength: number, keyLength: number, record: RegPublish, ownKind: Buffer): number {
  return HEAD + tagLength + keyLength + record.data.length + publisherLength(record) + ownKind.length;
}

/** The kind, where it has no number. */
function ownKindOf(number: number, kind: Kind): Buffer {
  return number === 0 ? bytesOf(kind) : none;
}

function bytesOf(kind: Kind): Buffer {
  return Buffer.from(textOfKind(kind));
}

/** Writes a text as UTF-8, and answers how many bytes it has. Most are short and ASCII: `write` takes 80 bytes to look at its arguments. */
function writeText(bytes: Buffer, text: string, at: number): number {
  let all = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    all |= code;
    bytes[at + i] = code;
  }
  return all < 0x80 ? text.length : bytes.write(text, at);
}

function publisherLength({ publisher }: RegPublish): number {
  return publisher === undefined ? 0 : Buffer.byteLength(publisher);
}

const none = Buffer.alloc(0);
