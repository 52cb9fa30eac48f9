import { flatText } from '@nksip-ts/memory';
import { Header, parseDeltaSeconds, parseEvent, parseNameAddr, type Message } from '@nksip-ts/sip';
import { targetIn } from '../dialog/dialog.js';
import { Refused } from '../reply/refused.js';

/** What a SUBSCRIBE asks for. */
export interface Asked {
  /** Event as NOTIFYs have it: the package, and `id` if there is one. */
  readonly event: string;
  /** Seconds; undefined: it does not say. */
  readonly expires: number | undefined;
}

const repeatedEvent = new Refused(['invalid_request', 'Repeated Event']);
const malformedEvent = new Refused(['invalid_request', 'Malformed Event']);
const missingEvent = new Refused(['bad_event', 'Missing Event']);
const notServed = new Refused(['bad_event', 'Event Package Not Served']);
const badContact = new Refused(['invalid_request', 'Exactly One Contact Needed']);
const badRecordRoute = new Refused(['invalid_request', 'Malformed Record-Route']);
const repeatedExpires = new Refused(['invalid_request', 'Repeated Expires']);
const malformedExpires = new Refused(['invalid_request', 'Malformed Expires']);

/**
 * What a SUBSCRIBE asks for, or why it is refused whatever its event package makes of it. `events`: those that are served, by their names. Pure.
 * A refresh needs no Contact: RFC 3261 12.2.1.2 has it a target refresh if there is one.
 */
export function readSubscribe(message: Message, events: ReadonlyMap<string, string>): Asked | Refused {
  const event = eventOf(message, events);
  if (event instanceof Refused) return event;
  const isRefresh = message.toTag !== '';
  if (!(isRefresh && message.count(Header.Contact) === 0) && targetIn(message) === undefined) return badContact;
  if (!isRefresh && message.list(Header.RecordRoute).some((route) => parseNameAddr(route) === undefined)) return badRecordRoute;
  const expires = message.first(Header.Expires);
  if (expires === undefined) return { event, expires: undefined };
  if (message.isRepeated(Header.Expires)) return repeatedExpires;
  const seconds = parseDeltaSeconds(expires);
  return seconds === undefined ? malformedExpires : { event, expires: seconds };
}

/** RFC 6665 4.2.1.1: one that is missing or not served is 489. 8.2.1: packages are compared byte by byte, and so is `id`, which a NOTIFY gives back. */
function eventOf(message: Message, events: ReadonlyMap<string, string>): string | Refused {
  const text = message.first(Header.Event);
  if (text === undefined) return missingEvent;
  if (message.isRepeated(Header.Event)) return repeatedEvent;
  const read = parseEvent(text);
  if (read === undefined) return malformedEvent;
  const served = events.get(read.package);
  if (served === undefined) return notServed;
  if (!read.params.has('id')) return served;
  const id = idIn.exec(text.replace(quoted, '""'))?.[1];
  return id === undefined ? malformedEvent : flatText(`${served};id=${id}`);
}

/** A value in quotes may look like an id. */
const quoted = /"(?:[^"\\]|\\.)*"/g;

/** RFC 6665 8.4: `id` is a token. */
const idIn = /;\s*id\s*=\s*([\w.!%*+`'~-]+)\s*(?:;|$)/i;
