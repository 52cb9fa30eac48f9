import type { MemoryAccount, Tally } from '../memory/account.js';
import { InviteServer, type InviteTimers } from './invite-server.js';
import type { ServerKey } from './server-key.js';

/** INVITEs whose refusal waits for its ACK; beyond it they are refused without a transaction. */
const most = 10_000;

/** Bytes of a refused INVITE beside its response and its texts: the transaction, its timer, its place in the table. Measured: 1,400. */
const overhead = 2000;

/** The INVITEs that were refused, until their ACK has come. What they hold grows with the request, and is in the account. */
export class InviteTable {
  readonly #transactions = new Map<string, InviteServer>();
  readonly #held: Tally;

  constructor(memory: MemoryAccount) {
    this.#held = memory.tally('invites');
  }

  get size(): number {
    return this.#transactions.size;
  }

  get(call: string): InviteServer | undefined {
    return this.#transactions.get(call);
  }

  /** `ackHop`: the `hop` that the ACK has. */
  add(key: ServerKey, ackHop: string, response: Uint8Array, reliable: boolean, timers: InviteTimers): void {
    if (this.size >= most) return;
    const call = copyOf(key.call);
    const own = { call, hop: copyOf(key.hop), way: copyOf(key.way ?? '') };
    const cost = overhead + response.length + call.length + own.hop.length + own.way.length + ackHop.length;
    this.#held.add(cost);
    // A copy, which stands alone: small buffers are cut out of a pool (64 KiB since Node 24), and each would hold on to all of it.
    const kept = new Uint8Array(response);
    this.#transactions.set(call, new InviteServer(own, copyOf(ackHop), kept, reliable, timers, (transaction) => {
      this.#held.add(-cost);
      if (this.#transactions.get(call) === transaction) this.#transactions.delete(call);
    }));
  }

  close(): void {
    for (const transaction of [...this.#transactions.values()]) transaction.terminate();
  }
}

/** A text that does not hold on to the text that it was cut out of: the whole head of a message. */
function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
