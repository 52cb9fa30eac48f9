import type { PluginService, TerminationReason } from '@nksip-ts/core';
import { viewOf, type WatcherRecord } from './watcher/record.js';
import type { Watcher } from './watcher/watcher.js';

/** Why a subscription has ended: the reason that the watcher was told (RFC 6665 4.1.3); the response to a NOTIFY that ended it; 'forced': the watcher was not told. */
export type WatcherEnd = TerminationReason | 'forced' | readonly ['code', number];

/** A NOTIFY that a watcher did not accept. */
export interface FailedNotify {
  /** Of the response; 408: there was none. 503: it could not be sent. */
  readonly code: number;
  /** Seconds until the state is sent again, unless something changes before. */
  readonly retry_in: number;
}

declare module '@nksip-ts/core' {
  interface ServiceEventMap {
    /** Somebody has subscribed, and the 200 has been sent. */
    'event_notifier:start': [watcher: Watcher];
    /** A watcher has refreshed its subscription. */
    'event_notifier:refresh': [watcher: Watcher];
    /** A watcher has answered a NOTIFY with 2xx. */
    'event_notifier:notified': [watcher: Watcher];
    /** A watcher did not accept a NOTIFY; the state is sent again later. */
    'event_notifier:failed': [watcher: Watcher, failed: FailedNotify];
    /** A watcher waits for `decide`. */
    'event_notifier:pending': [watcher: Watcher];
    /** A subscription is over. */
    'event_notifier:terminated': [watcher: Watcher, reason: WatcherEnd];
  }
}

type Plain = 'event_notifier:start' | 'event_notifier:refresh' | 'event_notifier:notified' | 'event_notifier:pending';
type Events = Pick<PluginService['events'], 'emit' | 'listenerCount'>;

/** Without a listener the view of the watcher is not made. */
export function tell(events: Events, name: Plain, record: WatcherRecord): void {
  if (events.listenerCount(name) > 0) events.emit(name, viewOf(record));
}

export function tellFailed(events: Events, record: WatcherRecord, failed: FailedNotify): void {
  if (events.listenerCount('event_notifier:failed') > 0) events.emit('event_notifier:failed', viewOf(record), failed);
}

export function tellEnd(events: Events, record: WatcherRecord, reason: WatcherEnd): void {
  if (events.listenerCount('event_notifier:terminated') > 0) events.emit('event_notifier:terminated', viewOf(record), reason);
}
