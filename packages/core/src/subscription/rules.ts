import type { Chain } from '../callback/chain.js';

/** What subscriptions are handled with. A value: an update puts another one in its place. */
export interface SubscriptionRules {
  readonly service: string;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly isTrusted: (address: string) => boolean;
  /** The event packages that are served, by their names. */
  readonly events: ReadonlyMap<string, string>;
  /** Seconds of a subscription where neither side says how long. */
  readonly expires: number;
  /** Whether sip_notify is asked for a NOTIFY that belongs to no subscription. */
  readonly takesUnsolicited: boolean;
  /** Subscriptions of ours at a time. */
  readonly maxOurs: number;
}
