import type { Aor } from '@nksip-ts/sip';
import type { PublicationReason } from './events.js';
import type { RegPublish } from './store/contract.js';

/**
 * What became of one publication, or that all of the service are gone. 'unknown': the store has failed while it changed something, of this address or (absent) of
 * any. It may have carried that out, or may do so later, which is told again: only what it lists tells.
 */
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
  | { readonly reason: 'clear' }
  | { readonly reason: 'unknown'; readonly aor: Aor | undefined };

interface Listener {
  readonly tell: (change: StateChange) => void;
  /** Whether it wants to know just now. */
  readonly isWanted: () => boolean;
}

/** The changes of one service, told to plugins one after the other as the store has carried them out. */
export class ChangeFeed {
  /** Another list where one comes or goes: whoever is told of a change may do that. */
  #listeners: readonly Listener[] = [];

  /** `fault` is told what a listener throws; the others are told the change all the same. */
  constructor(private readonly fault: (error: unknown) => void) {}

  /** Whether anybody wants to know: what nobody does is not made. */
  get isFollowed(): boolean {
    return this.#listeners.some(wants);
  }

  /** Returns a function that ends it. */
  add(listener: (change: StateChange) => void, isWanted: () => boolean = always): () => void {
    const own: Listener = { tell: listener, isWanted };
    this.#listeners = [...this.#listeners, own];
    return () => { this.#listeners = this.#listeners.filter((one) => one !== own); };
  }

  tell(change: StateChange): void {
    for (const listener of this.#listeners) {
      // One before it may have ended it.
      if (!this.#listeners.includes(listener)) continue;
      try {
        listener.tell(change);
      } catch (error) {
        this.fault(error);
      }
    }
  }
}

function always(): boolean {
  return true;
}

function wants({ isWanted }: Listener): boolean {
  return isWanted();
}
