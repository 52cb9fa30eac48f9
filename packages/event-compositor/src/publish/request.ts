import { Refused, type SipRequest } from '@nksip-ts/core';
import { aorOf, Header, parseDeltaSeconds, parseDisposition, parseEvent, parseMediaType, parseToken, type Aor, type Message } from '@nksip-ts/sip';
import type { Policy } from './policy.js';
import { provenUser, publisherOf } from './publisher.js';

/** The body of a request and what its header says of it. */
export interface Content {
  /** A view into the datagram. */
  readonly data: Uint8Array;
  /** The event package of the request. */
  readonly event: string;
  /** Content-Type as sent, as Unicode text; absent where there is none. */
  readonly content_type: string | undefined;
  /** 'application/pidf+xml', in lower case; absent where there is no Content-Type or one that cannot be understood. */
  readonly mediaType: string | undefined;
  /** Content-Encoding names something else than identity. */
  readonly encoded: boolean;
  /** Content-Disposition is absent or one that a publication can have. */
  readonly dispositionKnown: boolean;
  /** Content-Disposition has handling=optional: a body that is not understood is ignored (RFC 3261 20.11). */
  readonly optional: boolean;
}

/** The same for a retransmission, wherever it lands. Asked for only where a tag is made. */
export type Origin = Pick<SipRequest, 'transaction' | 'token' | 'message'>;

/** What a PUBLISH asks for, as far as that can be told without knowing what is stored. Plain data. */
export interface PublishRequest {
  readonly aor: Aor;
  readonly event: string;
  /** The tag of SIP-If-Match. */
  readonly ifMatch: string | undefined;
  /** Seconds, of Expires. */
  readonly expires: number | undefined;
  /** Absent where the body is empty: a Content-Type without a body means nothing. */
  readonly content: Content | undefined;
  /** Who publishes, as `RegPublish` has it; absent where the body is empty. */
  readonly publisher: string | undefined;
  /** Who has signed in, here or at a trusted proxy; undefined: nobody. */
  readonly user: string | undefined;
  /** What its tag is made of. */
  readonly origin: Origin;
}

const missingEvent = new Refused(['bad_event', 'Missing Event']);
const notServed = new Refused(['bad_event', 'Event Package Not Served']);
const repeatedEvent = new Refused(['invalid_request', 'Repeated Event']);
const malformedEvent = new Refused(['invalid_request', 'Malformed Event']);
const repeatedIfMatch = new Refused(['invalid_request', 'Repeated SIP-If-Match']);
const malformedIfMatch = new Refused(['invalid_request', 'Malformed SIP-If-Match']);
const repeatedExpires = new Refused(['invalid_request', 'Repeated Expires']);
const malformedExpires = new Refused(['invalid_request', 'Malformed Expires']);

/** What a PUBLISH asks for, or the response to one that is wrong whatever is stored: RFC 3903 6(2) to (4), in this order. */
export function readRequest(req: SipRequest, policy: Policy): PublishRequest | Refused {
  const { message } = req;
  const event = eventOf(message, policy);
  if (event instanceof Refused) return event;
  const ifMatch = ifMatchOf(message);
  if (ifMatch instanceof Refused) return ifMatch;
  const expires = expiresOf(message);
  if (expires instanceof Refused) return expires;
  const aor = aorOf(req.ruri);
  const content = contentOf(message, event, policy.types.get(event));
  const user = provenUser(req);
  const publisher = content === undefined ? undefined : publisherOf(req, user);
  return { aor, event, ifMatch, expires, content, publisher, user, origin: req };
}

/** RFC 3903 6(2): missing or not served is 489. RFC 3903 4.1: exactly one. RFC 6665 8.2.1: compared byte by byte, parameters aside. */
function eventOf(message: Message, policy: Policy): string | Refused {
  const text = message.first(Header.Event);
  if (text === undefined) return missingEvent;
  if (message.isRepeated(Header.Event)) return repeatedEvent;
  if (text === '') return missingEvent;
  const served = policy.events.get(text);
  if (served !== undefined) return served;
  const event = parseEvent(text);
  return event === undefined ? malformedEvent : policy.events.get(event.package) ?? notServed;
}

/** RFC 3903 6(3): exactly one entity-tag, which is a token (11.3.2); `*` is one like any other. */
function ifMatchOf(message: Message): string | Refused | undefined {
  const text = message.first(Header.SipIfMatch);
  if (text === undefined) return undefined;
  if (message.isRepeated(Header.SipIfMatch)) return repeatedIfMatch;
  return parseToken(text) ?? malformedIfMatch;
}

/** RFC 3261 20.19 */
function expiresOf(message: Message): number | Refused | undefined {
  const text = message.first(Header.Expires);
  if (text === undefined) return undefined;
  if (message.isRepeated(Header.Expires)) return repeatedExpires;
  return parseDeltaSeconds(text) ?? malformedExpires;
}

/** The request in memory that stays: one that is carried out at once needs none. */
export function kept(request: PublishRequest): PublishRequest {
  const { content, origin: { message } } = request;
  if (!message.isLent) return request;
  message.keep();
  return content === undefined ? request : { ...request, content: { ...content, data: message.body } };
}

function contentOf(message: Message, event: string, types: readonly string[] | undefined): Content | undefined {
  if (message.bodyLength === 0) return undefined;
  const data = message.body;
  const written = message.first(Header.ContentType);
  const mediaType = written === undefined || message.isRepeated(Header.ContentType) ? undefined : mediaTypeOf(written, types);
  const disposition = dispositionOf(message);
  return {
    data, event,
    content_type: written === mediaType ? written : message.header('Content-Type')[0],
    mediaType,
    encoded: message.first(Header.ContentEncoding) !== undefined && message.list(Header.ContentEncoding).some(isEncoding),
    dispositionKnown: disposition.known,
    optional: disposition.optional,
  };
}

/** Most often it is written just as the package has it. */
function mediaTypeOf(contentType: string, types: readonly string[] | undefined): string | undefined {
  return types?.includes(contentType) ? contentType : parseMediaType(contentType)?.type;
}

function isEncoding(coding: string): boolean {
  return coding.toLowerCase() !== 'identity';
}

const render = { known: true, optional: false };

/** RFC 3261 20.11: without one a body that is no session description is to be rendered; handling is required unless it says optional. */
function dispositionOf(message: Message): { readonly known: boolean; readonly optional: boolean } {
  const text = message.first(Header.ContentDisposition);
  if (text === undefined) return render;
  const disposition = parseDisposition(text);
  return {
    known: disposition?.type === 'render' && !message.isRepeated(Header.ContentDisposition),
    optional: disposition?.params.get('handling')?.toLowerCase() === 'optional',
  };
}
