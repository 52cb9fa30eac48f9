import { NksipError } from '@nksip-ts/core';
import type { StoredPublish } from '@nksip-ts/event-compositor';
import { Counts } from './counts.js';
import type { Database } from './database.js';
import { damaged } from './store-error.js';
import { after, AOR_BYTES, deadlineKey, endOf, publicationOfDeadline } from './publication-keys.js';
import { deadlineOf, decodeValue, isFormer, isSound, isUnder, versionOf, type Stored, type StoredUnder } from './stored-value.js';

const NOTHING = Buffer.from([0]);
/** Entries of what has expired that are looked at to tell which of them are of one address; beyond, its values are. */
const MOST_OVER = 500;

interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface Found {
  readonly key: Buffer;
  readonly deadline: number;
  /** Undefined where it is damaged; then there is no deadline either. */
  readonly stored: Stored | undefined;
  /** Of the first format. */
  readonly former: boolean;
}

export interface Swept {
  /** Entries of the index that were looked at; none where another process was faster. */
  readonly looked: number;
  /** Entries of the index that are gone; none of many, where the index is damaged. */
  readonly entries: number;
  /** Keys of publications that were damaged, and are gone. */
  readonly damaged: readonly Buffer[];
}

/**
 * The publications with what goes along with them: the index of deadlines and the counts. What writes is called within
 * `counts.group`, in a transaction, so that the three are never apart. Times are milliseconds since 1970. A value that is damaged
 * is `store_damaged` for who asks for it, and nothing to the others.
 */
export class Publications {
  readonly counts: Counts;
  /** Whether values of the first format may be there; then counts may be missing. */
  formerToo: boolean;
  readonly #database: Database;

  constructor(database: Database, formerToo: boolean) {
    this.#database = database;
    this.formerToo = formerToo;
    this.counts = new Counts(database, () => !this.formerToo);
  }

  /** What is live there. */
  get(key: Buffer, under: StoredUnder, now: number): StoredPublish | undefined {
    const value = this.#database.publications.get(key);
    if (value === undefined) return undefined;
    // Decoded first: a damaged deadline says nothing.
    const stored = decodeValue(key, value, this.formerToo);
    if (stored === undefined || !isUnder(stored, under)) throw damaged(under);
    return deadlineOf(value) > now ? { ...stored.publication.record, version: versionOf(value) } : undefined;
  }

  /** Up to `most` publications from a key on. The last is one that is sound, if any is: where a damaged key would go on nobody knows. */
  stretch(start: Buffer, end: Buffer, most: number): readonly Found[] {
    const stretch = [...this.#database.publications.getRange({ start, end, limit: most })].map((entry) => this.found(entry));
    const sound = stretch.findLastIndex(({ stored }) => stored !== undefined);
    return sound === -1 ? stretch : stretch.slice(0, sound + 1);
  }

  /** `formerToo`: of the moment at which the entry was read. */
  found({ key, value }: Entry, formerToo = this.formerToo): Found {
    const stored = decodeValue(key, value, formerToo);
    return { key, deadline: stored === undefined ? NaN : deadlineOf(value), stored, former: isFormer(value) };
  }

  /** Replaces what is there, be it damaged. */
  put(key: Buffer, value: Buffer): void {
    const { publications, deadlines } = this.#database;
    this.#database.beforeChange();
    const before = this.#value(key);
    const deadline = before !== undefined && isSound(key, before, this.formerToo) ? deadlineOf(before) : undefined;
    if (before === undefined) this.counts.add(key, 1);
    publications.putSync(key, value);
    if (deadline !== undefined) deadlines.removeSync(deadlineKey(deadline, key));
    deadlines.putSync(deadlineKey(deadlineOf(value), key), NOTHING);
  }

  /** Whether it is there, live, and of this version, if one is given. */
  has(key: Buffer, under: StoredUnder, now: number, version?: string): boolean {
    const value = this.#sound(key, under);
    return value !== undefined && deadlineOf(value) > now && (version === undefined || versionOf(value) === version);
  }

  /** Whether it was there, live, and of this version; what has expired is gone as well. */
  remove(key: Buffer, under: StoredUnder, now: number, version?: string): boolean {
    const value = this.#sound(key, under);
    if (value === undefined) return false;
    const deadline = deadlineOf(value);
    if (deadline > now && version !== undefined && versionOf(value) !== version) return false;
    this.#remove(key, deadline);
    return deadline > now;
  }

  /** Of an address: what is live. No body is read, unless very many have expired and are not swept yet. */
  countOf(aor: Buffer, now: number): number {
    const stored = this.counts.of(aor);
    return stored === 0 ? 0 : Math.max(0, stored - this.#over(aor, now));
  }

  /** Removes up to `most` publications from a key on; returns how many. */
  removeFrom(start: Buffer, end: Buffer, most: number): number {
    const stretch = this.stretch(start, end, most);
    const removed = stretch.filter(({ key, deadline, stored }) => this.#remove(key, stored === undefined ? undefined : deadline)).length;
    if (stretch.length > 0 && removed === 0) throw outOfOrder();
    return removed;
  }

  /** Whether there is anything to sweep. */
  isDue(now: number): boolean {
    for (const _ of this.#due(now, 1)) return true;
    return false;
  }

  /** Removes up to `most` publications that have expired, the oldest first. */
  sweep(now: number, most: number): Swept {
    const damagedKeys: Buffer[] = [];
    let entries = 0;
    const due = [...this.#due(now, most)];
    for (const entry of due) {
      const key = publicationOfDeadline(entry);
      const value = this.#value(key);
      if (value !== undefined && !isSound(key, value, this.formerToo)) {
        damagedKeys.push(key);
        this.#remove(key);
      } else if (value !== undefined && deadlineOf(value) <= now) {
        this.#remove(key);
      }
      // Also an entry of nothing, which damage or an earlier version of this package may have left: it must not stop the sweep.
      if (this.#database.deadlines.removeSync(entry)) entries++;
    }
    return { looked: due.length, entries, damaged: damagedKeys };
  }

  /** In place, good until the next read: a copy of each body was garbage at once. */
  #value(key: Buffer): Buffer | undefined {
    return this.#database.publications.getBinaryFast(key);
  }

  #sound(key: Buffer, under: StoredUnder): Buffer | undefined {
    const value = this.#value(key);
    if (value !== undefined && !isSound(key, value, this.formerToo)) throw damaged(under);
    return value;
  }

  #due(now: number, most: number): Iterable<Buffer> {
    return this.#database.deadlines.getKeys({ end: deadlineKey(now + 1), limit: most });
  }

  /** How many of an address have expired and are not swept yet. */
  #over(aor: Buffer, now: number): number {
    let [looked, over] = [0, 0];
    for (const entry of this.#due(now, MOST_OVER)) {
      looked++;
      if (publicationOfDeadline(entry).subarray(0, AOR_BYTES).equals(aor)) over++;
    }
    return looked < MOST_OVER ? over : this.#overByValues(aor, now);
  }

  #overByValues(aor: Buffer, now: number): number {
    const values = [...this.#database.publications.getKeys({ start: aor, end: endOf(aor) })].map((key) => this.#deadline(key));
    return values.filter((deadline) => deadline <= now).length;
  }

  /** Not checked: it is counted only. */
  #deadline(key: Buffer): number {
    const value = this.#value(key);
    return value === undefined ? 0 : deadlineOf(value);
  }

  /** Whether it was there; a key in a damaged page is read and not found. */
  #remove(key: Buffer, deadline?: number): boolean {
    this.#database.beforeChange();
    if (!this.#database.publications.removeSync(key)) return false;
    this.counts.add(key, -1);
    if (deadline !== undefined) this.#database.deadlines.removeSync(deadlineKey(deadline, key));
    return true;
  }
}

/** Where to go on after a stretch; undefined where nothing is left. Throws `store_damaged` where a damaged key says to go back. */
export function nextStart(stretch: readonly Found[], start: Buffer): Buffer | undefined {
  const last = stretch.at(-1);
  if (last !== undefined && last.key.compare(start) < 0) throw outOfOrder();
  return last === undefined ? undefined : after(last.key);
}

function outOfOrder(): NksipError {
  return new NksipError('store_damaged', { record: 'the order of its keys' });
}
