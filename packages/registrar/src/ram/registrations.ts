import { Cells, ExpiryWheel, KeyBytes, KeyTable, NONE, WallClock, textOfBytes, type Chained, type Timed } from '@nksip-ts/memory';
import { aorKey, type Aor } from '@nksip-ts/sip';
import type { RegContact } from '../store/contract.js';
import { ContactBytes, contactsAt } from './contact-bytes.js';

/** The 32-bit numbers of an address, each in its place. KEY and TEXT are lengths in bytes, COUNT is that of the contacts. */
const HASH = 0, NEXT = 1, BEFORE = 2, AFTER = 3, SECOND = 4, KEY = 5, TEXT = 6, COUNT = 7;
/** A 64-bit number, in the places 8 and 9: a moment of performance.now(). */
const DEADLINE = 4;
/** Bytes of all the numbers. */
const HEAD = 40;

/**
 * The registrations of one service as bytes outside the heap: for each address numbers, its text, and its contacts. `ttl` is in
 * seconds. The `expires` of a contact follows the system clock, which may be set; it is kept as a moment of a monotonic clock.
 */
export class RamRegistrations implements Chained, Timed {
  readonly #cells = new Cells();
  readonly #table = new KeyTable(this);
  readonly #wheel = new ExpiryWheel(this);
  readonly #wall = new WallClock();
  /** The address last asked for, as it was given: all that is done for one request is done for one. Texts, since an object may change. */
  #scheme = '';
  #user = '';
  #domain: string | undefined;
  /** Its text, and its number; undefined where that must be looked for, since numbers have been given or taken. */
  readonly #key = new KeyBytes();
  #item: number | undefined;
  readonly #contacts = new ContactBytes();
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

  get(aor: Aor): readonly RegContact[] | undefined {
    const now = this.#clock();
    const item = this.#find(aor);
    if (item === NONE || this.#cells.double(item, DEADLINE) <= now) return undefined;
    return contactsAt(this.#cells.memoryOf(item), this.#contactsAt(item), this.#cells.int(item, COUNT), this.#cells.int(item, TEXT), this.#wall.aheadOf(now));
  }

  put(aor: Aor, contacts: readonly RegContact[], ttl: number): void {
    const now = this.#clock();
    const deadline = now + 1000 * ttl;
    const known = this.#find(aor);
    this.#contacts.take(contacts);
    if (known !== NONE && this.#cells.fits(known, this.#size)) {
      this.#write(known, deadline, now);
      return this.#wheel.move(known);
    }
    if (known !== NONE) this.#remove(known);
    const item = this.#cells.take(this.#size);
    this.#cells.setInt(item, HASH, this.#key.hash);
    this.#cells.setInt(item, SECOND, this.#key.second);
    this.#cells.setInt(item, KEY, this.#key.length);
    this.#key.writeTo(this.#cells.bytesOf(item), this.#cells.startOf(item) + HEAD);
    this.#write(item, deadline, now);
    this.#table.add(item);
    this.#wheel.add(item, now);
    this.#item = item;
  }

  del(aor: Aor): boolean {
    const item = this.#find(aor);
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
  growth(aor: Aor, contacts: readonly RegContact[]): number {
    const item = this.#find(aor);
    this.#contacts.take(contacts);
    return item === NONE ? this.#size : this.#cells.growth(item, this.#size);
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

  #find(aor: Aor): number {
    this.#turnTo(aor);
    return this.#item ??= this.#lookUp();
  }

  #lookUp(): number {
    let item = this.#table.first(this.#key.hash);
    while (item !== NONE && !this.#hasKey(item)) item = this.#table.next();
    return item;
  }

  #turnTo(aor: Aor): void {
    const { scheme, user, domain } = aor;
    if (user === this.#user && domain === this.#domain && scheme === this.#scheme) return;
    this.#key.take(aorKey(aor));
    this.#scheme = scheme;
    this.#user = user;
    this.#domain = domain;
    this.#item = undefined;
  }

  #hasKey(item: number): boolean {
    const key = this.#key;
    return this.#cells.int(item, SECOND) === key.second && this.#cells.int(item, KEY) === key.length && key.areAt(this.#cells.bytesOf(item), this.#cells.startOf(item) + HEAD);
  }

  /** The contacts that were taken last. */
  #write(item: number, deadline: number, now: number): void {
    this.#cells.setInt(item, COUNT, this.#contacts.count);
    this.#cells.setInt(item, TEXT, this.#contacts.textLength);
    this.#cells.setDouble(item, DEADLINE, deadline);
    this.#contacts.writeTo(this.#cells.memoryOf(item), this.#contactsAt(item), this.#wall.aheadOf(now));
  }

  #remove(item: number): void {
    this.#table.remove(item);
    this.#wheel.remove(item);
    this.#giveBack(item);
  }

  /** The record that moves into its place gets its number, in the table and in the wheel. */
  #giveBack(item: number): void {
    this.#item = undefined;
    const moved = this.#cells.giveBack(item);
    if (moved === NONE) return;
    this.#table.renumber(moved, item);
    this.#wheel.renumber(item);
  }

  /** What the address that was looked up last needs for the contacts that were taken last, in bytes. */
  get #size(): number {
    return contactsBehind(this.#key.length) + this.#contacts.length;
  }

  #contactsAt(item: number): number {
    return this.#cells.startOf(item) + contactsBehind(this.#cells.int(item, KEY));
  }
}

/** Where the contacts begin, behind the text of the address: at a multiple of 8. */
function contactsBehind(keyLength: number): number {
  return (HEAD + keyLength + 7) & ~7;
}
