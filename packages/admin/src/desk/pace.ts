import { performance as clock, type EventLoopUtilization } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { DeskError } from '../contract/desk-error.js';

/** The share of the time that may go into listings: at least, and how much more while the process has nothing else to do. */
const SHARE = 0.01;
const MORE_AT_REST = 0.1;
/** The share of the time in which the process is busy from which on it is not at rest. */
const BUSY = 0.1;
/** What may go into listings at once when there were none for a while, in milliseconds. */
const BURST = 40;
/** What a page costs, and each item in it, in milliseconds: measured, with what HTTP takes. */
const PAGE = 0.5;
const ITEM = 0.012;
/** Milliseconds: nobody waits for longer. */
const LONGEST = 8000;

/** Keeps those who list everything again and again from taking the time that SIP needs: whoever turns a few pages notices nothing. */
export class Pace {
  #left = BURST;
  #at = performance.now();
  #used: EventLoopUtilization = clock.eventLoopUtilization();
  #share = SHARE;

  /** Resolves when a page may be made. Throws DeskError where too many are asked for at once. */
  async turn(): Promise<void> {
    this.#refill();
    const wait = -this.#left / this.#share;
    if (wait > LONGEST) throw new DeskError('busy', 'Too much is listed at once: try again later.', { 'retry-after': '10' });
    this.#left -= PAGE;
    if (wait > 0) await pause(wait, undefined, { ref: false });
  }

  /** So many items were in it. */
  spent(items: number): void {
    this.#left -= ITEM * items;
  }

  #refill(): void {
    const now = performance.now();
    if (now - this.#at > 50) this.#look();
    this.#left = Math.min(BURST, this.#left + (now - this.#at) * this.#share);
    this.#at = now;
  }

  /** How busy the process was since the last look. */
  #look(): void {
    const used = clock.eventLoopUtilization();
    const { utilization } = clock.eventLoopUtilization(used, this.#used);
    this.#used = used;
    this.#share = SHARE + MORE_AT_REST * Math.max(0, 1 - utilization / BUSY);
  }
}
