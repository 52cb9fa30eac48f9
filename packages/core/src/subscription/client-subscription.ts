import { Header, parseSubscriptionState, utf8Of, type Message, type SubscriptionStateValue } from '@nksip-ts/sip';
import type { CameFrom } from '../dialog/came-from.js';
import { dialogBytes, refreshTarget, takeSequence, type Dialog } from '../dialog/dialog.js';
import { NksipError, reasonOf } from '../errors.js';
import type { Tally } from '../memory/account.js';
import type { SendingOptions } from '../uac/request-options.js';
import type { UacHost } from '../uac/uac-host.js';
import { inDialog, sendSubscribe, type SubscribeOutcome } from './client-request.js';
import { isTerminationReason, type DialogUpdate, type Subscribed, type Subscription, type SubscriptionStatus, type TerminationReason } from './contract.js';
import { endingCodes } from './ending-codes.js';
import { InTurn } from './in-turn.js';
import { Schedule } from './schedule.js';
import { failedOf, retryAfterIn, subscribedOf, successIn, usualExpires } from './subscribed.js';

/** What subscriptions of ours work with. */
export interface SubscriberParts {
  /** What requests are sent with; throws `service_not_found` where the service has stopped. */
  readonly host: () => UacHost;
  /** How many there may be at a time: `sip_max_calls`. */
  readonly limit: () => number;
  readonly tell: (update: DialogUpdate, subscription: Subscription) => void;
  /** Milliseconds. */
  readonly clock: () => number;
  /** What they take in memory. */
  readonly held: Tally;
}

/** What was asked for at first, and is asked for again. */
export interface Asked {
  readonly event: string;
  readonly eventId: string | undefined;
  readonly options: SendingOptions;
  readonly refresh: boolean;
}

/** The options of a SUBSCRIBE within a dialog. */
export type RefreshOptions = SendingOptions & { readonly refresh?: boolean | undefined };

/** The share of its time after which a subscription is refreshed: what is lost on the way can be tried again in the rest. */
const refreshAfter = 0.8;

/** Milliseconds between two SUBSCRIBEs that nobody asked for, whatever the notifier grants. */
const leastInterval = 1000;

/** Milliseconds after which a refresh that failed is tried again, at least. */
const leastRetry = 5000;

/** Requests that may wait within one dialog. */
const mostWaiting = 16;

/** Measured, in bytes: what a subscription takes beside its dialog and the SUBSCRIBE that made it. */
const cost = 1100;

/** 'notify': Timer N. */
type Moment = 'middle' | 'refresh' | 'notify' | 'end';

interface Told {
  readonly isNotified: boolean;
  readonly until: number;
}

/** A subscription of ours: one dialog with one notifier. */
export class ClientSubscription {
  status: SubscriptionStatus = 'init';
  #isOver = false;
  #dialog: Dialog;
  /** When the time of it began that was granted last, and when it is over; milliseconds of the clock. */
  #start: number;
  #until: number;
  /** The time that is asked for, in seconds; undefined: none is, the notifier decides. */
  #asked: number | undefined;
  #refreshes: boolean;
  #lastSent: number;
  #isNotified = false;
  /** What NOTIFYs have told since the last SUBSCRIBE left, for they may be faster than its 2xx: `until` as `#until`. */
  #told: Told = { isNotified: false, until: Infinity };
  /** Bytes that are counted for it. */
  #counted = 0;
  /** CSeq of the NOTIFY whose Subscription-State counts. */
  #stateSeq = 0;
  readonly #schedule: Schedule<Moment>;
  readonly #line: InTurn;

  /** `answered`: when the SUBSCRIBE that made it has its answer: nothing leaves before. `onEnd`: it is forgotten. */
  constructor(
    readonly handle: string,
    dialog: Dialog,
    private readonly asked: Asked,
    private readonly parts: SubscriberParts,
    answered: Promise<unknown>,
    private readonly onEnd: () => void,
  ) {
    const now = parts.clock();
    this.#dialog = dialog;
    this.#asked = asked.options.expires;
    this.#refreshes = asked.refresh;
    this.#start = this.#lastSent = now;
    this.#until = now + 1000 * (this.#asked ?? usualExpires);
    this.#schedule = new Schedule(parts.clock, (moment) => { this.#due(moment); });
    this.#line = new InTurn(answered, mostWaiting);
  }

  /** Tells of it, once it can be found by its handle. */
  begin(): void {
    this.#count(cost + dialogBytes(this.dialog));
    this.#plan(true);
    this.#tell('start');
    this.#tell(['subscription_status', 'init', this.snapshot]);
  }

  get dialog(): Dialog {
    return this.#dialog;
  }

  /** It is really made by the first NOTIFY: its route set is the one that counts (RFC 6665 4.4.1). */
  set dialog(dialog: Dialog) {
    this.#dialog = dialog;
    this.#count(cost + dialogBytes(dialog));
  }

  get snapshot(): Subscription {
    const { dialog, asked: { event, eventId } } = this;
    return {
      handle: this.handle, class: 'uac', status: this.status, event, expires: this.#secondsLeft,
      call_id: utf8Of(dialog.callId), local_tag: dialog.localTag, remote_tag: dialog.remoteTag, local_seq: dialog.localSeq, remote_seq: dialog.remoteSeq,
      local_uri: utf8Of(dialog.local), remote_uri: utf8Of(dialog.remote), remote_target: utf8Of(dialog.remoteTarget), route_set: dialog.routeSet.map(utf8Of),
      ...(eventId !== undefined && { event_id: eventId }),
    };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether a NOTIFY has come. */
  get isNotified(): boolean {
    return this.#isNotified;
  }

  get #secondsLeft(): number {
    return Math.max(0, Math.round((this.#until - this.parts.clock()) / 1000));
  }

  /** A SUBSCRIBE within its dialog: with `given`, and for the rest as at first. Rejects with `subscription_not_found` or `queue_full`. */
  subscribe(given: RefreshOptions = {}): Promise<Subscribed> {
    return this.#line.do(async () => {
      if (this.#isOver) throw new NksipError('subscription_not_found', { subscription: this.handle });
      const { refresh = this.#refreshes, expires = this.#asked, ...others } = given;
      this.#refreshes = refresh && expires !== 0;
      this.#schedule.delete('refresh');
      return this.#outcome(await this.#send({ ...repeated(this.asked.options), ...others, expires }));
    });
  }

  async #send(options: SendingOptions): Promise<SubscribeOutcome> {
    try {
      return await sendSubscribe(this.parts.host(), inDialog(this.dialog, options, () => this.#nextCseq()));
    } catch (error) {
      this.#tryLater(undefined);
      throw error;
    }
  }

  /** Takes the answer to the SUBSCRIBE that made it: `sentAt`, milliseconds. */
  granted(response: Message, asked: number | undefined, sentAt: number, cseq: number): Subscribed {
    this.dialog.localSeq = Math.max(this.dialog.localSeq, cseq);
    this.#lastSent = sentAt;
    return this.#accepted(response, asked);
  }

  /** A NOTIFY of it is here; it is in order. */
  received(notify: Message, way: CameFrom): void {
    takeSequence(this.dialog, notify);
    this.dialog.way = way;
    this.#isNotified = true;
    this.#told = { ...this.#told, isNotified: true };
    this.#schedule.delete('notify');
    // The end waited for the last NOTIFY; if it is not this one, it follows soon.
    if (this.#schedule.at('end') === undefined) this.#plan();
    this.#refreshTarget(notify);
  }

  /** RFC 6665 4.1.3: what a NOTIFY says of the subscription. What is unknown or missing changes nothing. */
  apply(notify: Message): void {
    const cseq = notify.cseq?.number ?? 0;
    const value = parseSubscriptionState(notify.first(Header.SubscriptionState) ?? '');
    if (this.#isOver || value === undefined || cseq < this.#stateSeq) return;
    this.#stateSeq = cseq;
    if (value.state === 'terminated') return this.end(reasonIn(value), value.retryAfter);
    if (value.expires !== undefined) this.#holdUntil(this.parts.clock() + 1000 * value.expires);
    if (value.state === 'active' || value.state === 'pending') this.#become(value.state);
  }

  #holdUntil(until: number): void {
    this.#told = { ...this.#told, until };
    if (until >= this.#until) return;
    this.#until = until;
    this.#plan();
  }

  /** It is over, and forgotten. */
  end(reason: TerminationReason | 'forced' | readonly ['code', number], retryAfter?: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#schedule.clear();
    this.#count(0);
    this.onEnd();
    this.#become(retryAfter === undefined ? ['terminated', reason] : ['terminated', reason, retryAfter]);
    this.#tell('stop');
  }

  #refreshTarget(message: Message): void {
    if (!refreshTarget(this.dialog, message)) return;
    this.#count(cost + dialogBytes(this.dialog));
    this.#tell('target_update');
  }

  #count(bytes: number): void {
    this.parts.held.add(bytes - this.#counted);
    this.#counted = bytes;
  }

  #nextCseq(): number {
    this.#lastSent = this.parts.clock();
    this.#told = { isNotified: false, until: Infinity };
    return ++this.dialog.localSeq;
  }

  #outcome({ outcome, asked }: SubscribeOutcome): Subscribed {
    const success = successIn(outcome);
    if (success !== undefined) return this.#accepted(success, asked);
    const { response } = outcome;
    if (response !== undefined && endingCodes.has(response.status)) this.end(['code', response.status]);
    else this.#tryLater(response);
    return failedOf(outcome);
  }

  #accepted(response: Message, asked: number | undefined): Subscribed {
    const subscribed = subscribedOf(this.handle, response, asked);
    if (this.#isOver) return subscribed;
    this.#holdFor(subscribed.meta.expires, asked);
    if (!this.#told.isNotified) this.#refreshTarget(response);
    return subscribed;
  }

  #holdFor(expires: number, asked: number | undefined): void {
    const now = this.parts.clock();
    if (asked !== undefined && asked > 0) this.#asked = asked;
    this.#until = Math.min(now + 1000 * expires, this.#told.until);
    this.#start = now;
    if (expires === 0) this.#refreshes = false;
    this.#plan(true);
    // 4.1.2.2 and 4.1.2.4, Timer N: 64*T1 from when the SUBSCRIBE was sent; a 2xx that came late leaves the NOTIFY some time.
    const { t1, t2 } = this.parts.host().timers;
    if (this.#told.isNotified) return;
    this.#schedule.set('notify', Math.max(this.#lastSent + 64 * t1, now + t2));
    // 4.1.2.3: the last NOTIFY is still to come.
    if (expires === 0) this.#schedule.delete('end');
  }

  /** When what is due. The last NOTIFY may come a little later than the end by our clock. */
  #plan(isNew = false): void {
    const time = this.#until - this.#start;
    if (time > 0 && (isNew || this.#schedule.at('middle') !== undefined)) this.#schedule.set('middle', this.#start + time / 2);
    if (this.#refreshes) this.#schedule.set('refresh', Math.max(this.#start + refreshAfter * time, this.#lastSent + leastInterval));
    this.#schedule.set('end', Math.max(this.#until, this.parts.clock()) + this.parts.host().timers.t2);
  }

  /** 4.1.2.2: the subscription "is still considered valid for the duration of the most recently known "Expires" value". */
  #tryLater(response: Message | undefined): void {
    if (this.#isOver || !this.#refreshes) return;
    const now = this.parts.clock();
    const wanted = response === undefined ? undefined : retryAfterIn(response);
    const wait = wanted === undefined ? Math.max((this.#until - now) / 2, leastRetry) : Math.max(1000 * wanted, leastInterval);
    this.#schedule.set('refresh', now + wait);
  }

  #due(moment: Moment): void {
    if (moment === 'middle') this.#tell(['subscription_status', 'middle_timer', this.snapshot]);
    else if (moment === 'refresh') this.#refresh();
    else this.end('timeout');
  }

  #refresh(): void {
    this.subscribe().catch((error: unknown) => {
      if (!this.#isOver) this.parts.host().log.debug({ err: error, call_id: this.dialog.callId }, `a subscription cannot be refreshed now: ${reasonOf(error)}`);
    });
  }

  #become(status: SubscriptionStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.#tell(['subscription_status', status, this.snapshot]);
  }

  #tell(update: DialogUpdate): void {
    this.parts.tell(update, typeof update === 'string' ? this.snapshot : update[2]);
  }
}

/** 4.1.3: without a reason, or with one that is not known, whoever wants may subscribe again at any time. */
function reasonIn({ reason }: SubscriptionStateValue): TerminationReason {
  return isTerminationReason(reason) ? reason : 'timeout';
}

/** A body, such as a filter (RFC 4660 3.2), holds on without being sent again. */
function repeated({ body: _body, content_type: _type, ...others }: SendingOptions): SendingOptions {
  return others;
}
