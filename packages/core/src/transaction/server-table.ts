import { ServerTransaction } from './server-transaction.js';
import type { ServerKey } from './server-key.js';

export interface ServerTableOptions {
  /** How long an answer is kept for retransmissions: timer J, 64*T1 (RFC 3261 17.2.2). Milliseconds. */
  readonly timerJ: number;
  /** How long a request may stay unanswered before it gets a 100 (RFC 4320 4.1). Milliseconds. */
  readonly trying: number;
  /** Requests being worked on at one time. */
  readonly maxOngoing: number;
  /** Bytes that finished transactions may hold; beyond it the oldest goes first. */
  readonly maxBytes: number;
}

/** What the table finds out as time passes. */
export interface ServerTableEvents {
  /** The moment for a 100 (Trying) has come. */
  late(transaction: ServerTransaction): void;
  /** Nobody answered within 64*T1: no answer may be sent any more (RFC 4320 4.2). */
  abandoned(transaction: ServerTransaction): void;
}

const tick = 250;
/** Expired ones let go in one turn of the event loop: about 1 ms of work. */
const sweepSlice = 2_000;

/**
 * The server transactions of one service. Finished ones all live for the same time, so the order in which they finish is the
 * order in which they expire: a linked list and one interval instead of a timer for each.
 */
export class ServerTable {
  readonly #byCall = new Map<string, ServerTransaction>();
  readonly #waiting = new Set<ServerTransaction>();
  #oldest: ServerTransaction | undefined;
  #newest: ServerTransaction | undefined;
  #bytes = 0;
  #ongoing = 0;
  readonly #interval: NodeJS.Timeout;

  constructor(private options: ServerTableOptions, private readonly events: ServerTableEvents) {
    this.#interval = setInterval(() => { this.#onTick(); }, tick);
    this.#interval.unref();
  }

  get ongoing(): number { return this.#ongoing; }
  get finished(): number { return this.#byCall.size - this.#ongoing; }
  get bytes(): number { return this.#bytes; }

  /** New limits and times, for transactions that finish from now on. */
  configure(options: ServerTableOptions): void {
    this.options = options;
  }

  /** The transaction of the same request: a retransmission if its `hop` is the same, else a merged request. */
  find(call: string): ServerTransaction | undefined {
    return this.#byCall.get(call);
  }

  /** Starts a transaction; undefined if too many are under way. */
  begin(key: ServerKey): ServerTransaction | undefined {
    if (this.#ongoing >= this.options.maxOngoing) return undefined;
    const transaction = new ServerTransaction(key);
    this.#byCall.set(key.call, transaction);
    this.#ongoing++;
    return transaction;
  }

  /** The transaction is not answered at once: from now on its time is watched. */
  wait(transaction: ServerTransaction): void {
    transaction.startedAt = Date.now();
    this.#waiting.add(transaction);
  }

  /**
   * The final response is sent. It is kept for retransmissions for timer J, or not at all where the transport does not
   * lose anything (RFC 3261 17.2.2: "timer J fires in 0 seconds for reliable transports").
   */
  complete(transaction: ServerTransaction, response: Uint8Array, reliable: boolean): void {
    this.#leaveOngoing(transaction);
    if (reliable) {
      transaction.terminate();
      this.#byCall.delete(transaction.key.call);
      return;
    }
    transaction.complete(response, Date.now() + this.options.timerJ);
    this.#bytes += transaction.size;
    if (this.#newest === undefined) this.#oldest = transaction;
    else this.#newest.next = transaction;
    this.#newest = transaction;
    while (this.#bytes > this.options.maxBytes && this.#oldest !== transaction) this.#dropOldest();
    // Two out for one in: under load the list empties as it fills, and the interval has little left to do.
    const now = transaction.expiresAt - this.options.timerJ;
    if (this.#oldest !== undefined && this.#oldest.expiresAt <= now) this.#dropOldest();
    if (this.#oldest !== undefined && this.#oldest.expiresAt <= now) this.#dropOldest();
  }

  close(): void {
    clearInterval(this.#interval);
    for (const transaction of this.#waiting) transaction.terminate();
    this.#waiting.clear();
    this.#byCall.clear();
    this.#oldest = this.#newest = undefined;
    this.#bytes = this.#ongoing = 0;
  }

  #leaveOngoing(transaction: ServerTransaction): void {
    this.#ongoing--;
    this.#waiting.delete(transaction);
  }

  #onTick(): void {
    const now = Date.now();
    for (let left = sweepSlice; left > 0 && this.#oldest !== undefined && this.#oldest.expiresAt <= now; left--) this.#dropOldest();
    for (const transaction of this.#waiting) {
      const age = now - transaction.startedAt;
      if (age < this.options.trying) break; // the others came later
      if (age >= this.options.timerJ) this.#abandon(transaction);
      else if (transaction.state === 'trying') this.events.late(transaction);
    }
  }

  #abandon(transaction: ServerTransaction): void {
    this.#leaveOngoing(transaction);
    transaction.terminate();
    this.#byCall.delete(transaction.key.call);
    this.events.abandoned(transaction);
  }

  #dropOldest(): void {
    const oldest = this.#oldest;
    if (oldest === undefined) return;
    this.#oldest = oldest.next;
    if (this.#oldest === undefined) this.#newest = undefined;
    this.#bytes -= oldest.size;
    oldest.terminate();
    this.#byCall.delete(oldest.key.call);
  }
}
