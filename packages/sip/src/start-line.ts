import { digitsValue, isTextAt, utf8Of } from './grammar.js';
import { uriTooLong, type ParseLimits, type Refusal } from './limits.js';
import { nameClass } from './name-trie.js';
import type { StartLine } from './message-index.js';

const SP = 0x20;
const SLASH = 0x2f;

const malformedRequestLine: Refusal = { code: 400, reason: 'Malformed Request-Line' };
const malformedStatusLine: Refusal = { code: 400, reason: 'Malformed Status-Line' };

/** Reads the start line in `text[start, end)`; `bytes` are the same. */
export function readStartLine(bytes: Uint8Array, text: string, start: number, end: number, limits: ParseLimits): StartLine {
  // no method has a slash in it, so a line that begins with SIP/ can be no request
  const isStatus = bytes[start + 3] === SLASH && text.substring(start, start + 3).toUpperCase() === 'SIP';
  return isStatus ? readStatusLine(text.substring(start, end)) : readRequestLine(bytes, text, start, end, limits);
}

/** RFC 3261 7.1: method SP request-URI SP version, with single SPs and nothing around them (RFC 4475 3.1.2.8 to 3.1.2.10). */
function readRequestLine(bytes: Uint8Array, text: string, start: number, end: number, limits: ParseLimits): StartLine {
  let p = start;
  while (p < end && nameClass[bytes[p] ?? 0] !== 0) p++;
  if (p === start || bytes[p] !== SP) return requestLine('', '', end, '', malformedRequestLine);
  const method = methodAt(bytes, text, start, p);
  const uriStart = p + 1;
  p = uriStart;
  while (p < end && bytes[p] !== SP) p++;
  if (p - uriStart > limits.maxUri) return requestLine(method, '', end, '', uriTooLong);
  const requestUri = text.substring(uriStart, p);
  const version = requestUri === '' ? '' : readVersion(text, p + 1, end);
  return requestLine(method, requestUri, uriStart, version, version === '' ? malformedRequestLine : undefined);
}

/** RFC 3261, 3262, 3265, 3311, 3428, 3515, 3903, 6086: the likeliest first. */
const methods = ['PUBLISH', 'OPTIONS', 'REGISTER', 'SUBSCRIBE', 'NOTIFY', 'INVITE', 'ACK', 'CANCEL', 'BYE', 'MESSAGE', 'INFO', 'REFER', 'UPDATE', 'PRACK'];

/** A method's own text rather than a copy of it: whoever looks it up in a table then need neither hash nor compare its characters. */
function methodAt(bytes: Uint8Array, text: string, start: number, end: number): string {
  let i = 0;
  while (i < methods.length && !isMethodAt(bytes, start, end, methods[i] ?? '')) i++;
  return methods[i] ?? text.substring(start, end);
}

function isMethodAt(bytes: Uint8Array, start: number, end: number, method: string): boolean {
  return method.length === end - start && isTextAt(bytes, start, method);
}

/** `2.0`, another version, or '' for what is none. */
function readVersion(text: string, start: number, end: number): string {
  if (end - start === 7 && text.startsWith('SIP/2.0', start)) return '2.0';
  // RFC 3261 7.1: "The SIP-Version string is case-insensitive"
  return /^sip\/(\d{1,9}\.\d{1,9})$/i.exec(text.substring(start, end))?.[1] ?? '';
}

function requestLine(method: string, requestUri: string, uriStart: number, version: string, refusal: Refusal | undefined): StartLine {
  return { isRequest: true, method, requestUri, uriStart, version, status: 0, reason: '', refusal };
}

/** RFC 3261 7.2: the reason may be empty; some leave out the SP before an empty one. */
function readStatusLine(line: string): StartLine {
  const status = digitsValue(line, 8, 11);
  const isSound = /^sip\/2\.0 \d{3}(?: |$)/i.test(line) && status >= 100 && status <= 699;
  return {
    isRequest: false, method: '', requestUri: '', uriStart: 0, version: '2.0', status: isSound ? status : 0, reason: utf8Of(line.substring(12)),
    refusal: isSound ? undefined : malformedStatusLine,
  };
}
