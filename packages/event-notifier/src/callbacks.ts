import { isThenable, NksipError, resultInTime, type MaybePromise, type PluginService, type SipRequest } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { isDocument } from './package/checked.js';
import type { StateDocument } from './package/event-package.js';
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

/** Undefined: the service says 'none'. Throws, or rejects also with `timeout`. */
export function askState(service: Asking, aor: Aor, event: string): MaybePromise<StateDocument | undefined> {
  const state = service.call(STATE, [aor, event, service.id], stateIn);
  return isThenable(state) ? resultInTime(state, 1000 * STATE_PATIENCE, () => new NksipError('timeout', { what: `The callback ${STATE}`, seconds: STATE_PATIENCE })) : state;
}

function stateIn(value: unknown, owner: string): StateDocument | undefined {
  if (value === 'none') return undefined;
  if (!isDocument(value)) throw new NksipError('callback_error', { callback: STATE, plugin: owner, returned: value, reason: "it must be { data: Uint8Array, content_type }, or 'none'" });
  return value;
}
