import type { ServiceConfig } from '../option/core-options.js';
import type { SubscriptionRules } from '../subscription/rules.js';
import type { ServiceRules } from './make-rules.js';

/** What subscriptions are handled with, out of what all requests are. */
export function subscriptionRules(config: ServiceConfig, { service, chains, isTrusted }: ServiceRules): SubscriptionRules {
  return {
    service, chains, isTrusted,
    events: new Map((config.sip_events ?? []).map((name) => [name, name])),
    expires: config.sip_event_expires,
    takesUnsolicited: config.sip_unsolicited_notify, maxOurs: config.sip_max_calls,
  };
}
