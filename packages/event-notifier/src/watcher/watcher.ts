import type { Aor } from '@nksip-ts/sip';

/**
 * Whether somebody may watch. 'allow': active. 'confirm': pending until `decide`. 'polite_block': active as long as he likes, and he sees
 * somebody who is offline. 'block': 403.
 */
export type WatcherDecision = 'allow' | 'confirm' | 'polite_block' | 'block';

export const decisions: readonly WatcherDecision[] = ['allow', 'confirm', 'polite_block', 'block'];

/** A watcher as he was at one moment. */
export interface Watcher {
  /** Opaque; the same for the whole life of the subscription, and the handle of that in core. */
  readonly id: string;
  /** Whom he watches. */
  readonly aor: Aor;
  /** The event package. */
  readonly event: string;
  /** `id` of Event, byte for byte. */
  readonly event_id?: string;
  /** The URI of From, without port and parameters. */
  readonly from: string;
  /** Whose digest credentials held, as `alice@realm`, or the first name in a certificate that was verified; absent where nothing proves who it is. */
  readonly user?: string;
  readonly contact: string;
  readonly transport: string;
  readonly decision: WatcherDecision;
  /** Seconds since 1970. */
  readonly since: number;
  /** The same. */
  readonly expires: number;
  /** NOTIFY requests that were answered 2xx. */
  readonly notified: number;
}
