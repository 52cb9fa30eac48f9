import { NksipError } from '../errors.js';

/** Told of a result that came when nobody waited for it any more. */
export type OnLate = (what: string, milliseconds: number) => void;

/** Calls that have not returned yet: each has its time, and all end when their owner closes. */
export class PendingCalls {
  readonly #seconds: () => number;
  readonly #late: OnLate;
  readonly #pending = new Set<(fault: NksipError) => void>();

  /** `seconds`: the time of one call. */
  constructor(seconds: () => number, late: OnLate) {
    this.#seconds = seconds;
    this.#late = late;
  }

  /** The result, or rejects with `timeout`, or with what `close` was given. `what` stands in the message. */
  wait<T>(what: string, result: Promise<T>): Promise<T> {
    const seconds = this.#seconds();
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const giveUp = (fault: NksipError): void => {
        this.#pending.delete(giveUp);
        clearTimeout(timer);
        reject(fault);
      };
      const timer = setTimeout(() => giveUp(new NksipError('timeout', { what: `The store's '${what}'`, seconds })), seconds * 1000);
      this.#pending.add(giveUp);
      const settle = (end: () => void): void => {
        if (!this.#pending.delete(giveUp)) return this.#late(what, performance.now() - began);
        clearTimeout(timer);
        end();
      };
      Promise.resolve(result).then((value) => settle(() => resolve(value)), (error: unknown) => settle(() => reject(error)));
    });
  }

  /** Ends all that still wait, with this fault. */
  close(fault: NksipError): void {
    for (const giveUp of this.#pending) giveUp(fault);
  }
}
