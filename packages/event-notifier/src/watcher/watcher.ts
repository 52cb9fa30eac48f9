import type { Aor } from '@nksip-ts/sip';

/**
 * Whether somebody may watch. 'allow': active. 'confirm': pending until `decide`. 'polite_block': active, but sees what is sent when nothing
 * is published. 'block': 403.
 */
export type WatcherDecision = 'allow' | 'confirm' | 'polite_block' | 'block';

export const decisions: readonly WatcherDecision[] = ['allow', 'confirm', 'polite_block', 'block'];

/** A watcher, as it was at one moment. */
export interface Watcher {
  /** The handle of the subscription in core: opaque, and the same for its whole life. */
  readonly id: string;
  /** The watched address. */
  readonly aor: Aor;
  /** The event package. */
  readonly event: string;
  /** `id` of Event, byte for byte. */
  readonly event_id?: string;
  /** The URI of From, without port and parameters. */
  readonly from: string;
  /** The user whose digest credentials were valid, as `alice@realm`, or whom a trusted proxy asserts, or the first name in a verified certificate; absent if nothing proves who it is. */
  readonly user?: string;
  readonly contact: string;
  readonly transport: string;
  /** Where its last SUBSCRIBE came from: 192.0.2.1:5060 or [2001:db8::1]:5060. */
  readonly source: string;
  readonly decision: WatcherDecision;
  /** Seconds since 1970. */
  readonly since: number;
  /** Seconds since 1970. */
  readonly expires: number;
  /** NOTIFY requests that were answered 2xx. */
  readonly notified: number;
}
