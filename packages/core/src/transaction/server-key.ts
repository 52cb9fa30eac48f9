import type { KeyBytes } from '@nksip-ts/memory';
import type { Message } from '@nksip-ts/sip';
import { contentDigest, wayOf, type RequestDigest } from './request-digest.js';

/** By what a transaction is found: the text `call`, or the same in pieces. */
export interface CallName {
  readonly call: string;
  /** As `into.take(call)`, but nothing is joined for it. */
  takeCall?(into: KeyBytes): void;
  /** Two names with the same serial are one and the same. A name without one is read again each time. */
  readonly serial?: number;
}

/** What a server transaction is called in the tables. */
export interface ServerKey extends CallName {
  /**
   * Call-ID, CSeq and From tag. Requests with the same are one that came twice (a retransmission), one that came over two ways
   * (merged, RFC 3261 8.2.2.2), or different ones of clients that have no random numbers.
   */
  readonly call: string;
  /** The tag that a response adds to To if the request has none there. It is made of all that a request must have in common with its retransmission. */
  readonly toTag: string;
  /** Where the request came from. With the tag it tells apart what has one `call`. */
  readonly address: string;
  /** Branch and sent-by. Not kept with what is finished: its response has them. */
  readonly way?: string;
}

/** Characters of a To tag of ours: hex, for base64 can spell the name of a header. RFC 3261 19.3 wants 32 bits at least. */
export const TO_TAG_LENGTH = 16;
/** 128 bits. */
const TOKEN_LENGTH = 32;

/**
 * The name of a request that came. RFC 3261 17.2.3 matches by branch, sent-by and method. But there are clients that never seed
 * their random numbers: two of them send all of these equal, and Call-ID, CSeq and From tag too; and so does one that was started
 * again. No request may get the response of another. So source address, Request-URI, body and the deciding headers must be equal as well: a refresh
 * and a removal (RFC 3903 4.3, 4.5) have both no body. The port of the source need not be: a NAT may give a retransmission another one.
 */
export class RequestKey implements ServerKey {
  readonly serial = nextSerial();
  #call: string | undefined = undefined;
  #digest: string | undefined = undefined;
  #toTag: string | undefined = undefined;

  constructor(
    private readonly request: Message,
    readonly address: string,
    private readonly digests: RequestDigest,
  ) {}

  get call(): string {
    return this.#call ??= callOf(this.request);
  }

  takeCall(into: KeyBytes): void {
    const { callId, cseq, method, fromTag } = this.request;
    into.begin();
    const isTaken = into.add(callId) && into.add('\n') && into.add(cseq === undefined ? '' : String(cseq.number)) && into.add(' ') && into.add(method) && into.add('\n') && into.add(fromTag);
    if (isTaken) into.end();
    else into.take(this.call);
  }

  /** The same text for a retransmission, in whichever process it lands. The source is not in it: other nodes see another one. */
  get transaction(): string {
    const { request } = this;
    return `${wayOf(request)}\n${this.call}\n${request.requestUri}\n${contentDigest(request)}`;
  }

  /** Another part of the digest than the To tag. */
  get token(): string {
    return this.#allOfDigest.slice(TO_TAG_LENGTH, TO_TAG_LENGTH + TOKEN_LENGTH);
  }

  get toTag(): string {
    return this.#toTag ??= this.#allOfDigest.slice(0, TO_TAG_LENGTH);
  }

  get #allOfDigest(): string {
    return this.#digest ??= this.digests.of(this.request);
  }

  get way(): string {
    return wayOf(this.request);
  }
}

let lastSerial = 0;

/** A small integer: another number would be allocated. What had it a thousand million requests ago is long gone. */
function nextSerial(): number {
  return lastSerial = (lastSerial + 1) & 0x3fffffff;
}

/** `method` is INVITE for an ACK: it belongs to the transaction of the INVITE. */
export function callOf(request: Message, method: string = request.method): string {
  return `${request.callId}\n${request.cseq?.number ?? ''} ${method}\n${request.fromTag}`;
}

/** The key of a request whose `call` another one has already. */
export function twinOf(key: RequestKey): ServerKey {
  const { call, toTag, address, way } = key;
  return { call: twinCall(call, key), toTag, address, way };
}

/** The `call` of that key: one that no request has. */
export function twinCall(call: string, { toTag, address }: Pick<ServerKey, 'toTag' | 'address'>): string {
  return `${toTag}${address}\n${call}`;
}

/** Whether a request with the `call` of a known one is that one again. */
export function isSame(known: ServerKey, key: ServerKey): boolean {
  return known.toTag === key.toTag && known.address === key.address;
}
