import { checkRequest, type Message, type Uri } from '@nksip-ts/sip';
import type { MaybePromise } from '../callback/chain.js';
import { requestReceived, type RequestReceived } from '../diagnostics.js';
import { logDropped, type Logger } from '../log/log.js';
import type { MemoryAccount } from '../memory/account.js';
import type { OutgoingResponse } from '../reply/resolve.js';
import { isThenable } from '../thenable.js';
import type { Trace } from '../trace.js';
import type { RequestDigest } from '../transaction/request-digest.js';
import { RequestKey, type ServerKey } from '../transaction/server-key.js';
import type { Known, ServerTable } from '../transaction/server-table.js';
import type { ServerTransaction } from '../transaction/server-transaction.js';
import type { Source } from '../transport/transport.js';
import { Admission, reserveFor } from './admission.js';
import { IncomingRequest } from './incoming-request.js';
import { KnownRequests, Twin } from './known-requests.js';
import { processRequest } from './process.js';
import { RequestsUnderWay } from './requests-under-way.js';
import { Responder } from './responder.js';
import { responseAfter } from './responses.js';
import type { Rules } from './rules.js';

export interface UasParts {
  readonly table: ServerTable;
  readonly memory: MemoryAccount;
  readonly log: Logger;
  readonly trace: Trace;
  /** Reports a fault that the service survived. */
  readonly fault: (error: unknown) => void;
  /** Of a request, for its To tag: hard to guess, and the same whenever the same request is answered (RFC 3261 8.2.6.2). */
  readonly digests: RequestDigest;
}

/** Stands for a Request-URI that cannot be read: its scheme is none that is served. */
const unreadable: Uri = { scheme: '', user: '', domain: '', params: new Map() };

/** The server side of a service: from a parsed request to its response (RFC 3261 8.2 and 17.2). */
export class Uas {
  readonly #admission: Admission;
  readonly #known: KnownRequests;
  readonly #responder: Responder;
  readonly #underWay: RequestsUnderWay;

  /** `rules`: what the next request is handled with; an update puts other ones in their place. */
  constructor(private readonly parts: UasParts, public rules: Rules) {
    this.#admission = new Admission(parts.memory, parts.log);
    this.#known = new KnownRequests(parts.table);
    this.#responder = new Responder(parts);
    this.#underWay = new RequestsUnderWay(parts.memory);
  }

  /** From now on new requests are refused: the service is about to stop. */
  drain(): void {
    this.#admission.drain();
  }

  /** Takes a request; false if it gets no final response: an ACK, or the repetition of a request that is still being worked on. */
  receive(message: Message, source: Source): boolean {
    if (message.method === 'ACK') {
      this.#known.acknowledged(message, source)?.onAck();
      return false;
    }
    const problem = checkRequest(message);
    if (problem !== undefined) return this.malformed(message, source, problem.code, problem.reason);
    const key = this.#keyOf(message, source);
    if (message.method === 'CANCEL') return this.#admission.mayRespond(source, this.rules) && this.#cancel(message, source, key);
    const known = this.#known.find(key);
    if (known instanceof RequestKey) return this.#begin(message, source, key, key, false);
    return known instanceof Twin ? this.#begin(message, source, key, known.key, known.isMerged) : this.#repeat(known, message, source);
  }

  /** What cannot be read, or breaks the grammar: its response, as often as its source may send requests. No 503 beyond that: it would ask for the same again. */
  malformed(message: Message, source: Source, code: number, reason: string): boolean {
    const isAnswered = message.method !== 'ACK' && message.topVia !== undefined;
    return (!isAnswered || this.#admission.mayRespond(source, this.rules)) && this.#refuse(message, source, code, reason);
  }

  #keyOf(message: Message, source: Source): RequestKey {
    return new RequestKey(message, source.address, this.parts.digests);
  }

  /** Responds without a transaction, unless it is an ACK or has no Via that tells where to. */
  #refuse(message: Message, source: Source, code: number, reason: string): boolean {
    if (message.method === 'ACK') return false;
    if (message.topVia === undefined) {
      logDropped(this.parts.log, source, reason);
      return false;
    }
    this.#responder.respond(message, source, code, reason, this.#keyOf(message, source).toTag, this.rules);
    return true;
  }

  /** Starts a transaction under the key `own`; `isMerged`: the request is known already, over another way. */
  #begin(message: Message, source: Source, key: RequestKey, own: ServerKey, isMerged: boolean): boolean {
    const { rules } = this;
    const refusal = this.#admission.refusal(message, source, rules);
    if (refusal !== undefined) return refusal !== '' && this.#refuse(message, source, 503, refusal);
    const transaction = this.parts.table.begin(own, reserveFor(message));
    if (transaction === undefined) return this.#refuse(message, source, 503, 'Too Many Requests');
    if (requestReceived.hasSubscribers) requestReceived.publish({ service: rules.service, message, source } satisfies RequestReceived);
    // RFC 3261 8.2.2.1: a Request-URI that cannot be read is of a scheme that is not understood.
    const request = new IncomingRequest(rules.service, message, source, message.uri ?? unreadable, key, this.parts.fault, rules.mayAssert);
    try {
      const response = this.#decide(request, isMerged, rules);
      if (isThenable(response)) this.#finishLater(transaction, request, response, rules);
      else this.#responder.finish(transaction, request, response, rules);
    } catch (error) {
      if (!transaction.isOver) this.parts.table.release(transaction);
      throw error;
    }
    if (!transaction.isOver) this.#responder.wait(transaction, request, rules);
    return true;
  }

  /** The response to a request; whatever goes wrong becomes a 500 and an event. */
  #decide(request: IncomingRequest, isMerged: boolean, rules: Rules): MaybePromise<OutgoingResponse> {
    try {
      const response = processRequest(request, isMerged, rules);
      return isThenable(response) ? this.#rescued(response) : response;
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Apart, so that what is answered at once takes no closure. */
  #rescued(response: Promise<OutgoingResponse>): Promise<OutgoingResponse> {
    return response.catch((error: unknown) => this.#failed(error));
  }

  /** A callback failed: the request costs a 500, the service goes on, and those who watch are told. */
  #failed(error: unknown): OutgoingResponse {
    this.parts.fault(error);
    return responseAfter(error);
  }

  /** What fails then is no callback's fault, and must not end the process either. */
  #finishLater(transaction: ServerTransaction, request: IncomingRequest, response: Promise<OutgoingResponse>, rules: Rules): void {
    this.#underWay.add(request.message);
    response.then((later) => { this.#responder.finish(transaction, request, later, rules); })
      .catch(this.parts.fault)
      .finally(() => { this.#underWay.delete(request.message); });
  }

  /** RFC 3261 17.2.2: a retransmission gets the last response again, or nothing while there is none. */
  #repeat(known: Known, message: Message, source: Source): boolean {
    const mayRepeat = (): boolean => this.#admission.mayRepeat(source, this.rules);
    return this.#responder.repeat(known, message, source, this.rules, mayRepeat) && known.isOver;
  }

  /**
   * RFC 3261 9.2: a CANCEL that belongs to no transaction is 481; else it is 200, and has no effect on a request that has its
   * final response or is no INVITE. "The To tag of the response to the CANCEL and the To tag in the response to the original
   * request SHOULD be the same", but nobody is told a tag that another source was given.
   */
  #cancel(message: Message, source: Source, key: RequestKey): boolean {
    const known = this.#known.cancelled(message);
    if (known === undefined) return this.#refuse(message, source, 481, 'Call/Transaction Does Not Exist');
    this.#responder.respond(message, source, 200, 'OK', (known.key.address === source.address ? known.key : key).toTag, this.rules);
    return true;
  }
}
