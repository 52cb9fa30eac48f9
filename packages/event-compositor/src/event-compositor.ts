import type { MaybePromise, SipReply, SipRequest } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { Publication, RegPublish, StoreFinding } from './store/contract.js';

/** What became of a publication that was to be put back: stored, there already, in its place something else, too late. */
export type Restored = 'stored' | 'same' | 'different' | 'over';

/**
 * The compositor of one service, for plugins that depend on it: `service.use('event-compositor')`. The functions of the package, which
 * applications call with a service, do the same.
 */
export interface EventCompositor {
  /** The answer to a PUBLISH; at once if the store answers at once. Never throws. */
  publish(req: SipRequest): MaybePromise<SipReply>;
  find(aor: string | Aor, tag: string): Promise<RegPublish | 'not_found'>;
  clear(): Promise<'ok'>;
  /** With 'stored' also what has expired and is kept for its grace. Throws `list_not_supported`, `invalid_aor`. */
  list(aor?: string | Aor, which?: 'live' | 'stored'): AsyncIterable<Publication>;
  audit(which: 'own' | 'all'): AsyncIterable<StoreFinding> | undefined;
  count(): Promise<number | 'unknown'>;
  restore(publication: Publication): Promise<Restored>;
  usedBy(): string | undefined;
  /** Whether the store that answers first is the built-in one. */
  readonly isInMemory: boolean;
  /** Whether the store that answers first has versions. */
  readonly hasVersions: boolean;
}
