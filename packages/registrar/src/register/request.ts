import { Refused, type SipRequest } from '@nksip-ts/core';
import { aorOf, Header, parseDeltaSeconds, parseNameAddr, parseTokenList, parseUri, splitCommaList, utf8Of, type Aor, type NameAddr, type Uri } from '@nksip-ts/sip';
import type { RegContact } from '../store/contract.js';
import type { Policy } from './policy.js';

/** What a REGISTER asks for one contact. */
export interface AskedContact {
  /** Its URI, as it was written. */
  readonly contact: string;
  readonly uri: Uri;
  /** Seconds that are granted; 0 removes it. */
  readonly lifetime: number;
  readonly q: RegContact['q'] | undefined;
  readonly instance: RegContact['instance'] | undefined;
  readonly reg_id: RegContact['reg_id'] | undefined;
  readonly params: RegContact['params'] | undefined;
}

/** What a REGISTER asks for, regardless of what is stored. Plain data: nothing of the request itself. */
export interface RegisterRequest {
  readonly aor: Aor;
  /** 'all': all contacts are to be removed. An empty list changes nothing. */
  readonly asked: readonly AskedContact[] | 'all';
  readonly callId: string;
  readonly cseq: number;
  /** Values of Path, returned in the 200 (RFC 3327 5.3). */
  readonly path: readonly string[];
  readonly source: RegContact['source'] | undefined;
}

/** RFC 3261 20.10: what a malformed expires counts as, in seconds. */
const MALFORMED_EXPIRES = 3600;
/** RFC 3261 10.3 step 7: a lifetime of so many seconds is never too brief. */
const NEVER_BRIEF = 3600;
/** Characters that no header of a response may have. */
const UNTELLABLE = /[\u0000-\u0008\u000a-\u001f\u007f\ufffd]/;
/** Latin1 text that is the same as Unicode text, and has none of these. */
const PLAIN = /^[\t\x20-\x7e]*$/;

const foreign = new Refused([404, { reason_phrase: 'Address Not Served', log: { option: 'sip_domains' } }]);
const noAddress = new Refused(['not_found', 'To Is No SIP Address']);
const malformedContact = new Refused(['invalid_request', 'Malformed Contact']);
const notAlone = new Refused(['invalid_request', 'Contact * Must Be Alone']);
const notZero = new Refused(['invalid_request', 'Contact * Needs Expires 0']);
const repeatedExpires = new Refused(['invalid_request', 'Repeated Expires']);
const malformedExpires = new Refused(['invalid_request', 'Malformed Expires']);
const malformedPath = new Refused(['invalid_request', 'Malformed Path']);
const pathNotKnown = new Refused(['bad_extension', 'path']);
const severalFlows = new Refused(['invalid_request', "Several 'reg-id' Parameters"]);
/** The reason is for the client, the option in the log for the operator. */
export const tooManyContacts = new Refused([403, { reason_phrase: 'Too Many Contacts', log: { option: 'sip_registrar_max_contacts' } }]);

/** What a REGISTER asks for, or why it is refused whatever is stored. */
export function readRequest(req: SipRequest, policy: Policy): RegisterRequest | Refused {
  const aor = addressOf(req, policy);
  if (aor instanceof Refused) return aor;
  const path = pathOf(req);
  if (path instanceof Refused) return path;
  const expires = expiresOf(req);
  if (expires instanceof Refused) return expires;
  const asked = askedBy(req, policy, expires);
  if (asked instanceof Refused) return asked;
  const { callId, cseq } = req.message;
  return { aor, asked, callId, cseq: cseq?.number ?? 0, path, source: sourceOf(req, path) };
}

/** RFC 3261 10.3 step 5: the address is that of To, and 404 where it "is not valid for the domain". */
function addressOf({ message }: SipRequest, { domains }: Policy): Aor | Refused {
  const uri = message.toUri;
  if (uri === undefined || (uri.scheme !== 'sip' && uri.scheme !== 'sips')) return noAddress;
  const aor = aorOf(uri);
  return domains === undefined || domains.has(aor.domain) ? aor : foreign;
}

/**
 * RFC 3327 5.3: if the client does not support Path, a proxy has added one that the client would never learn of; the recommended policy is
 * a 420.
 */
function pathOf({ message }: SipRequest): readonly string[] | Refused {
  const lines = message.count(Header.Path) === 0 ? [] : message.header('Path');
  if (lines.length === 0) return lines;
  const path = lines.flatMap(splitCommaList);
  if (path.length === 0 || !path.every(isPathElement)) return malformedPath;
  const supported = parseTokenList([...message.values(Header.Supported), ...message.values(Header.Require)]) ?? [];
  return supported.some((tag) => tag.toLowerCase() === 'path') ? path : pathNotKnown;
}

function isPathElement(text: string): boolean {
  const uri = parseUri(parseNameAddr(text)?.uri ?? '');
  return (uri?.scheme === 'sip' || uri?.scheme === 'sips') && !UNTELLABLE.test(text);
}

/** RFC 3261 20.19 */
function expiresOf({ message }: SipRequest): number | Refused | undefined {
  const text = message.first(Header.Expires);
  if (text === undefined) return undefined;
  if (message.isRepeated(Header.Expires)) return repeatedExpires;
  return parseDeltaSeconds(text) ?? malformedExpires;
}

/** All users of a proxy have the same source, which tells nothing of one. */
function sourceOf({ message, source: { transport, address, port } }: SipRequest, path: readonly string[]): RegisterRequest['source'] {
  return path.length === 0 && message.hasOneVia ? { transport, address, port } : undefined;
}

/** RFC 3261 10.3 steps 6 and 7, as far as they do not depend on what is stored. */
function askedBy({ message }: SipRequest, policy: Policy, expires: number | undefined): RegisterRequest['asked'] | Refused {
  if (message.count(Header.Contact) === 0) return [];
  const texts = message.list(Header.Contact);
  if (texts.includes('*')) return texts.length > 1 ? notAlone : expires === 0 ? 'all' : notZero;
  if (texts.length === 0) return malformedContact;
  // Enough to remove as many contacts as are allowed, and to add as many new ones.
  if (texts.length > 2 * policy.maxContacts) return tooManyContacts;
  const asked: AskedContact[] = [];
  let flows = 0;
  for (const text of texts) {
    const one = askedIn(text, policy, expires);
    if (one instanceof Refused) return one;
    if (isFlow(one) && one.lifetime > 0) flows++;
    asked.push(one);
  }
  // RFC 5626 6: one REGISTER is about one flow.
  return flows > 1 ? severalFlows : asked;
}

/** `latin1`: one element of a Contact. */
function askedIn(latin1: string, policy: Policy, expires: number | undefined): AskedContact | Refused {
  const address = addressIn(latin1);
  const uri = parseUri(address?.uri ?? '');
  if (address === undefined || uri === undefined) return malformedContact;
  const { uri: contact, params } = address;
  // The parameter of the contact takes precedence over the header.
  const given = params.get('expires');
  const seconds = given === undefined ? expires ?? policy.defaultTime : parseDeltaSeconds(given) ?? MALFORMED_EXPIRES;
  if (seconds > 0 && seconds < NEVER_BRIEF && seconds < policy.minTime) return new Refused(['interval_too_brief', policy.minTime]);
  return {
    contact, uri, lifetime: Math.min(seconds, policy.maxTime),
    q: qOf(params.get('q')), instance: params.get('+sip.instance'), reg_id: regIdOf(params.get('reg-id')), params: othersIn(params),
  };
}

function addressIn(latin1: string): NameAddr | undefined {
  if (PLAIN.test(latin1)) return parseNameAddr(latin1);
  const text = utf8Of(latin1);
  return UNTELLABLE.test(text) ? undefined : parseNameAddr(text);
}

/** Parameters of a Contact that have a field of their own in the record. */
const known: ReadonlySet<string> = new Set(['expires', 'q', '+sip.instance', 'reg-id']);

function othersIn(params: NameAddr['params']): AskedContact['params'] {
  const others = params.size === 0 ? [] : [...params].filter(([name]) => !known.has(name));
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

/** RFC 3261 25.1 qvalue; a malformed one counts as absent. */
function qOf(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}

/** RFC 5626 4.2: 1 to 2^31 - 1. */
function regIdOf(text: string | undefined): number | undefined {
  const number = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return number > 0 && number < 2 ** 31 ? number : undefined;
}

/** RFC 5626 6: a contact with both is identified by them, whatever its URI is. */
export function isFlow({ instance, reg_id }: RegContact | AskedContact): boolean {
  return instance !== undefined && reg_id !== undefined;
}
