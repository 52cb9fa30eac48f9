import { textOfBytes, type TextBytes } from '@nksip-ts/core';
import { Cells } from './ram-cells.js';
import { kindOfText, Kinds, textOfKind, type Kind } from './ram-kinds.js';
import { withExpires, type RegPublish } from './store.js';

/** The 32-bit numbers of a record, each in its place. KEY, TAG and DATA are lengths; KIND is less the length of a kind that has no number. */
const HASH = 0, NEXT = 1, BEFORE = 2, AFTER = 3, KIND = 8, KEY = 9, TAG = 10, DATA = 11;
/** The 64-bit numbers, in the places of 4 to 7. */
const DEADLINE = 2, EXPIRES = 3;
/** SINCE, a 64-bit number in the places of 12 and 13, is NaN where there is none; PUBLISHER is a length, or -1 where there is none. */
const SINCE = 6, PUBLISHER = 14;
/** Bytes of all the numbers. */
const HEAD = 60;

/**
 * Publications as bytes outside the heap: numbers, then the tag, the key of the address, the body, the kind where that has no
 * number, and the publisher. As objects each was copied twice by the collector of young garbage, and a full collection over a million took 300 ms.
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
    const item = this.#cells.take(HEAD + tag.length + key.length + record.data.length + ownKind.length + publisherLength(record));
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
    if (!this.#cells.fits(item, before + record.data.length + ownKind.length + publisherLength(record))) return false;
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
    this.#cells.bytesOf(item).copy(data, 0, at, at + data.length);
    const { event, content_type, content_encoding } = this.#kind(item);
    const since = this.#cells.double(item, SINCE);
    return withExpires({
      data, event, content_type, content_encoding, publisher: this.#publisher(item, at + data.length), since: Number.isNaN(since) ? undefined : since,
    }, this.#cells.double(item, EXPIRES));
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
    this.#cells.setDouble(item, SINCE, since);
    const at = this.#dataAt(item);
    const bytes = this.#cells.bytesOf(item);
    bytes.set(data, at);
    if (ownKind.length > 0) bytes.set(ownKind, at + data.length);
    this.#cells.setInt(item, PUBLISHER, publisher === undefined ? -1 : bytes.write(publisher, at + data.length + ownKind.length));
  }

  /** `at`: where the body ends. */
  #publisher(item: number, at: number): string | undefined {
    const length = this.#cells.int(item, PUBLISHER);
    if (length < 0) return undefined;
    const start = at - Math.min(0, this.#cells.int(item, KIND));
    return this.#cells.bytesOf(item).toString('utf8', start, start + length);
  }

  #kind(item: number): Kind {
    const number = this.#cells.int(item, KIND);
    const kind = this.#kinds.at(number);
    if (kind !== undefined) return kind;
    const at = this.#dataAt(item) + this.#cells.int(item, DATA);
    return kindOfText(this.#cells.bytesOf(item).toString('utf8', at, at - number));
  }

  #tagAt(item: number): number { return this.#cells.startOf(item) + HEAD; }
  #keyAt(item: number): number { return this.#tagAt(item) + this.#cells.int(item, TAG); }
  #dataAt(item: number): number { return this.#keyAt(item) + this.#cells.int(item, KEY); }
}

function publisherLength({ publisher }: RegPublish): number {
  return publisher === undefined ? 0 : Buffer.byteLength(publisher);
}

const none = Buffer.alloc(0);
