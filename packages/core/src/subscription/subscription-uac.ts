import type { SipRequest } from '../callback/request.js';
import type { ServiceRef } from '../uac/uac.js';
import type { ResubscribeOptions, SubscribeOptions } from '../uac/request-options.js';
import type { Notified, NotifyOptions, Subscribed, Subscription } from './contract.js';
import { handleOf, type Subscriptions } from './subscriptions.js';

/** Requests of subscriptions. */
export interface SubscriptionUac {
  /**
   * Subscribes to `uri`, and resolves when the SUBSCRIBE is answered: `subscription` is the handle, and NOTIFYs go to `sip_notify`, one of which may be there
   * before. It is refreshed in time until it ends. To a handle: a SUBSCRIBE within the subscription, which refreshes it; `expires: 0` ends it. Rejects with
   * `service_not_found`, `invalid_uri`, `unknown_option`, `invalid_option`, `invalid_argument`, `subscription_not_found` or `queue_full`.
   */
  subscribe(service: ServiceRef, uri: string, options: SubscribeOptions): Promise<Subscribed>;
  subscribe(service: ServiceRef, subscription: string, options?: ResubscribeOptions): Promise<Subscribed>;
  /**
   * Sends a NOTIFY of a subscription that somebody has here: behind those before it, and never before the 2xx to the SUBSCRIBE. Rejects with `service_not_found`,
   * `subscription_not_found`, `queue_full`, `unknown_option`, `invalid_option` or `invalid_argument`.
   */
  notify(service: ServiceRef, subscription: string, options: NotifyOptions): Promise<Notified>;
}

/** The same for one service, which need not be named. */
export interface ServiceSubscriptionUac {
  subscribe(uri: string, options: SubscribeOptions): Promise<Subscribed>;
  subscribe(subscription: string, options?: ResubscribeOptions): Promise<Subscribed>;
  notify(subscription: string, options: NotifyOptions): Promise<Notified>;
}

/** Looks at the subscriptions of a running service. */
export interface SubscriptionsApi {
  /** Of a request in `sip_subscribe`, `sip_resubscribe` or `sip_notify`: the handle of the subscription that it makes or belongs to. */
  handleOf(req: SipRequest): string;
  /** Rejects with `service_not_found`. */
  get(service: ServiceRef, handle: string): Promise<Subscription | 'not_found'>;
  /** All, or those of one Call-ID. Throws `service_not_found` at the first step. */
  all(service: ServiceRef, callId?: string): AsyncIterable<Subscription>;
}

/** `of` finds the subscriptions of a running service, or throws NksipError('service_not_found'). */
export function createSubscriptionUac(of: (service: ServiceRef) => Subscriptions): SubscriptionUac {
  return {
    subscribe: async (service: ServiceRef, target: string, options?: SubscribeOptions | ResubscribeOptions) => await of(service).subscribe(target, options),
    notify: async (service, subscription, options) => await of(service).notify(subscription, options),
  };
}

export function createSubscriptionsApi(of: (service: ServiceRef) => Subscriptions): SubscriptionsApi {
  return {
    handleOf,
    get: async (service, handle) => of(service).get(handle),
    all: async function* (service, callId) {
      yield* of(service).all(callId);
    },
  };
}
