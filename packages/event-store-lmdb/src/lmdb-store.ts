import { setImmediate as nextTurn } from 'node:timers/promises';
import { NksipError, reasonOf } from '@nksip-ts/core';
import type { EventStateStore, Publication, RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { CommitGroups } from './commit-groups.js';
import { openDatabase, sharedSecret, type Database, type Durability } from './database.js';
import { after, endOf, Keys } from './keys.js';
import { Shelf } from './shelf.js';
import { deadlineOf, decodeValue, encodeValue } from './stored-value.js';
import { Sweeper } from './sweeper.js';

/** Records of one stretch of a list or of delAll, before other work gets its turn. */
const STRETCH = 200;

export interface LmdbStoreOptions {
  /** The directory; made if it is not there. */
  readonly path: string;
  /** 'disk' unless given. */
  readonly durability?: Durability;
  /** Milliseconds in which a write must begin, or be refused; 4000 unless given. */
  readonly beginWithin?: number;
  /** Milliseconds since 1970; Date.now unless given. */
  readonly now?: () => number;
  /** Told when the sweep fails; it goes on at its next time. */
  readonly onFault?: (error: NksipError) => void;
}

interface Open {
  readonly database: Database;
  readonly shelf: Shelf;
  readonly groups: CommitGroups;
  readonly sweeper: Sweeper;
}

/**
 * Event state in an LMDB database: a directory on a disk of this machine, which several processes may share. Reads answer at
 * once, writes when they are committed. Open it before use, close it afterwards.
 */
export class LmdbStore implements EventStateStore {
  readonly path: string;
  readonly #options: LmdbStoreOptions;
  readonly #now: () => number;
  readonly #keys = new Keys();
  #open: Open | undefined;

  constructor(options: LmdbStoreOptions) {
    this.path = options.path;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Opens the database, or makes one. Throws `store_failed`. */
  open(): this {
    if (this.#open !== undefined) return this;
    const { path, durability = 'disk', beginWithin = 4000, onFault = () => undefined } = this.#options;
    const database = openDatabase(path, durability);
    const shelf = new Shelf(database);
    const groups = new CommitGroups((body) => database.root.transaction(() => shelf.group(body)), beginWithin);
    this.#open = { database, shelf, groups, sweeper: new Sweeper(shelf, groups, this.#now, onFault) };
    return this;
  }

  /** The secret that is kept in the directory, for `sip_event_compositor_secret` of all processes that share it. */
  secret(): string {
    const { database } = this.#opened;
    try {
      return sharedSecret(database);
    } catch (error) {
      throw new NksipError('store_failed', { store: this.path, reason: reasonOf(error) }, { cause: error });
    }
  }

  get(srvId: string, aor: Aor, tag: string): RegPublish | undefined {
    return this.#read(({ shelf }) => shelf.get(this.#keys.publication(srvId, aor, tag), srvId, aor, tag, this.#now()));
  }

  async put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): Promise<void> {
    const { shelf, groups } = this.#opened;
    const key = this.#keys.publication(srvId, aor, tag);
    const value = encodeValue({ srvId, aor, tag }, record, this.#now() + 1000 * ttl);
    await groups.write(() => shelf.put(key, value), value.length);
  }

  async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number): Promise<boolean> {
    const { shelf, groups } = this.#opened;
    const [previous, key] = [this.#keys.publication(srvId, aor, previousTag), this.#keys.publication(srvId, aor, tag)];
    const value = encodeValue({ srvId, aor, tag }, record, this.#now() + 1000 * ttl);
    return groups.write(() => {
      if (!shelf.remove(previous, this.#now())) return false;
      shelf.put(key, value);
      return true;
    }, value.length);
  }

  async del(srvId: string, aor: Aor, tag: string): Promise<boolean> {
    const { shelf, groups } = this.#opened;
    const key = this.#keys.publication(srvId, aor, tag);
    return groups.write(() => shelf.remove(key, this.#now()));
  }

  async delAll(srvId: string): Promise<void> {
    const { shelf, groups } = this.#opened;
    const end = endOf(this.#keys.service(srvId));
    for (let start: Buffer | undefined = this.#keys.service(srvId); start !== undefined;) {
      const from: Buffer = start;
      const last: Buffer | undefined = await groups.write(() => shelf.removeFrom(from, end, STRETCH));
      start = last === undefined ? undefined : after(last);
    }
  }

  /** A stretch at a time: none of them holds on to old pages of the database while it is read. */
  async *list(srvId: string, aor?: Aor): AsyncIterable<Publication> {
    const prefix = aor === undefined ? this.#keys.service(srvId) : this.#keys.aor(srvId, aor);
    const end = endOf(prefix);
    for (let start: Buffer | undefined = prefix; start !== undefined;) {
      const from: Buffer = start;
      const stretch = this.#read(({ database }) => [...database.publications.getRange({ start: from, end, limit: STRETCH })]);
      for (const { value } of stretch) if (deadlineOf(value) > this.#now()) yield decodeValue(value);
      const last = stretch.at(-1);
      start = last === undefined ? undefined : after(last.key);
      await nextTurn();
    }
  }

  count(srvId: string, aor?: Aor): number {
    return this.#read(({ shelf }) => aor === undefined ? shelf.countAll(this.#keys.service(srvId)) : shelf.countOf(this.#keys.aor(srvId, aor), this.#now()));
  }

  /** Removes what is over. It happens without being asked, too, four times in a second. */
  async sweep(): Promise<void> {
    await this.#opened.sweeper.sweep();
  }

  /** Writes under way end, those that wait are refused. */
  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.sweeper.stop();
    await open.groups.close();
    await open.database.root.close();
  }

  get #opened(): Open {
    if (this.#open === undefined) throw new NksipError('store_unavailable', { reason: 'the database is not open' });
    return this.#open;
  }

  /** Of now: what another process has committed counts. */
  #read<T>(body: (open: Open) => T): T {
    const open = this.#opened;
    try {
      open.database.root.resetReadTxn();
      return body(open);
    } catch (error) {
      if (error instanceof NksipError) throw error;
      throw new NksipError('store_unavailable', { reason: reasonOf(error) }, { cause: error });
    }
  }
}
