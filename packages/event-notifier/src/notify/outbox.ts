import { isThenable, openedTransports, type Failed, type MaybePromise, type NotifyJob } from '@nksip-ts/core';
import type { Composed, WatcherRecord } from '../watcher/record.js';
import { Line, type LineLimits } from '../schedule/line.js';
import type { Place } from '../schedule/place.js';
import { pauseAfter } from '../schedule/retry-pauses.js';
import { Timetable } from '../schedule/timetable.js';
import { finished } from './finished.js';
import { isGone } from './is-gone.js';
import type { LargeDocuments } from './large-documents.js';
import { mayGoAt } from './pacing.js';
import { Sent, type SentOwner } from './sent.js';

/** Milliseconds: of the timetable, of one turn, until a watcher is given up whose WebSocket is gone, and until a large document looks for room again. */
const TICK = 50, SLICE = 5, LOST = 60_000, FULL = 1000;

export interface OutboxPorts {
  send(record: WatcherRecord, job: NotifyJob): void;
  /** The mark of the document that the watcher should have; undefined while it is being composed. */
  markOf(record: WatcherRecord): string | undefined;
  /** Undefined: it cannot be had. */
  documentOf(record: WatcherRecord): MaybePromise<Composed> | undefined;
  /** Milliseconds between two NOTIFYs of changes. */
  interval(record: WatcherRecord): number;
  readonly onTimeout: 'remove' | 'keep';
  readonly large: Pick<LargeDocuments, 'take' | 'give'>;
  notified(record: WatcherRecord): void;
  /** `failed` undefined: it could not be sent at all. `pause` in milliseconds. */
  failed(record: WatcherRecord, failed: Failed | undefined, pause: number): void;
  /** Its connection is gone, and it has not come back. */
  lost(record: WatcherRecord): void;
  /** Core no longer has the subscription. */
  gone(record: WatcherRecord): void;
  fault(error: unknown): void;
}

/**
 * Sends watchers the documents that they should have, to each one NOTIFY at a time. No document waits for a watcher: when its turn comes, the newest one is
 * sent, unless the watcher has it already.
 */
export class Outbox {
  readonly #line: Line<WatcherRecord>;
  readonly #timetable = new Timetable<WatcherRecord>(TICK, (record) => { this.#due(record); });
  readonly #told: SentOwner = {
    accepted: (sent) => { this.#accepted(sent); },
    failed: (sent, failure) => { this.#failed(sent, failure); },
    refused: (sent, error) => { this.#refused(sent, error); },
  };
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
    const bytes = document.data.length;
    if (!this.ports.large.take(bytes)) return this.#wait(record, place);
    const { isOwed: wasOwed } = record;
    if (!wasOwed && record.told === record.state) record.pacedUntil = Math.ceil(performance.now() + this.ports.interval(record));
    record.isOwed = false;
    try {
      const { data, content_type } = finished(record, document);
      this.ports.send(record, new Sent(this.#told, record, mark, wasOwed, place, bytes, data, content_type, this.ports.onTimeout));
    } catch (error) {
      this.#notSent(record, { mark, place, wasOwed, bytes }, error);
    }
  }

  /** Other documents go first. */
  #wait(record: WatcherRecord, place: Place<WatcherRecord>): void {
    this.#line.answered(place);
    record.phase = 'idle';
    this.#timetable.set(record, performance.now() + FULL);
    this.#schedule();
  }

  #accepted({ record, mark, subscription_state, place, bytes }: Sent): void {
    this.ports.large.give(bytes);
    if (record.phase !== 'ended') {
      record.has = mark;
      record.told = subscription_state;
      record.trouble = undefined;
      record.notified++;
      this.ports.notified(record);
    }
    this.#leave(record, place);
  }

  #failed(sent: Sent, failure: Failed): void {
    const { record, place, bytes } = sent;
    this.ports.large.give(bytes);
    if (record.phase !== 'ended') this.#notTaken(record, sent, failure);
    this.#leave(record, place);
  }

  #refused(sent: Sent, error: unknown): void {
    this.#notSent(sent.record, sent, error);
  }

  /** The document counts as not delivered. */
  #notTaken(record: WatcherRecord, { mark, wasOwed }: Pick<Sent, 'mark' | 'wasOwed'>, failed: Failed | undefined): void {
    record.isOwed ||= wasOwed;
    // It may have it all the same: a connection broke and the NOTIFY went again over another one, or a proxy has answered for it.
    if (failed !== undefined) record.has = '';
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
  #notSent(record: WatcherRecord, sent: Pick<Sent, 'mark' | 'place' | 'wasOwed' | 'bytes'>, error: unknown): void {
    this.ports.large.give(sent.bytes);
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
