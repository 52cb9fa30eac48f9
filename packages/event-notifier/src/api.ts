import { NksipError, use, type ServiceRef, type SipReply, type SipRequest, type TerminationReason } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { EventNotifier, WatcherFilter } from './event-notifier.js';
import type { StateDocument } from './package/event-package.js';
import { PLUGIN_NAME } from './plugin-name.js';
import type { Watcher, WatcherDecision } from './watcher/watcher.js';

export { definePackage } from './define-package.js';

/** Throws `service_not_found`, or `plugin_not_in_service` for a service without the notifier. */
function notifierOf(service: ServiceRef): EventNotifier {
  if (typeof service !== 'string' && typeof (service as { id?: unknown } | undefined | null)?.id !== 'string') throw new NksipError('service_not_found', { service });
  return use(typeof service === 'string' ? service : service.id, PLUGIN_NAME);
}

/**
 * Who watches, of one address, of one event package, or all: `for await (const watcher of watchers('server', { aor: 'sip:alice@example.com' }))`.
 * Throws at the first step `service_not_found`, `plugin_not_in_service` or `invalid_aor`.
 */
export async function* watchers(service: ServiceRef, filter?: WatcherFilter): AsyncIterable<Watcher> {
  yield* notifierOf(service).watchers(filter);
}

/**
 * The document that a watcher with 'allow' would get now. Rejects with `service_not_found`, `invalid_aor`, `invalid_argument` for an event package
 * that is not in `sip_events`, or what the store threw.
 */
export async function stateOf(service: ServiceRef, aor: string | Aor, event: string): Promise<StateDocument> {
  return await notifierOf(service).stateOf(aor, event);
}

/** Says that hard state has changed: `sip_event_notifier_state` is called again, and watchers are notified. Rejects as `stateOf` does, but not for the store. */
export async function changed(service: ServiceRef, aor: string | Aor, event: string): Promise<'ok'> {
  notifierOf(service).changed(aor, event);
  return 'ok';
}

/** Decides about a pending watcher, or changes the decision about any other; `watcher` is its `id`. It is notified at once. 'block' ends its subscription (`rejected`). */
export async function decide(service: ServiceRef, watcher: string, decision: WatcherDecision): Promise<'ok' | 'not_found'> {
  return notifierOf(service).decide(watcher, decision);
}

/**
 * Calls `sip_event_notifier_authorize` again for all watchers of an address, one after the other, without a request. Rejects with what the callback
 * threw; the decisions made until then hold.
 */
export async function refresh(service: ServiceRef, aor: string | Aor, event?: string): Promise<'ok'> {
  return await notifierOf(service).refresh(aor, event);
}

/** Ends a subscription with a last NOTIFY. The default reason is 'deactivated'; `retryAfter` (seconds) is only for 'probation' and 'giveup'. */
export async function terminate(service: ServiceRef, watcher: string, reason?: TerminationReason, retryAfter?: number): Promise<'ok' | 'not_found'> {
  return notifierOf(service).terminate(watcher, reason, retryAfter);
}

/**
 * Processes a SUBSCRIBE, in `sip_subscribe` or `sip_resubscribe` of a service, and returns what to reply: `['reply', await request(req)]`.
 * Rejects with what `sip_event_notifier_authorize` threw.
 */
export async function request(req: SipRequest): Promise<SipReply> {
  return await notifierOf(req.service).subscribe(req);
}

/** The same as `request`, under the name that the compositor has for it, too. */
export { request as process };
