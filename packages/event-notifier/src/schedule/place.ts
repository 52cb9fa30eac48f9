/** 'quick': it accepted its last NOTIFY. 'new': it has accepted none yet. 'slow': it did not accept its last one. */
export type Kind = 'quick' | 'new' | 'slow';

/**
 * Whether a NOTIFY can be sent. 'held': not yet, since the 200 has not left, or not now, since the only connection to it is gone. 'queued': it
 * stands in line. 'sending': a NOTIFY is pending.
 */
export type Phase = 'held' | 'idle' | 'queued' | 'sending' | 'ended';

/** A watcher in line. */
export interface InLine {
  /** Its address and port, with a space between. */
  readonly peer: string;
  readonly kind: Kind;
  phase: Phase;
}

/** A place in line, and once it is taken one among the pending NOTIFYs. It is in one list at a time. */
export class Place<T extends InLine> {
  next: Place<T> | undefined = undefined;
  before: Place<T> | undefined = undefined;
  /** When it was taken: whole milliseconds of performance.now(). */
  since = 0;
  /** It has been pending for so long that it is counted apart from the others. */
  isSilent = false;
  /** Set while it is pending. */
  peer: Peer<T> | undefined = undefined;
  /** Where it has waited for room. */
  waitedAt: Peer<T> | undefined = undefined;
  readonly kind: Kind;

  /** `turn`: that of its address. */
  constructor(readonly item: T, readonly turn: number) {
    this.kind = item.kind;
  }
}

/** Places in their order; each can be removed in the same time. */
export class PlaceList<T extends InLine> {
  first: Place<T> | undefined = undefined;
  #last: Place<T> | undefined = undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(place: Place<T>): void {
    if (this.#last === undefined) this.first = place;
    else this.#last.next = place;
    place.before = this.#last;
    this.#last = place;
    this.#size++;
  }

  remove(place: Place<T>): void {
    const { before, next } = place;
    if (before === undefined) this.first = next;
    else before.next = next;
    if (next === undefined) this.#last = before;
    else next.before = before;
    place.before = place.next = undefined;
    this.#size--;
  }
}

/** One address and port: how many NOTIFYs are pending there, and which watchers wait until there are fewer. */
export class Peer<T extends InLine> {
  /** Pending for less than a second, and for longer. */
  young = 0;
  silent = 0;
  /** How many may be young. */
  #room: number;
  #quick: PlaceList<T> | undefined = undefined;
  #others: PlaceList<T> | undefined = undefined;

  /** `least`: the room at first, and for those that have accepted nothing. */
  constructor(readonly key: string, private readonly least: number) {
    this.#room = least;
  }

  get isEmpty(): boolean {
    return this.young + this.silent === 0 && this.#quick?.first === undefined && this.#others?.first === undefined;
  }

  /** One more for each that was accepted while others waited for room: twice as many with each round trip. */
  widen(most: number): void {
    if (this.#quick?.first !== undefined && this.#room < most) this.#room++;
  }

  /** One was not answered in time: it, or its answer, may have been lost on a way that has no room for so many. */
  narrow(): void {
    this.#room = Math.max(this.least, this.#room >> 1);
  }

  /** Dead phones behind a proxy must not delay the others behind it. But an address that has accepted nothing, or no longer does, gets the least. */
  hasRoom(kind: Kind): boolean {
    return kind === 'quick' ? this.young < this.#room : this.young + this.silent < this.least;
  }

  wait(place: Place<T>): void {
    place.waitedAt = this;
    if (place.kind === 'quick') (this.#quick ??= new PlaceList()).push(place);
    else (this.#others ??= new PlaceList()).push(place);
  }

  /** Hands over those that now have room: two of each list, as one answer makes room for when it widens it. */
  release(call: (place: Place<T>) => void): void {
    for (const list of [this.#quick, this.#others]) {
      for (let left = 2; left > 0; left--) {
        const first = list?.first;
        if (list === undefined || first === undefined || !this.hasRoom(first.kind)) break;
        list.remove(first);
        call(first);
      }
    }
  }
}
