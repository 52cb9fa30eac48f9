import { NksipError, type MaybePromise, type PluginService, type SipRequest } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { isDocument } from './package/checked.js';
import type { StateDocument } from './package/event-package.js';
import { inTime } from './state/in-time.js';
import { decisions, type Watcher, type WatcherDecision } from './watcher/watcher.js';

export const AUTHORIZE = 'sip_event_notifier_authorize';
export const STATE = 'sip_event_notifier_state';

/** Seconds that the callback for hard state may take. */
export const STATE_PATIENCE = 5;

type Asking = Pick<PluginService, 'id' | 'call'>;

/** Throws, or rejects with, `callback_failed`, or `callback_error` if the result is not a decision. */
export function askAuthorize(service: Asking, watcher: Watcher, req: SipRequest | undefined): MaybePromise<WatcherDecision> {
  return service.call(AUTHORIZE, [watcher, req], (value, owner) => {
    const decision = decisions.find((one) => one === value);
    if (decision === undefined) throw new NksipError('callback_error', { callback: AUTHORIZE, plugin: owner, returned: value, reason: `it must be one of ${decisions.join(', ')}` });
    return decision;
  });
}

/** Undefined: the service says 'none'. Rejects also with `timeout`. */
export function askState(service: Asking, aor: Aor, event: string): Promise<StateDocument | undefined> {
  return inTime(asked(service, aor, event), `The callback ${STATE}`, STATE_PATIENCE);
}

async function asked(service: Asking, aor: Aor, event: string): Promise<StateDocument | undefined> {
  return await service.call(STATE, [aor, event, service.id], (value, owner) => {
    if (value === 'none') return undefined;
    if (!isDocument(value)) throw new NksipError('callback_error', { callback: STATE, plugin: owner, returned: value, reason: "it must be { data: Uint8Array, content_type }, or 'none'" });
    return value;
  });
}
