import type { Message, Via } from '@nksip-ts/sip';

/** The base timers of RFC 3261 17, in milliseconds (the options `sip_timer_t1` and `sip_timer_t2`). */
export interface TransactionTimers {
  readonly t1: number;
  readonly t2: number;
}

export type SentBy = Pick<Via, 'transport' | 'host' | 'port'>;

export type NonInviteClientState = 'trying' | 'proceeding' | 'terminated';

/** Whose request it is. After one of the outcomes, of which there is one, it is told nothing more. */
export interface TransactionUser {
  /** Hands the request to the transport: at first, and each time that it is to be sent again. What fails there is the transaction's. */
  transmit(transaction: NonInviteClient): void;
  /** The final response. */
  responded(response: Message): void;
  /** It needs nothing of a 2xx but that it came: then `succeeded` is called instead of `responded`, and no message is made. */
  readonly needsNoMore?: boolean;
  succeeded?(): void;
  /** Timer F fired. */
  timedOut(): void;
  transportFailed(error: unknown): void;
}

/** Who finds it by its key. */
export interface TransactionKeeper {
  /** It is over. */
  terminated(transaction: NonInviteClient): void;
}

/**
 * The non-INVITE client transaction (RFC 3261 17.1.2). It knows no sockets. One timer does for E and F. The state "Completed" and its Timer K are not kept: they are
 * there "to buffer any additional response retransmissions", and a response without a transaction is dropped all the same.
 */
export class NonInviteClient {
  #state: NonInviteClientState = 'trying';
  #timer: NodeJS.Timeout | undefined;
  /** Milliseconds of Timer E, and those that remain to Timer F behind the running one. */
  #interval: number;
  #remaining: number;
  /**
   * Undefined once it is over. V8's tables keep what they hold until the next full collection where they are old themselves, also what was taken out since: with
   * all that hangs on it, a NOTIFY and its response would outlive the young heap. So nothing hangs on a transaction that is over.
   */
  #user: TransactionUser | undefined;

  constructor(
    /** What its response is found by, and what else that is matched by. */
    readonly branch: string,
    readonly method: string,
    readonly sentBy: SentBy,
    /** Nothing is retransmitted over a reliable transport. */
    isReliable: boolean,
    private readonly timers: TransactionTimers,
    user: TransactionUser,
    private readonly keeper: TransactionKeeper,
  ) {
    this.#user = user;
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
    if (this.#state === 'terminated') return;
    // A provisional response has the transaction "move to the "Proceeding" state"; nobody here wants to be told of it.
    if (response.status < 200) this.#state = 'proceeding';
    else this.#complete(response);
  }

  /** A 2xx has come, of which nobody has made a message. False: it is needed. */
  succeed(): boolean {
    const user = this.#user;
    if (user?.needsNoMore !== true || user.succeeded === undefined) return false;
    this.#end();
    user.succeeded();
    return true;
  }

  /**
   * 17.1.4: "The client transaction SHOULD inform the TU that a transport failure has occurred, and the client transaction SHOULD
   * transition directly to the "Terminated" state."
   */
  transportFailed(error: unknown): void {
    this.#end()?.transportFailed(error);
  }

  /** Gives the transaction up, in whatever state it is: its timer is cleared and nobody is told of an outcome. */
  terminate(): void {
    this.#end();
  }

  /** Whoever is to be told of the outcome; undefined: the transaction was over before. */
  #end(): TransactionUser | undefined {
    const user = this.#user;
    if (user === undefined) return undefined;
    this.#state = 'terminated';
    this.#user = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.keeper.terminated(this);
    return user;
  }

  /** 17.1.2.2: a final response "MUST be passed to the TU". */
  #complete(response: Message): void {
    this.#end()?.responded(response);
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
    this.#end()?.timedOut();
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
      this.#user?.transmit(this);
    } catch (error) {
      queueMicrotask(() => this.transportFailed(error));
    }
  }
}

/** One function for all timers. */
function fired(transaction: NonInviteClient): void {
  transaction.fired();
}
