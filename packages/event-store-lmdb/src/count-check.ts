import type { StoreFinding } from '@nksip-ts/event-compositor';
import { aorKey } from '@nksip-ts/sip';
import type { Transaction } from 'lmdb';
import { countOfRow, formerCountOfRow } from './count-row.js';
import type { Database } from './database.js';
import { AOR_BYTES, endOf, SERVICE_BYTES } from './publication-keys.js';
import type { Found } from './publications.js';

export function finding(sentence: string, lost = 0): StoreFinding {
  return { type: 'fault', sentence, lost };
}

interface Counted {
  readonly prefix: Buffer;
  /** For a sentence. */
  name: string;
  many: number;
}

/** Compares publications with the counts that are stored of them, service by service and address by address, which stand together in the order of keys. */
export class CountCheck {
  #service: Counted | undefined;
  #aor: Counted | undefined;
  /** Rows of counts whose publications were come upon. */
  #rows = 0;
  readonly #database: Database;
  readonly #transaction: Transaction;
  readonly #formerToo: boolean;

  constructor(database: Database, transaction: Transaction, formerToo: boolean) {
    this.#database = database;
    this.#transaction = transaction;
    this.#formerToo = formerToo;
  }

  *add({ key, stored }: Found): Iterable<StoreFinding> {
    if (this.#aor?.prefix.equals(key.subarray(0, AOR_BYTES)) !== true) {
      yield* this.#close(this.#aor);
      this.#aor = { prefix: key.subarray(0, AOR_BYTES), name: '', many: 0 };
    }
    if (this.#service?.prefix.equals(key.subarray(0, SERVICE_BYTES)) !== true) {
      yield* this.#close(this.#service);
      this.#service = { prefix: key.subarray(0, SERVICE_BYTES), name: '', many: 0 };
    }
    this.#aor.many++;
    this.#service.many++;
    if (stored === undefined) return;
    this.#aor.name ||= `the address ${aorKey(stored.publication.aor)} of the service '${stored.srvId}'`;
    this.#service.name ||= `the service '${stored.srvId}'`;
  }

  /** What is left, and rows of counts for which there is nothing. */
  *end(prefix: Buffer): Iterable<StoreFinding> {
    yield* this.#close(this.#aor);
    yield* this.#close(this.#service);
    const { counts, publications } = this.#database;
    const transaction = this.#transaction;
    const range = { ...(prefix.length > 0 && { start: prefix }), end: endOf(prefix), transaction };
    if (counts.getKeysCount({ ...range }) === this.#rows) return;
    for (const { key, value } of counts.getRange({ ...range })) {
      if (publications.getKeysCount({ start: key, end: endOf(key), transaction }) > 0) continue;
      const isService = key.length === SERVICE_BYTES;
      const count = this.#countOf(key, value) ?? 0;
      yield finding(`The count of ${isService ? 'a service' : 'an address'} with the key ${key.toString('hex')} says ${count}, and nothing is there`, isService ? count : 0);
    }
  }

  *#close(counted: Counted | undefined): Iterable<StoreFinding> {
    if (counted === undefined) return;
    const isService = counted.prefix.length === SERVICE_BYTES;
    const row = this.#database.counts.get(counted.prefix, { transaction: this.#transaction });
    if (row === undefined && this.#formerToo) return;
    if (row !== undefined) this.#rows++;
    const count = row === undefined ? 0 : this.#countOf(counted.prefix, row);
    const name = counted.name || `${isService ? 'a service' : 'an address'} with the key ${counted.prefix.toString('hex')}`;
    if (count === undefined) yield finding(`The count of ${name} is damaged: ${counted.many} are there`);
    else if (count !== counted.many) yield finding(`The count of ${name} says ${count}, and ${counted.many} are there`, isService ? Math.max(0, count - counted.many) : 0);
  }

  #countOf(prefix: Buffer, row: Buffer): number | undefined {
    return countOfRow(prefix, row) ?? (this.#formerToo ? formerCountOfRow(row) : undefined);
  }
}
