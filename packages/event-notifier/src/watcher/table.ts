import { PartedMap, Recent } from '@nksip-ts/memory';
import type { LiveSubscription } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { EventPackage } from '../package/event-package.js';
import { AlikeTable, isAlike } from './alike.js';
import { keyOf, Watched, WatcherRecord, type Wants, type WatcherPlace } from './record.js';

/** Measured, in bytes: what a watcher costs besides its texts, and what a watched address costs besides its documents. */
export const WATCHER_BYTES = 270;
export const WATCHED_BYTES = 1100;

/** Watchers of one address that are looked at one after the other. Where there are more, a table finds those that are alike, for so many bytes each. */
const FEW = 32, ALIKE_BYTES = 90;

/** All watchers of a service, by what they watch. By handle core knows them: each is what is kept with its subscription. */
export class WatcherTable {
  readonly #watched = new PartedMap<Watched>();
  /** A proxy or a phone with many lamps is one peer of many watchers. */
  readonly #peers = Recent.ofTexts();
  /** Of the addresses that many watch. */
  readonly #alike = new Map<Watched, AlikeTable>();
  /** Watchers of these. */
  #inTables = 0;
  #textBytes = 0;
  #size = 0;
  /** That of the last one. */
  #number = 0;

  constructor(private readonly live: (handle: string) => LiveSubscription | undefined) {}

  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  /** Bytes, about. */
  get bytes(): number {
    return WATCHER_BYTES * this.#size + WATCHED_BYTES * this.#watched.size + ALIKE_BYTES * this.#inTables + this.#textBytes;
  }

  get(handle: string): WatcherRecord | undefined {
    const data = this.live(handle)?.data;
    return data instanceof WatcherRecord ? data : undefined;
  }

  watchedOf(aor: Aor, event: string): Watched | undefined {
    return this.#watched.get(keyOf(aor, event));
  }

  /** The entry of this address and package; a new one is in the table once a watcher is added. */
  watchedFor(aor: Aor, pack: EventPackage): Watched {
    return this.watchedOf(aor, pack.name) ?? new Watched(aor, pack);
  }

  *all(): Iterable<WatcherRecord> {
    for (const { watchers } of this.#watched.values()) yield* watchers;
  }

  allWatched(): Iterable<Watched> {
    return this.#watched.values();
  }

  add(record: WatcherRecord): void {
    const { watched } = record;
    this.#watched.set(watched.key, watched);
    record.peer = this.#peers.same(record.peer);
    record.number = ++this.#number;
    // V8 makes an array that grows by one larger by 17: 60 bytes for each of two watchers.
    if (watched.watchers.length < FEW) watched.watchers = [...watched.watchers, record];
    else watched.watchers.push(record);
    record.place = watched.watchers.length - 1;
    this.#addAlike(record, watched);
    record.subscription.data = record;
    this.#size++;
    this.#textBytes += bytesOf(record);
  }

  /** Returns whether nobody watches this address and package any more. */
  remove(record: WatcherRecord): boolean {
    const { watched } = record;
    record.phase = 'ended';
    if (record.subscription.data === record) record.subscription.data = undefined;
    this.#size--;
    this.#textBytes -= bytesOf(record);
    const last = watched.watchers.pop();
    if (last !== undefined && last !== record) {
      watched.watchers[record.place] = last;
      last.place = record.place;
    }
    this.#removeAlike(record, watched);
    if (watched.watchers.length > 0) return false;
    this.#watched.delete(watched.key);
    return true;
  }

  /** The subscriptions of the same watcher to the same state with the same Contact, the newest first, but for so many of them. */
  alikeBeyond(many: number, record: WatcherRecord): readonly WatcherRecord[] {
    const { watched } = record;
    const among = this.#alike.get(watched)?.like(record) ?? watched.watchers;
    if (among.length <= many) return none;
    return among.filter((one) => isAlike(one, record)).sort((one, other) => other.number - one.number).slice(many);
  }

  /** A refresh may change the source, the filter and Accept; and the Contact, which core has taken already. */
  move(record: WatcherRecord, { transport, peer }: WatcherPlace, wants: Wants): void {
    this.#textBytes -= bytesOf(record);
    record.transport = transport;
    record.peer = this.#peers.same(peer);
    record.wants = wants;
    this.#textBytes += bytesOf(record);
    this.#alike.get(record.watched)?.move(record);
  }

  #addAlike(record: WatcherRecord, watched: Watched): void {
    const { watchers } = watched;
    const alike = this.#alike.get(watched);
    if (alike === undefined && watchers.length <= FEW) return;
    this.#inTables += alike === undefined ? watchers.length : 1;
    if (alike === undefined) this.#alike.set(watched, new AlikeTable(watchers));
    else alike.add(record);
  }

  /** The table goes long before all have gone: it is not made again for each that comes and goes. */
  #removeAlike(record: WatcherRecord, watched: Watched): void {
    const alike = this.#alike.get(watched);
    if (alike === undefined) return;
    const isOver = watched.watchers.length <= FEW / 2;
    this.#inTables -= isOver ? watched.watchers.length + 1 : 1;
    if (isOver) this.#alike.delete(watched);
    else alike.remove(record);
  }
}

function bytesOf({ user = '', wants: { accept, filter } }: WatcherRecord): number {
  return user.length + (filter?.data.length ?? 0) + acceptBytes(accept);
}

const none: readonly WatcherRecord[] = [];

/** A text with its head and padding, and its place in the list. */
const SHORT_TEXT = 32;

/** There may be 166 values, of three characters each. */
function acceptBytes(accept: readonly string[]): number {
  return accept.reduce((sum, { length }) => sum + SHORT_TEXT + length, 0);
}
