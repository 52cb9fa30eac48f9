import { NksipError } from '@nksip-ts/core';
import type { EventStateStore, RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { pause, PlainStore, type PlainDatabase, type Row } from './plain-store.ts';
import { VersionedStore } from './versioned-store.ts';

type Open = (database: PlainDatabase) => EventStateStore;

/** The versions of a database, as all stores on it have them. */
const versionsIn = new WeakMap<PlainDatabase, Map<string, string>>();

export function versionsOf(database: PlainDatabase): Map<string, string> {
  const known = versionsIn.get(database) ?? new Map<string, string>();
  versionsIn.set(database, known);
  return known;
}

/** One at a time, as far as one process can see. */
class Alone extends PlainStore {
  #last: Promise<unknown> = Promise.resolve();

  async alone<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(task);
    this.#last = mine.catch(() => undefined);
    return await mine;
  }
}

/** Has everything in memory until it is closed. */
class WritesWhenClosed extends PlainStore {
  readonly mine = new Map(this.database.rows);

  override get rows(): Map<string, Row> {
    return this.mine;
  }

  async close(): Promise<void> {
    this.database.rows.clear();
    for (const [key, row] of this.mine) this.database.rows.set(key, row);
  }
}

/** Marks in memory what is deleted. */
class MarksDeleted extends PlainStore {
  readonly deleted = new Set<Row>();

  override isLive(row: Row): boolean {
    return super.isLive(row) && !this.deleted.has(row);
  }

  mark(key: string): boolean {
    const row = this.rows.get(key);
    const found = row !== undefined && this.isLive(row);
    if (found) this.deleted.add(row);
    return found;
  }

  async close(): Promise<void> {
    for (const [key, row] of this.rows) if (this.deleted.has(row)) this.rows.delete(key);
  }
}

/** What it has written it remembers, and asks the database no more. */
class Remembers extends PlainStore {
  readonly written = new Map<string, Row>();

  override async get(srvId: string, aor: Aor, tag: string) {
    const row = this.written.get(this.key(srvId, aor, tag));
    if (row === undefined) return await super.get(srvId, aor, tag);
    return this.isLive(row) ? this.copy(row.record) : undefined;
  }

  override async delAll(srvId: string) {
    await super.delAll(srvId);
    for (const [key, row] of this.written) if (row.srvId === srvId) this.written.delete(key);
  }

  override write(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
    super.write(srvId, aor, tag, record, seconds);
    const row = this.rows.get(this.key(srvId, aor, tag));
    if (row !== undefined) this.written.set(this.key(srvId, aor, tag), row);
  }

  override remove(key: string) {
    this.written.delete(key);
    return super.remove(key);
  }
}

/** Knows the keys that it has written itself. */
class KnowsItsOwn extends PlainStore {
  readonly own = new Set<string>();

  override write(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
    this.own.add(this.key(srvId, aor, tag));
    super.write(srvId, aor, tag, record, seconds);
  }
}

const whileDown = (answer: (store: PlainStore, ...args: Parameters<PlainStore['put']>) => Promise<void>): Open => (database) => new class extends PlainStore {
  override async put(...args: Parameters<PlainStore['put']>) {
    await (database.reachable ? super.put(...args) : answer(this, ...args));
  }
}(database);

/** What goes wrong only when a process crashes, when there are two of them, or when the database cannot be reached. */
export const brokenDatabases: readonly { readonly fault: string; readonly open: Open; readonly caughtBy: readonly string[] }[] = [
  // ---- crash
  { fault: 'writes when it is closed', open: (database) => new WritesWhenClosed(database), caughtBy: ['crash.put', 'crash.replace', 'crash.ttl'] },
  { fault: 'del marks in memory and deletes when it is closed', open: (database) => new class extends MarksDeleted {
    override remove(key: string) { return this.mark(key); }
  }(database), caughtBy: ['crash.del', 'shared.get'] },
  { fault: 'replace deletes the old tag when it is closed', open: (database) => new class extends MarksDeleted {
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, seconds: number) {
      if (!this.mark(this.key(srvId, aor, previousTag))) return false;
      this.write(srvId, aor, tag, record, seconds);
      return true;
    }
  }(database), caughtBy: ['crash.replace'] },
  { fault: 'time begins anew when it is opened', open: (database) => {
    for (const [key, row] of database.rows) database.rows.set(key, { ...row, deadline: Date.now() + 2_000 });
    return new PlainStore(database);
  }, caughtBy: ['crash.ttl'] },
  { fault: 'when a record ends is in memory only', open: (database) => new class extends PlainStore {
    readonly ends = new Map<string, number>();
    override isLive({ srvId, aor, tag }: Row) { return (this.ends.get(this.key(srvId, aor, tag)) ?? Infinity) > Date.now(); }
    override write(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
      super.write(srvId, aor, tag, record, seconds);
      this.ends.set(this.key(srvId, aor, tag), Date.now() + seconds * 1000);
    }
  }(database), caughtBy: ['crash.ttl'] },
  { fault: 'list goes by an index in memory', open: (database) => new class extends KnowsItsOwn {
    override async *list(srvId: string, aor?: Aor) {
      for await (const one of super.list(srvId, aor)) if (this.own.has(this.key(srvId, one.aor, one.tag))) yield one;
    }
  }(database), caughtBy: ['crash.list', 'shared.list'] },
  { fault: 'a counter in memory', open: (database) => new class extends KnowsItsOwn {
    override async count(srvId: string, aor?: Aor) {
      return [...this.rows].filter(([key, row]) => this.own.has(key) && this.isListed(row, srvId, aor)).length;
    }
  }(database), caughtBy: ['crash.count', 'shared.count'] },
  // ---- two processes
  { fault: 'a cache that hears of nobody else', open: (database) => new Remembers(database), caughtBy: ['shared.get', 'shared.del_all'] },
  { fault: 'writes all anew, in a lock of its own', open: (database) => new class extends Alone {
    override async put(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
      await this.alone(async () => {
        const before = new Map(this.rows);
        await pause();
        super.write(srvId, aor, tag, record, seconds);
        const row = this.rows.get(this.key(srvId, aor, tag));
        this.rows.clear();
        for (const [key, other] of before) this.rows.set(key, other);
        if (row !== undefined) this.rows.set(this.key(srvId, aor, tag), row);
      });
    }
  }(database), caughtBy: ['shared.put'] },
  { fault: 'delAll deletes what it has put itself', open: (database) => new class extends KnowsItsOwn {
    override async delAll(srvId: string) { for (const key of this.own) if (this.rows.get(key)?.srvId === srvId) this.rows.delete(key); }
  }(database), caughtBy: ['shared.del_all'] },
  { fault: 'looks, then deletes or replaces, in a lock of its own', open: (database) => new class extends Alone {
    async found(srvId: string, aor: Aor, tag: string) {
      const found = await super.get(srvId, aor, tag) !== undefined;
      await pause();
      return found && (this.remove(this.key(srvId, aor, tag)), true);
    }
    override async del(srvId: string, aor: Aor, tag: string) { return await this.alone(() => this.found(srvId, aor, tag)); }
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, seconds: number) {
      return await this.alone(async () => {
        const found = await this.found(srvId, aor, previousTag);
        if (found) this.write(srvId, aor, tag, record, seconds);
        return found;
      });
    }
  }(database), caughtBy: ['shared.del', 'shared.replace', 'shared.remove'] },
  { fault: 'looks at the version, then writes or deletes, in a lock of its own', open: (database) => new class extends VersionedStore {
    #last: Promise<unknown> = Promise.resolve();
    async alone<T>(key: string, version: string | undefined, task: () => Promise<T>) {
      const mine = this.#last.then(async () => {
        const isThere = this.isThere(key, version);
        await pause();
        return isThere ? await task() : false;
      });
      this.#last = mine.catch(() => undefined);
      return await mine;
    }
    override async put(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number, version?: string) {
      return await this.alone(this.key(srvId, aor, tag), version, () => super.put(srvId, aor, tag, record, seconds));
    }
    override async del(srvId: string, aor: Aor, tag: string, version?: string) {
      return await this.alone(this.key(srvId, aor, tag), version, () => super.del(srvId, aor, tag));
    }
  }(database, versionsOf(database)), caughtBy: ['version.shared'] },
  // ---- outage
  { fault: 'waits for the database', open: whileDown(() => new Promise(() => undefined)), caughtBy: ['outage.refused'] },
  { fault: 'throws what its driver threw', open: whileDown(() => Promise.reject(new Error('connect ECONNREFUSED'))), caughtBy: ['outage.refused'] },
  { fault: 'put says nothing of what went wrong', open: whileDown(() => Promise.resolve()), caughtBy: ['outage.refused'] },
  { fault: 'refuses and writes all the same, later', open: whileDown(async (store, ...args) => {
    setTimeout(() => { store.write(...args); }, 1_000);
    throw new NksipError('store_unavailable');
  }), caughtBy: ['outage.late'] },
  { fault: 'what the network delivers late is carried out', open: (database) => new class extends PlainStore {
    override late(operation: () => unknown) { operation(); }
  }(database), caughtBy: ['outage.late'] },
  { fault: 'a removal has no deadline', open: (database) => new class extends PlainStore {
    #removals = new WeakSet<() => unknown>();
    override send<T>(operation: () => T) {
      if (operation.toString().includes('remove') && !operation.toString().includes('write')) this.#removals.add(operation);
      return super.send(operation);
    }
    override late(operation: () => unknown) { if (this.#removals.has(operation)) operation(); }
  }(database), caughtBy: ['outage.late'] },
  { fault: 'get finds nothing in a database that it cannot reach', open: (database) => new class extends PlainStore {
    override async get(srvId: string, aor: Aor, tag: string) { return database.reachable ? await super.get(srvId, aor, tag) : undefined; }
  }(database), caughtBy: ['outage.refused'] },
  { fault: 'replace takes an error for a tag that is lost', open: (database) => new class extends PlainStore {
    override async replace(...args: Parameters<PlainStore['replace']>) { return await super.replace(...args).catch(() => false); }
  }(database), caughtBy: ['outage.replace'] },
  { fault: 'list ends where the connection does', open: (database) => new class extends PlainStore {
    override async *list(srvId: string, aor?: Aor) { if (database.reachable) yield* super.list(srvId, aor); }
  }(database), caughtBy: ['outage.list'] },
  { fault: 'never tries again', open: (database) => {
    let broken = false;
    return new class extends PlainStore {
      override async get(srvId: string, aor: Aor, tag: string) {
        broken ||= !database.reachable;
        if (broken) throw new NksipError('store_unavailable');
        return await super.get(srvId, aor, tag);
      }
    }(database);
  }, caughtBy: ['outage.heals'] },
  { fault: 'begins with nothing when the connection is there again', open: (database) => {
    let broken = false;
    return new class extends PlainStore {
      override get rows() {
        if (broken && database.reachable) database.rows.clear();
        broken = !database.reachable;
        return super.rows;
      }
    }(database);
  }, caughtBy: ['outage.heals'] },
];
