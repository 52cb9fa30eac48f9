import type { Message } from '@nksip-ts/sip';
import type { MemoryAccount, Tally } from '../memory/account.js';
import { costOf } from './admission.js';

/**
 * What requests hold whose response is not there yet: until their callbacks are done, even if nobody waits for that any more. Requests that
 * came in one chunk of a stream hold on to all of it, and it counts once.
 */
export class RequestsUnderWay {
  readonly #held: Tally;
  /** How many requests stand in each buffer. */
  readonly #buffers = new Map<ArrayBufferLike, number>();

  constructor(memory: MemoryAccount) {
    this.#held = memory.tally('requests');
  }

  add(message: Message): void {
    const { buffer } = message;
    const others = this.#buffers.get(buffer) ?? 0;
    this.#buffers.set(buffer, others + 1);
    this.#held.add(costOf(message) - (others > 0 ? buffer.byteLength : 0));
  }

  delete(message: Message): void {
    const { buffer } = message;
    const others = (this.#buffers.get(buffer) ?? 1) - 1;
    if (others > 0) this.#buffers.set(buffer, others);
    else this.#buffers.delete(buffer);
    this.#held.add((others > 0 ? buffer.byteLength : 0) - costOf(message));
  }
}
