import type { MaybePromise, SipReply, SipRequest } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { StateChange } from './feed.js';
import type { BodyCheck } from './publish/body-check.js';
import type { Publication, RegPublish, StoreFinding } from './store/contract.js';

/** What became of a publication that was to be put back: stored, there already, in its place something else, too late. */
export type Restored = 'stored' | 'same' | 'different' | 'over';

/**
 * The compositor of one service, for plugins that depend on it: `service.use('event-compositor')`. The functions of the package, which
 * applications call with a service, do the same.
 */
export interface EventCompositor {
  /** The reply to a PUBLISH; at once if the store returns at once. Never throws. */
  publish(req: SipRequest): MaybePromise<SipReply>;
  find(aor: string | Aor, tag: string): Promise<RegPublish | 'not_found'>;
  clear(): Promise<'ok'>;
  /** With 'stored' also what has expired and is kept for its grace. Throws `list_not_supported`, `invalid_aor`. */
  list(aor?: string | Aor, which?: 'live' | 'stored'): AsyncIterable<Publication>;
  /**
   * What is live of an address of record (as `aorOf` makes it) at once, if the store that is asked first has it at hand; else undefined, and `list` must be asked.
   * Throws as the store does, and `callback_error` for what no store may return.
   */
  listNow(aor: Aor): readonly Publication[] | undefined;
  audit(which: 'own' | 'all'): AsyncIterable<StoreFinding> | undefined;
  count(): Promise<number | 'unknown'>;
  restore(publication: Publication): Promise<Restored>;
  /** Removes one publication, or all of an address; resolves to how many went. In its turn among the requests for the address. Rejects with `invalid_aor`, `list_not_supported`, `queue_full`. */
  remove(aor: string | Aor, tag?: string): Promise<number>;
  /**
   * Looks into each body that a PUBLISH brings, at the body's own step: after 489, 412, 423, 415 and 413, so that no other refusal gives way to it. Returns a
   * function that ends it. Of several checks the first that has something to say is heard.
   */
  checkBody(check: BodyCheck): () => void;
  /**
   * Tells every change of what is stored, in order, before the request that made it is answered, and at the same step of the program as the store
   * has carried it out. What a listener throws is a fault of the service and changes nothing. Returns a function that ends it. What other processes do to a
   * store that is shared is not seen here, and what expires is told by the built-in store alone. `isWanted` is asked before a change is put into words: while it
   * returns false for all listeners, that is spared. A listener may be told something all the same.
   */
  onChange(listener: (change: StateChange) => void, isWanted?: () => boolean): () => void;
  usedBy(): string | undefined;
  /** Whether the store that is asked first is the built-in one. */
  readonly isInMemory: boolean;
  /** Whether the store that is asked first has versions. */
  readonly hasVersions: boolean;
}
