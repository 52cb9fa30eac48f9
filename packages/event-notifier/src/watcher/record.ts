import type { LiveSubscription } from '@nksip-ts/core';
import { aorKey, parseEvent, type Aor } from '@nksip-ts/sip';
import type { EventPackage, StateDocument } from '../package/event-package.js';
import type { Kind, Phase } from '../schedule/place.js';
import type { Watcher, WatcherDecision } from './watcher.js';

/** The last Subscription-State that was sent; '': none yet. */
export type ToldState = '' | 'active' | 'pending';

/** Kept while the last NOTIFY was not accepted. */
export interface Trouble {
  /** The mark of the document that was not accepted. */
  readonly tried: string;
  /** When it is sent again, by performance.now(). */
  readonly retryAt: number;
  /** Failures in a row. */
  readonly failures: number;
}

/** How the last SUBSCRIBE of a subscription came. */
export interface WatcherPlace {
  readonly transport: string;
  /** Source address and port, with a space between. */
  readonly peer: string;
}

/** What few SUBSCRIBEs say of the documents that they want, and few packages ask for. */
export interface Wants {
  readonly accept: readonly string[];
  readonly filter: StateDocument | undefined;
}

/** Shared by all that say nothing. */
export const nothingWanted: Wants = { accept: [], filter: undefined };

/** What a SUBSCRIBE says of its watcher. Texts are flat: none holds the message that it was part of. */
export interface WatcherFacts extends WatcherPlace {
  readonly user: string | undefined;
  readonly type: string;
  readonly wants: Wants;
  readonly decision: WatcherDecision;
  /** Seconds since 1970. */
  readonly since: number;
  readonly expires: number;
}

/**
 * One watcher, of a hundred thousand: plain fields, no timer and no closure. Numbers are whole where they can be, since V8 has an
 * object for each that is not. What core knows of its subscription is asked there.
 */
export class WatcherRecord {
  readonly user: string | undefined;
  readonly since: number;
  transport: string;
  peer: string;
  type: string;
  wants: Wants;
  decision: WatcherDecision;
  expires: number;
  /** NOTIFYs answered 2xx, and NOTIFYs sent. */
  notified = 0;
  version = 0;
  /** The mark of the document that the watcher has; '': unknown. */
  has = '';
  told: ToldState = '';
  /** A NOTIFY must go out, even if it says nothing new: it answers a SUBSCRIBE (RFC 6665 4.2.1.2). */
  isOwed = false;
  /** Before this moment of performance.now() no change is notified. */
  pacedUntil = 0;
  trouble: Trouble | undefined = undefined;
  phase: Phase = 'held';
  /** Its tick in the timetable; 0: none. */
  due = 0;
  /** Its place in `watched.watchers`. */
  place = 0;
  /** Of two watchers the one that came later has the higher one. */
  number = 0;

  constructor(readonly subscription: LiveSubscription, public watched: Watched, facts: WatcherFacts) {
    this.user = facts.user;
    this.since = facts.since;
    this.transport = facts.transport;
    this.peer = facts.peer;
    this.type = facts.type;
    this.wants = facts.wants;
    this.decision = facts.decision;
    this.expires = facts.expires;
  }

  get handle(): string { return this.subscription.handle; }
  get from(): string { return this.subscription.from; }
  get contact(): string { return this.subscription.remote_target; }
  get accept(): readonly string[] { return this.wants.accept; }
  get filter(): StateDocument | undefined { return this.wants.filter; }

  get state(): 'active' | 'pending' {
    return this.decision === 'confirm' ? 'pending' : 'active';
  }

  /** Watchers that did not accept their last NOTIFY, or have not accepted any, may use only a part of the pending NOTIFYs: an attacker may make thousands that never answer. */
  get kind(): Kind {
    if (this.trouble !== undefined) return 'slow';
    return this.notified === 0 ? 'new' : 'quick';
  }
}

/** A copy of a text that does not keep in memory what it was part of or made of. */
export function flat(text: string): string {
  return Buffer.from(text).toString();
}

/** A watcher as applications and plugins see it. */
export function viewOf(record: WatcherRecord): Watcher {
  const { watched, user, subscription: { event } } = record;
  const eventId = event === watched.pack.name ? undefined : parseEvent(event)?.params.get('id');
  return {
    id: record.handle, aor: watched.aor, event: watched.pack.name, from: record.from, contact: record.contact, transport: record.transport, source: sourceOf(record.peer),
    decision: record.decision, since: record.since, expires: record.expires, notified: record.notified,
    // Last: with something behind it a spread takes a microsecond and more (V8 of Node.js 20).
    ...(eventId !== undefined && { event_id: eventId }), ...(user !== undefined && { user }),
  };
}

function sourceOf(peer: string): string {
  const [address = '', port = ''] = peer.split(' ');
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** A document for all watchers of one type. */
export interface Composed {
  readonly type: string;
  /** A digest: equal for the same bytes of the same type; '': not composed yet. */
  readonly mark: string;
  /** Undefined: dropped to save memory, and composed again when needed. */
  document: StateDocument | undefined;
}

/** Waits for a composition. */
export interface Waiting {
  readonly type: string;
  resolve(composed: Composed): void;
  reject(error: unknown): void;
}

/** Shared by all addresses that nobody waits for. */
export const nobody: Waiting[] = [];

/** One address and one package that somebody watches. */
export class Watched {
  readonly key: string;
  /** In no particular order: the last one takes the place of one that is removed. */
  watchers: WatcherRecord[] = [];
  /** One for each media type that a watcher accepts. */
  documents: readonly Composed[] = [];
  /** Bytes of the documents that are kept. */
  keptBytes = 0;
  /** Something has changed since the last listing began. */
  isDirty = true;
  isComposing = false;
  /** Its documents are other ones, of which nobody was told yet. */
  hasNews = false;
  waiting: Waiting[] = nobody;
  /** Compositions in a row that failed. */
  failures = 0;
  /** The tick of the timetable at which it is composed again; 0: none. */
  due = 0;

  constructor(readonly aor: Aor, public pack: EventPackage) {
    this.key = keyOf(aor, pack.name);
  }

  /** The newest document of a type, if there is one. */
  known(type: string): Composed | undefined {
    return this.documents.find((one) => one.type === type && one.mark !== '');
  }

  /** From now on this type is composed as well. */
  take(type: string): void {
    if (!this.documents.some((one) => one.type === type)) this.documents = [...this.documents, { type, mark: '', document: undefined }];
  }
}

export function keyOf(aor: Aor, event: string): string {
  return `${aorKey(aor)}\n${event}`;
}
