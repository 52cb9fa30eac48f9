import { BareResponse, canonicalHost, Header, type Message, type ParseLimits } from '@nksip-ts/sip';
import { NksipError } from '../errors.js';
import { isTransport, transportFacts } from '../transport/transport-facts.js';
import { IdleWaiters } from './idle-waiters.js';
import { NonInviteClient, type SentBy, type TransactionKeeper, type TransactionTimers, type TransactionUser } from './non-invite-client.js';

/** What a response is matched by: what we put into the topmost Via, and the method. */
export interface ClientTransactionKey {
  readonly branch: string;
  readonly method: string;
  /** The sent-by of our Via. */
  readonly sentBy: SentBy;
}

/** The client transactions of one service. */
export class ClientTable implements TransactionKeeper {
  /** Those without a final response, by their branches. */
  readonly #waiting = new Map<string, NonInviteClient>();
  #limit: number;
  #closed = false;
  readonly #bare = new BareResponse();
  readonly #idle = new IdleWaiters();

  /** `limit`: how many transactions may wait for a response at a time. */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  /** Another limit, for what starts from now on. */
  configure(limit: number): void {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves when no request waits for its final response. */
  async whenIdle(): Promise<void> {
    if (this.#waiting.size > 0) await this.#idle.wait();
  }

  /** Starts a transaction and keeps it until it terminates. Throws NksipError: `queue_full`, or `transport_error` after `close`. */
  start({ branch, method, sentBy }: ClientTransactionKey, isReliable: boolean, timers: TransactionTimers, user: TransactionUser): NonInviteClient {
    if (this.#closed) throw stopped();
    if (this.#waiting.size >= this.#limit) throw new NksipError('queue_full', { what: 'a response', limit: this.#limit });
    const transaction = new NonInviteClient(branch, method, sentBy, isReliable, timers, user, this);
    this.#waiting.set(branch, transaction);
    transaction.start();
    return transaction;
  }

  terminated(transaction: NonInviteClient): void {
    const { branch } = transaction;
    if (this.#waiting.get(branch) !== transaction) return;
    if (this.#waiting.delete(branch) && this.#waiting.size === 0) this.#idle.tell();
  }

  /**
   * Gives a response to its transaction. False: it belongs to none, or repeats one, and is dropped, as 18.1.2 has it for an element that is no proxy.
   * 17.1.3: a response matches "1. If the response has the same value of the branch parameter in the top Via header field as the
   * branch parameter in the top Via header field of the request that created the transaction. 2. If the method parameter in the
   * CSeq header field matches the method of the request that created the transaction."
   */
  receive(response: Message): boolean {
    const via = response.topVia;
    const cseq = response.cseq;
    if (via?.branch === undefined || cseq === undefined) return false;
    const transaction = this.#waiting.get(via.branch);
    if (transaction?.method !== cseq.method) return false;
    // 18.1.2: a sent-by that "does not correspond to a value that the client transport is configured to insert" is "silently discarded".
    if (!isSentBy(via, transaction.sentBy)) return false;
    // 8.1.3.3: "If more than one Via header field value is present in a response, the UAC SHOULD discard the message."
    if (response.isRepeated(Header.Via) || response.viaRest !== '') return false;
    transaction.receive(response);
    return true;
  }

  /**
   * Ends the transaction of a 2xx whose user needs nothing of it but that it came. False: it must be parsed. What `receive` asks of a response, that it has one
   * Via and whose, holds for all that is read so.
   */
  receiveBare(bytes: Uint8Array, limits: ParseLimits): boolean {
    const bare = this.#bare;
    if (this.#waiting.size === 0 || !bare.read(bytes, limits) || bare.status < 200 || bare.status > 299) return false;
    const transaction = this.#waiting.get(bare.branch);
    return transaction !== undefined && bare.belongsTo(transaction.sentBy.host, transaction.sentBy.port, transaction.method) && transaction.succeed();
  }

  /** Ends every transaction: those without a final response see a transport failure. No timer is left, and none can be started. */
  close(): void {
    this.#closed = true;
    const error = stopped();
    for (const transaction of [...this.#waiting.values()]) transaction.transportFailed(error);
  }
}

/** Most often it comes as it went. */
function isSentBy(via: SentBy, ours: SentBy): boolean {
  return (via.host === ours.host && via.port === ours.port) || sentByText(via) === sentByText(ours);
}

/** A sent-by as it is compared: an address is one however it is written, a name has no case, and 18.2.2 has the default port where there is none. */
export function sentByText({ transport, host, port }: SentBy): string {
  return `${canonicalHost(host.toLowerCase())} ${port ?? defaultPort(transport.toLowerCase())}`;
}

function defaultPort(transport: string): number {
  return transportFacts[isTransport(transport) ? transport : 'udp'].port;
}

function stopped(): NksipError {
  return new NksipError('transport_error', { transport: 'The service', reason: 'it was stopped' });
}
