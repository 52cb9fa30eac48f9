import type { Notified, NotifyOptions } from '@nksip-ts/core';
import { Line, type LineLimits, type Place } from '../schedule/line.js';
import type { WatcherRecord } from '../watcher/record.js';

/** Milliseconds: of one turn, and in all where answers are waited for. */
const SLICE = 5, PATIENCE = 2000;

/** Sends a NOTIFY; what becomes of it is of no matter but for making room for the next. */
type Notify = (handle: string, options: NotifyOptions) => Promise<Notified>;

/** What a last NOTIFY says. */
export type LastState = Extract<NonNullable<NotifyOptions['subscription_state']>, readonly ['terminated', ...unknown[]]>;

/**
 * Tells all watchers that the service ends (RFC 6665 4.4.2): once, and over UDP once more where it drains; then it waits for answers, and for a
 * place among those that are under way, for two seconds at most. Where the service stops at once, nothing is waited for.
 */
export class Goodbye {
  readonly #line: Line<WatcherRecord>;
  #next: (() => void) | undefined;
  #isOver = false;

  constructor(private readonly notify: Notify, private readonly how: 'drain' | 'stop', limits?: LineLimits) {
    this.#line = new Line(limits);
  }

  async say(records: Iterable<WatcherRecord>, state: LastState): Promise<void> {
    for (const record of records) {
      record.isQueued = false;
      this.#line.add(record);
    }
    const timer = setTimeout(() => {
      this.#isOver = true;
      this.#next?.();
    }, PATIENCE);
    try {
      await this.#sendAll(state);
    } finally {
      clearTimeout(timer);
    }
  }

  async #sendAll(state: LastState): Promise<void> {
    let until = performance.now() + SLICE;
    while (!this.#isOver) {
      const next = this.#line.take();
      if (next !== undefined) this.#send(next.item, next.place, state);
      else if (this.#line.underWay === 0) return;
      else await this.#answer();
      if (performance.now() < until) continue;
      await new Promise((resolve) => { setImmediate(resolve); });
      until = performance.now() + SLICE;
    }
  }

  #send(record: WatcherRecord, place: Place, state: LastState): void {
    const isDrain = this.how === 'drain';
    const sent = this.notify(record.handle, { subscription_state: state, retransmissions: isDrain ? 1 : 0, timeout: PATIENCE / 1000 });
    const over = (): void => {
      this.#line.answered(place);
      this.#next?.();
    };
    sent.then(isDrain ? over : undefined, isDrain ? over : () => undefined);
    if (!isDrain) over();
  }

  /** Somebody has answered, or it is over. */
  async #answer(): Promise<void> {
    await new Promise<void>((resolve) => { this.#next = resolve; });
    this.#next = undefined;
  }
}
