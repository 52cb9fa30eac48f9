import { parse } from '@nksip-ts/sip';
import type { MemoryAccount } from '../memory/account.js';
import { FinishedTransactions } from './finished-transactions.js';
import { IdleWaiters } from './idle-waiters.js';
import type { InviteServer, RefusedInvite } from './invite-server.js';
import { InviteTable } from './invite-table.js';
import { ServerTransaction, type Watcher } from './server-transaction.js';
import { wayOf } from './request-digest.js';
import type { CallName, ServerKey } from './server-key.js';

export interface ServerTableOptions {
  /** How long a response is kept for retransmissions, and that to an INVITE for its ACK: timers J and H, both 64*T1 (RFC 3261 17.2). Milliseconds. */
  readonly timerJ: number;
  /** How long the ACKs of an INVITE are absorbed: timer I, T4 (17.2.1). Milliseconds. */
  readonly timerI: number;
  /** How long a request may stay unanswered before it gets a 100 (RFC 4320 4.1). Milliseconds. */
  readonly trying: number;
  /** Requests being worked on at one time. */
  readonly maxOngoing: number;
  /** Bytes that finished transactions may hold; beyond it the oldest goes first. */
  readonly maxBytes: number;
}

const tick = 250;
/** Transactions that finish between two looks at the clock, at most; where few finish, a look with each tick. */
const withoutLook = 16;
/** Let go before other work gets its turn, of those that are over or too many: about 1 ms. */
const sweepSlice = 2_000;

/** The share of the memory account in which the newest finished transactions are kept even where memory is short, and the most bytes of it: some 3,700. They are copied then. */
const shareKept = 1 / 32;
const mostKept = 2 * 1024 * 1024;

/** A transaction that a request may belong to: under way, or finished. */
export interface Known {
  readonly key: ServerKey;
  /** The response to a retransmission; undefined: say nothing. */
  readonly again: Uint8Array | undefined;
  /** It is larger than what came allows: the request proved where it came from. */
  readonly isLarge: boolean;
  /** Whether that is the final response. */
  readonly isOver: boolean;
}

/** Branch and sent-by of a request that is known. */
export function wayOfKnown({ key, again }: Known): string | undefined {
  if (key.way !== undefined || again === undefined) return key.way;
  const response = parse(again);
  return response.ok ? wayOf(response.message) : undefined;
}

/** Whether its response asks for credentials: the same request with them comes next. */
export function isChallenged({ again, isOver }: Known): boolean {
  const status = isOver && again !== undefined ? Buffer.from(again.subarray(0, 11)).toString('latin1') : '';
  return status === 'SIP/2.0 401' || status === 'SIP/2.0 407';
}

/** The server transactions of one service: those that wait for their response, those that have had it, and refused INVITEs until their ACK has come. */
export class ServerTable {
  /** The oldest first. A request that is answered at once is never in here. */
  readonly #waiting = new Map<string, ServerTransaction>();
  readonly #finished: FinishedTransactions;
  readonly #invites: InviteTable;
  #ongoing = 0;
  readonly #idle = new IdleWaiters();
  readonly #interval: NodeJS.Timeout;
  #immediate: NodeJS.Immediate | undefined;
  /** The time, as it was at the last look: a tick ago at most. */
  #now = performance.now();
  #sinceLook = 0;

  constructor(private options: ServerTableOptions, private readonly memory: MemoryAccount) {
    this.#invites = new InviteTable(memory);
    this.#finished = new FinishedTransactions(() => Math.min(shareKept * memory.limit, mostKept));
    memory.watch('transactions', () => this.#finished.held);
    memory.releaseBy((bytes) => { this.#finished.release(bytes); });
    this.#interval = setInterval(() => { this.#onTick(); }, tick);
    this.#interval.unref();
  }

  get ongoing(): number { return this.#ongoing; }
  get finished(): number { return this.#finished.size; }
  get bytes(): number { return this.#finished.bytes; }
  /** Milliseconds for which a request may be worked on, and then its response is kept for as long. */
  get lifetime(): number { return this.options.timerJ; }

  /** Resolves when no request is being worked on. */
  async whenIdle(): Promise<void> {
    if (this.#ongoing > 0) await this.#idle.wait();
  }

  /** New limits and times, for transactions that finish from now on. */
  configure(options: ServerTableOptions): void {
    this.options = options;
  }

  /** The transaction of a request with this name (see isSame). */
  find(name: CallName): Known | undefined {
    // Most often nothing waits, and a Map would have the text joined, hashed and copied to say so.
    return (this.#waiting.size > 0 ? this.#waiting.get(name.call) : undefined) ?? this.#finished.find(name) ?? this.invite(name);
  }

  /** The same of an INVITE that was refused. */
  invite(name: CallName): InviteServer | undefined {
    return this.#invites.size > 0 ? this.#invites.get(name.call) : undefined;
  }

  /**
   * Starts a transaction, which must be completed at once or else given to `wait`; undefined if too many are under way.
   * `reserve`: how many more than usual may be.
   */
  begin(key: ServerKey, reserve = 0): ServerTransaction | undefined {
    if (this.#ongoing >= this.options.maxOngoing + reserve) return undefined;
    this.#ongoing++;
    return new ServerTransaction(key);
  }

  /** The transaction is not answered at once: from now on it can be found, and its time is watched. */
  wait(transaction: ServerTransaction, watcher: Watcher): void {
    transaction.startedAt = performance.now();
    transaction.watcher = watcher;
    this.#waiting.set(transaction.key.call, transaction);
  }

  /**
   * The final response is sent. It is kept for retransmissions for timer J, or not at all where the transport does not lose anything
   * (RFC 3261 17.2.2: "timer J fires in 0 seconds for reliable transports"); that to an INVITE until its ACK comes.
   * `isLarge`: as Known has it; `ackTag`: of an INVITE, the To tag that its ACK has.
   */
  complete(transaction: ServerTransaction, response: Uint8Array, isReliable: boolean, isLarge = false, ackTag?: string): void {
    this.#leaveOngoing(transaction);
    transaction.complete(response);
    if (ackTag !== undefined) this.#refused({ key: transaction.key, ackTag, response, isLarge, isReliable });
    else if (isReliable) transaction.terminate();
    else this.#keep(transaction.key, response, isLarge);
  }

  #refused(invite: RefusedInvite): void {
    const { timerJ, timerI } = this.options;
    this.#invites.add(invite, { timerH: timerJ, timerI });
  }

  #keep(key: ServerKey, response: Uint8Array, isLarge: boolean): void {
    if (++this.#sinceLook === withoutLook) this.#look();
    // Two out for one in: under load there is room as it fills, and the interval has little left to do.
    for (let i = 0; i < 2 && this.#finished.isOver(this.#now); i++) this.#finished.dropOldest();
    this.#finished.add(key, response, isLarge, this.#now + (tick + this.options.timerJ));
    for (let left = sweepSlice; left > 0 && this.#isTooLarge; left--) this.#finished.dropOldest();
  }

  /** The transaction is over, and nothing of it is kept here. */
  release(transaction: ServerTransaction): void {
    this.#leaveOngoing(transaction);
    transaction.terminate();
  }

  close(): void {
    clearInterval(this.#interval);
    clearImmediate(this.#immediate);
    for (const transaction of this.#waiting.values()) transaction.terminate();
    this.#waiting.clear();
    this.#finished.clear();
    this.#invites.close();
    this.#ongoing = 0;
    this.#idle.tell();
  }

  #leaveOngoing(transaction: ServerTransaction): void {
    if (--this.#ongoing === 0) this.#idle.tell();
    if (transaction.startedAt >= 0) this.#waiting.delete(transaction.key.call);
  }

  /** The newest is kept even if it alone is too large. */
  get #isTooLarge(): boolean {
    return this.#finished.bytes > this.options.maxBytes && this.#finished.size > 1;
  }

  #look(): void {
    this.#now = performance.now();
    this.#sinceLook = 0;
  }

  #sweep(): void {
    clearImmediate(this.#immediate);
    this.#look();
    let left = sweepSlice;
    for (; left > 0 && (this.#finished.isOver(this.#now) || this.#isTooLarge); left--) this.#finished.dropOldest();
    this.#immediate = left > 0 ? undefined : setImmediate(() => { this.#sweep(); }).unref();
  }

  #onTick(): void {
    this.#sweep();
    if (this.memory.isTight) this.#finished.part();
    for (const transaction of this.#waiting.values()) {
      const age = this.#now - transaction.startedAt;
      if (age < this.options.trying) break; // the others came later
      if (age >= this.options.timerJ) this.#abandon(transaction);
      else if (transaction.state === 'trying') transaction.watcher?.late?.();
    }
  }

  #abandon(transaction: ServerTransaction): void {
    const { watcher } = transaction;
    this.release(transaction);
    watcher?.abandoned();
  }
}
