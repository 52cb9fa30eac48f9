import type { Message } from '@nksip-ts/sip';

/** The base timers of RFC 3261 17, in milliseconds (the options `sip_timer_t1`, `sip_timer_t2` and `sip_timer_t4`). */
export interface TransactionTimers {
  readonly t1: number;
  readonly t2: number;
  readonly t4: number;
}

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';

export interface NonInviteClientInput {
  /** Whether the transport is reliable: then nothing is retransmitted and Timer K is zero. */
  readonly reliable: boolean;
  readonly timers: TransactionTimers;
  /** Passes the request to the transport. A rejection is a transport failure. */
  readonly send: () => Promise<void>;
  readonly onProvisional?: (response: Message) => void;
  /** The final response, once. After it, none of the others but `onTerminated` is called. */
  readonly onResponse: (response: Message) => void;
  /** Timer F fired. */
  readonly onTimeout: () => void;
  readonly onTransportError: (error: unknown) => void;
  /** The transaction holds no timer any more and can be forgotten. */
  readonly onTerminated: () => void;
}

/** The non-INVITE client transaction (RFC 3261 17.1.2). It knows neither sockets nor how responses are matched to it. */
export class NonInviteClient {
  #state: NonInviteClientState = 'trying';
  #timerE: NodeJS.Timeout | undefined;
  /** Timer F until the final response, Timer K after it. */
  #timerFK: NodeJS.Timeout | undefined;
  #interval: number;
  readonly #input: NonInviteClientInput;

  constructor(input: NonInviteClientInput) {
    this.#input = input;
    this.#interval = input.timers.t1;
  }

  get state(): NonInviteClientState {
    return this.#state;
  }

  /**
   * 17.1.2.2: "When entering this state, the client transaction SHOULD set timer F to fire in 64*T1 seconds. The request MUST be
   * passed to the transport layer for transmission. If an unreliable transport is in use, the client transaction MUST set timer E
   * to fire in T1 seconds."
   */
  start(): void {
    const { reliable, timers } = this.#input;
    this.#timerFK = setTimeout(() => this.#timedOut(), 64 * timers.t1);
    if (!reliable) this.#timerE = setTimeout(() => this.#retransmit(), this.#interval);
    this.#transmit();
  }

  receive(response: Message): void {
    // 17.1.2.2: the "Completed" state buffers "any additional response retransmissions that may be received".
    if (!this.#waiting()) return;
    if (response.status >= 200) this.#complete(response);
    else this.#proceed(response);
  }

  /**
   * 17.1.4: "The client transaction SHOULD inform the TU that a transport failure has occurred, and the client transaction SHOULD
   * transition directly to the "Terminated" state."
   */
  transportFailed(error: unknown): void {
    if (!this.#waiting()) return;
    this.terminate();
    this.#input.onTransportError(error);
  }

  /** Gives the transaction up, in whatever state it is: its timers are cleared and nobody is told of an outcome. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#enter('terminated');
    this.#input.onTerminated();
  }

  #waiting(): boolean {
    return this.#state === 'trying' || this.#state === 'proceeding';
  }

  /** 17.1.2.2: a provisional response "MUST be passed to the TU, and then the client transaction SHOULD move to the "Proceeding" state". */
  #proceed(response: Message): void {
    this.#state = 'proceeding';
    this.#input.onProvisional?.(response);
  }

  /**
   * 17.1.2.2: a final response "MUST be passed to the TU, and the client transaction MUST transition to the "Completed" state", and
   * there "it MUST set Timer K to fire in T4 seconds for unreliable transports, and zero seconds for reliable transports".
   */
  #complete(response: Message): void {
    this.#enter('completed');
    if (this.#input.reliable) this.terminate();
    else this.#timerFK = setTimeout(() => this.terminate(), this.#input.timers.t4);
    this.#input.onResponse(response);
  }

  /** 17.1.2.2, Timer F: "the TU MUST be informed of a timeout, and the client transaction MUST transition to the terminated state". */
  #timedOut(): void {
    this.terminate();
    this.#input.onTimeout();
  }

  /**
   * 17.1.2.2, Timer E in "Trying": "the timer is reset, but this time with a value of MIN(2*T1, T2). When the timer fires again, it
   * is reset to a MIN(4*T1, T2)." In "Proceeding": "Timer E MUST be reset with a value of T2 seconds".
   */
  #retransmit(): void {
    const { t2 } = this.#input.timers;
    this.#interval = this.#state === 'proceeding' ? t2 : Math.min(2 * this.#interval, t2);
    this.#timerE = setTimeout(() => this.#retransmit(), this.#interval);
    this.#transmit();
  }

  #transmit(): void {
    this.#input.send().catch((error: unknown) => this.transportFailed(error));
  }

  /** Every state owns its timers: those of the one that is left are cleared. */
  #enter(state: 'completed' | 'terminated'): void {
    this.#state = state;
    clearTimeout(this.#timerE);
    clearTimeout(this.#timerFK);
    this.#timerE = undefined;
    this.#timerFK = undefined;
  }
}
