import { randomBytes } from 'node:crypto';
import type { EventStateStore, Publication, RegPublish, StoredPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { Connection, type OnChange } from './connection.js';
import { Keys, recordUnder } from './keys.js';
import { bytesOf, recordOf } from './record-bytes.js';
import { scripts } from './scripts.js';
import { checked, type RedisSettings } from './settings.js';
import { sharedSecret } from './shared-secret.js';

/** Records of one address that are fetched at a time. */
const STRETCH = 16;

/**
 * Event state in Redis or Valkey: for any number of processes. `connect` before the first operation, `close` after the last one.
 * While Redis cannot be worked with, each operation rejects with `store_unavailable` within twice the timeout.
 */
export class RedisStore implements EventStateStore {
  readonly versions = true;
  readonly #connection: Connection;
  readonly #keys: Keys;
  /** Of no other store; with a number that grows, of no other write. */
  readonly #name = randomBytes(9).toString('base64url');
  #writes = 0;

  /** Throws `invalid_argument`. `onChange` is told when Redis is lost and when it is back. */
  constructor(settings: RedisSettings = {}, onChange?: OnChange) {
    const fitting = checked(settings);
    this.#connection = new Connection(fitting, onChange);
    this.#keys = new Keys(fitting.prefix);
  }

  /** Whether `connect` has succeeded: what is lost since comes back by itself. */
  get isConnected(): boolean {
    return this.#connection.isOpen;
  }

  /** Resolves to what is to be warned of. Rejects with `store_unavailable` if Redis is not there, or cannot be the store: then nothing is open. */
  connect(): Promise<readonly string[]> {
    return this.#connection.open();
  }

  async get(srvId: string, aor: Aor, tag: string): Promise<StoredPublish | undefined> {
    return this.#read(this.#keys.record(srvId, aor, tag).key);
  }

  async put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number, previousVersion = ''): Promise<boolean> {
    const { index, key, member } = this.#keys.record(srvId, aor, tag);
    return await this.#connection.change(scripts.put, [index, key], [member, previousVersion, milliseconds(ttl), this.#bytesOf(record)]) === 1;
  }

  /** In one step: writes only if nothing is there. Returns whether it did. */
  async create(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): Promise<boolean> {
    const { index, key, member } = this.#keys.record(srvId, aor, tag);
    return await this.#connection.change(scripts.create, [index, key], [member, milliseconds(ttl), this.#bytesOf(record)]) === 1;
  }

  async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number, previousVersion = ''): Promise<boolean> {
    const [previous, own] = [this.#keys.record(srvId, aor, previousTag), this.#keys.record(srvId, aor, tag)];
    return await this.#connection.change(scripts.replace, [own.index, previous.key, own.key], [previous.member, previousVersion, own.member, milliseconds(ttl), this.#bytesOf(record)]) === 1;
  }

  async del(srvId: string, aor: Aor, tag: string, previousVersion = ''): Promise<boolean> {
    const { index, key, member } = this.#keys.record(srvId, aor, tag);
    return await this.#connection.change(scripts.del, [index, key], [member, previousVersion]) === 1;
  }

  /** By SCAN: what is put meanwhile may stay. */
  async delAll(srvId: string): Promise<void> {
    for await (const keys of this.#connection.scan(this.#keys.pattern(srvId))) {
      const found = keys.flatMap((key) => this.#keys.read(key) ?? []);
      await Promise.all(found.map(({ index, key, member }) => this.#connection.change(scripts.del, [index, key], [member, ''])));
    }
  }

  /** Of a service by SCAN, which keeps the keys that it has seen, so that none comes twice. */
  async *list(srvId: string, aor?: Aor): AsyncIterable<Publication> {
    if (aor !== undefined) return yield* this.#listOf(this.#keys.index(srvId, aor));
    const seen = new Set<string>();
    for await (const keys of this.#connection.scan(this.#keys.pattern(srvId))) {
      const unseen = keys.filter((key) => seen.size !== seen.add(key).size);
      yield* this.#publications(unseen);
    }
  }

  /** Of an address. Redis counts no keys by their beginning, so of a service it is unknown. */
  async count(srvId: string, aor?: Aor): Promise<number | 'unknown'> {
    return aor === undefined ? 'unknown' : Number(await this.#connection.read(scripts.count, this.#keys.index(srvId, aor)));
  }

  /** The secret that all processes of a service share: made by the first one that asks, and never gone with del_all. */
  secret(srvId: string): Promise<string> {
    return sharedSecret(this.#connection, this.#keys.secret(srvId));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async *#listOf(index: string): AsyncIterable<Publication> {
    const members = textsIn(await this.#connection.read(scripts.tags, index));
    for (let at = 0; at < members.length; at += STRETCH) {
      yield* this.#publications(members.slice(at, at + STRETCH).map((member) => recordUnder(index, member).key));
    }
  }

  /** Those under these keys that are there. */
  async *#publications(keys: readonly string[]): AsyncIterable<Publication> {
    const found = await Promise.all(keys.map(async (key): Promise<Publication | undefined> => {
      const parts = this.#keys.read(key);
      const found = parts === undefined ? undefined : await this.#read(key);
      if (parts === undefined || found === undefined) return undefined;
      const { version: _, ...record } = found;
      return { aor: parts.aor, tag: parts.tag, record };
    }));
    yield* found.filter((one) => one !== undefined);
  }

  #bytesOf(record: RegPublish): Buffer {
    return bytesOf(record, `${this.#name}${(++this.#writes).toString(36)}`);
  }

  async #read(key: string): Promise<StoredPublish | undefined> {
    const bytes = await this.#connection.ask((client) => client.getBuffer(key));
    return bytes === null ? undefined : recordOf(bytes);
  }
}

function textsIn(answer: unknown): readonly string[] {
  return Array.isArray(answer) ? answer.map(String) : [];
}

function milliseconds(ttl: number): number {
  return Math.round(ttl * 1000);
}
