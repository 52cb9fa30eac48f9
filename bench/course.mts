import { setImmediate as turn } from 'node:timers/promises';
import { readResponse, type Response } from './response.mts';

/** Requests under way at most; a transaction's number is a running one, then that of its slot. */
const SLOTS = 1000;
/** Milliseconds until a datagram is sent again, as often as it takes (T1), and until an answer is given up (64*T1). */
const RESEND = 500;
const GIVE_UP = 32_000;

/** A request under way. */
export interface Slot {
  readonly number: number;
  readonly bytes: Buffer;
  length: number;
  /** 0 if it is free. */
  transaction: number;
  index: number;
  /** The number of whom or what it is about. */
  subject: number;
  /** Seconds that are asked for. */
  expires: number;
  isAnswered: boolean;
  /** NOTIFYs that are still to come. */
  awaited: number;
  /** Milliseconds, of performance.now(). */
  due: number;
  sent: number;
}

export interface Pace {
  readonly count: number;
  /** As many as this are under way at a time. */
  readonly window: number;
  /** Requests a second, whatever is answered; without it the next goes when one is done. */
  readonly rate?: number;
}

export interface Outcome {
  /** What should have been otherwise, by what is wrong. */
  readonly wrong: ReadonlyMap<string, number>;
  readonly resent: number;
  /** Milliseconds from the moment at which each was due until it was done; the slowest is last. */
  readonly times: Float64Array;
}

/** What the requests of a course are. */
export interface Work {
  /** Whether they are sent again while they are not answered. */
  readonly resends: boolean;
  /** Writes the request of that index into the slot, says there what it is about and how many NOTIFYs it brings, and returns its length. */
  write(slot: Slot, index: number): number;
  send(slot: Slot): void;
  /** Takes the final response, and returns what is wrong with it. Then no NOTIFY is awaited. */
  take(slot: Slot, response: Response): string | undefined;
  /** It is done or given up. */
  ended?(slot: Slot): void;
}

/** The slots of a generator, free all of them. */
export function freeSlots(): readonly Slot[] {
  return Array.from({ length: SLOTS }, (_, number) => (
    { number, bytes: Buffer.alloc(2048), length: 0, transaction: 0, index: 0, subject: 0, expires: 0, isAnswered: false, awaited: 0, due: 0, sent: 0 }));
}

let transactions = 0;

/** Requests of one kind, sent at a pace, and done when they are answered and their NOTIFYs have come. */
export class Course {
  readonly #free: Slot[];
  readonly #wrong = new Map<string, number>();
  readonly #times: Float64Array;
  #began = 0;
  #heard = 0;
  #next = 0;
  #ended = 0;
  #resent = 0;
  #error: Error | undefined;
  #finish: () => void = () => undefined;

  constructor(private readonly slots: readonly Slot[], private readonly pace: Pace, private readonly work: Work) {
    this.#free = slots.slice(0, pace.window);
    this.#times = new Float64Array(pace.count).fill(Infinity);
  }

  /** Throws if it is made to fail, or nothing at all comes. */
  async run(): Promise<Outcome> {
    const finished = new Promise<void>((resolve) => { this.#finish = resolve; });
    const watch = setInterval(() => { this.#watch(); }, 50);
    this.#began = this.#heard = performance.now();
    try {
      if (this.pace.rate === undefined) this.#fill(this.pace.count);
      else await this.#follow(this.pace.rate);
      await finished;
    } finally {
      clearInterval(watch);
      for (const slot of this.slots) slot.transaction = 0;
    }
    if (this.#error !== undefined) throw this.#error;
    return { wrong: this.#wrong, resent: this.#resent, times: this.#times.sort() };
  }

  receive(text: string): void {
    const response = readResponse(text);
    const slot = response && this.underWay(response.transaction);
    if (slot === undefined || slot.isAnswered || response === undefined) return; // an answer again
    slot.isAnswered = true;
    const fault = this.work.take(slot, response);
    if (fault !== undefined) {
      this.count(fault);
      slot.awaited = 0;
    }
    this.#progressed(slot);
  }

  /** One of the NOTIFYs has come that its request brings. */
  notified(slot: Slot): void {
    slot.awaited--;
    this.#progressed(slot);
  }

  /** Where the request of the transaction is, unless it is done. */
  underWay(transaction: number): Slot | undefined {
    const slot = this.slots[transaction % SLOTS];
    return slot?.transaction === transaction && transaction !== 0 ? slot : undefined;
  }

  fail(error: Error): void {
    this.#error ??= error;
    this.#finish();
  }

  /** Something is wrong, so many times. */
  count(fault: string, times = 1): void {
    this.#wrong.set(fault, (this.#wrong.get(fault) ?? 0) + times);
  }

  /** Polls: a timer would be late by up to a millisecond. */
  async #follow(rate: number): Promise<void> {
    while (this.#next < this.pace.count && this.#error === undefined) {
      this.#fill(Math.min(this.pace.count, 1 + Math.floor((performance.now() - this.#began) * rate / 1000)));
      await turn();
    }
  }

  /** Sends those before `end`, as far as slots are free. */
  #fill(end: number): void {
    while (this.#next < end) {
      const slot = this.#free.pop();
      if (slot === undefined) return;
      this.#send(slot, this.#next++);
    }
  }

  #send(slot: Slot, index: number): void {
    const { rate } = this.pace;
    slot.index = index;
    slot.isAnswered = false;
    slot.awaited = 0;
    slot.transaction = ++transactions * SLOTS + slot.number;
    slot.sent = performance.now();
    slot.due = rate === undefined ? slot.sent : this.#began + 1000 * index / rate;
    slot.length = this.work.write(slot, index);
    this.work.send(slot);
  }

  #progressed(slot: Slot): void {
    this.#heard = performance.now();
    if (!slot.isAnswered || slot.awaited > 0) return;
    this.#times[slot.index] = this.#heard - slot.due;
    this.#release(slot);
    if (this.pace.rate === undefined) this.#fill(this.pace.count);
  }

  #release(slot: Slot): void {
    slot.transaction = 0;
    this.work.ended?.(slot);
    this.#free.push(slot);
    if (++this.#ended === this.pace.count) this.#finish();
  }

  #watch(): void {
    const now = performance.now();
    if (now - this.#heard > GIVE_UP) this.fail(new Error(`nothing was answered for ${GIVE_UP / 1000} s`));
    for (const slot of this.slots) {
      if (slot.transaction === 0) continue;
      if (now - slot.due > GIVE_UP) {
        if (!slot.isAnswered) this.count('no answer');
        else this.count('no NOTIFY', slot.awaited);
        this.#release(slot);
      } else if (this.work.resends && !slot.isAnswered && now - slot.sent > RESEND) {
        slot.sent = now;
        this.#resent++;
        this.work.send(slot);
      }
    }
    if (this.pace.rate === undefined) this.#fill(this.pace.count);
  }
}
