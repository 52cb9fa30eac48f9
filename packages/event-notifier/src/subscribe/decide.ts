import { Refused } from '@nksip-ts/core';
import { Header, parseDeltaSeconds, parseEvent, parseMediaType, type Message } from '@nksip-ts/sip';
import type { EventPackage, StateDocument } from '../package/event-package.js';
import { acceptedType } from './accept.js';
import { flat, nothingWanted, type Wants } from '../watcher/record.js';
import type { Policy } from './policy.js';

/** What a SUBSCRIBE asks for, and gets if its watcher may have it. */
export interface Asked {
  readonly pack: EventPackage;
  /** Seconds that are granted; 0: the state is told once. */
  readonly expires: number;
  readonly type: string;
  /** The values of Accept. */
  readonly accept: readonly string[];
  readonly filter: StateDocument | undefined;
}

const notServed = new Refused(['bad_event', 'Event Package Not Served']);
const repeatedEvent = new Refused(['invalid_request', 'Repeated Event']);
const malformedExpires = new Refused(['invalid_request', 'Malformed Expires']);
const malformedAccept = new Refused(['invalid_request', 'Malformed Accept']);
const notAcceptable = new Refused(406);
const encoded = new Refused(['unsupported_media_encoding', 'identity']);

/** RFC 6665 4.2.1.1: a duration that is an hour or more is never too brief. */
const AN_HOUR = 3600;

/** Characters of Accept that are kept; a longer one is not kept at all. */
const MOST_ACCEPT = 500;

/** The rules for a SUBSCRIBE that need no callback and no state, in their order: 423, 406, 415. Pure. */
export function decide(message: Message, policy: Policy): Asked | Refused {
  const pack = packageOf(message, policy);
  if (pack instanceof Refused) return pack;
  const expires = expiresOf(message, pack, policy);
  if (expires instanceof Refused) return expires;
  const accept = message.values(Header.Accept);
  const accepted = acceptedType(accept, pack.types);
  if (accepted === 'malformed') return malformedAccept;
  if (accepted === 'none') return notAcceptable;
  const filter = filterOf(message, pack);
  if (filter instanceof Refused) return filter;
  return { pack, expires, type: accepted.type, accept: keptOf(accept, pack), filter };
}

/** Core has refused every other Event already; here the package is only looked up. */
function packageOf(message: Message, { packages }: Policy): EventPackage | Refused {
  if (message.isRepeated(Header.Event)) return repeatedEvent;
  return packages.get(parseEvent(message.first(Header.Event) ?? '')?.package ?? '') ?? notServed;
}

/** RFC 6665 3.1.1: what was asked for, or the default of the package; it may be lowered, never raised. */
function expiresOf(message: Message, pack: EventPackage, { minExpires, maxExpires }: Policy): number | Refused {
  const text = message.first(Header.Expires);
  if (text === undefined) return Math.min(pack.defaultExpires, maxExpires);
  const asked = message.isRepeated(Header.Expires) ? undefined : parseDeltaSeconds(text);
  if (asked === undefined) return malformedExpires;
  if (asked > 0 && asked < AN_HOUR && asked < minExpires) return new Refused(['interval_too_brief', minExpires]);
  return Math.min(asked, maxExpires);
}

/** RFC 3261 8.2.3: a body must be understood, and most packages have none. */
function filterOf(message: Message, pack: EventPackage): StateDocument | Refused | undefined {
  if (message.bodyLength === 0) return undefined;
  const written = message.first(Header.ContentType);
  const type = written === undefined ? undefined : parseMediaType(written)?.type;
  const taken = pack.filters ?? [];
  if (type === undefined || !taken.includes(type)) return new Refused([415, { reason_phrase: 'Unsupported Media Type', add: { Accept: taken.join(', ') } }]);
  if (message.list(Header.ContentEncoding).some((coding) => coding.toLowerCase() !== 'identity')) return encoded;
  return { data: new Uint8Array(message.body), content_type: type };
}

/** Only for packages that use it. Copies, so that the message can be freed. */
function keptOf(accept: readonly string[], pack: EventPackage): readonly string[] {
  const isKept = pack.finish !== undefined && accept.reduce((sum, line) => sum + line.length, 0) <= MOST_ACCEPT;
  return isKept && accept.length > 0 ? accept.map(flat) : nothing;
}

const nothing: readonly string[] = [];

/** What is kept of it. RFC 4660 4.3: without another filter the last one stays. */
export function wantsOf({ accept, filter }: Asked, last: StateDocument | undefined): Wants {
  return accept.length === 0 && filter === undefined && last === undefined ? nothingWanted : { accept, filter: filter ?? last };
}
