import { checkRequest, type Message, type Uri } from '@nksip-ts/sip';
import { coreCallbacks } from '../callbacks.js';
import { isThenable, type MaybePromise } from '../chain.js';
import { NksipError } from '../errors.js';
import { logDropped, senderText, type Logger } from '../log.js';
import { explainReply, resolveReply, type ResolvedReply } from '../replies.js';
import { InviteServer, type InviteTimers } from '../transaction/invite-server.js';
import { serverKey, twinOf, type ServerKey } from '../transaction/server-key.js';
import type { Known, ServerTable } from '../transaction/server-table.js';
import type { ServerTransaction } from '../transaction/server-transaction.js';
import type { Source } from '../transport/transport.js';
import type { Trace } from '../trace.js';
import type { MemoryAccount, Tally } from '../memory-account.js';
import { costOf, urgencyOf } from './admission.js';
import { responseBytes, sendResponse, tryingReply } from './answer.js';
import { withChallenge } from './authorize.js';
import { isCoreCallback } from './core-defaults.js';
import { IncomingRequest } from './incoming-request.js';
import { methodCallbacks } from './methods.js';
import { processRequest, type Answer } from './process.js';
import type { Setup } from './setup.js';
import { SourceRates } from './source-rates.js';

export interface UasParts {
  readonly table: ServerTable;
  readonly invites: Map<string, InviteServer>;
  readonly memory: MemoryAccount;
  readonly log: Logger;
  readonly trace: Trace;
  /** Tells a fault that the service survived. */
  readonly fault: (error: unknown) => void;
  /** A text that makes the tags of To: hard to guess, and the same whenever the same request is answered (RFC 3261 8.2.6.2). */
  readonly toTag: (key: ServerKey) => string;
  /** What requests are handled with now. */
  readonly setup: () => Setup;
  /** Whether new requests are refused because the service is about to stop. */
  readonly isDraining: () => boolean;
  readonly timers: () => InviteTimers;
}

/** INVITEs whose refusal waits for its ACK; beyond it they are refused without a transaction. */
const maxInvites = 10_000;

/** OPTIONS that may be worked on when there is room for nothing else: it is what others ask to learn whether we are still there. */
const reservedForOptions = 100;

/** Stands for a Request-URI that cannot be read: its scheme is none that is served. */
const unreadable: Uri = { scheme: '', user: '', domain: '', params: new Map() };

const serviceError: ResolvedReply = { code: 500, reason: 'Service Error', headers: '' };
const invalidResponse: ResolvedReply = { code: 500, reason: 'Callback Invalid Response', headers: '' };

/** The server side of a service: from a parsed request to its answer (RFC 3261 8.2 and 17.2). */
export class Uas {
  readonly #requestRates = new SourceRates(() => performance.now());
  /** A source that sends too much gets a 503 as often as it may send requests; beyond it nothing: 0.63 of a core, not 0.90, under 50,000 a second. */
  readonly #refusalRates = new SourceRates(() => performance.now());

  /** What requests hold whose answer is not there yet: until their callbacks are done, even if nobody waits for that any more. */
  readonly #underWay: Tally;
  #isShort = false;

  constructor(private readonly parts: UasParts) {
    this.#underWay = parts.memory.tally('requests');
  }

  /** Takes a request; false if it gets no final answer: an ACK, or the repetition of a request that is still being worked on. */
  receive(message: Message, source: Source): boolean {
    if (message.method === 'ACK') return this.#acknowledge(message);
    const problem = checkRequest(message);
    if (problem !== undefined) return this.refuse(message, source, problem.code, problem.reason);
    const key = serverKey(message);
    if (message.method === 'CANCEL') return this.#cancel(message, source, key);
    const known = this.#known(key.call);
    if (known === undefined) return this.#begin(message, source, key, key, false);
    if (known.key.hop === key.hop) return this.#repeat(known, message, source);
    const twin = twinOf(key);
    const knownTwin = this.#known(twin.call);
    return knownTwin === undefined ? this.#begin(message, source, key, twin, true) : this.#repeat(knownTwin, message, source);
  }

  #known(call: string): Known | undefined {
    return this.parts.table.find(call) ?? (this.parts.invites.size === 0 ? undefined : this.parts.invites.get(call));
  }

  /** Answers without a transaction: the same request gets the same answer again, To tag included (RFC 3261 8.2.7). */
  refuse(message: Message, source: Source, code: number, reason: string): boolean {
    if (message.method === 'ACK') return false;
    if (message.topVia === undefined) {
      logDropped(this.parts.log, source, reason);
      return false;
    }
    return this.#answer(message, source, code, reason, serverKey(message));
  }

  #answer(message: Message, source: Source, code: number, reason: string, key: ServerKey): true {
    const reply = resolveReply([code, { reason_phrase: reason }], this.parts.setup().replyDefaults) ?? serviceError;
    this.#send(message, source, this.#bytes(message, source, reply, key));
    return true;
  }

  /** Starts a transaction under the key `own`; `merged`: the request is known already, over another way. */
  #begin(message: Message, source: Source, key: ServerKey, own: ServerKey, merged: boolean): boolean {
    // RFC 3261 21.5.4: "undergoing maintenance"; the client tries another server.
    if (this.parts.isDraining()) return this.refuse(message, source, 503, 'Service Unavailable');
    const setup = this.parts.setup();
    const reserve = message.method === 'OPTIONS' ? reservedForOptions : 0;
    if (!this.#requestRates.take(setup.rate, source.address, reserve)) return this.#tooFast(message, source, setup);
    if (!this.#hasMemory(message)) return this.refuse(message, source, 503, 'Out Of Memory');
    const transaction = this.parts.table.begin(own, reserve);
    if (transaction === undefined) return this.refuse(message, source, 503, 'Too Many Requests');
    try {
      const reply = this.#decide(message, source, key, merged, setup);
      if (isThenable(reply)) this.#finishLater(transaction, message, source, reply);
      else this.#finish(transaction, message, source, reply);
    } catch (error) {
      if (!transaction.isOver) this.parts.table.release(transaction);
      throw error;
    }
    if (!transaction.isOver) this.#waitFor(transaction, message, source, setup);
    return true;
  }

  /** Told once until there is room again for what is refused first. */
  #hasMemory(message: Message): boolean {
    const cost = costOf(message);
    if (this.parts.memory.hasPlenty(cost)) {
      this.#isShort = false;
      return true;
    }
    const hasRoom = this.parts.memory.hasRoom(cost, urgencyOf(message));
    if (hasRoom || this.#isShort) return hasRoom;
    this.#isShort = true;
    const { limit, used, parts } = this.parts.memory.usage();
    this.parts.log.warn({ limit, used, parts }, `Memory runs short: ${used} bytes are held, and sip_max_memory is ${limit}. New requests are refused with 503; what is stored stays.`);
    return false;
  }

  /** RFC 3261 21.5.4: a server "MAY simply refuse the connection or drop the request instead of responding with a 503". */
  #tooFast(message: Message, source: Source, setup: Setup): boolean {
    if (this.#refusalRates.take(setup.rate, source.address)) return this.refuse(message, source, 503, 'Too Many Requests');
    logDropped(this.parts.log, source, 'too many requests from there');
    return false;
  }

  /** RFC 3261 17.2.2: a retransmission gets the last response again, or nothing while there is none. */
  #repeat(known: Known, message: Message, source: Source): boolean {
    const response = known.again;
    if (response === undefined) return false;
    this.#send(message, source, response);
    return known.isOver;
  }

  /** The reply to a request; whatever goes wrong becomes a 500 and an event. */
  #decide(message: Message, source: Source, key: ServerKey, merged: boolean, setup: Setup): MaybePromise<ResolvedReply> {
    // RFC 3261 8.2.2.1: a Request-URI that cannot be read is of a scheme that is not understood.
    const uri = message.uri ?? unreadable;
    const request = new IncomingRequest(setup.service, message, source, uri, key);
    try {
      const answer = processRequest(request, merged, setup);
      if (!isThenable(answer)) return this.#resolve(answer, request, setup);
      return answer.then((later) => this.#resolve(later, request, setup)).catch((error: unknown) => this.#failed(error));
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** What fails then is no callback's fault, and must not end the process either. */
  #finishLater(transaction: ServerTransaction, message: Message, source: Source, reply: Promise<ResolvedReply>): void {
    const cost = costOf(message);
    this.#underWay.add(cost);
    reply.then((later) => { this.#finish(transaction, message, source, later); })
      .catch(this.parts.fault)
      .finally(() => { this.#underWay.add(-cost); });
  }

  /** A final response that is now going to be sent, and a line in the log about it. */
  #bytes(message: Message, source: Source, reply: ResolvedReply, key: ServerKey): Uint8Array {
    if (this.parts.log.isLevelEnabled('info')) logAnswer(this.parts.log, message, source, reply);
    return responseBytes(message, source, reply, this.parts.toTag(key));
  }

  #send(message: Message, source: Source, bytes: Uint8Array): void {
    sendResponse(message, source, bytes, this.parts.trace);
  }

  #resolve(answer: Answer, request: IncomingRequest, setup: Setup): ResolvedReply {
    const reply = answer.reply === undefined ? undefined : resolveReply(answer.reply, setup.replyDefaults);
    if (reply === undefined) return this.#failed(meaningless(answer), invalidResponse);
    return withChallenge(reply, request, setup);
  }

  /** A callback failed: the request costs a 500, the service goes on, and those who watch are told. */
  #failed(error: unknown, reply: ResolvedReply = serviceError): ResolvedReply {
    this.parts.fault(error);
    return reply;
  }

  #finish(transaction: ServerTransaction, message: Message, source: Source, reply: ResolvedReply): void {
    // RFC 4320 4.2: after 64*T1 the client has given up, and no final response is sent any more.
    if (transaction.isOver) return;
    const bytes = this.#bytes(message, source, reply, transaction.key);
    if (message.method === 'INVITE') return this.#refuseInvite(transaction, message, source, bytes);
    this.parts.table.complete(transaction, bytes, isReliable(source));
    this.#send(message, source, bytes);
  }

  /** Sessions are not served: 405, or what authorization says first, in a transaction that absorbs the ACK (RFC 3261 17.2.1). */
  #refuseInvite(transaction: ServerTransaction, message: Message, source: Source, response: Uint8Array): void {
    const { invites, table } = this.parts;
    const { key } = transaction;
    table.release(transaction);
    const send = (bytes: Uint8Array): void => { this.#send(message, source, bytes); };
    if (invites.size >= maxInvites) return send(response);
    invites.set(key.call, new InviteServer(key, response, send, isReliable(source), this.parts.timers(), () => { invites.delete(key.call); }));
  }

  /** RFC 4320 4.1: a 100 only when the client's timer E would have reached T2. */
  #waitFor(transaction: ServerTransaction, message: Message, source: Source, setup: Setup): void {
    if (!setup.no100) {
      transaction.sendTrying = () => {
        const bytes = responseBytes(message, source, tryingReply(message), undefined);
        transaction.proceed(bytes);
        this.#send(message, source, bytes);
      };
    }
    this.parts.table.wait(transaction);
    // RFC 3261 17.2.1: an INVITE that is not answered within 200 ms gets its 100 then; at once is allowed, and needs no timer.
    if (message.method === 'INVITE') transaction.sendTrying?.();
  }

  #acknowledge(message: Message): boolean {
    const key = serverKey(message, 'INVITE');
    const first = this.parts.invites.get(key.call);
    const invite = first === undefined || first.key.hop === key.hop ? first : this.parts.invites.get(twinOf(key).call);
    invite?.onAck();
    return false;
  }

  /**
   * RFC 3261 9.2: a CANCEL that belongs to no transaction is 481; else it is 200, and has no effect on a request that has its
   * final response or is no INVITE. "The To tag of the response to the CANCEL and the To tag in the response to the original
   * request SHOULD be the same."
   */
  #cancel(message: Message, source: Source, key: ServerKey): boolean {
    for (const method of ['INVITE', ...methodCallbacks.keys()]) {
      const { call } = serverKey(message, method);
      const known = this.#known(call);
      if (known?.key.hop === key.hop) return this.#answer(message, source, 200, 'OK', known.key);
    }
    return this.refuse(message, source, 481, 'Call/Transaction Does Not Exist');
  }
}

function meaningless({ callback, owner, result, reply }: Answer): NksipError {
  const reason = reply === undefined ? `it must be ${isCoreCallback(callback) ? coreCallbacks[callback].result : 'a reply'}` : explainReply(reply);
  return new NksipError('callback_error', { callback, plugin: owner, answer: result, reason });
}

function isReliable(source: Source): boolean {
  return source.transport !== 'udp';
}

function logAnswer(log: Logger, message: Message, source: IncomingRequest['source'], reply: ResolvedReply): void {
  const { method } = message;
  log.info({ method, uri: message.requestUri, code: reply.code, from: senderText(source) },
    `${method} ${message.requestUri} ${reply.code} ${reply.reason}`);
}
