import type { Aor } from '@nksip-ts/sip';
import type { EventPackage } from '../package/event-package.js';
import { keyOf, Watched, type WatcherRecord } from './record.js';

/** Measured, in bytes: what a watcher costs besides its texts, and what a watched address costs. */
export const WATCHER_BYTES = 424;
export const WATCHED_BYTES = 680;

/** All watchers of a service, by handle, by what they watch, and by slot. */
export class WatcherTable {
  readonly #byHandle = new Map<string, WatcherRecord>();
  readonly #watched = new Map<string, Watched>();
  /** The newest of each slot; the others are linked from it (`elder`). */
  readonly #bySlot = new Map<number, WatcherRecord>();
  #textBytes = 0;

  get size(): number {
    return this.#byHandle.size;
  }

  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  /** Bytes, about. */
  get bytes(): number {
    return WATCHER_BYTES * this.#byHandle.size + WATCHED_BYTES * this.#watched.size + this.#textBytes;
  }

  get(handle: string): WatcherRecord | undefined {
    return this.#byHandle.get(handle);
  }

  watchedOf(aor: Aor, event: string): Watched | undefined {
    return this.#watched.get(keyOf(aor, event));
  }

  /** The entry of this address and package; a new one is in the table once a watcher is added. */
  watchedFor(aor: Aor, pack: EventPackage): Watched {
    return this.watchedOf(aor, pack.name) ?? new Watched(aor, pack);
  }

  all(): Iterable<WatcherRecord> {
    return this.#byHandle.values();
  }

  allWatched(): Iterable<Watched> {
    return this.#watched.values();
  }

  add(record: WatcherRecord): void {
    const { watched } = record;
    this.#watched.set(watched.key, watched);
    // An array made with one element takes less memory than one that grew to it.
    if (watched.watchers.length === 0) watched.watchers = [record];
    else watched.watchers.push(record);
    record.place = watched.watchers.length - 1;
    this.#byHandle.set(record.handle, record);
    record.elder = this.#bySlot.get(record.slot);
    this.#bySlot.set(record.slot, record);
    this.#textBytes += textBytes(record);
  }

  /** Returns whether nobody watches this address and package any more. */
  remove(record: WatcherRecord): boolean {
    const { watched } = record;
    record.phase = 'ended';
    this.#byHandle.delete(record.handle);
    this.#textBytes -= textBytes(record);
    const last = watched.watchers.pop();
    if (last !== undefined && last !== record) {
      watched.watchers[record.place] = last;
      last.place = record.place;
    }
    this.#leaveSlot(record);
    if (watched.watchers.length > 0) return false;
    this.#watched.delete(watched.key);
    return true;
  }

  /** The subscriptions of the same watcher to the same state with the same Contact, the newest first. */
  ofSlot(like: WatcherRecord): readonly WatcherRecord[] {
    const found: WatcherRecord[] = [];
    for (let one = this.#bySlot.get(like.slot); one !== undefined; one = one.elder) if (isAlike(one, like)) found.push(one);
    return found;
  }

  /** A refresh may change the Contact, the source, the filter and Accept. */
  move(record: WatcherRecord, place: Pick<WatcherRecord, 'contact' | 'transport' | 'peer' | 'filter' | 'accept'>): void {
    this.#textBytes -= textBytes(record);
    Object.assign(record, place);
    this.#textBytes += textBytes(record);
  }

  #leaveSlot(record: WatcherRecord): void {
    const newest = this.#bySlot.get(record.slot);
    if (newest === record) {
      if (record.elder === undefined) this.#bySlot.delete(record.slot);
      else this.#bySlot.set(record.slot, record.elder);
      return;
    }
    let younger = newest;
    while (younger !== undefined && younger.elder !== record) younger = younger.elder;
    if (younger !== undefined) younger.elder = record.elder;
  }
}

/** From can be forged, so watchers that have not signed in are told apart by their address. */
function isAlike(one: WatcherRecord, other: WatcherRecord): boolean {
  return one.watched === other.watched && one.eventId === other.eventId && one.contact === other.contact && one.user === other.user
    && (one.user !== undefined || hostOf(one.peer) === hostOf(other.peer));
}

function hostOf(peer: string): string {
  return peer.slice(0, peer.indexOf(' '));
}

function textBytes({ handle, from, user = '', contact, peer, eventId = '', filter, accept }: WatcherRecord): number {
  return handle.length + from.length + user.length + contact.length + peer.length + eventId.length + (filter?.data.length ?? 0) + acceptBytes(accept);
}

/** A text with its head and padding, and its place in the list. */
const SHORT_TEXT = 32;

/** There may be 166 values, of three characters each. */
function acceptBytes(accept: readonly string[]): number {
  return accept.reduce((sum, { length }) => sum + SHORT_TEXT + length, 0);
}
