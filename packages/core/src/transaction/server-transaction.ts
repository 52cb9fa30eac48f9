import type { ServerKey } from './server-key.js';

/**
 * The non-INVITE server transaction, RFC 3261 17.2.2, and the INVITE one (17.2.1) as far as a server goes that only ever
 * refuses.
 *
 *     trying --100--> proceeding --final--> completed --timer J--> terminated
 *        '------------------final--------------^
 */
export class ServerTransaction {
  /** 17.2.2: "The state machine is initialized in the 'Trying' state and is passed a request other than INVITE or ACK". */
  state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying';
  /** By performance.now(); -1 for a request that is answered at once. */
  startedAt = -1;
  /** The last response sent. */
  #response: Uint8Array | undefined = undefined;
  /** Sends the 100 (Trying) of a request that is late; set while the request waits. */
  sendTrying: (() => void) | undefined = undefined;

  /** Told when it ends without a final response; set while the request waits. */
  onEnd: (() => void) | undefined = undefined;

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
    this.sendTrying = undefined;
  }

  /** "The server transaction MUST be destroyed the instant it enters the 'Terminated' state." */
  terminate(): void {
    this.state = 'terminated';
    this.#response = undefined;
    this.sendTrying = undefined;
    this.onEnd?.();
    this.onEnd = undefined;
  }

  get isOver(): boolean {
    return this.state === 'completed' || this.state === 'terminated';
  }
}
