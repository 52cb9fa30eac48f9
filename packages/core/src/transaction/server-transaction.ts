import type { ServerKey } from './server-key.js';

/** Who is told of a request while its response is awaited. */
export interface Watcher {
  /** It is late: the moment for a 100 (Trying) has come (RFC 4320 4.1). Absent where none may be sent. */
  late?(): void;
  /** It ends without a final response. */
  ended(): void;
  /** Nobody answered within 64*T1, and no answer may be sent any more (RFC 4320 4.2). Told after `ended`. */
  abandoned(): void;
}

/**
 * The non-INVITE server transaction, RFC 3261 17.2.2, and the INVITE one (17.2.1) up to its final response (see InviteServer).
 *
 *     trying --100--> proceeding --final--> completed --timer J--> terminated
 *        '------------------final--------------^
 */
export class ServerTransaction {
  /** 17.2.2: "The state machine is initialized in the 'Trying' state and is passed a request other than INVITE or ACK". */
  state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying';
  /** By performance.now(); -1 for a request that is answered at once. */
  startedAt = -1;
  /** Set while the request waits for its response. */
  watcher: Watcher | undefined = undefined;
  /** The last response sent. */
  #response: Uint8Array | undefined = undefined;

  constructor(readonly key: ServerKey) {}

  /**
   * The response to a retransmission; undefined: say nothing.
   * Trying: "any further request retransmissions are discarded". Proceeding: "the most recently sent provisional response MUST
   * be passed to the transport layer for retransmission". Completed: the final response likewise.
   */
  get again(): Uint8Array | undefined {
    return this.#response;
  }

  /** "If the TU passes a provisional response … the server transaction MUST enter the 'Proceeding' state." */
  proceed(response: Uint8Array): void {
    if (this.state !== 'trying') return;
    this.state = 'proceeding';
    this.#response = response;
  }

  /** "If the TU passes a final response … the server transaction MUST enter the 'Completed' state." */
  complete(response: Uint8Array): void {
    this.state = 'completed';
    this.#response = response;
    this.watcher = undefined;
  }

  /** "The server transaction MUST be destroyed the instant it enters the 'Terminated' state." */
  terminate(): void {
    this.state = 'terminated';
    this.#response = undefined;
    const { watcher } = this;
    this.watcher = undefined;
    watcher?.ended();
  }

  /** A 100 is never large. */
  get isLarge(): boolean {
    return false;
  }

  get isOver(): boolean {
    return this.state === 'completed' || this.state === 'terminated';
  }
}
