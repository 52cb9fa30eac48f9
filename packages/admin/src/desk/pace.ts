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
/** What a page costs, each item that is looked at, and what more each costs that is shown, in milliseconds: measured, with what HTTP takes. */
const PAGE = 0.5;
const LOOKED = 0.005;
const SHOWN = 0.007;
/** Milliseconds: nobody waits for longer. */
const LONGEST = 8000;
/** Items that a page may look at: at the least share the next page does not wait longer than that. */
export const MOST_LOOKED = 10_000;

/** Keeps those who list everything again and again from taking the time that SIP needs: whoever turns a few pages notices nothing. */
export class Pace {
  #left = BURST;
  #at = performance.now();
  #used: EventLoopUtilization = clock.eventLoopUtilization();
  #share = SHARE;
  /** Milliseconds that listings took since the last look: they are not what keeps the process busy. */
  #own = 0;

  /** Resolves when a page may be made. Throws DeskError where too many are asked for at once. */
  async turn(): Promise<void> {
    this.#refill();
    const wait = -this.#left / this.#share;
    if (wait > LONGEST) throw new DeskError('busy', 'Too much is listed at once: try again later.', { 'retry-after': '10' });
    this.#spend(PAGE);
    if (wait > 0) await pause(wait, undefined, { ref: false });
  }

  /** An item was looked at, and so many were shown of it. */
  spent(shown: number): void {
    this.#spend(LOOKED + SHOWN * shown);
  }

  #spend(milliseconds: number): void {
    this.#left -= milliseconds;
    this.#own += milliseconds;
  }

  #refill(): void {
    const now = performance.now();
    if (now - this.#at > 50) this.#look();
    this.#left = Math.min(BURST, this.#left + (now - this.#at) * this.#share);
    this.#at = now;
  }

  /** How busy the process was with other work since the last look. */
  #look(): void {
    const used = clock.eventLoopUtilization();
    const { active, idle } = clock.eventLoopUtilization(used, this.#used);
    const others = Math.max(0, active - this.#own) / Math.max(1, active + idle);
    this.#used = used;
    this.#own = 0;
    this.#share = SHARE + MORE_AT_REST * Math.max(0, 1 - others / BUSY);
  }
}
