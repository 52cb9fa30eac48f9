import type { MaybePromise } from '@nksip-ts/core';
import { BoundedMap } from '@nksip-ts/memory';
import type { StateDocument } from '../package/event-package.js';

/** Seconds that an answer holds, unless the service says that it has changed. */
const HOLDS = 300;

interface Answer {
  /** Undefined: the service knows nothing. */
  readonly state: StateDocument | undefined;
  /** A moment of performance.now(). */
  readonly until: number;
}

/** What the service has said of addresses (`sip_event_notifier_state`), of 10,000 of them at most. */
export class HardStates {
  readonly #answers = new BoundedMap<string, Answer>(10_000);

  /** `ask` is called where nothing is known any more; what it throws is thrown, and asked again the next time. */
  async of(key: string, ask: () => MaybePromise<StateDocument | undefined>): Promise<StateDocument | undefined> {
    const now = performance.now();
    const known = this.#answers.get(key);
    if (known !== undefined && known.until > now) return known.state;
    this.forget(key);
    const state = await ask();
    this.#answers.set(key, { state, until: now + HOLDS * 1000 });
    return state;
  }

  forget(key: string): void {
    this.#answers.delete(key);
  }
}
