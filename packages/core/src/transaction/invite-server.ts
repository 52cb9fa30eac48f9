import type { ServerKey } from './server-key.js';

export interface InviteTimers {
  /** Milliseconds. */
  readonly t1: number;
  readonly t2: number;
  readonly t4: number;
}

/**
 * The INVITE server transaction of RFC 3261 17.2.1, from the final response on: this framework refuses every INVITE at once, so
 * that "Proceeding" has no duration.
 *
 *     completed --ACK--> confirmed --timer I--> terminated
 *         '---timer H (no ACK)----------------------^
 */
export class InviteServer {
  readonly isOver = true;
  state: 'completed' | 'confirmed' | 'terminated' = 'completed';
  #resend: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;

  constructor(
    readonly key: ServerKey,
    /** The `hop` that its ACK has. */
    readonly ackHop: string,
    private readonly response: Uint8Array,
    private readonly send: (response: Uint8Array) => void,
    private readonly reliable: boolean,
    private readonly timers: InviteTimers,
    private readonly onEnd: (transaction: InviteServer) => void,
  ) {
    // "If timer H fires while in the "Completed" state, it implies that the ACK was never received."
    this.#end = after(64 * timers.t1, () => { this.terminate(); });
    // "For unreliable transports, timer G is set to fire in T1 seconds, and is not set to fire for reliable transports."
    if (!reliable) this.#scheduleG(timers.t1);
    send(response);
  }

  /** "If a request retransmission is received while in the "Completed" state, the server SHOULD pass the response to the transport." */
  get again(): Uint8Array | undefined {
    return this.state === 'completed' ? this.response : undefined;
  }

  /** "If an ACK is received while the server transaction is in the "Completed" state, the server transaction MUST transition to "Confirmed"." */
  onAck(): void {
    if (this.state !== 'completed') return;
    this.state = 'confirmed';
    clearTimeout(this.#resend);
    clearTimeout(this.#end);
    // "timer I … is set to fire in T4 seconds for unreliable transports, and zero seconds for reliable transports."
    if (this.reliable) this.terminate();
    else this.#end = after(this.timers.t4, () => { this.terminate(); });
  }

  terminate(): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    clearTimeout(this.#resend);
    clearTimeout(this.#end);
    this.onEnd(this);
  }

  /** "When timer G fires, the response is passed to the transport layer once more … timer G is set to fire in MIN(2*T1, T2) seconds." */
  #scheduleG(interval: number): void {
    this.#resend = after(interval, () => {
      // One that cannot be sent is as one that was lost, and nobody stands above a timer to hear of it.
      try { this.send(this.response); } catch {}
      this.#scheduleG(Math.min(2 * interval, this.timers.t2));
    });
  }
}

function after(milliseconds: number, then: () => void): NodeJS.Timeout {
  return setTimeout(then, milliseconds).unref();
}
