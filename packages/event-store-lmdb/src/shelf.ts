import type { RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import type { Database } from './database.js';
import { deadlineKey, endOf, publicationOfDeadline, SERVICE_BYTES } from './keys.js';
import { decodeValue, deadlineOf } from './stored-value.js';

const NOTHING = Buffer.from([0]);

/**
 * The publications with what goes along with them: the index of deadlines and the counts. What writes is called within
 * `group`, in a transaction, so that the three are never apart. Times are milliseconds since 1970.
 */
export class Shelf {
  readonly #database: Database;
  /** Of the transaction under way, by the services' parts of keys. */
  readonly #changes = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** What is live there. */
  get(key: Buffer, srvId: string, aor: Aor, tag: string, now: number): RegPublish | undefined {
    const value = this.#database.publications.get(key);
    if (value === undefined || deadlineOf(value) <= now) return undefined;
    return decodeValue(value, { srvId, aor, tag }).record;
  }

  put(key: Buffer, value: Buffer): void {
    const { publications, deadlines } = this.#database;
    const before = this.#deadline(key);
    publications.putSync(key, value);
    if (before === undefined) this.#count(key, 1);
    else deadlines.removeSync(deadlineKey(before, key));
    deadlines.putSync(deadlineKey(deadlineOf(value), key), NOTHING);
  }

  /** Whether it was there and live; it is gone either way. */
  remove(key: Buffer, now: number): boolean {
    const deadline = this.#deadline(key);
    if (deadline === undefined) return false;
    this.#remove(key, deadline);
    return deadline > now;
  }

  /** Around all that one transaction changes: the counts are written once, and not with each publication. */
  group(changes: () => void): void {
    this.#changes.clear();
    changes();
    for (const [name, change] of this.#changes) {
      const service = Buffer.from(name, 'latin1');
      const count = this.countAll(service) + change;
      if (count > 0) this.#database.counts.putSync(service, count);
      else this.#database.counts.removeSync(service);
    }
  }

  /** Of a service. What is over and not yet swept counts. */
  countAll(service: Buffer): number {
    return this.#database.counts.get(service) ?? 0;
  }

  /** Of an address: what is live. */
  countOf(aor: Buffer, now: number): number {
    let count = 0;
    for (const { value } of this.#database.publications.getRange({ start: aor, end: endOf(aor) })) if (deadlineOf(value) > now) count++;
    return count;
  }

  /** Removes up to `most` publications whose keys begin so; answers the last key, undefined when there is none any more. */
  removeFrom(start: Buffer, end: Buffer, most: number): Buffer | undefined {
    const some = [...this.#database.publications.getRange({ start, end, limit: most })];
    for (const { key, value } of some) this.#remove(key, deadlineOf(value));
    return some.at(-1)?.key;
  }

  /** Whether there is anything to sweep. */
  isDue(now: number): boolean {
    for (const _ of this.#due(now, 1)) return true;
    return false;
  }

  /** Removes up to `most` publications that are over, the oldest first; answers how many. */
  sweep(now: number, most: number): number {
    const due = [...this.#due(now, most)];
    for (const entry of due) {
      const key = publicationOfDeadline(entry);
      const deadline = this.#deadline(key);
      // An entry of nothing is left where a version of this package forgot it: it must not stop the sweep.
      if (deadline !== undefined && deadline <= now) this.#remove(key, deadline);
      this.#database.deadlines.removeSync(entry);
    }
    return due.length;
  }

  /** When what is stored there is over; undefined if nothing is. Read in place: a copy of each body was garbage at once. */
  #deadline(key: Buffer): number | undefined {
    const value = this.#database.publications.getBinaryFast(key);
    return value === undefined ? undefined : deadlineOf(value);
  }

  #due(now: number, most: number): Iterable<Buffer> {
    return this.#database.deadlines.getKeys({ end: deadlineKey(now + 1), limit: most });
  }

  #remove(key: Buffer, deadline: number): void {
    this.#database.publications.removeSync(key);
    this.#database.deadlines.removeSync(deadlineKey(deadline, key));
    this.#count(key, -1);
  }

  #count(key: Buffer, change: number): void {
    const service = key.toString('latin1', 0, SERVICE_BYTES);
    this.#changes.set(service, (this.#changes.get(service) ?? 0) + change);
  }
}
