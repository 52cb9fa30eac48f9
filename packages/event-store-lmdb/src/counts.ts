import { countOfRow, rowOf } from './count-row.js';
import type { Database } from './database.js';
import { AOR_BYTES, endOf, SERVICE_BYTES } from './publication-keys.js';

/**
 * How many publications a service has, and an address. Changes are gathered while a transaction is under way and written at its
 * end, each row once. Counted is what is stored, also what has expired and is not swept yet. A row that is damaged says nothing: the keys
 * are counted instead, and it is mended with the next transaction of this process.
 */
export class Counts {
  readonly #database: Database;
  /** Of the transaction under way, by key as latin1. */
  readonly #changes = new Map<string, number>();
  /** Keys of rows that were found damaged. */
  readonly #damaged = new Set<string>();
  /** Whether a row that is not there says that there is no publication. */
  readonly #isComplete: () => boolean;

  constructor(database: Database, isComplete: () => boolean) {
    this.#database = database;
    this.#isComplete = isComplete;
  }

  /** Of a service or an address, by its part of the key. */
  of(prefix: Buffer): number {
    const row = this.#database.counts.get(prefix);
    if (row === undefined) return this.#isComplete() ? 0 : this.#counted(prefix);
    const count = countOfRow(prefix, row);
    if (count !== undefined) return count;
    this.#damaged.add(prefix.toString('latin1'));
    return this.#counted(prefix);
  }

  /** Within `group`: a publication is there, or is no more. */
  add(key: Buffer, change: number): void {
    this.#change(key.toString('latin1', 0, SERVICE_BYTES), change);
    this.#change(key.toString('latin1', 0, AOR_BYTES), change);
  }

  /** Within `group`: what has been counted of an address that has no row, all changes until now included. */
  found(aor: Buffer, count: number): void {
    this.#changes.delete(aor.toString('latin1'));
    this.#write(aor, count);
  }

  has(aor: Buffer): boolean {
    return this.#database.counts.getBinaryFast(aor) !== undefined;
  }

  /** Around all that one transaction changes. */
  group(changes: () => void): void {
    this.#changes.clear();
    changes();
    for (const name of this.#damaged) if (!this.#changes.has(name)) this.#changes.set(name, 0);
    for (const [name, change] of this.#changes) if (change !== 0 || this.#damaged.has(name)) this.#settle(Buffer.from(name, 'latin1'), change);
    this.#damaged.clear();
  }

  #settle(prefix: Buffer, change: number): void {
    const row = this.#database.counts.get(prefix);
    const before = row === undefined ? (this.#isComplete() ? 0 : undefined) : countOfRow(prefix, row);
    this.#write(prefix, before === undefined ? this.#counted(prefix) : before + change);
  }

  #write(prefix: Buffer, count: number): void {
    if (count > 0) this.#database.counts.putSync(prefix, rowOf(prefix, count));
    else this.#database.counts.removeSync(prefix);
  }

  /** Some tens of microseconds, and 0.3 more for each. */
  #counted(prefix: Buffer): number {
    return this.#database.publications.getKeysCount({ start: prefix, end: endOf(prefix) });
  }

  #change(name: string, change: number): void {
    this.#changes.set(name, (this.#changes.get(name) ?? 0) + change);
  }
}
