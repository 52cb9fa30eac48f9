import type { PluginService, ServiceEventMap } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { RegPublish } from './store/contract.js';

/** Why something is stored no longer, or as it is. */
export type PublicationReason = 'initial' | 'refresh' | 'modify' | 'remove' | 'replaced' | 'expired';

/** What happened to one publication. */
export interface PublicationEvent {
  readonly service: string;
  readonly aor: Aor;
  /** The event package. */
  readonly event: string;
  /** The tag that was good before; absent for an initial publication. */
  readonly oldTag: string | undefined;
  /** The tag that is good now: the old one where tags are kept; absent where nothing is stored any more. */
  readonly newTag: string | undefined;
  /** What is stored now, or what was stored last. Its `data` is a view that holds the whole datagram: copy it to keep it long. */
  readonly record: RegPublish;
  readonly reason: PublicationReason;
}

/** Everything that a service had stored is gone. */
export interface ClearEvent {
  readonly service: string;
  readonly reason: 'clear';
}

declare module '@nksip-ts/core' {
  interface ServiceEventMap {
    /** An initial publication is stored under `newTag`. `reason`: `initial`. */
    'event_compositor:put': [event: PublicationEvent];
    /** A publication was refreshed; its tag was `oldTag` and is `newTag`. `reason`: `refresh`. */
    'event_compositor:refresh': [event: PublicationEvent];
    /** A publication has a new body; its tag was `oldTag` and is `newTag`. `reason`: `modify`. */
    'event_compositor:modify': [event: PublicationEvent];
    /** A publication was removed, or replaced by a new one of the same user since its address was full; its tag was `oldTag`. `reason`: `remove` or `replaced`. */
    'event_compositor:del': [event: PublicationEvent];
    /** A publication has expired, and its grace period is over; its tag was `oldTag`. Only for the built-in store, or when a new publication takes its place at a full address. `reason`: `expired`. */
    'event_compositor:expired': [event: PublicationEvent];
    /** `clear` removed everything. It has `service` and `reason` (`clear`) only. */
    'event_compositor:clear': [event: ClearEvent];
  }
}

const names = {
  initial: 'event_compositor:put',
  refresh: 'event_compositor:refresh',
  modify: 'event_compositor:modify',
  remove: 'event_compositor:del',
  replaced: 'event_compositor:del',
  expired: 'event_compositor:expired',
} as const satisfies Record<PublicationReason, keyof ServiceEventMap>;

type Watched = Pick<PluginService, 'id' | 'events'>;

/** Whether anybody wants to know: what nobody hears is not made. */
export function isWatched(service: Watched, reason: PublicationReason): boolean {
  return service.events.listenerCount(names[reason]) > 0;
}

export function announce(service: Watched, reason: PublicationReason, what: Pick<PublicationEvent, 'aor' | 'oldTag' | 'newTag' | 'record'>): void {
  service.events.emit(names[reason], { service: service.id, event: what.record.event, reason, ...what });
}

export function announceClear(service: Watched): void {
  service.events.emit('event_compositor:clear', { service: service.id, reason: 'clear' });
}
