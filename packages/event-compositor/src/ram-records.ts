import { textOfBytes, type TextBytes } from '@nksip-ts/core';
import { Cells } from './ram-cells.js';
import { kindOfText, Kinds, textOfKind, type Kind } from './ram-kinds.js';
import { recordWith, type RegPublish } from './store.js';

/** The 32-bit numbers of a record, each in its place. KEY, TAG and DATA are lengths; KIND is less the length of a kind that has no number. */
const HASH = 0, NEXT = 1, BEFORE = 2, AFTER = 3, KIND = 8, KEY = 9, TAG = 10, DATA = 11;
/** The 64-bit numbers, in the places of 4 to 7. */
const DEADLINE = 2, EXPIRES = 3;
/** Bytes of all the numbers. */
const HEAD = 48;
/** Behind the body: bytes of `since`, NaN where there is none, and of the length of the publisher, -1 where there is none. */
const SINCE = 8, LENGTH = 4;

/**
 * Publications as bytes outside the heap: numbers, then the tag, the key of the address, the body, `since` and the publisher, and the
 * kind where that has no number. As objects each was copied twice by the collector of young garbage, and a full collection over a million took 300 ms.
 * A record is known by its number, which changes when another one goes (`remove`).
 */
export class RamRecords {
  readonly #cells = new Cells();
  readonly #kinds = new Kinds();

  /** Bytes that are allocated, in use or not. */
  get allocated(): number { return this.#cells.allocated; }

  /** `deadline`: milliseconds since 1970. */
  add(key: TextBytes, tag: TextBytes, record: RegPublish, deadline: number): number {
    const kind = this.#kinds.numberOf(record);
    const ownKind = kind === 0 ? Buffer.from(textOfKind(record)) : none;
    const item = this.#cells.take(HEAD + tag.length + key.length + record.data.length + originLength(record) + ownKind.length);
    this.#cells.setInt(item, HASH, key.hash);
    this.#cells.setInt(item, KEY, key.length);
    this.#cells.setInt(item, TAG, tag.length);
    const bytes = this.#cells.bytesOf(item);
    tag.writeTo(bytes, this.#tagAt(item));
    key.writeTo(bytes, this.#keyAt(item));
    this.#write(item, kind, ownKind, record, deadline);
    return item;
  }

  /** Another publication with the same key and tag in the place of one; false, and nothing done, if it needs another room. */
  rewrite(item: number, record: RegPublish, deadline: number): boolean {
    const kind = this.#kinds.numberOf(record);
    const ownKind = kind === 0 ? Buffer.from(textOfKind(record)) : none;
    const before = HEAD + this.#cells.int(item, TAG) + this.#cells.int(item, KEY);
    if (!this.#cells.fits(item, before + record.data.length + originLength(record) + ownKind.length)) return false;
    this.#write(item, kind, ownKind, record, deadline);
    return true;
  }

  /** Answers the number of the record that is found under this number from now on; NONE if there is none. */
  remove(item: number): number {
    return this.#cells.giveBack(item);
  }

  hasKey(item: number, key: TextBytes): boolean {
    return this.#cells.int(item, KEY) === key.length && key.areAt(this.#cells.bytesOf(item), this.#keyAt(item));
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

  /** A copy. */
  record(item: number): RegPublish {
    const at = this.#dataAt(item);
    const data = Buffer.allocUnsafe(this.#cells.int(item, DATA));
    const bytes = this.#cells.bytesOf(item);
    const end = at + data.length;
    bytes.copy(data, 0, at, end);
    const { event, content_type, content_encoding } = this.#kind(item);
    return recordWith({ data, event, content_type, content_encoding }, publisherAt(bytes, end), sinceAt(bytes, end), this.#cells.double(item, EXPIRES));
  }

  hash(item: number): number { return this.#cells.int(item, HASH); }
  deadline(item: number): number { return this.#cells.double(item, DEADLINE); }
  next(item: number): number { return this.#cells.int(item, NEXT); }
  setNext(item: number, next: number): void { this.#cells.setInt(item, NEXT, next); }
  before(item: number): number { return this.#cells.int(item, BEFORE); }
  setBefore(item: number, before: number): void { this.#cells.setInt(item, BEFORE, before); }
  after(item: number): number { return this.#cells.int(item, AFTER); }
  setAfter(item: number, after: number): void { this.#cells.setInt(item, AFTER, after); }

  #write(item: number, kind: number, ownKind: Buffer, { data, expires, publisher, since = NaN }: RegPublish, deadline: number): void {
    this.#cells.setInt(item, KIND, kind > 0 ? kind : -ownKind.length);
    this.#cells.setInt(item, DATA, data.length);
    this.#cells.setDouble(item, DEADLINE, deadline);
    this.#cells.setDouble(item, EXPIRES, expires);
    const at = this.#dataAt(item);
    const bytes = this.#cells.bytesOf(item);
    bytes.set(data, at);
    let end = bytes.writeDoubleLE(since, at + data.length);
    const length = publisher === undefined ? -1 : bytes.write(publisher, end + LENGTH);
    end = bytes.writeInt32LE(length, end);
    if (ownKind.length > 0) bytes.set(ownKind, end + Math.max(0, length));
  }

  #kind(item: number): Kind {
    const number = this.#cells.int(item, KIND);
    const kind = this.#kinds.at(number);
    if (kind !== undefined) return kind;
    const bytes = this.#cells.bytesOf(item);
    const end = this.#dataAt(item) + this.#cells.int(item, DATA);
    const at = end + SINCE + LENGTH + Math.max(0, bytes.readInt32LE(end + SINCE));
    return kindOfText(bytes.toString('utf8', at, at - number));
  }

  #tagAt(item: number): number { return this.#cells.startOf(item) + HEAD; }
  #keyAt(item: number): number { return this.#tagAt(item) + this.#cells.int(item, TAG); }
  #dataAt(item: number): number { return this.#keyAt(item) + this.#cells.int(item, KEY); }
}

/** What `since` and the publisher take. */
function originLength({ publisher }: RegPublish): number {
  return SINCE + LENGTH + (publisher === undefined ? 0 : Buffer.byteLength(publisher));
}

/** `end`: of the body. */
function sinceAt(bytes: Buffer, end: number): number | undefined {
  const since = bytes.readDoubleLE(end);
  return Number.isNaN(since) ? undefined : since;
}

function publisherAt(bytes: Buffer, end: number): string | undefined {
  const length = bytes.readInt32LE(end + SINCE);
  const at = end + SINCE + LENGTH;
  return length < 0 ? undefined : bytes.toString('utf8', at, at + length);
}

const none = Buffer.alloc(0);
