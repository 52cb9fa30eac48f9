import type { EventStateStore, Publication, RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { Connection, type OnChange } from './connection.js';
import { Keys, recordUnder } from './keys.js';
import { bytesOf, recordOf } from './record-bytes.js';
import { checked, type RedisSettings } from './settings.js';
import { sharedSecret } from './shared-secret.js';

/** Records of one address that are fetched at a time. */
const STRETCH = 16;

/**
 * Event state in Redis or Valkey: for any number of processes. `connect` before the first operation, `close` after the last one.
 * While Redis cannot be worked with, each operation rejects with `store_unavailable` within twice the timeout.
 */
export class RedisStore implements EventStateStore {
  readonly #connection: Connection;
  readonly #keys: Keys;

  /** Throws `invalid_argument`. `onChange` is told when Redis is lost and when it is back. */
  constructor(settings: RedisSettings = {}, onChange?: OnChange) {
    const fitting = checked(settings);
    this.#connection = new Connection(fitting, onChange);
    this.#keys = new Keys(fitting.prefix);
  }

  /** Resolves to what is to be warned of. Rejects with `store_unavailable` if Redis is not there, or cannot be the store: then nothing is open. */
  connect(): Promise<readonly string[]> {
    return this.#connection.open();
  }

  async get(srvId: string, aor: Aor, tag: string): Promise<RegPublish | undefined> {
    return this.#read(this.#keys.record(srvId, aor, tag).key);
  }

  async put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): Promise<void> {
    const { index, key, member } = this.#keys.record(srvId, aor, tag);
    await this.#connection.ask((client) => client.eventPut(index, key, member, milliseconds(ttl), bytesOf(record)));
  }

  async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number): Promise<boolean> {
    const [previous, own] = [this.#keys.record(srvId, aor, previousTag), this.#keys.record(srvId, aor, tag)];
    return await this.#connection.ask((client) =>
      client.eventReplace(own.index, previous.key, own.key, previous.member, own.member, milliseconds(ttl), bytesOf(record))) === 1;
  }

  async del(srvId: string, aor: Aor, tag: string): Promise<boolean> {
    const { index, key, member } = this.#keys.record(srvId, aor, tag);
    return await this.#connection.ask((client) => client.eventDel(index, key, member)) === 1;
  }

  /** By SCAN: what is put meanwhile may stay. */
  async delAll(srvId: string): Promise<void> {
    for await (const keys of this.#connection.scan(this.#keys.pattern(srvId))) {
      const found = keys.flatMap((key) => this.#keys.read(key) ?? []);
      await Promise.all(found.map(({ index, key, member }) => this.#connection.ask((client) => client.eventDel(index, key, member))));
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
    return aor === undefined ? 'unknown' : this.#connection.ask((client) => client.eventCount(this.#keys.index(srvId, aor)));
  }

  /** The secret that all processes of a service share: made by the first one that asks, and never gone with del_all. */
  secret(srvId: string): Promise<string> {
    return sharedSecret(this.#connection, this.#keys.secret(srvId));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async *#listOf(index: string): AsyncIterable<Publication> {
    const members = await this.#connection.ask((client) => client.eventTags(index));
    for (let at = 0; at < members.length; at += STRETCH) {
      yield* this.#publications(members.slice(at, at + STRETCH).map((member) => recordUnder(index, member).key));
    }
  }

  /** Those under these keys that are there. */
  async *#publications(keys: readonly string[]): AsyncIterable<Publication> {
    const found = await Promise.all(keys.map(async (key): Promise<Publication | undefined> => {
      const parts = this.#keys.read(key);
      const record = parts === undefined ? undefined : await this.#read(key);
      return parts === undefined || record === undefined ? undefined : { aor: parts.aor, tag: parts.tag, record };
    }));
    yield* found.filter((one) => one !== undefined);
  }

  async #read(key: string): Promise<RegPublish | undefined> {
    const bytes = await this.#connection.ask((client) => client.getBuffer(key));
    return bytes === null ? undefined : recordOf(bytes);
  }
}

function milliseconds(ttl: number): number {
  return Math.round(ttl * 1000);
}
