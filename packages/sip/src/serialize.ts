import { ByteWriter } from './byte-writer.js';
import { isToken, latin1Of } from './grammar.js';
import { Header, headerIdOf } from './header-names.js';
import { writeMarkedVia } from './mark-via.js';
import type { Message } from './message.js';
import { FIELD_END, FIELD_SIZE, FIELD_START, VALUE_END, VALUE_START } from './message-index.js';

export interface ResponseParts {
  /** what is answered: sound or not, what it has of Via, From, To, Call-ID and CSeq is copied */
  readonly request: Message;
  /** 100 to 699 */
  readonly code: number;
  readonly reason: string;
  /** added to To unless it has a tag */
  readonly toTag?: string | undefined;
  /** the address that the topmost Via must name as `received`; absent: that Via stays as it is */
  readonly received?: string | undefined;
  /** the port that goes into the topmost Via beside `received`, where it has an `rport` */
  readonly port?: number | undefined;
  /** whole lines `Name: value\r\n`, Unicode text, without Content-Length */
  readonly headers: string;
  readonly body?: Uint8Array | undefined;
}

/**
 * RFC 3261 8.2.6: the fields are copied from the request's own bytes, in its order; of those that may stand once only the first.
 * Throws RangeError if `reason` holds a line end.
 */
export function buildResponse(parts: ResponseParts): Uint8Array {
  const { request, code, reason, toTag, received, port = 0, headers, body } = parts;
  if (hasLineEnd(reason)) throw new RangeError('header injection: a reason phrase with a line end');
  const out = responses;
  const length = body === undefined ? 0 : body.length;
  // Each line end of what is copied may become two bytes, each character of the rest three.
  out.begin(96 + 2 * request.index.headEnd + (toTag ?? '').length + (received ?? '').length + 3 * (reason.length + headers.length) + length);
  out.latin1('SIP/2.0 ');
  out.latin1(String(code));
  out.latin1(' ');
  out.utf8(reason);
  out.latin1('\r\n');
  copyFields(out, request, toTag ?? '', received, port);
  out.utf8(headers);
  out.latin1('Content-Length: ');
  out.latin1(String(length));
  out.latin1('\r\n\r\n');
  if (body !== undefined) out.bytes(body);
  return out.end();
}

const responses = new ByteWriter();

const copiedBits = (1 << Header.Via) | (1 << Header.From) | (1 << Header.To) | (1 << Header.CallId) | (1 << Header.CSeq);

/** Runs of fields that are copied unchanged are copied as one piece. */
function copyFields(out: ByteWriter, request: Message, tag: string, received: string | undefined, port: number): void {
  const { used, bytes, bareLf, faulty } = request.index;
  const before = out.length;
  let runStart = 0;
  let runEnd = 0;
  let done = 0;
  for (let at = 0; at < used; at += FIELD_SIZE) {
    const id = request.place(at);
    if (!isCopied(id, done)) continue;
    const isFirst = (done & (1 << id)) === 0;
    if (request.place(at + FIELD_START) !== runEnd) {
      out.bytes(bytes, runStart, runEnd);
      runStart = request.place(at + FIELD_START);
    }
    runEnd = request.place(at + FIELD_END);
    if (isFirst && id === Header.Via && received !== undefined) {
      out.bytes(bytes, runStart, request.place(at + VALUE_START));
      writeMarkedVia(out, request, request.place(at + VALUE_START), received, port);
      runStart = request.viaEnd(at);
    } else if (id === Header.To && tag !== '' && !hasTag(request)) {
      out.bytes(bytes, runStart, request.place(at + VALUE_END));
      out.latin1(';tag=');
      out.latin1(tag);
      runStart = request.place(at + VALUE_END);
    }
    done |= 1 << id;
  }
  out.bytes(bytes, runStart, runEnd);
  if (bareLf || faulty) out.again(before, (copied) => repaired(copied, faulty));
}

/** What a request is refused for is not given back: others might read another message out of it. */
function repaired(copied: string, faulty: boolean): string {
  const lines = copied.replace(/\r?\n/g, '\r\n');
  return faulty ? lines.replace(/\r(?!\n)|\0/g, ' ') : lines;
}

/** All of Via, in order (RFC 3261 8.2.6.2); of another field that stands twice only the first. */
function isCopied(id: number, done: number): boolean {
  if (id > 30) return false;
  const bit = 1 << id;
  return (copiedBits & bit) !== 0 && (id === Header.Via || (done & bit) === 0);
}

/** A To that cannot be read may hold a tag all the same. */
function hasTag(request: Message): boolean {
  return request.isToSound ? request.toTag !== '' : /;[ \t]*tag[ \t]*=/i.test(request.first(Header.To) ?? '');
}

function joinBytes(head: string, body: Uint8Array | undefined): Uint8Array {
  if (body === undefined || body.length === 0) return Buffer.from(head, 'latin1');
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, 'latin1');
  bytes.set(body, head.length);
  return bytes;
}

function hasLineEnd(text: string): boolean {
  return text.includes('\n') || text.includes('\r');
}

export interface RequestParts {
  readonly method: string;
  /** the request-URI's text */
  readonly uri: string;
  /** names and values in their order; Content-Length is set here, one that is given is left out */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array | undefined;
}

/** A request's bytes, text as UTF-8. Throws RangeError where a part would change the message's shape. */
export function buildRequest(parts: RequestParts): Uint8Array {
  const { method, uri, headers, body } = parts;
  if (!isToken(method)) throw new RangeError(`not a method: ${JSON.stringify(method)}`);
  if (uri === '' || /\s/.test(uri)) throw new RangeError(`not a request-URI: ${JSON.stringify(uri)}`);
  let head = `${method} ${uri} SIP/2.0\r\n`;
  for (const [name, value] of headers) {
    if (!isToken(name)) throw new RangeError(`header injection: ${JSON.stringify(name)} is no header name`);
    if (hasLineEnd(value) || value.includes('\0')) throw new RangeError(`header injection: a line end in ${name}`);
    if (headerIdOf(name) !== Header.ContentLength) head += `${name}: ${value}\r\n`;
  }
  head += `Content-Length: ${body === undefined ? 0 : body.length}\r\n\r\n`;
  return joinBytes(latin1Of(head), body);
}
