import type { Notified, NotifyOptions } from '@nksip-ts/core';
import { Line } from '../schedule/line.js';
import type { InLine, Kind, Phase, Place } from '../schedule/place.js';
import type { WatcherRecord } from '../watcher/record.js';

/** Milliseconds of one turn. */
const SLICE = 5;

/** Milliseconds in all. */
const patience = { drain: 2000, stop: 500 } as const;

/** Sends a NOTIFY; what becomes of it is of no matter but for making room for the next. */
type Notify = (handle: string, options: NotifyOptions) => Promise<Notified>;

/** Milliseconds for which somebody silent takes the place of others: so little time is left. */
const WAIT = 200;

/** Whom to say goodbye: apart from the record, which is done with. */
class Leaving implements InLine {
  readonly handle: string;
  readonly peer: string;
  readonly kind: Kind;
  /** A NOTIFY is under way, behind which the last one waits. */
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
 * Tells all watchers that the service ends (RFC 6665 4.4.2): once, and over UDP once more where it drains; then it waits for answers for two seconds at most.
 * Where the service stops at once, only those are waited for to whom something is under way, for half a second.
 */
export class Goodbye {
  readonly #line = new Line<Leaving>({ patience: WAIT }, () => { this.#next?.(); });
  /** Those that are waited for. */
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
    // What waits behind another one is not under way, and what is not waited for takes nobody's place.
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

  /** Somebody has answered, or it is over, or one who has not answered makes room. */
  async #answer(): Promise<void> {
    await new Promise<void>((resolve) => { this.#next = resolve; });
    this.#next = undefined;
  }
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
