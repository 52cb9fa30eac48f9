import type { Notified, NotifyOptions } from '@nksip-ts/core';
import { Line } from '../schedule/line.js';
import type { InLine, Kind, Phase, Place } from '../schedule/place.js';
import type { WatcherRecord } from '../watcher/record.js';

/** Milliseconds of one turn. */
const SLICE = 5;

/** Milliseconds in all. */
const patience = { drain: 2000, stop: 500 } as const;

/** Sends a NOTIFY. Its outcome matters only because it makes room for the next. */
type Notify = (handle: string, options: NotifyOptions) => Promise<Notified>;

/** Milliseconds after which a watcher that has not answered makes room for others. */
const WAIT = 200;

/** A watcher to be told; its record is no longer in use. */
class Leaving implements InLine {
  readonly handle: string;
  readonly peer: string;
  readonly kind: Kind;
  /** A NOTIFY to it is pending; the last one waits for that. */
  readonly isBusy: boolean;
  phase: Phase = 'idle';

  constructor({ handle, peer, kind, phase }: WatcherRecord) {
    this.handle = handle;
    this.peer = peer;
    this.kind = kind;
    this.isBusy = phase === 'sending';
  }
}

/** What a last NOTIFY says. */
export type LastState = Extract<NonNullable<NotifyOptions['subscription_state']>, readonly ['terminated', ...unknown[]]>;

/**
 * Notifies all watchers that the service ends (RFC 6665 4.4.2). A drain retransmits once over UDP, and waits at most two seconds for all responses.
 * A stop does not retransmit, and waits at most half a second, only for watchers to which a NOTIFY was pending already.
 */
export class Goodbye {
  readonly #line = new Line<Leaving>({ patience: WAIT }, () => { this.#next?.(); });
  /** Last NOTIFYs that are waited for. */
  #open = 0;
  #next: (() => void) | undefined;
  #isOver = false;

  constructor(private readonly notify: Notify, private readonly how: 'drain' | 'stop') {}

  async say(records: Iterable<WatcherRecord>, state: LastState): Promise<void> {
    for (const record of records) this.#line.add(new Leaving(record));
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
      this.#line.close();
    }
  }

  async #sendAll(state: LastState): Promise<void> {
    let until = performance.now() + SLICE;
    while (!this.#isOver) {
      const place = this.#line.take(performance.now());
      if (place !== undefined) this.#send(place, state);
      else if (this.#open === 0) return;
      else await this.#answer();
      if (performance.now() < until) continue;
      await turn();
      until = performance.now() + SLICE;
    }
  }

  #send(place: Place<Leaving>, state: LastState): void {
    const { handle, isBusy } = place.item;
    const isDrain = this.how === 'drain';
    const sent = this.notify(handle, { subscription_state: state, retransmissions: isDrain ? 1 : 0, timeout: patience[this.how] / 1000 });
    // One that waits behind another is not sent yet, and one that is not waited for takes no place.
    const takesPlace = isDrain && !isBusy;
    if (!takesPlace) this.#line.answered(place);
    if (isDrain || isBusy) this.#waitFor(sent, takesPlace ? place : undefined);
    else sent.catch(() => undefined);
  }

  #waitFor(sent: Promise<unknown>, place: Place<Leaving> | undefined): void {
    const over = (): void => {
      this.#open--;
      if (place !== undefined) this.#line.answered(place);
      this.#next?.();
    };
    this.#open++;
    sent.then(over, over);
  }

  /** A watcher has answered, one that has not makes room, or the time is over. */
  async #answer(): Promise<void> {
    await new Promise<void>((resolve) => { this.#next = resolve; });
    this.#next = undefined;
  }
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
