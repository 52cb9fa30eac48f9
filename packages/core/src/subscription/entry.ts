import { createHash } from 'node:crypto';
import { aorIn, parseEvent, utf8Of } from '@nksip-ts/sip';
import { Dialog, dialogBytes } from '../dialog/dialog.js';
import type { LiveSubscription, Subscription, SubscriptionStatus } from './contract.js';
import type { Due } from './deadlines.js';
import type { Line } from './line.js';

/**
 * A subscription of which we are the notifier, and its dialog: there is one for each (RFC 6665 4.5.2), in one object. Plain data, but for the line that is
 * there while something is sent. Times are whole numbers, which V8 keeps in the object.
 */
export class Entry extends Dialog implements Due, LiveSubscription {
  /** The value of Event in its requests. */
  readonly event: string;
  status: SubscriptionStatus = 'init';
  data: unknown = undefined;
  /** What is sent in it, or waits for that; undefined: nothing. */
  line: Line | undefined = undefined;
  /**
   * 'ending': its time is over or was ended, and what is sent next is its last NOTIFY. 'last': that is on its way or waits for it. 'over': nothing is
   * sent any more.
   */
  phase: 'alive' | 'ending' | 'last' | 'over' = 'alive';
  /** When its time is over: milliseconds by performance.now(); 0: not yet decided. */
  dueAt = 0;
  slot = 0;
  before = 0;
  after = 0;

  /** `contact`: the value of ours. */
  constructor(dialog: Dialog, event: string, contact: string) {
    const { callId, local, remote, remoteTarget, routeSet, localSeq, remoteSeq, way } = dialog;
    super({ callId, local, remote, remoteTarget, routeSet, contact }, localSeq, remoteSeq, way);
    this.room = dialog.room;
    this.event = event;
  }

  get dialog(): Dialog {
    return this;
  }

  get handle(): string {
    return serverHandle(this.localTag);
  }

  get from(): string {
    return aorIn(this.remote);
  }

  get remote_target(): string {
    return utf8Of(this.remoteTarget);
  }
}

const SERVER = 'U_', CLIENT = 'C_';

/** The handle of a subscription of which we are the notifier: our tag is made of the SUBSCRIBE, and no two have the same. */
export function serverHandle(localTag: string): string {
  return SERVER + localTag;
}

/** Our tag in such a handle; undefined: it is none. */
export function tagIn(handle: string): string | undefined {
  return handle.startsWith(SERVER) ? handle.slice(SERVER.length) : undefined;
}

/** The handle of a subscription of ours: a SUBSCRIBE may be forked, and then several notifiers share our tag. */
export function clientHandle(localTag: string, remoteTag: string): string {
  return `${CLIENT}${localTag}_${createHash('sha256').update(remoteTag, 'latin1').digest('hex').slice(0, 12)}`;
}

/** Measured: what an entry takes beside its dialog, with its places in the table and among the deadlines. */
const entryCost = 120;

/** Bytes of memory that a subscription takes while nothing is sent in it. */
export function costOf(entry: Entry): number {
  return entryCost + dialogBytes(entry);
}

/** A subscription as it is now. `now`: by performance.now(). */
export function snapshotOf(entry: Entry, now: number): Subscription {
  const { handle, dialog, status } = entry;
  const event = parseEvent(entry.event);
  const id = event?.params.get('id');
  return {
    handle, class: 'uas', status, event: event?.package ?? '',
    expires: secondsLeft(entry, now),
    call_id: utf8Of(dialog.callId), local_tag: dialog.localTag, remote_tag: dialog.remoteTag,
    local_seq: dialog.localSeq, remote_seq: dialog.remoteSeq,
    local_uri: utf8Of(dialog.local), remote_uri: utf8Of(dialog.remote), remote_target: utf8Of(dialog.remoteTarget), route_set: dialog.routeSet.map(utf8Of),
    // Last: with something behind it a spread takes a microsecond and more (V8 of Node.js 20).
    ...(id !== undefined && { event_id: id }),
  };
}

/** Whole seconds until its time is over. */
export function secondsLeft({ dueAt }: Entry, now: number): number {
  return Math.max(0, Math.ceil((dueAt - now) / 1000));
}
