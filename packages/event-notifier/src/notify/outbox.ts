import { isThenable, openedTransports, type MaybePromise, type Notified, type NotifyOptions } from '@nksip-ts/core';
import { checked } from '../package/checked.js';
import type { StateDocument } from '../package/event-package.js';
import type { Composed, WatcherRecord } from '../watcher/record.js';
import { Line, type LineLimits } from '../schedule/line.js';
import type { Place } from '../schedule/place.js';
import { pauseAfter } from '../schedule/retry-pauses.js';
import { Timetable } from '../schedule/timetable.js';
import { isGone } from './is-gone.js';
import { mayGoAt } from './pacing.js';

/** Milliseconds: of the timetable, of one turn, and until a watcher is given up whose WebSocket is gone. */
const TICK = 50, SLICE = 5, LOST = 60_000;

export interface OutboxPorts {
  notify(handle: string, options: NotifyOptions): Promise<Notified>;
  /** The mark of the document that the watcher should have; undefined while it is being composed. */
  markOf(record: WatcherRecord): string | undefined;
  /** Undefined: it cannot be had. */
  documentOf(record: WatcherRecord): MaybePromise<Composed> | undefined;
  /** Milliseconds between two NOTIFYs of changes. */
  interval(record: WatcherRecord): number;
  readonly onTimeout: 'remove' | 'keep';
  notified(record: WatcherRecord): void;
  /** `failed` undefined: it could not be sent at all. `pause` in milliseconds. */
  failed(record: WatcherRecord, failed: Extract<Notified, { ok: false }> | undefined, pause: number): void;
  /** Its connection is gone, and it has not come back. */
  lost(record: WatcherRecord): void;
  /** Core no longer has the subscription. */
  gone(record: WatcherRecord): void;
  fault(error: unknown): void;
}

/** What was sent to a watcher. */
interface Sent {
  readonly mark: string;
  readonly state: 'active' | 'pending';
  readonly wasOwed: boolean;
  readonly place: Place<WatcherRecord>;
}

/**
 * Sends watchers the documents that they should have, to each one NOTIFY at a time. No document waits for a watcher: when its turn comes, the newest one is
 * sent, unless the watcher has it already.
 */
export class Outbox {
  readonly #line: Line<WatcherRecord>;
  readonly #timetable = new Timetable<WatcherRecord>(TICK, (record) => { this.#due(record); });
  #turn: NodeJS.Immediate | undefined;

  constructor(private readonly ports: OutboxPorts, limits?: Partial<LineLimits>) {
    this.#line = new Line(limits, () => { this.#schedule(); });
  }

  /** NOTIFYs without an answer. */
  get underWay(): number {
    return this.#line.underWay;
  }

  /** Sends the watcher what it should have and does not have yet, now or when it is due. */
  wake(record: WatcherRecord): void {
    if (record.phase !== 'idle') return;
    const mark = this.ports.markOf(record);
    if (mark === undefined) return;
    const now = performance.now();
    const at = mayGoAt(record, mark, now);
    if (at !== undefined && at > now) return this.#timetable.set(record, at);
    this.#timetable.cancel(record);
    if (at === undefined) return;
    this.#line.add(record);
    this.#schedule();
  }

  /** Its subscription has ended: nothing more is sent to it. */
  forget(record: WatcherRecord): void {
    this.#timetable.cancel(record);
  }

  close(): void {
    this.#timetable.close();
    this.#line.close();
    clearImmediate(this.#turn);
  }

  #due(record: WatcherRecord): void {
    if (record.phase === 'held') this.ports.lost(record);
    else this.wake(record);
  }

  #schedule(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#work();
    });
  }

  /** For a few milliseconds: ten thousand at once would stop the process. */
  #work(): void {
    let now = performance.now();
    const until = now + SLICE;
    for (let place = this.#line.take(now); place !== undefined; place = this.#line.take(now)) {
      this.#begin(place.item, place);
      now = performance.now();
      if (now < until) continue;
      this.#schedule();
      return;
    }
  }

  #begin(record: WatcherRecord, place: Place<WatcherRecord>): void {
    const mark = this.ports.markOf(record);
    // While it stood in line, the document became the one that it has, or is being composed again.
    if (mark === undefined || !isDue(record, mark)) return this.#leave(record, place);
    const composed = this.ports.documentOf(record);
    if (composed === undefined) this.#unsent(record, { mark, place });
    else if (isThenable(composed)) void composed.then((one) => { this.#sendLater(record, place, one); }, () => { this.#unsent(record, { mark, place }); });
    else this.#send(record, place, composed);
  }

  /** While it was made, somebody may have decided that the watcher must not see it. */
  #sendLater(record: WatcherRecord, place: Place<WatcherRecord>, composed: Composed): void {
    if (this.ports.markOf(record) === composed.mark) this.#send(record, place, composed);
    else this.#leave(record, place);
  }

  #leave(record: WatcherRecord, place: Place<WatcherRecord>): void {
    this.#line.answered(place);
    if (record.phase === 'sending') record.phase = 'idle';
    this.wake(record);
    this.#schedule();
  }

  #send(record: WatcherRecord, place: Place<WatcherRecord>, { mark, document }: Composed): void {
    if (record.phase === 'ended' || document === undefined) return this.#leave(record, place);
    const { state, isOwed: wasOwed } = record;
    if (!wasOwed && record.told === state) record.pacedUntil = Math.ceil(performance.now() + this.ports.interval(record));
    record.isOwed = false;
    const sent: Sent = { mark, state, wasOwed, place };
    try {
      const { data: body, content_type } = finished(record, document);
      // Written out: a spread costs as much as all else here.
      const options = body.length === 0 ? { subscription_state: state, on_timeout: this.ports.onTimeout } : { subscription_state: state, on_timeout: this.ports.onTimeout, body, content_type };
      this.ports.notify(record.handle, options).then((answer) => { this.#answered(record, sent, answer); }, (error: unknown) => { this.#rejected(record, sent, error); });
    } catch (error) {
      this.#rejected(record, sent, error);
    }
  }

  #answered(record: WatcherRecord, { mark, state, wasOwed, place }: Sent, answer: Notified): void {
    if (record.phase !== 'ended') {
      if (answer.ok) {
        record.has = mark;
        record.told = state;
        record.trouble = undefined;
        record.notified++;
        this.ports.notified(record);
      } else {
        this.#notTaken(record, { mark, wasOwed }, answer);
      }
    }
    this.#leave(record, place);
  }

  /** The document counts as not delivered. */
  #notTaken(record: WatcherRecord, { mark, wasOwed }: Pick<Sent, 'mark' | 'wasOwed'>, failed: Extract<Notified, { ok: false }> | undefined): void {
    record.isOwed ||= wasOwed;
    // Without a response nobody knows what it has.
    if (failed?.local !== undefined) record.has = '';
    const failures = (record.trouble?.failures ?? 0) + 1;
    const isLost = failed?.local === 'transport' && !openedTransports.some((name) => name === record.transport);
    const pause = isLost ? LOST : pauseAfter(failures, failed?.meta.retry_after);
    record.trouble = { tried: mark, failures, retryAt: Math.ceil(performance.now() + pause) };
    if (isLost) {
      record.phase = 'held';
      this.#timetable.set(record, record.trouble.retryAt);
    }
    this.ports.failed(record, failed, pause);
  }

  /** A fault of ours: of the package, or core has refused it. */
  #rejected(record: WatcherRecord, sent: Sent, error: unknown): void {
    if (record.phase === 'ended') return this.#leave(record, sent.place);
    if (isGone(error)) {
      this.ports.gone(record);
      return this.#leave(record, sent.place);
    }
    this.ports.fault(error);
    this.#unsent(record, sent);
  }

  #unsent(record: WatcherRecord, { mark, place, wasOwed = record.isOwed }: Pick<Sent, 'mark' | 'place'> & Partial<Sent>): void {
    if (record.phase !== 'ended') this.#notTaken(record, { mark, wasOwed }, undefined);
    this.#leave(record, place);
  }
}

function isDue(record: WatcherRecord, mark: string): boolean {
  const now = performance.now();
  return (mayGoAt(record, mark, now) ?? Infinity) <= now;
}

/** The last step, for one watcher. */
export function finished(record: WatcherRecord, document: StateDocument): StateDocument {
  const { type, accept, filter, watched: { pack } } = record;
  const version = record.version++;
  return pack.finish === undefined ? document : checked(pack.finish(document, { version, type, accept, ...(filter !== undefined && { filter }) }), pack, 'finish');
}

/** A document without bytes is no body. */
export function contentOf(document: StateDocument | undefined): Pick<NotifyOptions, 'body' | 'content_type'> {
  return document === undefined || document.data.length === 0 ? {} : { body: document.data, content_type: document.content_type };
}
