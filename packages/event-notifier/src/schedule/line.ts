import { Peer, Place, PlaceList, type InLine, type Kind } from './place.js';
import { turnOf, TURNS, Turns } from './turns.js';

/** How many NOTIFYs may be pending. One is young for its first second; then it is silent. */
export interface LineLimits {
  /** Milliseconds of that second. */
  readonly patience: number;
  /** Young ones: to one address and port at first, there while it answers, to watchers that are new or slow, and in all. */
  readonly each: number;
  readonly mostEach: number;
  readonly slow: number;
  readonly all: number;
  /** While so many are silent, an address to which `share` of them went gets one only when fewer than `spare` are young. */
  readonly silent: number;
  readonly share: number;
  readonly spare: number;
}

/** So that a burst is no flood, and the memory of pending NOTIFYs is bounded. */
export const usualLimits: LineLimits = { patience: 1000, each: 200, mostEach: 1000, slow: 1000, all: 2000, silent: 10_000, share: 100, spare: 20 };

const kinds: readonly Kind[] = ['quick', 'new', 'slow'];

/**
 * Decides which watcher is sent a NOTIFY next. None delays another: one that does not answer gives up its place after a second, and those that wait
 * take turns, first the kinds and within a kind the addresses. Ports have no turns of their own, since whoever has an address has all its
 * ports. And there is no limit for an address, since thousands of phones may share one behind a NAT, but one for an address and port. It grows
 * while answers come, for all watchers behind a proxy have the proxy's: 200 for each round trip are few there.
 */
export class Line<T extends InLine> {
  readonly #limits: LineLimits;
  readonly #waiting: Readonly<Record<Kind, Turns<T>>> = { quick: new Turns(), new: new Turns(), slow: new Turns() };
  /** Those where a NOTIFY is pending. */
  readonly #peers = new Map<string, Peer<T>>();
  /** In the order in which they were sent. */
  readonly #young = new PlaceList<T>();
  /** Silent ones, by turn. */
  readonly #silentAt = new Uint32Array(TURNS);
  #youngSlow = 0;
  #silent = 0;
  #queued = 0;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `hasRoom` is called when time alone has made room for a watcher that waits. */
  constructor(limits: Partial<LineLimits> = {}, private readonly hasRoom: () => void = () => undefined) {
    this.#limits = { ...usualLimits, ...limits };
  }

  get underWay(): number {
    return this.#young.size + this.#silent;
  }

  /** No watcher is in line twice, or while a NOTIFY to it is pending. */
  add(item: T): void {
    if (item.phase !== 'idle') return;
    item.phase = 'queued';
    this.#queued++;
    this.#queue(new Place(item, turnOf(item.peer)));
  }

  /** The place of the watcher that is next at this moment of performance.now(); undefined: none is now. */
  take(now: number): Place<T> | undefined {
    this.#passOver(now);
    for (let place = this.#next(); place !== undefined; place = this.#next()) if (this.#enter(place, now)) return place;
    this.#wait(now);
    return undefined;
  }

  /** Its NOTIFY is no longer pending. */
  answered(place: Place<T>): void {
    const { peer } = place;
    if (peer === undefined) return;
    place.peer = undefined;
    if (place.isSilent) this.#countSilent(peer, place, -1);
    else {
      if (place.item.kind === 'quick') peer.widen(this.#limits.mostEach);
      this.#endYoung(peer, place);
    }
    this.#release(peer);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  readonly #queue = (place: Place<T>): void => { this.#waiting[place.kind].push(place); };

  #next(): Place<T> | undefined {
    const { all, slow, silent, spare } = this.#limits;
    const young = this.#young.size;
    if (young >= all || this.#queued === 0) return undefined;
    const mustWait = this.#silent >= silent && young >= spare ? this.#hasItsShare : undefined;
    for (let tries = 0; tries < kinds.length; tries++) {
      const kind = kinds[this.#turn] ?? 'quick';
      this.#turn = (this.#turn + 1) % kinds.length;
      const place = kind === 'quick' || this.#youngSlow < slow ? this.#waiting[kind].shift(mustWait) : undefined;
      if (place !== undefined) return place;
    }
    return undefined;
  }

  readonly #hasItsShare = (turn: number): boolean => (this.#silentAt[turn] ?? 0) >= this.#limits.share;

  /** False: its watcher has ended, or waits for room at its address and port. */
  #enter(place: Place<T>, now: number): boolean {
    const { waitedAt } = place;
    place.waitedAt = undefined;
    const peer = place.item.phase === 'ended' ? undefined : this.#peerOf(place.item.peer);
    // It leaves the room that it was given to the next: its watcher has ended, or is at another address now.
    if (waitedAt !== undefined && waitedAt !== peer) this.#release(waitedAt);
    if (peer === undefined) {
      this.#queued--;
      return false;
    }
    if (!peer.hasRoom(place.kind)) {
      peer.wait(place);
      return false;
    }
    this.#queued--;
    place.item.phase = 'sending';
    place.peer = peer;
    place.since = Math.floor(now);
    this.#young.push(place);
    peer.young++;
    if (place.kind !== 'quick') this.#youngSlow++;
    return true;
  }

  #peerOf(key: string): Peer<T> {
    const there = this.#peers.get(key);
    if (there !== undefined) return there;
    const peer = new Peer<T>(key, this.#limits.each);
    this.#peers.set(key, peer);
    return peer;
  }

  #endYoung(peer: Peer<T>, place: Place<T>): void {
    this.#young.remove(place);
    peer.young--;
    if (place.kind !== 'quick') this.#youngSlow--;
  }

  #countSilent(peer: Peer<T>, { turn }: Place<T>, one: 1 | -1): void {
    peer.silent += one;
    this.#silent += one;
    this.#silentAt[turn] = (this.#silentAt[turn] ?? 0) + one;
  }

  #release(peer: Peer<T>): void {
    peer.release(this.#queue);
    if (peer.isEmpty && this.#peers.get(peer.key) === peer) this.#peers.delete(peer.key);
  }

  /** Those that have been young for a second are silent. */
  #passOver(now: number): void {
    for (let place = this.#young.first; place?.peer !== undefined && now - place.since >= this.#limits.patience; place = this.#young.first) {
      place.isSilent = true;
      place.peer.narrow();
      this.#endYoung(place.peer, place);
      this.#countSilent(place.peer, place, 1);
      this.#release(place.peer);
    }
  }

  /** Until the oldest young one is silent, if any watcher waits. */
  #wait(now: number): void {
    const oldest = this.#young.first;
    if (oldest === undefined || this.#queued === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.hasRoom();
    }, oldest.since + this.#limits.patience - now + 1).unref();
  }
}
