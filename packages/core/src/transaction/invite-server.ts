import type { TransactionTimers } from './non-invite-client.js';
import type { ServerKey } from './server-key.js';

export type InviteTimers = Pick<TransactionTimers, 't1' | 't4'>;

/**
 * The INVITE server transaction of RFC 3261 17.2.1, from the final response on: this framework refuses every INVITE, and each response
 * before that is the server side's.
 *
 *     completed --ACK--> confirmed --timer I--> terminated
 *         '---timer H (no ACK)----------------------^
 *
 * There is no timer G, which sends the response again by itself: over UDP the address of the INVITE may be somebody else's, who
 * would get eleven responses for one request. Timer A of the client sends the INVITE again until a response comes (17.1.1.2).
 */
export class InviteServer {
  readonly isOver = true;
  state: 'completed' | 'confirmed' | 'terminated' = 'completed';
  #end: NodeJS.Timeout | undefined;

  constructor(
    readonly key: ServerKey,
    /** The `hop` that its ACK has. */
    readonly ackHop: string,
    private readonly response: Uint8Array,
    private readonly reliable: boolean,
    private readonly timers: InviteTimers,
    private readonly onEnd: (transaction: InviteServer) => void,
  ) {
    // "If timer H fires while in the "Completed" state, it implies that the ACK was never received."
    this.#end = after(64 * timers.t1, () => { this.terminate(); });
  }

  /** "If a request retransmission is received while in the "Completed" state, the server SHOULD pass the response to the transport." */
  get again(): Uint8Array | undefined {
    return this.state === 'completed' ? this.response : undefined;
  }

  /** "If an ACK is received while the server transaction is in the "Completed" state, the server transaction MUST transition to "Confirmed"." */
  onAck(): void {
    if (this.state !== 'completed') return;
    this.state = 'confirmed';
    clearTimeout(this.#end);
    // "timer I … is set to fire in T4 seconds for unreliable transports, and zero seconds for reliable transports."
    if (this.reliable) this.terminate();
    else this.#end = after(this.timers.t4, () => { this.terminate(); });
  }

  terminate(): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    clearTimeout(this.#end);
    this.onEnd(this);
  }
}

function after(milliseconds: number, then: () => void): NodeJS.Timeout {
  return setTimeout(then, milliseconds).unref();
}
