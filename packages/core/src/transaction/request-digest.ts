import { hash } from 'node:crypto';
import { Header, type HeaderId, type Message } from '@nksip-ts/sip';

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

/** Branch and sent-by of a request, and of a response to it. */
export function wayOf({ topVia: via }: Message): string {
  return via === undefined ? '' : `${via.branch ?? ''}\n${via.host}:${via.port ?? ''}`;
}

/**
 * The keyed digest of all that a request must have in common with its retransmission: 64 hex digits, that nobody who lacks the key can tell from
 * random ones. The key stands on both sides, so that who knows the digest of one request cannot extend it to that of another.
 *
 * One digest for each request: its parts serve as To tag and as entity-tag. A digest each, and one of headers and body before, took 1.5 us more.
 */
export class RequestDigest {
  readonly #key: Buffer;

  constructor(key: string) {
    this.#key = Buffer.from(key, 'latin1');
  }

  of(request: Message): string {
    const key = this.#key;
    const way = `${request.method} ${request.requestUri}\n${wayOf(request)}\n`;
    const most = 2 * key.length + way.length + request.size + 1;
    const content = most > scratch.length ? Buffer.allocUnsafeSlow(most) : scratch;
    content.set(key);
    let end = key.length;
    end += content.write(way, end, 'latin1');
    end = request.writeContent(deciding, content, end);
    content.set(key, end);
    return hash('sha256', content.subarray(0, end + key.length), 'hex');
  }
}

/** So long that nobody finds other headers or another body with the same one. */
export function contentDigest(request: Message): string {
  const most = request.size + 1;
  const content = most > scratch.length ? Buffer.allocUnsafeSlow(most) : scratch;
  return hash('sha256', content.subarray(0, request.writeContent(deciding, content, 0)), 'base64url');
}

/** What is hashed of the request that is looked at, unless it is large. */
const scratch = Buffer.allocUnsafeSlow(16_384);
