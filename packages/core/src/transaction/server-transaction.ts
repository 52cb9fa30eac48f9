import type { ServerKey } from './server-key.js';

/** Bytes of bookkeeping for each finished transaction, measured with 100,000 of them. */
const overhead = 300;

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
  /** Milliseconds since 1970; set when the request is not answered at once. */
  startedAt = 0;
  expiresAt = 0;
  next: ServerTransaction | undefined = undefined;
  /** The last response sent. */
  #response: Uint8Array | undefined = undefined;
  /** Sends the 100 (Trying) of a request that is late; set while the request waits. */
  sendTrying: (() => void) | undefined = undefined;

  constructor(readonly key: ServerKey) {}

  /** What this transaction holds, in bytes. */
  get size(): number {
    return overhead + this.key.call.length + this.key.hop.length + (this.#response?.length ?? 0);
  }

  /**
   * The answer to a retransmission; undefined: say nothing.
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
  complete(response: Uint8Array, expiresAt: number): void {
    this.state = 'completed';
    this.#response = response;
    this.expiresAt = expiresAt;
    this.sendTrying = undefined;
  }

  /** "The server transaction MUST be destroyed the instant it enters the 'Terminated' state." */
  terminate(): void {
    this.state = 'terminated';
    this.#response = undefined;
    this.sendTrying = undefined;
    this.next = undefined;
  }

  get isOver(): boolean {
    return this.state === 'completed' || this.state === 'terminated';
  }
}
