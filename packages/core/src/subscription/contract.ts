import type { NksipError } from '../errors.js';
import type { SipRequest, SipResponse } from '../callback/request.js';

export const terminationReasons = ['deactivated', 'probation', 'rejected', 'timeout', 'giveup', 'noresource', 'invariant'] as const;

/** Why a subscription has ended (RFC 6665 4.1.3). */
export type TerminationReason = (typeof terminationReasons)[number];

export function isTerminationReason(value: unknown): value is TerminationReason {
  return terminationReasons.some((reason) => reason === value);
}

/** What Subscription-State of a NOTIFY says (RFC 6665 8.2.3). Numbers are seconds; `expires` is never more than what remains, which is sent where none is given. */
export type SubscriptionState =
  | 'active' | 'pending' | readonly ['active' | 'pending', expires: number]
  | readonly ['terminated', reason: TerminationReason, retryAfter?: number];

/**
 * What became of a subscription. 'init': its dialog is there, and no NOTIFY was sent or received yet. 'middle_timer': half of the time of a
 * subscription of ours is over. Ended by 'forced': the service stops or was told to. By a code: the response to a NOTIFY or to a refresh.
 */
export type SubscriptionStatus =
  | 'init' | 'active' | 'pending' | 'middle_timer'
  | readonly ['terminated', reason: TerminationReason | 'forced' | readonly ['code', number], retryAfter?: number];

/** What `sip_dialog_update` is told: a dialog begins, its peer has another Contact, it ends, or something became of its subscription. */
export type DialogUpdate = 'start' | 'target_update' | 'stop' | readonly ['subscription_status', SubscriptionStatus, Subscription];

/** A subscription as it was at one moment, with NkSIP's names. */
export interface Subscription {
  /** Opaque; the same for the whole life of the subscription. */
  readonly handle: string;
  /** 'uas': somebody has subscribed here. 'uac': this service has subscribed. */
  readonly class: 'uas' | 'uac';
  readonly status: SubscriptionStatus;
  /** The event package. */
  readonly event: string;
  /** `id` of Event, byte for byte. */
  readonly event_id?: string;
  /** Seconds left. */
  readonly expires: number;
  readonly call_id: string;
  readonly local_tag: string;
  readonly remote_tag: string;
  /** The number of CSeq of the last request that was sent; 0: none was. */
  readonly local_seq: number;
  /** The same of the last one that was received. */
  readonly remote_seq: number;
  /** The value of From of requests that are sent. */
  readonly local_uri: string;
  /** The value of their To. */
  readonly remote_uri: string;
  /** Their Request-URI: the Contact of the peer. */
  readonly remote_target: string;
  /** Values of their Route, in order. */
  readonly route_set: readonly string[];
}

/** What a NOTIFY is told. */
export interface NotifyOptions {
  /** 'active' unless told. After a SUBSCRIBE with Expires 0 it is `['terminated', 'timeout']` whatever is told. */
  readonly subscription_state?: SubscriptionState;
  readonly body?: string | Uint8Array;
  readonly content_type?: string;
  /** Password for a 401 or 407, instead of the service's `sip_pass`. */
  readonly sip_pass?: string;
  /** Seconds that it may take, waiting for its turn included; 64*T1 of its transaction unless told. */
  readonly timeout?: number;
  /** Retransmissions over UDP at most; as many as RFC 3261 has unless told. */
  readonly retransmissions?: number;
  /** What a NOTIFY without a response does to the subscription (RFC 6665 4.2.2): it ends it unless told. */
  readonly on_timeout?: 'remove' | 'keep';
}

/** What had no 2xx. `local`: no final response came (code 408 or 503). */
export interface Failed {
  readonly ok: false;
  readonly code: number;
  readonly meta: { readonly expires?: number; readonly retry_after?: number };
  readonly response?: SipResponse;
  readonly local?: 'timeout' | 'transport';
  readonly error?: NksipError;
}

/** How a NOTIFY ended. */
export type Notified = { readonly ok: true; readonly code: number; readonly response: SipResponse } | Failed;

/** A NOTIFY of a plugin, what it says and who is told what came of it: one object, since very many are under way at a time. */
export interface NotifyJob extends Pick<NotifyOptions, 'subscription_state' | 'body' | 'content_type' | 'on_timeout'> {
  /** It was answered with a 2xx. */
  accepted(): void;
  /** It was not. Of both one is called, once. */
  failed(failure: Failed): void;
  /** There is no such subscription any more, or it cannot be sent. Instead of both. */
  refused(error: unknown): void;
}

/** How a SUBSCRIBE ended: `subscription` is a handle, and `expires` the seconds that were granted. */
export type Subscribed =
  | { readonly ok: true; readonly code: number; readonly subscription: string; readonly meta: { readonly expires: number }; readonly response: SipResponse }
  | (Failed & { readonly subscription?: never });

/** Looks at subscriptions. Those of one service, for its plugins; `subscriptions` of the package takes the service as the first argument. */
export interface ServiceSubscriptions {
  /**
   * The handle of the subscription that a request in `sip_subscribe`, `sip_resubscribe` or `sip_notify` makes or belongs to. One that a SUBSCRIBE makes is
   * there once its 2xx has left; what is sent with the handle before waits for that, and fails with `subscription_not_found` if there is no 2xx.
   */
  handleOf(req: SipRequest): string;
  get(handle: string): Subscription | 'not_found';
  /** Sends a NOTIFY as `notify` does, without a promise. What it says is taken as it is: whoever has it from elsewhere checks it. */
  send(handle: string, job: NotifyJob): void;
  /** Forgets a subscription that somebody has here, without another NOTIFY: of a watcher who answers nothing. `sip_dialog_update` is told 'forced'. */
  end(handle: string): 'ok' | 'not_found';
  /** All, or those of one Call-ID. */
  all(callId?: string): Iterable<Subscription>;
}
