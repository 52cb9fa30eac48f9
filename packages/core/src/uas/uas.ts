import { checkRequest, type Message, type Uri } from '@nksip-ts/sip';
import { explainAnswer } from '../callback/explain-result.js';
import type { MaybePromise } from '../callback/chain.js';
import { replySent, requestReceived, type ReplySent, type RequestReceived } from '../diagnostics.js';
import { NksipError } from '../errors.js';
import { logDropped, type Logger } from '../log/log.js';
import { resolveReply, type ResolvedReply } from '../reply/resolve.js';
import type { InviteTable } from '../transaction/invite-table.js';
import { hopOf, isFrom, isProved, provedKey, RequestKey, toTagOf, wayOf, type ServerKey } from '../transaction/server-key.js';
import type { Known, ServerTable } from '../transaction/server-table.js';
import type { ServerTransaction } from '../transaction/server-transaction.js';
import { isThenable } from '../thenable.js';
import type { Source } from '../transport/transport.js';
import type { Trace } from '../trace.js';
import type { MemoryAccount } from '../memory/account.js';
import { costOf, urgencyOf } from './admission.js';
import { roomFor } from '../reply/size.js';
import { AnswerRates } from './answer-rates.js';
import { Answers, isReliable, tryingBytes } from '../reply/send.js';
import { withChallenge } from './authorize.js';
import { whyNobodyCanSignIn } from './sign-in-callbacks.js';
import { IncomingRequest } from './incoming-request.js';
import { KnownRequests, Twin } from './known-requests.js';
import { processRequest, type Answer } from './process.js';
import { RequestsUnderWay } from './requests-under-way.js';
import type { Rules } from './rules.js';

export interface UasParts {
  readonly table: ServerTable;
  readonly invites: InviteTable;
  readonly memory: MemoryAccount;
  readonly log: Logger;
  readonly trace: Trace;
  /** Tells a fault that the service survived. */
  readonly fault: (error: unknown) => void;
  /** A To tag out of what a request is called: hard to guess, and the same whenever the same request is answered (RFC 3261 8.2.6.2). */
  readonly toTag: (transaction: string) => string;
}

/** OPTIONS that may be worked on when there is room for nothing else: it is what others ask to learn whether we are still there. */
const reservedForOptions = 100;

/** Stands for a Request-URI that cannot be read: its scheme is none that is served. */
const unreadable: Uri = { scheme: '', user: '', domain: '', params: new Map() };

const serviceError: ResolvedReply = { code: 500, reason: 'Service Error', headers: '' };
const invalidResponse: ResolvedReply = { code: 500, reason: 'Callback Invalid Response', headers: '' };

/** The server side of a service: from a parsed request to its answer (RFC 3261 8.2 and 17.2). */
export class Uas {
  readonly #rates = new AnswerRates(() => performance.now());
  readonly #known: KnownRequests;
  readonly #answers: Answers;
  readonly #underWay: RequestsUnderWay;
  #isShort = false;
  /** With which it was said that nobody can sign in. */
  #warnedOf: Rules | undefined;
  #isDraining = false;

  /** `rules`: what the next request is handled with; an update puts other ones in their place. */
  constructor(private readonly parts: UasParts, public rules: Rules) {
    this.#known = new KnownRequests(parts.table, parts.invites);
    this.#answers = new Answers(parts.log, parts.trace);
    this.#underWay = new RequestsUnderWay(parts.memory);
  }

  /** From now on new requests are refused: the service is about to stop. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Takes a request; false if it gets no final answer: an ACK, or the repetition of a request that is still being worked on. */
  receive(message: Message, source: Source): boolean {
    if (message.method === 'ACK') {
      this.#known.acknowledged(message, source)?.onAck();
      return false;
    }
    const problem = checkRequest(message);
    if (problem !== undefined) return this.malformed(message, source, problem.code, problem.reason);
    const key = this.#keyOf(message, source);
    if (message.method === 'CANCEL') return this.#mayAnswer(source) && this.#cancel(message, source, key);
    const known = this.#known.find(key, 64 * this.rules.timers.t1);
    if (known instanceof RequestKey) return this.#begin(message, source, key, key, false);
    return known instanceof Twin ? this.#begin(message, source, key, known.key, known.isMerged) : this.#repeat(known, message, source);
  }

  #keyOf(message: Message, source: Source): RequestKey {
    return new RequestKey(message, source.address, this.parts.toTag);
  }

  /** What cannot be read, or breaks the grammar: its answer, as often as its source may send requests. No 503 beyond that: it would ask for the same again. */
  malformed(message: Message, source: Source, code: number, reason: string): boolean {
    const isAnswered = message.method !== 'ACK' && message.topVia !== undefined;
    return (!isAnswered || this.#mayAnswer(source)) && this.refuse(message, source, code, reason);
  }

  /** Takes a token for what is answered without a transaction. */
  #mayAnswer(source: Source): boolean {
    if (this.#rates.request(this.rules, source.address)) return true;
    logTooFast(this.parts.log, source);
    return false;
  }

  /** Answers without a transaction: the same request gets the same answer again, To tag included (RFC 3261 8.2.7). */
  private refuse(message: Message, source: Source, code: number, reason: string): boolean {
    if (message.method === 'ACK') return false;
    if (message.topVia === undefined) {
      logDropped(this.parts.log, source, reason);
      return false;
    }
    return this.#answer(message, source, code, reason, toTagOf(this.#keyOf(message, source)));
  }

  #answer(message: Message, source: Source, code: number, reason: string, toTag: string): true {
    const reply = resolveReply([code, { reason_phrase: reason }], this.rules.replyDefaults) ?? serviceError;
    const room = this.#roomOf(message, source);
    const bytes = this.#answers.final(message, source, reply, toTag, room);
    if (this.#answers.send(message, source, bytes, room) && replySent.hasSubscribers) this.#tellReply(message, source, bytes);
    return true;
  }

  #tellReply(message: Message, source: Source, response: Uint8Array): void {
    replySent.publish({ service: this.rules.service, message, source, code: codeIn(response) } satisfies ReplySent);
  }

  /** Bytes that may be sent for a request whose credentials nobody has looked at. */
  #roomOf(message: Message, source: Source): number {
    return isReliable(source) || this.rules.isTrusted(source.address) ? Infinity : roomFor(message);
  }

  /** Starts a transaction under the key `own`; `merged`: the request is known already, over another way. */
  #begin(message: Message, source: Source, key: RequestKey, own: ServerKey, merged: boolean): boolean {
    const rules = this.rules;
    const reserve = message.method === 'OPTIONS' ? reservedForOptions : 0;
    if (!this.#rates.request(rules, source.address, reserve)) return this.#tooFast(message, source, rules);
    // RFC 3261 21.5.4: "undergoing maintenance"; the client tries another server.
    if (this.#isDraining) return this.refuse(message, source, 503, 'Service Unavailable');
    if (!this.#hasMemory(message)) return this.refuse(message, source, 503, 'Out Of Memory');
    const transaction = this.parts.table.begin(own, reserve);
    if (transaction === undefined) return this.refuse(message, source, 503, 'Too Many Requests');
    if (requestReceived.hasSubscribers) requestReceived.publish({ service: rules.service, message, source } satisfies RequestReceived);
    // RFC 3261 8.2.2.1: a Request-URI that cannot be read is of a scheme that is not understood.
    const request = new IncomingRequest(rules.service, message, source, message.uri ?? unreadable, key, this.parts.fault);
    try {
      const reply = this.#decide(request, merged, rules);
      if (isThenable(reply)) this.#finishLater(transaction, request, reply);
      else this.#finish(transaction, request, reply);
    } catch (error) {
      if (!transaction.isOver) this.parts.table.release(transaction);
      throw error;
    }
    if (!transaction.isOver) this.#waitFor(transaction, request, rules);
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
  #tooFast(message: Message, source: Source, rules: Rules): boolean {
    if (this.#rates.refusal(rules, source.address)) return this.refuse(message, source, 503, 'Too Many Requests');
    logTooFast(this.parts.log, source);
    return false;
  }

  /** RFC 3261 17.2.2: a retransmission gets the last response again, or nothing while there is none. */
  #repeat(known: Known, message: Message, source: Source): boolean {
    const response = known.again;
    const room = isProved(known.key) ? Infinity : this.#roomOf(message, source);
    // What answered a longer request is not for a short one that is the same otherwise.
    if (response === undefined || response.length > room || !this.#rates.repetition(this.rules, source.address)) return false;
    this.#answers.send(message, source, response, room);
    return known.isOver;
  }

  /** The reply to a request; whatever goes wrong becomes a 500 and an event. */
  #decide(request: IncomingRequest, merged: boolean, rules: Rules): MaybePromise<ResolvedReply> {
    try {
      const answer = processRequest(request, merged, rules);
      return isThenable(answer) ? this.#resolveLater(answer, request, rules) : this.#resolve(answer, request, rules);
    } catch (error) {
      return this.#failed(error);
    }
  }

  #resolveLater(answer: Promise<Answer>, request: IncomingRequest, rules: Rules): Promise<ResolvedReply> {
    return answer.then((later) => this.#resolve(later, request, rules)).catch((error: unknown) => this.#failed(error));
  }

  /** What fails then is no callback's fault, and must not end the process either. */
  #finishLater(transaction: ServerTransaction, request: IncomingRequest, reply: Promise<ResolvedReply>): void {
    this.#underWay.add(request.message);
    reply.then((later) => { this.#finish(transaction, request, later); })
      .catch(this.parts.fault)
      .finally(() => { this.#underWay.delete(request.message); });
  }

  #resolve(answer: Answer, request: IncomingRequest, rules: Rules): ResolvedReply {
    const reply = answer.reply === undefined ? undefined : resolveReply(answer.reply, rules.replyDefaults);
    if (reply === undefined) return this.#failed(meaningless(answer), invalidResponse);
    if (reply.challenge !== undefined) this.#warnOfChallenge(rules);
    return withChallenge(reply, request, rules);
  }

  /** Once for each configuration. */
  #warnOfChallenge(rules: Rules): void {
    if (this.#warnedOf === rules) return;
    this.#warnedOf = rules;
    const why = whyNobodyCanSignIn(rules.chains);
    if (why !== undefined) this.parts.log.warn({}, why);
  }

  /** A callback failed: the request costs a 500, the service goes on, and those who watch are told. */
  #failed(error: unknown, reply: ResolvedReply = serviceError): ResolvedReply {
    this.parts.fault(error);
    return reply;
  }

  #finish(transaction: ServerTransaction, request: IncomingRequest, reply: ResolvedReply): void {
    // RFC 4320 4.2: after 64*T1 the client has given up, and no final response is sent any more.
    if (transaction.isOver) return request.replied('none');
    transaction.onEnd = undefined;
    const { message, source, isProved } = request;
    const room = isProved ? Infinity : this.#roomOf(message, source) - (transaction.again?.length ?? 0);
    const bytes = this.#answers.final(message, source, reply, toTagOf(transaction.key), room);
    const key = isProved && bytes.length > roomFor(message) ? provedKey(transaction.key) : transaction.key;
    if (message.method === 'INVITE') this.#refuseInvite(transaction, request, key, bytes);
    else this.parts.table.complete(transaction, bytes, isReliable(source), key);
    const isSent = this.#answers.send(message, source, bytes, room);
    if (isSent && replySent.hasSubscribers) this.#tellReply(message, source, bytes);
    if (request.isFollowed) source.flush?.();
    request.replied(isSent ? codeIn(bytes) : 'none');
  }

  /** Sessions are not served: 405, or what authorization says first, in a transaction that absorbs the ACK (RFC 3261 17.2.1). */
  #refuseInvite(transaction: ServerTransaction, { message, source }: IncomingRequest, { call, hop }: ServerKey, response: Uint8Array): void {
    const { invites, table } = this.parts;
    const ackHop = message.toTag === '' ? transaction.key.hop : hopOf(message.toTag, source.address);
    table.release(transaction);
    invites.add({ call, hop, way: wayOf(message) }, ackHop, response, isReliable(source), this.rules.timers);
  }

  /**
   * RFC 4320 4.1: a 100 only when the client's timer E would have reached T2. RFC 3261 17.2.1: an INVITE that is not answered within
   * 200 ms gets its 100 then; at once is allowed, and needs no timer. Over UDP it gets none: a client that has a 100 does not send the
   * INVITE again (17.1.1.2), and its refusal is sent again only when the INVITE is.
   */
  #waitFor(transaction: ServerTransaction, request: IncomingRequest, rules: Rules): void {
    const { message, source } = request;
    transaction.onEnd = () => { request.replied('none'); };
    const isInvite = message.method === 'INVITE';
    if (!rules.no100 && (!isInvite || isReliable(source))) {
      transaction.sendTrying = () => {
        const bytes = tryingBytes(message, source);
        transaction.proceed(bytes);
        this.#answers.send(message, source, bytes, this.#roomOf(message, source));
      };
    }
    this.parts.table.wait(transaction);
    if (isInvite) transaction.sendTrying?.();
  }

  /**
   * RFC 3261 9.2: a CANCEL that belongs to no transaction is 481; else it is 200, and has no effect on a request that has its
   * final response or is no INVITE. "The To tag of the response to the CANCEL and the To tag in the response to the original
   * request SHOULD be the same", but nobody is told a tag that another source was given.
   */
  #cancel(message: Message, source: Source, key: RequestKey): boolean {
    const known = this.#known.cancelled(message);
    if (known !== undefined) return this.#answer(message, source, 200, 'OK', toTagOf(isFrom(known.key, source.address) ? known.key : key));
    return this.refuse(message, source, 481, 'Call/Transaction Does Not Exist');
  }
}

/** Of a response; where it was too large another one than was meant: `SIP/2.0 200 OK`. */
function codeIn(response: Uint8Array): number {
  const [hundreds = 0, tens = 0, ones = 0] = response.subarray(8, 11);
  return 100 * hundreds + 10 * tens + ones - 111 * 48; // '0' is 48
}

function logTooFast(log: Logger, source: Source): void {
  logDropped(log, source, 'too many requests from there');
}

function meaningless(answer: Answer): NksipError {
  const { callback, owner, result } = answer;
  return new NksipError('callback_error', { callback, plugin: owner, answer: result, reason: explainAnswer(answer) });
}
