import type { Notified, NotifyOptions } from '@nksip-ts/core';
import { Line, type InLine, type LineLimits, type Place } from '../schedule/line.js';
import type { WatcherRecord } from '../watcher/record.js';

/** Milliseconds of one turn. */
const SLICE = 5;

/** Milliseconds in all. */
const patience = { drain: 2000, stop: 500 } as const;

/** Sends a NOTIFY. Its outcome matters only because it makes room for the next. */
type Notify = (handle: string, options: NotifyOptions) => Promise<Notified>;

/** A watcher to be told; its record is no longer in use. */
interface Leaving extends InLine {
  readonly handle: string;
  /** A NOTIFY to it is pending; the last one waits for that. */
  readonly isBusy: boolean;
}

/** What a last NOTIFY says. */
export type LastState = Extract<NonNullable<NotifyOptions['subscription_state']>, readonly ['terminated', ...unknown[]]>;

/**
 * Notifies all watchers that the service ends (RFC 6665 4.4.2). A drain retransmits once over UDP, and waits at most two seconds for all responses.
 * A stop does not retransmit, and waits at most half a second, only for watchers to which a NOTIFY was pending already.
 */
export class Goodbye {
  readonly #line: Line<Leaving>;
  #next: (() => void) | undefined;
  #isOver = false;

  constructor(private readonly notify: Notify, private readonly how: 'drain' | 'stop', limits?: LineLimits) {
    this.#line = new Line(limits);
  }

  async say(records: Iterable<WatcherRecord>, state: LastState): Promise<void> {
    for (const { handle, peer, isSlow, phase } of records) this.#line.add({ handle, peer, isSlow, isBusy: phase === 'sending', phase: 'idle' });
    const timer = setTimeout(() => {
      this.#isOver = true;
      this.#next?.();
    }, patience[this.how]);
    try {
      await this.#sendAll(state);
      // What was given to a socket leaves in the next turn.
      await turn();
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
      await turn();
      until = performance.now() + SLICE;
    }
  }

  #send({ handle, isBusy }: Leaving, place: Place, state: LastState): void {
    const isDrain = this.how === 'drain';
    const over = (): void => {
      this.#line.answered(place);
      this.#next?.();
    };
    const sent = this.notify(handle, { subscription_state: state, retransmissions: isDrain ? 1 : 0, timeout: patience[this.how] / 1000 });
    if (isDrain || isBusy) sent.then(over, over);
    else {
      sent.catch(() => undefined);
      over();
    }
  }

  /** Somebody has answered, or it is over. */
  async #answer(): Promise<void> {
    await new Promise<void>((resolve) => { this.#next = resolve; });
    this.#next = undefined;
  }
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
