/** 'quick': it took its last NOTIFY. 'new': it was never sent one, or has subscribed again since it took none. 'slow': it did not take its last one. */
export type Kind = 'quick' | 'new' | 'slow';

/**
 * Whether somebody can be sent something. 'held': not yet, since the 200 has not left, or no more for now, since the connection is gone over which alone it can
 * be reached. 'queued': it stands in line. 'sending': something is under way to it.
 */
export type Phase = 'held' | 'idle' | 'queued' | 'sending' | 'ended';

/** Who stands in line. */
export interface InLine {
  /** Address and port to which it is sent, with a space between. */
  readonly peer: string;
  readonly kind: Kind;
  phase: Phase;
}

/** A place in line, and once it is taken one among those that are under way. It is in one list at a time. */
export class Place<T extends InLine> {
  next: Place<T> | undefined = undefined;
  before: Place<T> | undefined = undefined;
  /** When it was taken: whole milliseconds of performance.now(). */
  since = 0;
  /** Nothing was heard for so long that it counts apart from the others. */
  isSilent = false;
  /** Where it is under way. */
  peer: Peer<T> | undefined = undefined;
  readonly kind: Kind;

  /** `turn`: its address has it. */
  constructor(readonly item: T, readonly turn: number) {
    this.kind = item.kind;
  }
}

/** Places in their order, of which each can leave at once. */
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

/** One address and port: how much is under way there, and who waits until it is less. */
export class Peer<T extends InLine> {
  /** Of these nothing was heard for less than a second, or for longer. */
  young = 0;
  silent = 0;
  #quick: PlaceList<T> | undefined = undefined;
  #others: PlaceList<T> | undefined = undefined;

  constructor(readonly key: string) {}

  get isEmpty(): boolean {
    return this.young + this.silent === 0 && this.#quick?.first === undefined && this.#others?.first === undefined;
  }

  /** Dead phones behind a proxy do not hold up those behind it that answer; whoever has taken nothing yet, or no longer does, gets no more than `most` in all. */
  hasRoom(kind: Kind, most: number): boolean {
    return (kind === 'quick' ? this.young : this.young + this.silent) < most;
  }

  wait(place: Place<T>): void {
    if (place.kind === 'quick') (this.#quick ??= new PlaceList()).push(place);
    else (this.#others ??= new PlaceList()).push(place);
  }

  /** Something is less: hands over whoever may go on. */
  release(most: number, call: (place: Place<T>) => void): void {
    for (const list of [this.#quick, this.#others]) {
      const first = list?.first;
      if (list === undefined || first === undefined || !this.hasRoom(first.kind, most)) continue;
      list.remove(first);
      call(first);
    }
  }
}
