import type { Message } from '@nksip-ts/sip';
import { NksipError } from '../errors.js';
import { replySent, type ReplySent } from '../diagnostics.js';
import type { Logger } from '../log/log.js';
import type { OutgoingResponse } from '../reply/resolve.js';
import { isReliable, ResponseSender, tryingBytes } from '../reply/send.js';
import { roomFor } from '../reply/size.js';
import type { Trace } from '../trace.js';
import type { ServerKey } from '../transaction/server-key.js';
import type { Known, ServerTable } from '../transaction/server-table.js';
import type { ServerTransaction } from '../transaction/server-transaction.js';
import type { Source } from '../transport/transport.js';
import type { IncomingRequest } from './incoming-request.js';
import { refusal } from './responses.js';
import type { Rules } from './rules.js';

export interface ResponderParts {
  readonly table: ServerTable;
  readonly log: Logger;
  readonly trace: Trace;
  /** Reports a fault that the service survived. */
  readonly fault: (error: unknown) => void;
}

/** Sends the responses of the server side (RFC 3261 17.2), each of them within what may be sent to where it goes. */
export class Responder {
  readonly #sender: ResponseSender;

  constructor(private readonly parts: ResponderParts) {
    this.#sender = new ResponseSender(parts.log, parts.trace);
  }

  /** Without a transaction: the same request gets the same response again, To tag included (RFC 3261 8.2.7). */
  respond(message: Message, source: Source, code: number, reason: string, toTag: string, rules: Rules): void {
    const room = roomOf(message, source, rules);
    const bytes = this.#sender.final(message, source, refusal([code, { reason_phrase: reason }], rules), toTag, room);
    this.#sendFinal(message, source, bytes, room, rules);
  }

  /**
   * Sends what was sent for the same request before; false if that may not be: there is nothing yet, `mayRepeat` says no, or there is no
   * room, for the response to a longer request is not for a short one that is the same otherwise.
   */
  repeat({ again, isLarge }: Known, message: Message, source: Source, rules: Rules, mayRepeat: () => boolean): boolean {
    const room = isLarge ? Infinity : roomOf(message, source, rules);
    if (again === undefined || again.length > room || !mayRepeat()) return false;
    this.#sender.send(message, source, again, room);
    return true;
  }

  /** Sends the final response, and ends the transaction. */
  finish(transaction: ServerTransaction, request: IncomingRequest, response: OutgoingResponse, rules: Rules): void {
    // RFC 4320 4.2: after 64*T1 the client has given up, and no final response is sent any more.
    if (transaction.isOver) return request.replied('none');
    const { message, source, isProved } = request;
    const room = isProved ? Infinity : roomOf(message, source, rules) - (transaction.again?.length ?? 0);
    const bytes = this.#sender.final(message, source, response, transaction.key.toTag, room);
    const isLarge = isProved && bytes.length > roomFor(message);
    this.parts.table.complete(transaction, bytes, isReliable(source), isLarge, message.method === 'INVITE' ? ackTagOf(message, transaction.key) : undefined);
    const isSent = this.#sendFinal(message, source, bytes, room, rules);
    if (request.mustLeave) source.flush?.();
    request.replied(isSent ? codeIn(bytes) : 'none');
  }

  #sendFinal(message: Message, source: Source, bytes: Uint8Array, room: number, { service }: Rules): boolean {
    const isSent = this.#sender.send(message, source, bytes, room);
    if (isSent && replySent.hasSubscribers) replySent.publish({ service, message, source, code: codeIn(bytes), bytes } satisfies ReplySent);
    return isSent;
  }

  /**
   * The response is not there yet. RFC 4320 4.1: a 100 only when the client's timer E would have reached T2. RFC 3261 17.2.1: an INVITE
   * that is not answered within 200 ms gets its 100 then; at once is allowed, and needs no timer. Over UDP it gets none: a client that has
   * a 100 does not send the INVITE again (17.1.1.2), and its refusal is sent again only when the INVITE is.
   */
  wait(transaction: ServerTransaction, request: IncomingRequest, rules: Rules): void {
    const { message, source } = request;
    const { table, fault } = this.parts;
    const isInvite = message.method === 'INVITE';
    const mayTry = !rules.no100 && (!isInvite || isReliable(source));
    table.wait(transaction, {
      ...(mayTry && { late: () => { this.#try(transaction, message, source, rules); } }),
      ended: () => { request.replied('none'); },
      abandoned: () => { fault(new NksipError('timeout', { what: `A request (${message.cseq?.number ?? ''} ${message.method})`, seconds: table.lifetime / 1000 })); },
    });
    if (isInvite && mayTry) this.#try(transaction, message, source, rules);
  }

  #try(transaction: ServerTransaction, message: Message, source: Source, rules: Rules): void {
    const bytes = tryingBytes(message, source);
    transaction.proceed(bytes);
    this.#sender.send(message, source, bytes, roomOf(message, source, rules));
  }
}

/** The To tag that the ACK of an INVITE has: that of its response (RFC 3261 17.1.1.3). */
function ackTagOf({ toTag }: Message, key: ServerKey): string {
  return toTag === '' ? key.toTag : toTag;
}

/** Bytes that may be sent for a request whose credentials nobody has looked at. */
function roomOf(message: Message, source: Source, rules: Rules): number {
  return isReliable(source) || rules.isTrusted(source.address) ? Infinity : roomFor(message);
}

/** Of a response; where it was too large another one than was meant: `SIP/2.0 200 OK`. */
function codeIn(response: Uint8Array): number {
  return 100 * digitAt(response, 8) + 10 * digitAt(response, 9) + digitAt(response, 10);
}

function digitAt(response: Uint8Array, at: number): number {
  return (response[at] ?? 0) - 48; // '0' is 48
}
