import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NksipError, type MaybePromise } from '@nksip-ts/core';
import type { EventStateStore, Publication, RegPublish, StoredPublish, StoreFinding } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { audit } from './audit.js';
import { CommitGroups } from './commit-groups.js';
import { openDatabase, sharedSecret, type Database } from './database.js';
import { directoryReason } from './directory-fault.js';
import { examine, hasData, otherProcessIn, type Durability } from './directory.js';
import { storeErrorOf } from './store-error.js';
import { endOf, PublicationKeys } from './publication-keys.js';
import { Rewriter } from './rewriter.js';
import { nextStart, Publications } from './publications.js';
import { ValueWriter, type StoredUnder } from './stored-value.js';
import { Sweeper } from './sweeper.js';

/** Records of one stretch of a list or of delAll, before other work gets its turn. */
const STRETCH = 200;

export interface LmdbStoreOptions {
  /** The directory; made if it is not there. */
  readonly path: string;
  /** The option that names the directory, for errors. */
  readonly option?: string;
  /** 'disk' unless given. */
  readonly durability?: Durability;
  /** Milliseconds in which a write must begin, or be refused; 4000 unless given. */
  readonly beginWithin?: number;
  /**
   * Whether opening makes a database that is not there; true unless given. Else the first operation does that, but for a list and an audit, which
   * are `store_failed` until then.
   */
  readonly makes?: boolean;
  /** Whether it removes what has expired, and rewrites the first format, without being asked; true unless given. */
  readonly maintains?: boolean;
  /** Milliseconds since 1970; Date.now unless given. */
  readonly now?: () => number;
  /** Told when the sweep or the rewriting of the first format fails, which go on at their next time, and of each damaged record they meet. */
  readonly onFault?: (error: NksipError) => void;
  /** Told in a sentence when a database of the first format begins to be rewritten, how far that is, and when it is done. */
  readonly onProgress?: (sentence: string) => void;
}

interface Open {
  readonly database: Database;
  readonly publications: Publications;
  readonly groups: CommitGroups;
  readonly sweeper: Sweeper;
  readonly rewriter: Rewriter;
  /** Aborted when the store is closed. */
  readonly closing: AbortController;
}

/**
 * Event state in an LMDB database: a directory on a disk of this machine, which several processes may share. What is found is
 * returned at once, writes resolve when they are committed. Open it before use, close it afterwards.
 */
export class LmdbStore implements EventStateStore {
  readonly versions = true;
  readonly path: string;
  readonly #options: LmdbStoreOptions;
  readonly #now: () => number;
  readonly #keys = new PublicationKeys();
  readonly #writer = new ValueWriter();
  #open: Open | undefined;
  /** Whether it was opened, and there is no database. */
  #isMissing = false;

  constructor(options: LmdbStoreOptions) {
    this.path = options.path;
    this.#options = options;
    const { now } = options;
    // Whole milliseconds, as the index of deadlines has them.
    this.#now = now === undefined ? Date.now : () => Math.floor(now());
  }

  /**
   * Opens the database, or makes one. Throws `store_failed`. After a process that was killed it is read through first, in a child
   * process: about a second for a million publications.
   */
  open(): this {
    if (this.#open !== undefined) return this;
    this.#isMissing = this.#options.makes === false && !hasData(this.path);
    if (this.#isMissing) this.#attempt(() => examine(this.path));
    else this.#open = this.#begun();
    return this;
  }

  /** The secret that is kept in the directory, or any where there is no database, for `sip_event_compositor_secret` of all processes that share it. */
  secret(): string {
    if (this.#isMissing) return randomBytes(32).toString('hex');
    const { database } = this.#opened;
    return this.#attempt(() => sharedSecret(database));
  }

  /** What is found is returned at once; what is not is looked for once more, in the newest commit. */
  get(srvId: string, aor: Aor, tag: string): MaybePromise<StoredPublish | undefined> {
    const { publications, groups } = this.#opened;
    const under = { srvId, aor, tag };
    const key = this.#keys.publication(srvId, aor, tag);
    return this.#read(() => publications.get(key, under, this.#now())) ?? groups.write(() => publications.get(key, under, this.#now()));
  }

  /** Without `previousVersion` it returns true. */
  async put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number, previousVersion?: string): Promise<boolean> {
    return this.#putOver(srvId, aor, tag, record, ttl, (publications, key, under) => previousVersion === undefined || publications.has(key, under, this.#now(), previousVersion));
  }

  /** In one step: writes only if nothing is there. Returns whether it did. */
  async create(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): Promise<boolean> {
    return this.#putOver(srvId, aor, tag, record, ttl, (publications, key, under) => !publications.has(key, under, this.#now()));
  }

  async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number, previousVersion?: string): Promise<boolean> {
    const { publications, groups } = this.#opened;
    const [previous, key] = [this.#keys.publication(srvId, aor, previousTag), this.#keys.publication(srvId, aor, tag)];
    const value = this.#writer.encode(key, { srvId, aor, tag }, record, this.#now() + 1000 * ttl);
    return groups.write(() => {
      if (!publications.remove(previous, { srvId, aor, tag: previousTag }, this.#now(), previousVersion)) return false;
      publications.put(key, value);
      return true;
    }, value.length);
  }

  async del(srvId: string, aor: Aor, tag: string, previousVersion?: string): Promise<boolean> {
    const { publications, groups } = this.#opened;
    const key = this.#keys.publication(srvId, aor, tag);
    return groups.write(() => publications.remove(key, { srvId, aor, tag }, this.#now(), previousVersion));
  }

  async delAll(srvId: string): Promise<void> {
    const { publications, groups } = this.#opened;
    const start = this.#keys.service(srvId);
    const end = endOf(start);
    while (await groups.write(() => publications.removeFrom(start, end, STRETCH)) > 0);
  }

  /**
   * A stretch at a time: none of them holds on to old pages of the database while it is read. What is damaged is left out, and told
   * at the end: throws `store_damaged`.
   */
  async *list(srvId: string, aor?: Aor): AsyncIterable<Publication> {
    this.#refuseMissing();
    await this.#turnToNewest();
    const prefix = aor === undefined ? this.#keys.service(srvId) : this.#keys.aor(srvId, aor);
    const end = endOf(prefix);
    let faults = 0;
    for (let start: Buffer | undefined = prefix; start !== undefined;) {
      const from: Buffer = start;
      const stretch = this.#read(({ publications }) => publications.stretch(from, end, STRETCH));
      for (const { deadline, stored } of stretch) {
        if (stored === undefined) faults++;
        else if (deadline > this.#now()) yield stored.publication;
      }
      start = nextStart(stretch, from);
      await nextTurn();
    }
    if (faults > 0) throw new NksipError('store_damaged', { record: `${faults} of the publications that were asked for` });
  }

  /** At once, and perhaps without the last commit, until the next write or sweep: a cap may be exceeded by what that has. */
  count(srvId: string, aor?: Aor): number {
    return this.#read(({ publications }) => aor === undefined ? publications.counts.of(this.#keys.service(srvId)) : publications.countOf(this.#keys.aor(srvId, aor), this.#now()));
  }

  /** All that is stored, of a service or of all, as it was at one moment, and what is wrong with it. */
  audit(srvId?: string): AsyncIterable<StoreFinding> {
    this.#refuseMissing();
    const { database, publications, closing } = this.#opened;
    return audit(database, publications, this.#now, () => this.#turnToNewest(), closing.signal, srvId === undefined ? undefined : this.#keys.service(srvId));
  }

  usedBy(): string | undefined {
    const other = otherProcessIn(this.path);
    return other === undefined ? undefined : `The process ${other}`;
  }

  /** Removes what has expired. It happens without being asked, too, four times in a second, unless the store does not maintain. */
  async sweep(): Promise<void> {
    await this.#opened.sweeper.sweep();
  }

  /**
   * Waits until a database of the first format is rewritten, which happens without being asked. False where it is not: the store was
   * closed before, does not maintain, or the order of its keys is damaged. Never rejects.
   */
  async rewritten(): Promise<boolean> {
    return this.#opened.rewriter.done;
  }

  /** Writes under way end; those that wait are refused, and so is whoever goes on with an audit. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#isMissing = false;
    if (open === undefined) return;
    this.#open = undefined;
    open.sweeper.stop();
    open.rewriter.stop();
    open.closing.abort(new NksipError('store_unavailable', { reason: 'it is closed' }));
    await open.groups.close();
    await open.database.close();
  }

  #putOver(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number, may: (publications: Publications, key: Buffer, under: StoredUnder) => boolean): Promise<boolean> {
    const { publications, groups } = this.#opened;
    const under = { srvId, aor, tag };
    const key = this.#keys.publication(srvId, aor, tag);
    const value = this.#writer.encode(key, under, record, this.#now() + 1000 * ttl);
    return groups.write(() => {
      if (!may(publications, key, under)) return false;
      publications.put(key, value);
      return true;
    }, value.length);
  }

  #begun(): Open {
    const { path, durability = 'disk', beginWithin = 4000, maintains = true, onFault = () => undefined, onProgress = () => undefined } = this.#options;
    const database = this.#attempt(() => openDatabase(path, durability, maintains));
    const publications = new Publications(database, database.isFormer());
    const groups = new CommitGroups((body) => database.write(() => publications.counts.group(body)), beginWithin);
    const sweeper = new Sweeper(publications, groups, this.#now, onFault);
    const rewriter = new Rewriter(database, publications, groups, this.#writer, { onFault, onProgress });
    if (maintains) for (const task of [sweeper, rewriter]) task.start();
    return { database, publications, groups, sweeper, rewriter, closing: new AbortController() };
  }

  get #opened(): Open {
    if (this.#isMissing) {
      this.#open = this.#begun();
      this.#isMissing = false;
    }
    if (this.#open === undefined) throw new NksipError('store_unavailable', { reason: 'the database is not open' });
    return this.#open;
  }

  #refuseMissing(): void {
    if (this.#isMissing) throw this.#failed('there is no store: the directory has no data.mdb');
  }

  #attempt<T>(task: () => T): T {
    try {
      return task();
    } catch (error) {
      throw this.#failed(directoryReason(error), error);
    }
  }

  #failed(reason: string, cause?: unknown): NksipError {
    const { path, option } = this.#options;
    return new NksipError('store_failed', { store: path, ...(option !== undefined && { option }), reason }, { cause });
  }

  /** Has the newest commit told to all reads, if it was hidden. Where nothing can be written, what is there is read all the same. */
  async #turnToNewest(): Promise<void> {
    await Promise.resolve().then(() => this.#opened.groups.write(() => undefined)).catch(() => undefined);
  }

  /** Of now: what another process has committed counts, unless it is hidden (newest-commit.ts). */
  #read<T>(body: (open: Open) => T): T {
    const open = this.#opened;
    try {
      open.database.root.resetReadTxn();
      return body(open);
    } catch (error) {
      throw storeErrorOf(error);
    }
  }
}
