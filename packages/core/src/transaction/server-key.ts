import { hash } from 'node:crypto';
import { Header, type HeaderId, type Message } from '@nksip-ts/sip';

/** What a server transaction is called in the tables. */
export interface ServerKey {
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

/** Characters of a To tag of ours. */
export const TO_TAG_LENGTH = 16;

/**
 * The headers that decide what a request asks for, and for whom: what else it has in common with its retransmission. Not those that a
 * proxy may write otherwise when the request comes through it again: Via, Max-Forwards, Route, Record-Route, Content-Length.
 */
const deciding = bitsOf([
  Header.From, Header.To, Header.CallId, Header.CSeq, Header.SipIfMatch, Header.Expires, Header.Event, Header.Contact,
  Header.ContentType, Header.ContentEncoding, Header.ContentDisposition, Header.Authorization, Header.ProxyAuthorization,
  Header.Require, Header.ProxyRequire, Header.Supported, Header.Accept, Header.SubscriptionState,
]);

function bitsOf(headers: readonly HeaderId[]): number {
  return headers.reduce<number>((bits, id) => bits | (1 << id), 0);
}

/**
 * The name of a request that came. RFC 3261 17.2.3 matches by branch, sent-by and method. But there are clients that never seed
 * their random numbers: two of them send all of these equal, and Call-ID, CSeq and From tag too; and so does one that was started
 * again. No request may get the response of another. So source address, Request-URI, body and the deciding headers must be equal as well: a refresh
 * and a removal (RFC 3903 4.3, 4.5) have both no body. The port of the source need not be: a NAT may give a retransmission another one.
 */
export class RequestKey implements ServerKey {
  readonly call: string;
  #transaction: string | undefined = undefined;
  #toTag: string | undefined = undefined;

  /** `tagOf` makes the To tag of the response out of `transaction`. */
  constructor(
    private readonly request: Message,
    readonly address: string,
    private readonly tagOf: (transaction: string) => string,
  ) {
    this.call = callOf(request);
  }

  /** The same text for a retransmission, in whichever process it lands. The source is not in it: other nodes see another one. */
  get transaction(): string {
    const { request } = this;
    return this.#transaction ??= `${wayOf(request)}\n${this.call}\n${request.requestUri}\n${contentDigest(request)}`;
  }

  get toTag(): string {
    return this.#toTag ??= this.tagOf(this.transaction);
  }

  get way(): string {
    return wayOf(this.request);
  }
}

/** `method` is INVITE for an ACK: it belongs to the transaction of the INVITE. */
export function callOf(request: Message, method: string = request.method): string {
  return `${request.callId}\n${request.cseq?.number ?? ''} ${method}\n${request.fromTag}`;
}

/** Branch and sent-by of a request, and of a response to it. */
export function wayOf({ topVia: via }: Message): string {
  return via === undefined ? '' : `${via.branch ?? ''}\n${via.host}:${via.port ?? ''}`;
}

/** So long that nobody finds other headers or another body with the same one. No header line is empty: the first one that is ends them. */
function contentDigest(request: Message): string {
  const lines = request.linesIn(deciding);
  if (request.bodyLength === 0) return hash('sha256', lines, 'base64url');
  const length = lines.length + 1 + request.bodyLength;
  const content = length > scratch.length ? Buffer.allocUnsafeSlow(length) : scratch;
  content[content.write(lines, 'latin1')] = LF;
  content.set(request.body, lines.length + 1);
  return hash('sha256', content.subarray(0, length), 'base64url');
}

const LF = 10;

/** Headers and body of the request that is looked at, unless they are large. */
const scratch = Buffer.allocUnsafeSlow(16_384);

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
