import { digitsValue } from './grammar.js';
import { Header, headerName, type HeaderId } from './header-names.js';
import type { Refusal } from './limits.js';
import type { Message } from './message.js';
import { VALUE_END, VALUE_START } from './message-index.js';
import { fastNumber } from './fast-path.js';

/** RFC 3261 8.1.1. Max-Forwards is mandatory too, but its absence is tolerated (RFC 3261 16.3). */
const mandatory: readonly HeaderId[] = [Header.Via, Header.From, Header.To, Header.CallId, Header.CSeq];

/** Headers that may stand only once (RFC 3261 7.3.1: those that are no comma lists), as far as every request depends on them. */
const single: readonly HeaderId[] = [
  Header.From, Header.To, Header.CallId, Header.CSeq, Header.MaxForwards, Header.ContentLength, Header.ContentType, Header.Expires,
];

const mandatoryBits = bitsOf(mandatory);
const singleBits = bitsOf(single);

function bitsOf(ids: readonly HeaderId[]): number {
  return ids.reduce<number>((bits, id) => bits | (1 << id), 0);
}

/**
 * Why a request that `parse` took must be refused all the same, whatever its method; undefined if nothing is wrong. Its
 * request-URI's scheme, its To tag and the headers of its method are for others to judge.
 */
export function checkRequest(message: Message): Refusal | undefined {
  // RFC 3261 21.5.6
  if (message.version !== '2.0') return { code: 505, reason: 'Version Not Supported' };
  return checkHeaders(message) ?? checkRequestOnly(message);
}

/** The same for a response: whoever gets a refusal drops it. */
export function checkResponse(message: Message): Refusal | undefined {
  return checkHeaders(message);
}

function checkHeaders(message: Message): Refusal | undefined {
  const { seen, repeated } = message.index;
  if ((seen & mandatoryBits) !== mandatoryBits) return missing(seen);
  if ((repeated & singleBits) !== 0) return repeatedField(repeated);
  if (!message.isViaSound) return malformed(Header.Via);
  if (!message.isFromSound) return malformed(Header.From);
  if (!message.isToSound) return malformed(Header.To);
  if (!isCallId(message)) return malformed(Header.CallId);
  // RFC 3261 8.1.1.5, 20.16: a number below 2^31 and a method
  if (message.cseq === undefined) return malformed(Header.CSeq);
  return undefined;
}

function checkRequestOnly(message: Message): Refusal | undefined {
  // RFC 3261 20.16: "The method part of CSeq ... MUST match"
  if (message.cseq?.method !== message.method) return { code: 400, reason: 'CSeq Method Does Not Match the Request' };
  // RFC 3261 20.22: "an integer in the range 0-255"
  if (!(hopsLeft(message) <= 255)) return malformed(Header.MaxForwards);
  const { uri } = message;
  if (uri === undefined) return { code: 400, reason: 'Malformed Request-URI' };
  // RFC 3261 19.1.1, table 1: headers are not allowed in a request-URI (RFC 4475 3.1.2.11)
  if (uri.headers !== undefined) return { code: 400, reason: 'Header Fields in the Request-URI' };
  return undefined;
}

function missing(seen: number): Refusal {
  const id = mandatory.find((wanted) => (seen & (1 << wanted)) === 0) ?? Header.Via;
  return { code: 400, reason: `Missing ${headerName(id)}` };
}

function repeatedField(repeated: number): Refusal {
  const id = single.find((one) => (repeated & (1 << one)) !== 0) ?? Header.From;
  return { code: 400, reason: `Repeated ${headerName(id)}` };
}

function malformed(id: HeaderId): Refusal {
  return { code: 400, reason: `Malformed ${headerName(id)}` };
}

/** RFC 3261 25.1 callid, taken liberally: something printable without white space. */
function isCallId(message: Message): boolean {
  const at = message.find(Header.CallId, 0);
  const { bytes } = message.index;
  const start = message.place(at + VALUE_START);
  const end = message.place(at + VALUE_END);
  for (let p = start; p < end; p++) {
    const code = bytes[p] ?? 0;
    if (code <= 0x20 || code === 0x7f) return false;
  }
  return end > start;
}

/** The value of Max-Forwards: 0 if there is none, NaN if it is malformed. */
function hopsLeft(message: Message): number {
  const at = message.find(Header.MaxForwards, 0);
  if (at < 0) return 0;
  const { bytes, text } = message.index;
  const start = message.place(at + VALUE_START);
  const end = message.place(at + VALUE_END);
  const fast = fastNumber(bytes, start, end);
  return fast < 0 ? digitsValue(text, start, end) : fast;
}
