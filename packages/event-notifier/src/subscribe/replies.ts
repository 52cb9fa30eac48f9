import { defaultRetryAfter, type ReplyOptions, type SipReply } from '@nksip-ts/core';
import type { Asked } from './decide.js';
import type { WatcherDecision } from '../watcher/watcher.js';

// The reason is for the client, the option in the log for the operator.

export const blocked: SipReply = ['forbidden', 'Not Authorized To Watch'];
export const serviceFull: SipReply = busy('Too Many Watchers', 'sip_event_notifier_max_watchers');
export const addressFull: SipReply = busy('Too Many Watchers of This Address', 'sip_event_notifier_max_per_aor');
export const outOfMemory: SipReply = busy('Out Of Memory', 'sip_max_memory');
/** The state could not be read; a 200 without a state would leave the watcher with an outdated one. */
export const noState: SipReply = busy('State Not Available');
/** The service says goodbye to its watchers, or has: this one would hear nothing more. */
export const leaving: SipReply = busy('Service Unavailable');

function busy(reason_phrase: string, option?: string): SipReply {
  return [503, { reason_phrase, retry_after: defaultRetryAfter, ...(option !== undefined && { log: { option } }) }];
}

/** What a SUBSCRIBE did. */
export type SubscribeKind = 'initial' | 'refresh' | 'end' | 'fetch';

/** RFC 6665 4.2.1.1: 200 with Expires, also while nobody has decided (8.3.1: 202 is out of use). */
export function granted(kind: SubscribeKind, { pack, expires }: Asked, decision: WatcherDecision, user: string | undefined): SipReply {
  const log: NonNullable<ReplyOptions['log']> = { event: pack.name, kind, decision, expires, ...(user !== undefined && { user }) };
  return ['ok', { expires, log }];
}
