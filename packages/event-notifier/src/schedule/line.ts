import { Fifo } from './fifo.js';

/** Who stands in line. */
export interface InLine {
  /** Address and port to which he is sent. */
  readonly peer: string;
  /** His last NOTIFY had no answer, or an error. */
  readonly isSlow: boolean;
  phase: Phase;
}

/**
 * Whether he can be sent something. 'held': not yet, since his 200 has not left, or no more for now, since the connection is gone over which alone he can be
 * reached. 'queued': he stands in line. 'sending': something is under way to him.
 */
export type Phase = 'held' | 'idle' | 'queued' | 'sending' | 'ended';

/** NOTIFYs without an answer, at most: to one address and port, of those who did not take their last one, and in all. */
export interface LineLimits {
  readonly each: number;
  readonly slow: number;
  readonly all: number;
}

/** So that a burst is no flood, and those who answer nothing leave room for others. */
export const usualLimits: LineLimits = { each: 200, slow: 1000, all: 2000 };

interface Peer<T> {
  underWay: number;
  readonly waiting: Fifo<T>;
}

/** A place among those that are under way, given back with `answered`. */
export interface Place {
  readonly peer: string;
  readonly isSlow: boolean;
}

/** Who is to be sent something now, in the order in which they came, as far as there is room. */
export class Line<T extends InLine> {
  readonly #ready = new Fifo<T>();
  readonly #slow = new Fifo<T>();
  /** Those that have something under way. */
  readonly #peers = new Map<string, Peer<T>>();
  #underWay = 0;
  #slowUnderWay = 0;

  constructor(private readonly limits: LineLimits = usualLimits) {}

  get underWay(): number {
    return this.#underWay;
  }

  /** Nobody stands in it twice, or while something is under way to him. */
  add(item: T): void {
    if (item.phase !== 'idle') return;
    item.phase = 'queued';
    this.#ready.push(item);
  }

  /** The next who may be sent something, and the place that he takes by it; undefined: nobody just now. */
  take(): { readonly item: T; readonly place: Place } | undefined {
    while (this.#underWay < this.limits.all) {
      const item = this.#ready.shift();
      if (item === undefined) return undefined;
      if (item.phase !== 'ended' && this.#hasRoom(item)) return { item, place: this.#enter(item) };
    }
    return undefined;
  }

  /** What was under way is so no longer. */
  answered({ peer: key, isSlow }: Place): void {
    this.#underWay--;
    const peer = this.#peers.get(key);
    if (peer !== undefined) {
      peer.underWay--;
      this.#call(peer.waiting);
      if (peer.underWay === 0 && peer.waiting.size === 0) this.#peers.delete(key);
    }
    if (!isSlow) return;
    this.#slowUnderWay--;
    this.#call(this.#slow);
  }

  /** False: he waits for a place of his kind. */
  #hasRoom(item: T): boolean {
    const peer = this.#peers.get(item.peer);
    if (peer !== undefined && peer.underWay >= this.limits.each) {
      peer.waiting.push(item);
      return false;
    }
    if (!item.isSlow || this.#slowUnderWay < this.limits.slow) return true;
    this.#slow.push(item);
    return false;
  }

  #enter(item: T): Place {
    item.phase = 'sending';
    this.#underWay++;
    if (item.isSlow) this.#slowUnderWay++;
    const peer = this.#peers.get(item.peer);
    if (peer === undefined) this.#peers.set(item.peer, { underWay: 1, waiting: new Fifo() });
    else peer.underWay++;
    return { peer: item.peer, isSlow: item.isSlow };
  }

  #call(waiting: Fifo<T>): void {
    const item = waiting.shift();
    if (item !== undefined) this.#ready.push(item);
  }
}
