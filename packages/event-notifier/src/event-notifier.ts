import type { MaybePromise, SipReply, SipRequest, TerminationReason } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { StateDocument } from './package/event-package.js';
import type { Watcher, WatcherDecision } from './watcher/watcher.js';

/** Which watchers are meant: of one address, of one event package, or all. */
export interface WatcherFilter {
  readonly aor?: string | Aor;
  readonly event?: string;
}

/** What a notifier does, as numbers. */
export interface NotifierCounts {
  /** At this moment. */
  readonly watchers: number;
  /** Since the start: NOTIFYs that were sent; that were not accepted; changes that made none, since the watcher has the same already or a newer one is to be sent. */
  readonly sent: number;
  readonly failed: number;
  readonly suppressed: number;
}

/**
 * The notifier of one service, for plugins that depend on it: `service.use('event-notifier')`. The functions of the package, which applications
 * call with a service, do the same.
 */
export interface EventNotifier {
  /** Processes a SUBSCRIBE, at once where the callbacks and the store answer at once. Throws, or rejects with, only what a callback threw. */
  subscribe(req: SipRequest): MaybePromise<SipReply>;
  /** Throws `invalid_aor`. */
  watchers(filter?: WatcherFilter): Iterable<Watcher>;
  /** How many these are, without a look at each; by package alone, with a look at each address. Throws `invalid_aor`. */
  count(filter?: WatcherFilter): number;
  readonly counts: NotifierCounts;
  /** Rejects with `invalid_aor`, `invalid_argument` for an event package that is not served, or what the store threw. */
  stateOf(aor: string | Aor, event: string): Promise<StateDocument>;
  changed(aor: string | Aor, event: string): void;
  decide(watcher: string, decision: WatcherDecision): 'ok' | 'not_found';
  /** Rejects with what the callback threw; the decisions made until then hold. */
  refresh(aor: string | Aor, event?: string): Promise<'ok'>;
  terminate(watcher: string, reason?: TerminationReason, retryAfter?: number): 'ok' | 'not_found';
}
