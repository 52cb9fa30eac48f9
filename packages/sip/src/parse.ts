import { readLatin1 } from './direct-text.js';
import { digitsValue } from './grammar.js';
import { HeadScanner } from './head-scanner.js';
import { Header } from './header-names.js';
import type { Lent } from './lending.js';
import { bodyTooLarge, defaultLimits, messageTooLarge, type ParseLimits, type Refusal } from './limits.js';
import { Message } from './message.js';
import { FIELD_SIZE, VALUE_END, VALUE_START } from './message-index.js';
import { fastNumber } from './fast-path.js';
import { readStartLine } from './start-line.js';

/**
 * What `parse` returns. `code` and `reason` are those of the response that a refused request gets; `message` is there where such
 * a response can be routed: a request with a usable Via. Code 0 is silence: a keep-alive, nothing to answer and nothing to report.
 */
export type ParseResult =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly code: number; readonly reason: string; readonly message?: Message };

/**
 * What the bytes came in. The body may end with a datagram (RFC 3261 20.14) or with a WebSocket message (RFC 7118 5); that of a stream must
 * be told by Content-Length. STUN comes in datagrams only (RFC 5626 4.4.2).
 */
export type Framing = 'datagram' | 'websocket' | 'stream';

const CR = 0x0d;
const LF = 0x0a;

const silence: ParseResult = { ok: false, code: 0, reason: '' };

/**
 * Indexes one message: a datagram, a WebSocket message, or what a Framer cut out of a stream. Nothing but the start line and the
 * framing is judged here; `checkRequest` and `checkResponse` do the rest. Never throws; time is linear in `bytes`.
 * `lent`: the message is good until the next one is parsed into that, unless it is kept (`Message.keep`). That saves 1,000 bytes each.
 */
export function parse(bytes: Uint8Array, limits: ParseLimits = defaultLimits, framing: Framing = 'datagram', lent?: Lent): ParseResult {
  const start = firstByte(bytes);
  if (start === bytes.length || (framing === 'datagram' && isStun(bytes[start]))) return silence;
  const most = Math.min(bytes.length, start + limits.maxHeadBytes);
  const scanner = lent === undefined ? new HeadScanner(bytes, start, most, limits) : lent.scanner.begin(bytes, start, most, limits);
  const hasStartLine = scanner.scanStartLine();
  const startLineEnd = hasStartLine ? scanner.lineEnd : most;
  const isWhole = hasStartLine && scanner.scanFields();
  const text = latin1Text(bytes, Math.max(scanner.at, startLineEnd));
  const line = readStartLine(bytes, text, start, startLineEnd, limits);
  const headEnd = scanner.at;
  const length = contentLength(scanner, bytes);
  const available = bytes.length - headEnd;
  const fault = line.refusal ?? headFault(scanner, isWhole, bytes.length, limits) ?? bodyFault(length, available, framing, limits);
  scanner.text = text;
  scanner.headEnd = headEnd;
  scanner.bodyEnd = headEnd + bodyLength(length, available);
  const message = new Message(line, scanner, lent);
  return fault === undefined ? { ok: true, message } : refused(fault, message);
}

function refused(fault: Refusal, message: Message): ParseResult {
  const isAnswerable = message.isRequest && message.topVia !== undefined;
  return isAnswerable ? { ok: false, ...fault, message } : { ok: false, ...fault };
}

/** RFC 3261 7.5: line ends before the start line are skipped. */
function firstByte(bytes: Uint8Array): number {
  let p = 0;
  while (p < bytes.length && (bytes[p] === CR || bytes[p] === LF)) p++;
  return p;
}

/** STUN on a SIP port (RFC 5626 8): message types 0x0001 to 0x01ff; also the zero bytes that some telephones send to keep a NAT open. */
function isStun(first: number | undefined): boolean {
  return first !== undefined && first <= 1;
}

/** The first `end` bytes as text, one char a byte. */
export function latin1Text(bytes: Uint8Array, end: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readLatin1(buffer, 0, end);
}

function headFault(scanner: HeadScanner, isWhole: boolean, size: number, limits: ParseLimits): Refusal | undefined {
  if (size > limits.maxBytes) return messageTooLarge;
  if (scanner.problem !== '') return { code: 400, reason: scanner.problem };
  if (isWhole) return undefined;
  return size > limits.maxHeadBytes ? messageTooLarge : { code: 400, reason: 'Missing Empty Line after the Header Fields' };
}

/** Content-Length stands more than once, so that nobody knows which counts (RFC 4475 3.3.9). */
const REPEATED = -1;

/** The value of Content-Length: undefined if there is none, NaN if it is malformed, REPEATED if there are several. */
export function contentLength(scanner: HeadScanner, bytes: Uint8Array): number | undefined {
  const bit = 1 << Header.ContentLength;
  if ((scanner.seen & bit) === 0) return undefined;
  if ((scanner.repeated & bit) !== 0) return REPEATED;
  const { fields } = scanner;
  let at = 0;
  while (fields[at] !== Header.ContentLength) at += FIELD_SIZE;
  const start = fields[at + VALUE_START] ?? 0;
  const end = fields[at + VALUE_END] ?? 0;
  const fast = fastNumber(bytes, start, end);
  return fast < 0 ? digitsValue(latin1Text(bytes, end), start, end) : fast;
}

/** RFC 3261 18.3: what a datagram has behind the body is ignored. */
function bodyLength(length: number | undefined, available: number): number {
  return length !== undefined && length >= 0 && length < available ? length : available;
}

/** Why a Content-Length cannot frame anything. */
export function lengthFault(length: number): Refusal | undefined {
  if (length === REPEATED) return { code: 400, reason: 'Repeated Content-Length' };
  return Number.isNaN(length) ? { code: 400, reason: 'Malformed Content-Length' } : undefined;
}

/** RFC 3261 18.3 and 20.14; `available` is the number of bytes behind the head. */
function bodyFault(length: number | undefined, available: number, framing: Framing, limits: ParseLimits): Refusal | undefined {
  if (length === undefined) {
    if (framing === 'stream' && available > 0) return { code: 400, reason: 'Missing Content-Length' };
    return available > limits.maxBody ? bodyTooLarge : undefined;
  }
  const fault = lengthFault(length);
  if (fault !== undefined) return fault;
  if (length > limits.maxBody && (framing === 'stream' || length <= available)) return bodyTooLarge;
  return length > available ? { code: 400, reason: 'Content-Length Exceeds the Message' } : undefined;
}
