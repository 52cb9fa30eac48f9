import type { Aor } from '@nksip-ts/sip';
import type { PublicationReason } from './events.js';
import type { RegPublish } from './store/contract.js';

/** What became of one publication, or that all of the service are gone. */
export type StateChange =
  | {
    /** 'restore': it was put back by `restore`. */
    readonly reason: PublicationReason | 'restore';
    readonly aor: Aor;
    /** The tag that was good before; absent for one that is new. */
    readonly oldTag: string | undefined;
    /** The tag that is good now; absent where nothing is stored any more. */
    readonly newTag: string | undefined;
    /** What is stored now, or was stored last. Its `data` may be a view that holds a whole datagram: copy it to keep it. */
    readonly record: RegPublish;
  }
  | { readonly reason: 'clear' };

/** The changes of one service, told to plugins one after the other as the store has carried them out. */
export class ChangeFeed {
  /** Each with whether it wants to know just now. */
  readonly #listeners = new Map<(change: StateChange) => void, () => boolean>();

  /** `fault` is told what a listener throws; the others are told the change all the same. */
  constructor(private readonly fault: (error: unknown) => void) {}

  /** Whether anybody wants to know: what nobody does is not made. */
  get isFollowed(): boolean {
    if (this.#listeners.size === 0) return false; // an iterator takes 170 bytes
    for (const isWanted of this.#listeners.values()) if (isWanted()) return true;
    return false;
  }

  /** Returns a function that ends it. */
  add(listener: (change: StateChange) => void, isWanted: () => boolean = always): () => void {
    const own = (change: StateChange): void => listener(change);
    this.#listeners.set(own, isWanted);
    return () => { this.#listeners.delete(own); };
  }

  tell(change: StateChange): void {
    for (const listener of this.#listeners.keys()) {
      try {
        listener(change);
      } catch (error) {
        this.fault(error);
      }
    }
  }
}

function always(): boolean {
  return true;
}
