import { flatText } from '@nksip-ts/memory';
import type { MemoryAccount, Tally } from '../memory/account.js';
import { InviteServer, type InviteTimers, type RefusedInvite } from './invite-server.js';

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

  add(invite: RefusedInvite, timers: InviteTimers): void {
    if (this.size >= most) return;
    const own = copyOf(invite);
    const { call } = own.key;
    const cost = costOf(own);
    this.#held.add(cost);
    this.#transactions.set(call, new InviteServer(own, timers, (transaction) => {
      this.#held.add(-cost);
      if (this.#transactions.get(call) === transaction) this.#transactions.delete(call);
    }));
  }

  close(): void {
    for (const transaction of [...this.#transactions.values()]) transaction.terminate();
  }
}

function costOf({ key, ackTag, response }: RefusedInvite): number {
  return overhead + response.length + key.call.length + key.toTag.length + key.address.length + (key.way?.length ?? 0) + ackTag.length;
}

/** A copy that stands alone. Small buffers are cut out of a pool (64 KiB since Node 24), and each would hold on to all of it. */
function copyOf({ key: { call, toTag, address, way = '' }, ackTag, response, ...others }: RefusedInvite): RefusedInvite {
  const key = { call: flatText(call), toTag: flatText(toTag), address: flatText(address), way: flatText(way) };
  return { ...others, key, ackTag: flatText(ackTag), response: new Uint8Array(response) };
}
