import { isThenable, Refused, whenReady, type LiveSubscription, type MaybePromise, type SipReply, type SipRequest } from '@nksip-ts/core';
import { aorOf, type Aor } from '@nksip-ts/sip';
import { type Composed, viewOf, type Watched, WatcherRecord } from '../watcher/record.js';
import { WATCHED_BYTES, WATCHER_BYTES, type WatcherTable } from '../watcher/table.js';
import type { Watcher, WatcherDecision } from '../watcher/watcher.js';
import { decide, wantsOf, type Asked } from './decide.js';
import type { Policy } from './policy.js';
import { addressFull, blocked, granted, leaving, noState, outOfMemory, serviceFull } from './replies.js';
import { factsOf, placeOf } from './subscriber.js';

export interface SubscribeParts {
  readonly table: WatcherTable;
  policy(): Policy;
  /** The subscription that a request makes. */
  subscriptionOf(req: SipRequest): LiveSubscription;
  readonly defaultDecision: WatcherDecision;
  /** The service is about to end. */
  readonly isLeaving: boolean;
  /** Throws where the callback failed. */
  authorize(watcher: Watcher, req: SipRequest): MaybePromise<WatcherDecision>;
  hasRoom(bytes: number): boolean;
  /** The newest document of a type. Rejects where it cannot be had. */
  document(watched: Watched, type: string): MaybePromise<Composed>;
  /** Undefined: it cannot be had, which has been reported already. */
  neutral(watched: Watched, type: string): Composed | undefined;
  /** Whether there is room for a document of its size on its way. */
  mayBeSent(composed: Composed): boolean;
  /** The 200 has been sent. */
  accepted(record: WatcherRecord): void;
  /** The 200 could not be sent. */
  dropped(record: WatcherRecord): void;
  refreshed(record: WatcherRecord): void;
  /** Sends the state, and with it that the subscription is over. */
  ended(record: WatcherRecord, composed: Composed | undefined): void;
  fetched(record: WatcherRecord, composed: Composed): void;
}

/** Answers SUBSCRIBE requests (RFC 6665 4.2.1), in the order of the rules in docs/architecture.md. */
export class SubscribeProcessor {
  constructor(private readonly parts: SubscribeParts) {}

  /** One that makes a subscription, or with Expires 0 fetches the state (RFC 6665 4.4.3). At once where the callback and the store are; throws what the callback threw. */
  initial(req: SipRequest): MaybePromise<SipReply> {
    const asked = decide(req.message, this.parts.policy());
    if (asked instanceof Refused) return asked.reply;
    const aor = aorOf(req.ruri);
    const record = this.#newRecord(req, aor, asked);
    return whenReady(this.parts.authorize(viewOf(record), req), (decision) => {
      record.decision = decision;
      if (decision === 'block') return blocked;
      record.watched = this.parts.table.watchedFor(aor, asked.pack);
      return asked.expires === 0 ? this.#fetch(req, record, asked) : this.#take(req, record, asked);
    });
  }

  /** A SUBSCRIBE within an existing subscription. */
  again(req: SipRequest, record: WatcherRecord): MaybePromise<SipReply> {
    const asked = decide(req.message, this.parts.policy());
    if (asked instanceof Refused) return asked.reply;
    if (asked.expires === 0) return this.#end(req, record, asked);
    req.afterReply((code) => { if (isAccepted(code) && record.phase !== 'ended') this.#refresh(req, record, asked); }, 'gathered');
    return granted('refresh', asked, record.decision, record.user);
  }

  #newRecord(req: SipRequest, aor: Aor, asked: Asked): WatcherRecord {
    const { table, defaultDecision } = this.parts;
    return new WatcherRecord(this.parts.subscriptionOf(req), table.watchedFor(aor, asked.pack), factsOf(req, asked, defaultDecision, Date.now()));
  }

  /** The watcher is in the table before its state is read, so that no change is missed meanwhile. */
  #take(req: SipRequest, record: WatcherRecord, asked: Asked): MaybePromise<SipReply> {
    const full = this.#full(record.watched);
    if (full !== undefined) return full;
    this.parts.table.add(record);
    return whenReady(this.#stateFor(record), (composed) => {
      if (composed === undefined || this.parts.isLeaving) {
        this.parts.dropped(record);
        return composed === undefined ? noState : leaving;
      }
      req.afterReply((code) => {
        if (isAccepted(code)) this.parts.accepted(record);
        else this.parts.dropped(record);
      }, 'gathered');
      return granted('initial', asked, record.decision, record.user);
    });
  }

  #full({ watchers }: Watched): SipReply | undefined {
    const { table, hasRoom } = this.parts;
    const { maxWatchers, maxPerAor } = this.parts.policy();
    if (table.size >= maxWatchers) return serviceFull;
    if (watchers.length >= maxPerAor) return addressFull;
    return hasRoom(WATCHER_BYTES + WATCHED_BYTES) ? undefined : outOfMemory;
  }

  #fetch(req: SipRequest, record: WatcherRecord, asked: Asked): MaybePromise<SipReply> {
    return whenReady(this.#stateFor(record), (composed) => {
      if (composed === undefined) return noState;
      if (!this.parts.mayBeSent(composed)) return outOfMemory;
      req.afterReply((code) => { if (isAccepted(code)) this.parts.fetched(record, composed); }, 'gathered');
      return granted('fetch', asked, record.decision, record.user);
    });
  }

  /** The subscription ends even if the state cannot be read. */
  #end(req: SipRequest, record: WatcherRecord, asked: Asked): MaybePromise<SipReply> {
    const { decision } = record;
    return whenReady(this.#stateFor(record), (composed) => {
      req.afterReply((code) => {
        // If that was decided anew, it may see something else now.
        if (isAccepted(code) && record.phase !== 'ended') this.parts.ended(record, record.decision === decision ? composed : undefined);
      }, 'gathered');
      return granted('end', asked, record.decision, record.user);
    });
  }

  /** RFC 6665 3.2.1, RFC 3856 6.7: the last SUBSCRIBE determines the type of the NOTIFYs and where they go. */
  #refresh(req: SipRequest, record: WatcherRecord, asked: Asked): void {
    this.parts.table.move(record, placeOf(req), wantsOf(asked, record.filter));
    record.expires = Math.floor(Date.now() / 1000) + asked.expires;
    record.type = asked.type;
    this.parts.refreshed(record);
  }

  /** Not read for a watcher that may not see it. Undefined: it cannot be read, which has been reported already. */
  #stateFor({ watched, type, decision }: WatcherRecord): MaybePromise<Composed | undefined> {
    if (decision !== 'allow') return this.parts.neutral(watched, type);
    const composed = this.parts.document(watched, type);
    return isThenable(composed) ? composed.catch(() => undefined) : composed;
  }
}

function isAccepted(code: number | undefined): boolean {
  return code !== undefined && code >= 200 && code < 300;
}
