import type { ServerKey } from './server-key.js';

/** Milliseconds. */
export interface InviteTimers {
  /** How long an ACK is waited for: 64*T1. */
  readonly timerH: number;
  /** How long more ACKs are absorbed over an unreliable transport: T4. */
  readonly timerI: number;
}

/** An INVITE that was refused. */
export interface RefusedInvite {
  readonly key: ServerKey;
  /** The To tag that its ACK has. */
  readonly ackTag: string;
  readonly response: Uint8Array;
  /** The response is larger than what came allows. */
  readonly isLarge: boolean;
  /** It came over a transport that loses nothing. */
  readonly isReliable: boolean;
}

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
    private readonly invite: RefusedInvite,
    private readonly timers: InviteTimers,
    private readonly onEnd: (transaction: InviteServer) => void,
  ) {
    // "If timer H fires while in the "Completed" state, it implies that the ACK was never received."
    this.#end = after(timers.timerH, () => { this.terminate(); });
  }

  get key(): ServerKey { return this.invite.key; }
  get isLarge(): boolean { return this.invite.isLarge; }

  /** Whether an ACK with this To tag, from there, is its own. RFC 3261 17.1.1.3: it has the To of the response. */
  isAcknowledgedBy(toTag: string, address: string): boolean {
    return this.invite.ackTag === toTag && this.key.address === address;
  }

  /** "If a request retransmission is received while in the "Completed" state, the server SHOULD pass the response to the transport." */
  get again(): Uint8Array | undefined {
    return this.state === 'completed' ? this.invite.response : undefined;
  }

  /** "If an ACK is received while the server transaction is in the "Completed" state, the server transaction MUST transition to "Confirmed"." */
  onAck(): void {
    if (this.state !== 'completed') return;
    this.state = 'confirmed';
    clearTimeout(this.#end);
    // "timer I … is set to fire in T4 seconds for unreliable transports, and zero seconds for reliable transports."
    if (this.invite.isReliable) this.terminate();
    else this.#end = after(this.timers.timerI, () => { this.terminate(); });
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
