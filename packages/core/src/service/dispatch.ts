import { Lending, parse, type Lent, type Message, type ParseLimits } from '@nksip-ts/sip';
import { show } from '../errors.js';
import { logDropped, senderText, type Logger } from '../log/log.js';
import type { Trace } from '../trace.js';
import { transportFacts } from '../transport/transport-facts.js';
import type { Receiver, Source } from '../transport/transport.js';

/** The server side: takes a request; whether a response is or will be sent. */
export interface RequestTaker {
  receive(request: Message, source: Source): boolean;
  /** Refuses a request that cannot be read, without a transaction. */
  malformed(request: Message, source: Source, code: number, reason: string): boolean;
}

/** The client side: takes a response; whether it belongs to a request of ours. */
export interface ResponseTaker {
  receive(response: Message): boolean;
  /** The same of one that nobody has read yet; false: it must be parsed. */
  receiveBare(bytes: Uint8Array, limits: ParseLimits): boolean;
}

export interface DispatcherParts {
  readonly limits: ParseLimits;
  readonly trace: Trace;
  readonly log: Logger;
  readonly server: RequestTaker;
  readonly client: ResponseTaker;
  readonly fault: (error: unknown) => void;
}

/** What stands between the transports and the two sides of a service: bytes in, requests and responses out. */
export class Dispatcher implements Receiver {
  readonly #lending = new Lending();
  #isLending = false;

  constructor(private readonly parts: DispatcherParts) {}

  /** Whether a response is or will be sent. */
  message(bytes: Uint8Array, source: Source, isLent = false): boolean {
    // What is called for one message may bring another one.
    if (this.#isLending) return this.#taken(isLent ? new Uint8Array(bytes) : bytes, source);
    this.#isLending = true;
    try {
      return this.#taken(bytes, source, isLent ? this.#lending.all : this.#lending.index);
    } finally {
      this.#lending.end();
      this.#isLending = false;
    }
  }

  #taken(bytes: Uint8Array, source: Source, lent?: Lent): boolean {
    try {
      return this.#message(bytes, source, lent);
    } catch (error) {
      return this.#survived(error);
    }
  }

  broken(code: number, reason: string, bytes: Uint8Array, source: Source): void {
    try {
      this.#broken(code, reason, bytes, source);
    } catch (error) {
      this.#survived(error);
    }
  }

  fault(error: unknown): void {
    this.parts.fault(error);
  }

  /** What throws is told: one message must not end the process. */
  #survived(error: unknown): false {
    this.parts.fault(error);
    return false;
  }

  #message(bytes: Uint8Array, source: Source, lent: Lent | undefined): boolean {
    const { trace, client, limits } = this.parts;
    trace.received(bytes, source);
    // No request begins with this byte and the next.
    if (bytes[0] === S && bytes[1] === I && client.receiveBare(bytes, limits)) return false;
    const parsed = parse(bytes, limits, transportFacts[source.transport].framing, lent);
    if (!parsed.ok) return this.#unreadable(bytes, parsed.message, source, parsed.code, parsed.reason);
    if (parsed.message.isRequest) return this.parts.server.receive(parsed.message, source);
    parsed.message.keep();
    if (!client.receive(parsed.message)) logStray(this.parts.log, parsed.message, source);
    return false;
  }

  #broken(code: number, reason: string, bytes: Uint8Array, source: Source): void {
    this.parts.trace.received(bytes, source);
    // No body is wanted of what is cut off, and it may begin as STUN does.
    const parsed = parse(bytes, this.parts.limits, 'websocket');
    this.#unreadable(bytes, parsed.message, source, code, reason);
  }

  /** RFC 3261 16.3, 18.3: a request is refused if its Via tells where to; a response, or what has no Via, is dropped. */
  #unreadable(bytes: Uint8Array, message: Message | undefined, source: Source, code: number, reason: string): boolean {
    if (message?.isRequest === true) return this.parts.server.malformed(message, source, code, reason);
    // Code 0: a keep-alive, of which there is nothing to say.
    if (code !== 0) logDropped(this.parts.log, source, isResponse(bytes) ? `a response that cannot be read, ${reason}` : reason);
    return false;
  }
}

/** Of `SIP/2.0`. */
const S = 0x53, I = 0x49;

function isResponse(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1').toUpperCase() === 'SIP/';
}

/** RFC 3261 18.1.2. */
function logStray(log: Logger, response: Message, source: Source): void {
  if (!log.isLevelEnabled('debug')) return;
  const { cseq, status, topVia } = response;
  const what = `${status} to ${cseq === undefined ? 'what has no CSeq' : `${cseq.method} ${cseq.number}`}, branch ${show(topVia?.branch ?? '')}`;
  log.debug({ from: senderText(source) }, `dropped a response that belongs to no request of ours, or comes once more: ${what}, from ${senderText(source)}`);
}
