import { setTimeout as pause } from 'node:timers/promises';
import { DeskError } from '../contract/desk-error.js';

/** The share of the time that may go into listings, and what may go into them at once when there were none for a while, in milliseconds. */
const SHARE = 0.02;
const BURST = 60;
/** What a page costs, and each item in it, in milliseconds: measured, with what HTTP takes. */
const PAGE = 0.4;
const ITEM = 0.006;
/** Milliseconds: nobody waits for longer. */
const LONGEST = 8000;

/** Keeps those who list everything again and again from taking the time that SIP needs: whoever turns a few pages notices nothing. */
export class Pace {
  #left = BURST;
  #at = performance.now();

  /** Resolves when a page may be made. Throws DeskError where too many are asked for at once. */
  async turn(): Promise<void> {
    this.#refill();
    const wait = -this.#left / SHARE;
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
    this.#left = Math.min(BURST, this.#left + (now - this.#at) * SHARE);
    this.#at = now;
  }
}
