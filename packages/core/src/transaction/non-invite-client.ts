import type { Message, Via } from '@nksip-ts/sip';

/** The base timers of RFC 3261 17, in milliseconds (the options `sip_timer_t1`, `sip_timer_t2` and `sip_timer_t4`). */
export interface TransactionTimers {
  readonly t1: number;
  readonly t2: number;
  readonly t4: number;
}

export type SentBy = Pick<Via, 'transport' | 'host' | 'port'>;

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';

/** Whose request it is. After one of the outcomes, of which there is one, it is told nothing more. */
export interface TransactionUser {
  /** Hands the request to the transport: at first, and each time that it is to be sent again. What fails there is the transaction's. */
  transmit(transaction: NonInviteClient): void;
  /** The final response. */
  responded(response: Message): void;
  /** Timer F fired. */
  timedOut(): void;
  transportFailed(error: unknown): void;
}

/** Who keeps it. */
export interface TransactionKeeper {
  /** It has its final response, and over an unreliable transport repetitions of that may come. */
  completed(transaction: NonInviteClient): void;
  /** It is over. */
  terminated(transaction: NonInviteClient): void;
}

/**
 * The non-INVITE client transaction (RFC 3261 17.1.2). It knows no sockets. One timer does for E and F; K, a matter
 * of memory alone, is left to whoever keeps it.
 */
export class NonInviteClient {
  #state: NonInviteClientState = 'trying';
  #timer: NodeJS.Timeout | undefined;
  /** Milliseconds of Timer E, and those that remain to Timer F behind the running one. */
  #interval: number;
  #remaining: number;

  constructor(
    /** What its response is found by, and our part of what it is matched by. */
    readonly key: string,
    readonly sentBy: SentBy,
    /** Nothing is retransmitted over a reliable transport, and Timer K is zero there. */
    private readonly isReliable: boolean,
    readonly timers: TransactionTimers,
    private readonly user: TransactionUser,
    private readonly keeper: TransactionKeeper,
  ) {
    this.#interval = isReliable ? Infinity : timers.t1;
    this.#remaining = 64 * timers.t1;
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
    this.#wait();
    this.#transmit();
  }

  receive(response: Message): void {
    // 17.1.2.2: the "Completed" state buffers "any additional response retransmissions that may be received".
    if (!this.#isWaiting) return;
    // A provisional response has the transaction "move to the "Proceeding" state"; nobody here wants to be told of it.
    if (response.status < 200) this.#state = 'proceeding';
    else this.#complete(response);
  }

  /**
   * 17.1.4: "The client transaction SHOULD inform the TU that a transport failure has occurred, and the client transaction SHOULD
   * transition directly to the "Terminated" state."
   */
  transportFailed(error: unknown): void {
    if (!this.#isWaiting) return;
    this.terminate();
    this.user.transportFailed(error);
  }

  /** Gives the transaction up, in whatever state it is: its timer is cleared and nobody is told of an outcome. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#enter('terminated');
    this.keeper.terminated(this);
  }

  get #isWaiting(): boolean {
    return this.#state === 'trying' || this.#state === 'proceeding';
  }

  /**
   * 17.1.2.2: a final response "MUST be passed to the TU, and the client transaction MUST transition to the "Completed" state", and
   * there "it MUST set Timer K to fire in T4 seconds for unreliable transports, and zero seconds for reliable transports".
   */
  #complete(response: Message): void {
    this.#enter('completed');
    if (this.isReliable) this.terminate();
    else this.keeper.completed(this);
    this.user.responded(response);
  }

  /** Until Timer E or F fires, whichever is first. */
  #wait(): void {
    const pause = Math.min(this.#interval, this.#remaining);
    this.#remaining -= pause;
    this.#timer = setTimeout(fired, pause, this);
  }

  /** @internal */
  fired(): void {
    if (this.#remaining <= 0) return this.#timedOut();
    this.#retransmit();
  }

  /** 17.1.2.2, Timer F: "the TU MUST be informed of a timeout, and the client transaction MUST transition to the terminated state". */
  #timedOut(): void {
    this.terminate();
    this.user.timedOut();
  }

  /**
   * 17.1.2.2, Timer E in "Trying": "the timer is reset, but this time with a value of MIN(2*T1, T2). When the timer fires again, it
   * is reset to a MIN(4*T1, T2)." In "Proceeding": "Timer E MUST be reset with a value of T2 seconds".
   */
  #retransmit(): void {
    const { t2 } = this.timers;
    this.#interval = this.#state === 'proceeding' ? t2 : Math.min(2 * this.#interval, t2);
    this.#wait();
    this.#transmit();
  }

  /** What throws there is a failure to send. */
  #transmit(): void {
    try {
      this.user.transmit(this);
    } catch (error) {
      queueMicrotask(() => this.transportFailed(error));
    }
  }

  #enter(state: 'completed' | 'terminated'): void {
    this.#state = state;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** One function for all timers. */
function fired(transaction: NonInviteClient): void {
  transaction.fired();
}
