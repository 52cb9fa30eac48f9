import { isThenable, type MaybePromise } from '@nksip-ts/core';
import { BoundedMap } from '@nksip-ts/memory';
import type { StateDocument } from '../package/event-package.js';

/** Seconds for which an answer is used, unless `changed` is called. */
const HOLDS = 300;

interface Answer {
  /** Undefined: the service knows nothing. */
  readonly state: StateDocument | undefined;
  /** A moment of performance.now(). */
  readonly until: number;
}

/** The last answers of `sip_event_notifier_state`, for 10,000 addresses at most. */
export class HardStates {
  readonly #answers = new BoundedMap<string, Answer>(10_000);
  /** Questions without an answer. What was asked before `forget` may be answered with what was before. */
  readonly #asked = new Map<string, symbol>();

  /** Calls `ask` if there is no valid answer. What it throws is thrown, and not kept. */
  of(key: string, ask: () => MaybePromise<StateDocument | undefined>): MaybePromise<StateDocument | undefined> {
    const now = performance.now();
    const known = this.#answers.get(key);
    if (known !== undefined && known.until > now) return known.state;
    this.forget(key);
    const question = Symbol();
    this.#asked.set(key, question);
    try {
      const state = ask();
      return isThenable(state) ? this.#later(key, question, state, now) : this.#answered(key, question, state, now);
    } catch (error) {
      this.#stillAsked(key, question);
      throw error;
    }
  }

  async #later(key: string, question: symbol, asked: Promise<StateDocument | undefined>, now: number): Promise<StateDocument | undefined> {
    try {
      return this.#answered(key, question, await asked, now);
    } catch (error) {
      this.#stillAsked(key, question);
      throw error;
    }
  }

  #answered(key: string, question: symbol, state: StateDocument | undefined, now: number): StateDocument | undefined {
    if (this.#stillAsked(key, question)) this.#answers.set(key, { state, until: now + HOLDS * 1000 });
    return state;
  }

  /** Whether nothing was forgotten meanwhile. It is asked no longer. */
  #stillAsked(key: string, question: symbol): boolean {
    return this.#asked.get(key) === question && this.#asked.delete(key);
  }

  forget(key: string): void {
    this.#answers.delete(key);
    this.#asked.delete(key);
  }
}
