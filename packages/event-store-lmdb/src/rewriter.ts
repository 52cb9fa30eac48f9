import { faultWithCode, type NksipError } from '@nksip-ts/core';
import type { CommitGroups } from './commit-groups.js';
import { damagedAt, storeErrorOf } from './store-error.js';
import { REWRITTEN, type Database } from './database.js';
import { AOR_BYTES, endOf } from './publication-keys.js';
import { nextStart, type Found, type Publications } from './publications.js';
import type { ValueWriter } from './stored-value.js';

/** Publications of one step, which is a part of one commit. */
const STEP = 100;
const [FIRST, LAST] = [Buffer.alloc(1), endOf(Buffer.alloc(0))];
/** Milliseconds until it is tried again after a step has failed. */
const AGAIN_AFTER = 1000;
/** Publications between two sentences about how far it is. */
const TOLD_EVERY = 100_000;

interface Listener {
  onFault(error: NksipError): void;
  onProgress(sentence: string): void;
}

/**
 * Rewrites a database of the first format while it is served: gives each value its checksum, and each address its count. A step at a
 * time, in the order of keys; how far it is stands in the database, so that a process that is killed loses nothing, and several
 * may work at it at once.
 */
export class Rewriter {
  /** Resolves to whether nothing is left to do: not where it was not started, was stopped, or came upon damage that keeps it from going on. Never rejects. */
  done: Promise<boolean>;
  readonly #database: Database;
  readonly #publications: Publications;
  readonly #groups: CommitGroups;
  readonly #writer: ValueWriter;
  readonly #listener: Listener;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(database: Database, publications: Publications, groups: CommitGroups, writer: ValueWriter, listener: Listener) {
    this.#database = database;
    this.#publications = publications;
    this.#groups = groups;
    this.#writer = writer;
    this.#listener = listener;
    this.done = Promise.resolve(!publications.formerToo);
  }

  start(): void {
    if (this.#publications.formerToo) this.done = this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  async #run(): Promise<boolean> {
    let many = 0;
    this.#listener.onProgress('The database is of the first format: it is rewritten while it is served.');
    while (!this.#stopped && this.#publications.formerToo) {
      try {
        const step = await this.#groups.write(() => this.#step());
        const fault = damagedAt(step.damaged);
        if (fault !== undefined) this.#listener.onFault(fault);
        if (Math.floor((many + step.many) / TOLD_EVERY) > Math.floor(many / TOLD_EVERY)) this.#listener.onProgress(`${many + step.many} publications are rewritten so far.`);
        many += step.many;
        // Only now: a step that is not committed has changed nothing.
        if (step.many === 0) this.#publications.formerToo = false;
      } catch (error) {
        if (!this.#stopped) await this.#failed(error);
        if (faultWithCode(error, 'store_damaged') !== undefined) return false;
      }
    }
    if (this.#publications.formerToo) return false;
    this.#listener.onProgress(`The database is rewritten: ${many} publications were looked at.`);
    return true;
  }

  async #failed(error: unknown): Promise<void> {
    this.#listener.onFault(storeErrorOf(error));
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, AGAIN_AFTER).unref();
    });
  }

  /** Within `counts.group`. */
  #step(): { readonly many: number; readonly damaged: readonly Buffer[] } {
    const { about } = this.#database;
    const at = about.get(REWRITTEN);
    const start = at === undefined || at === '' ? FIRST : Buffer.from(at, 'hex');
    const stretch = at === undefined ? [] : this.#publications.stretch(start, LAST, STEP);
    const next = nextStart(stretch, start);
    if (next === undefined) {
      about.removeSync(REWRITTEN);
      return { many: 0, damaged: [] };
    }
    for (const found of stretch) this.#rewrite(found);
    this.#count(stretch.map(({ key }) => key));
    about.putSync(REWRITTEN, next.toString('hex'));
    return { many: stretch.length, damaged: stretch.filter(({ stored }) => stored === undefined).map(({ key }) => key) };
  }

  /** What cannot be read stays as it is. The place in the index of deadlines stays as well. */
  #rewrite({ key, deadline, stored, former }: Found): void {
    if (stored === undefined || !former) return;
    const { srvId, publication } = stored;
    this.#database.publications.putSync(key, this.#writer.encode(key, { srvId, ...publication }, publication.record, deadline));
  }

  /** Addresses without a row; an address that goes on beyond the stretch, or began before it, is counted where it stands. */
  #count(keys: readonly Buffer[]): void {
    const addresses = new Map<string, number>();
    for (const key of keys) {
      const aor = key.toString('latin1', 0, AOR_BYTES);
      addresses.set(aor, (addresses.get(aor) ?? 0) + 1);
    }
    const edges = [keys[0], keys.at(-1)].map((key) => key?.toString('latin1', 0, AOR_BYTES));
    for (const [name, many] of addresses) {
      const aor = Buffer.from(name, 'latin1');
      if (!this.#publications.counts.has(aor)) this.#publications.counts.found(aor, edges.includes(name) ? this.#all(aor) : many);
    }
  }

  #all(aor: Buffer): number {
    return this.#database.publications.getKeysCount({ start: aor, end: endOf(aor) });
  }
}
