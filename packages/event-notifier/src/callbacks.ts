import { NksipError, whenReady, type MaybePromise, type PluginService, type SipRequest } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { StateDocument } from './package/event-package.js';
import { decisions, type Watcher, type WatcherDecision } from './watcher/watcher.js';

export const AUTHORIZE = 'sip_event_notifier_authorize';
export const STATE = 'sip_event_notifier_state';

/** Seconds that the callback for hard state may take. */
const PATIENCE = 5;

type Asking = Pick<PluginService, 'id' | 'call'>;

/** Throws, or rejects with, `callback_failed`, or `callback_error` for what is no decision. */
export function askAuthorize(service: Asking, watcher: Watcher, req: SipRequest | undefined): MaybePromise<WatcherDecision> {
  return service.call(AUTHORIZE, [watcher, req], (value, owner) => {
    const decision = decisions.find((one) => one === value);
    if (decision === undefined) throw new NksipError('callback_error', { callback: AUTHORIZE, plugin: owner, answer: value, reason: `it must be one of ${decisions.join(', ')}` });
    return decision;
  });
}

/** Undefined: the service says 'none'. Rejects also with `timeout`. */
export function askState(service: Asking, aor: Aor, event: string): Promise<StateDocument | undefined> {
  return inTime(service.call(STATE, [aor, event, service.id], (value, owner) => {
    if (value === 'none') return undefined;
    if (!isDocument(value)) throw new NksipError('callback_error', { callback: STATE, plugin: owner, answer: value, reason: "it must be { data: Uint8Array, content_type }, or 'none'" });
    return value;
  }));
}

function isDocument(value: unknown): value is StateDocument {
  const { data, content_type }: { readonly data?: unknown; readonly content_type?: unknown } = typeof value === 'object' && value !== null ? value : {};
  return data instanceof Uint8Array && typeof content_type === 'string';
}

function inTime<T>(result: MaybePromise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { reject(new NksipError('timeout', { what: `The callback ${STATE}`, seconds: PATIENCE })); }, PATIENCE * 1000);
    void Promise.resolve(whenReady(result, resolve, reject)).finally(() => { clearTimeout(timer); });
  });
}
