import type { ServiceEventMap } from '@nksip-ts/core';
import type { PublicationEvent } from '@nksip-ts/event-compositor';
import type { Watcher } from '@nksip-ts/event-notifier';
import type {} from '@nksip-ts/registrar';
import { formatAor } from '@nksip-ts/sip';
import { frameOf, type Batch } from '../contract/feed.js';
import type { RefusalView } from '../contract/objects.js';
import { safeJson } from '../contract/safe-json.js';
import type { Host } from './host.js';
import { secondsUntil, watcherViewOf } from './views.js';

/** Milliseconds between two batches: readers are told together, however many events and readers there are. */
const INTERVAL = 250;
/** Events of one kind in a batch; those beyond are counted. */
const MOST = { publication: 50, watcher: 25, registration: 25, refusal: 15 } as const;
/** Characters of a batch. */
const MOST_TEXT = 131_072;

type Kind = keyof typeof MOST;
type EventName = keyof ServiceEventMap;

const none: Readonly<Record<Kind, number>> = { publication: 0, watcher: 0, registration: 0, refusal: 0 };

const publicationKinds = { initial: 'published', refresh: 'refreshed', modify: 'modified', remove: 'removed', replaced: 'removed', expired: 'expired' } as const;

/** What happens at a service, put into words while somebody follows it, and only then. */
export class Happenings {
  readonly #followers = new Set<(batch: Batch) => void>();
  #ends: readonly (() => void)[] = [];
  #frames: string[] = [];
  #text = 0;
  #many: Record<Kind, number> = { ...none };
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly host: Host) {}

  /** Returns how to end it. */
  follow(told: (batch: Batch) => void): () => void {
    const own = (batch: Batch): void => told(batch);
    this.#followers.add(own);
    if (this.#followers.size === 1) this.#listen();
    return () => {
      if (this.#followers.delete(own) && this.#followers.size === 0) this.#rest();
    };
  }

  refused(refusal: RefusalView): void {
    if (this.#followers.size > 0) this.#add('refusal', () => refusal);
  }

  close(): void {
    this.#followers.clear();
    this.#rest();
  }

  #listen(): void {
    for (const name of ['event_compositor:put', 'event_compositor:refresh', 'event_compositor:modify', 'event_compositor:del', 'event_compositor:expired'] as const) this.#on(name, (event) => { this.#add('publication', () => publicationEventOf(event)); });
    this.#on('event_compositor:clear', () => { this.#add('publication', () => ({ kind: 'cleared' })); });
    for (const [name, kind] of [['event_notifier:start', 'started'], ['event_notifier:refresh', 'refreshed'], ['event_notifier:pending', 'pending']] as const) this.#on(name, (watcher) => { this.#watcher(kind, watcher); });
    this.#on('event_notifier:failed', (watcher, failed) => { this.#watcher('failed', watcher, { code: failed.code, retry_in: failed.retry_in }); });
    this.#on('event_notifier:terminated', (watcher, reason) => { this.#watcher('ended', watcher, { reason: typeof reason === 'string' ? reason : `code ${String(reason[1])}` }); });
    this.#on('registrar:changed', ({ aor, contacts }) => { this.#add('registration', () => ({ kind: 'changed', uri: formatAor(aor), contacts: contacts.length })); });
    this.#on('registrar:cleared', () => { this.#add('registration', () => ({ kind: 'cleared' })); });
    this.#timer = setInterval(() => { this.#flush(); }, INTERVAL).unref();
  }

  #on<E extends EventName>(name: E, listener: (...args: ServiceEventMap[E]) => void): void {
    this.host.events.on(name, listener);
    this.#ends = [...this.#ends, () => { this.host.events.off(name, listener); }];
  }

  #rest(): void {
    clearInterval(this.#timer);
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#take();
  }

  #watcher(kind: string, watcher: Watcher, more: object = {}): void {
    this.#add('watcher', () => ({ kind, ...watcherViewOf(watcher), ...more }));
  }

  #add(kind: Kind, view: () => object): void {
    if (this.#many[kind] >= MOST[kind] || this.#text >= MOST_TEXT) {
      this.#dropped++;
      return;
    }
    this.#many[kind]++;
    const frame = frameOf(kind, safeJson(view()));
    this.#frames.push(frame);
    this.#text += frame.length;
  }

  #flush(): void {
    const batch = this.#take();
    if (batch.many + batch.dropped > 0) for (const told of this.#followers) told(batch);
  }

  #take(): Batch {
    const batch = { frames: this.#frames.join(''), many: this.#frames.length, dropped: this.#dropped };
    this.#frames = [];
    this.#text = 0;
    this.#many = { ...none };
    this.#dropped = 0;
    return batch;
  }
}

function publicationEventOf({ aor, event, oldTag, newTag, record, reason }: PublicationEvent): object {
  const tag = newTag ?? oldTag ?? '';
  return {
    kind: publicationKinds[reason], uri: formatAor(aor), event, tag, ...(oldTag !== undefined && oldTag !== tag && { old_tag: oldTag }),
    ...(record.content_type !== undefined && { type: record.content_type }), size: record.data.length, expires_in: newTag === undefined ? 0 : secondsUntil(record.expires),
    ...(record.publisher !== undefined && { source: record.publisher }),
  };
}
