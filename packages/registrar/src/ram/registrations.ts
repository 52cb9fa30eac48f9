import { Cells, ExpiryWheel, KeyBytes, KeyTable, NONE, WallClock, textOfBytes, type Chained, type Timed } from '@nksip-ts/memory';
import { contactsOfText, textOfContacts } from '../store/contact-texts.js';
import type { RegContact } from '../store/contract.js';

/** The 32-bit numbers of an address, each in its place. KEY and DATA are lengths. */
const HASH = 0, NEXT = 1, BEFORE = 2, AFTER = 3, SECOND = 4, KEY = 5, DATA = 6;
/** A 64-bit number, in the places 8 and 9: a moment of performance.now(). */
const DEADLINE = 4;
/** Bytes of all the numbers. */
const HEAD = 40;

/**
 * The registrations of one service as bytes outside the heap: for each address numbers, its text, and the text of its contacts. `ttl` is in
 * seconds. The `expires` of a contact follows the system clock, which may be set; it is kept as a moment of a monotonic clock.
 */
export class RamRegistrations implements Chained, Timed {
  readonly #cells = new Cells();
  readonly #table = new KeyTable(this);
  readonly #wheel = new ExpiryWheel(this);
  readonly #wall = new WallClock();
  readonly #key = new KeyBytes();
  readonly #clock: () => number;

  /** `clock`: milliseconds, monotonic. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Addresses, including expired ones that are not swept yet. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Bytes of the registrations and their index. */
  get used(): number {
    return this.#cells.used + this.#table.allocated;
  }

  get(key: string): readonly RegContact[] | undefined {
    const now = this.#clock();
    const item = this.#find(key);
    if (item === NONE || this.#cells.double(item, DEADLINE) <= now) return undefined;
    const at = this.#dataAt(item);
    return contactsOfText(this.#cells.bytesOf(item).toString('utf8', at, at + this.#cells.int(item, DATA)), this.#wall.aheadOf(now) / 1000);
  }

  put(key: string, contacts: readonly RegContact[], ttl: number): void {
    const now = this.#clock();
    const text = textOfContacts(contacts, this.#wall.aheadOf(now) / 1000);
    const length = Buffer.byteLength(text);
    const known = this.#find(key);
    if (known !== NONE && this.#cells.fits(known, this.#sizeOf(length))) {
      this.#write(known, text, length, now + 1000 * ttl);
      return this.#wheel.move(known);
    }
    if (known !== NONE) this.#remove(known);
    const item = this.#cells.take(this.#sizeOf(length));
    this.#cells.setInt(item, HASH, this.#key.hash);
    this.#cells.setInt(item, SECOND, this.#key.second);
    this.#cells.setInt(item, KEY, this.#key.length);
    this.#key.writeTo(this.#cells.bytesOf(item), this.#cells.startOf(item) + HEAD);
    this.#write(item, text, length, now + 1000 * ttl);
    this.#table.add(item);
    this.#wheel.add(item, now);
  }

  del(key: string): boolean {
    const item = this.#find(key);
    if (item === NONE) return false;
    const isLive = this.#cells.double(item, DEADLINE) > this.#clock();
    this.#remove(item);
    return isLive;
  }

  /** The addresses, some at a time; what has come or gone meanwhile may be among them or not. */
  *keys(): Iterable<readonly string[]> {
    for (const items of this.#table.values()) yield items.map((item) => this.#keyOf(item));
  }

  /** By how many bytes `used` grows at most when an address gets these contacts; negative if it shrinks. */
  growth(key: string, contacts: readonly RegContact[]): number {
    const item = this.#find(key);
    const size = this.#sizeOf(Buffer.byteLength(textOfContacts(contacts)));
    return item === NONE ? size : this.#cells.growth(item, size);
  }

  /** Removes expired registrations, in at most so many steps; returns whether there are more. */
  sweep(steps: number): boolean {
    return this.#wheel.sweep(this.#clock(), steps, (item) => {
      this.#table.remove(item);
      this.#giveBack(item);
    });
  }

  hash(item: number): number { return this.#cells.int(item, HASH); }
  deadline(item: number): number { return this.#cells.double(item, DEADLINE); }
  next(item: number): number { return this.#cells.int(item, NEXT); }
  setNext(item: number, next: number): void { this.#cells.setInt(item, NEXT, next); }
  before(item: number): number { return this.#cells.int(item, BEFORE); }
  setBefore(item: number, before: number): void { this.#cells.setInt(item, BEFORE, before); }
  after(item: number): number { return this.#cells.int(item, AFTER); }
  setAfter(item: number, after: number): void { this.#cells.setInt(item, AFTER, after); }

  #keyOf(item: number): string {
    const at = this.#cells.startOf(item) + HEAD;
    return textOfBytes(this.#cells.bytesOf(item), at, at + this.#cells.int(item, KEY));
  }

  #find(key: string): number {
    this.#key.take(key);
    let item = this.#table.first(this.#key.hash);
    while (item !== NONE && !this.#hasKey(item)) item = this.#table.next();
    return item;
  }

  #hasKey(item: number): boolean {
    const key = this.#key;
    return this.#cells.int(item, SECOND) === key.second && this.#cells.int(item, KEY) === key.length && key.areAt(this.#cells.bytesOf(item), this.#cells.startOf(item) + HEAD);
  }

  #write(item: number, text: string, length: number, deadline: number): void {
    this.#cells.setInt(item, DATA, length);
    this.#cells.setDouble(item, DEADLINE, deadline);
    this.#cells.bytesOf(item).write(text, this.#dataAt(item), length);
  }

  #remove(item: number): void {
    this.#table.remove(item);
    this.#wheel.remove(item);
    this.#giveBack(item);
  }

  /** The record that moves into its place gets its number, in the table and in the wheel. */
  #giveBack(item: number): void {
    const moved = this.#cells.giveBack(item);
    if (moved === NONE) return;
    this.#table.renumber(moved, item);
    this.#wheel.renumber(item);
  }

  /** Of the address that was looked up last. */
  #sizeOf(length: number): number {
    return HEAD + this.#key.length + length;
  }

  #dataAt(item: number): number {
    return this.#cells.startOf(item) + HEAD + this.#cells.int(item, KEY);
  }
}
