import { NksipError } from '@nksip-ts/core';
import type { EventStateStore, Publication, RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';

export interface Row extends Publication {
  readonly srvId: string;
  /** Milliseconds. */
  readonly deadline: number;
}

/** What put answers: nothing, where there are no versions. */
export type Written = Awaited<ReturnType<EventStateStore['put']>>;

/** What stays when a store is gone, and what several stores share. */
export class PlainDatabase {
  reachable = true;
  /** What is held back on its way from stores that connected before, and how often something was. */
  held: (() => void)[] = [];
  holds = 0;
  readonly #rows = new Map<string, Row>();

  /** Holds back what is sent over connections that stand; what this answers delivers it. */
  hold(): () => void {
    this.holds++;
    return () => { for (const deliver of this.held.splice(0)) deliver(); };
  }

  get rows(): Map<string, Row> {
    if (!this.reachable) throw new NksipError('store_unavailable', { reason: 'nobody answers' });
    return this.#rows;
  }
}

/** A store that is right, slow and plain: what the broken ones break. All its methods are asynchronous. */
export class PlainStore implements EventStateStore {
  readonly database: PlainDatabase;
  /** Which hold its connection was made after. */
  #connected: number;

  constructor(database = new PlainDatabase()) {
    this.database = database;
    this.#connected = database.holds;
  }

  /** Carries out what changes something; where that is held back it is given up after a second, and then there is a new connection. */
  async send<T>(operation: () => T): Promise<T> {
    const { held, holds } = this.database;
    if (this.#connected === holds) return operation();
    held.push(() => { this.late(operation); });
    await new Promise((done) => { setTimeout(done, 1000); });
    this.#connected = holds;
    throw new NksipError('store_unavailable', { reason: 'no answer' });
  }

  /** An operation that arrives after it was given up: nothing is done. */
  late(_operation: () => unknown): void {}

  get rows(): Map<string, Row> {
    return this.database.rows;
  }

  async get(srvId: string, aor: Aor, tag: string): Promise<RegPublish | undefined> {
    const row = this.rows.get(this.key(srvId, aor, tag));
    return row !== undefined && this.isLive(row) ? this.copy(row.record) : undefined;
  }

  async put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): Promise<Written> {
    await this.send(() => { this.write(srvId, aor, tag, record, ttl); });
  }

  async del(srvId: string, aor: Aor, tag: string): Promise<boolean> {
    return this.send(() => this.remove(this.key(srvId, aor, tag)));
  }

  async delAll(srvId: string): Promise<void> {
    for (const [key, row] of this.rows) if (row.srvId === srvId) this.rows.delete(key);
  }

  async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number): Promise<boolean> {
    return this.send(() => {
      if (!this.remove(this.key(srvId, aor, previousTag))) return false;
      this.write(srvId, aor, tag, record, ttl);
      return true;
    });
  }

  async *list(srvId: string, aor?: Aor): AsyncIterable<Publication> {
    for (const row of [...this.rows.values()]) if (this.isListed(row, srvId, aor)) yield { aor: row.aor, tag: row.tag, record: this.copy(row.record) };
  }

  async count(srvId: string, aor?: Aor): Promise<number> {
    return [...this.rows.values()].filter((row) => this.isListed(row, srvId, aor)).length;
  }

  key(srvId: string, { scheme, user, domain }: Aor, tag: string): string {
    return JSON.stringify([srvId, scheme, user, domain, tag]);
  }

  isLive({ deadline }: Row): boolean {
    return deadline > Date.now();
  }

  isListed(row: Row, srvId: string, aor?: Aor): boolean {
    return row.srvId === srvId && this.isLive(row) && (aor === undefined || this.key('', aor, '') === this.key('', row.aor, ''));
  }

  copy(record: RegPublish): RegPublish {
    return structuredClone(record);
  }

  deadlineOf(ttl: number, _before: Row | undefined): number {
    return Date.now() + ttl * 1000;
  }

  write(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): void {
    const key = this.key(srvId, aor, tag);
    this.rows.set(key, { srvId, aor, tag, record: this.copy(record), deadline: this.deadlineOf(ttl, this.rows.get(key)) });
  }

  remove(key: string): boolean {
    const row = this.rows.get(key);
    return this.rows.delete(key) && row !== undefined && this.isLive(row);
  }
}

/** Lets others have their turn. */
export async function pause(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}
