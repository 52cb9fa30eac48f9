import { digitsValue, tokenEnd, utf8Of } from './grammar.js';
import { uriTooLong, type ParseLimits, type Refusal } from './limits.js';
import type { StartLine } from './message.js';

export interface StartLineRead {
  readonly line: StartLine;
  /** why the message must be refused; the line then holds what could be read */
  readonly refusal?: Refusal;
}

const SLASH = 0x2f;

const malformedRequestLine: Refusal = { code: 400, reason: 'Malformed Request-Line' };
const malformedStatusLine: Refusal = { code: 400, reason: 'Malformed Status-Line' };

/** Reads the start line in `text[start, end)`. */
export function readStartLine(text: string, start: number, end: number, limits: ParseLimits): StartLineRead {
  // no method has a slash in it, so a line that begins with SIP/ can be no request
  const isStatus = text.charCodeAt(start + 3) === SLASH && text.substring(start, start + 3).toUpperCase() === 'SIP';
  return isStatus ? readStatusLine(text.substring(start, end)) : readRequestLine(text, start, end, limits);
}

/** RFC 3261 7.1: method SP request-URI SP version, with single SPs and nothing around them (RFC 4475 3.1.2.8 to 3.1.2.10). */
function readRequestLine(text: string, start: number, end: number, limits: ParseLimits): StartLineRead {
  const afterMethod = text.indexOf(' ', start);
  if (afterMethod < 0 || afterMethod > end) return refused(malformedRequestLine, '', '');
  if (afterMethod === start || tokenEnd(text, start, afterMethod) !== afterMethod) return refused(malformedRequestLine, '', '');
  const method = text.substring(start, afterMethod);
  const found = text.indexOf(' ', afterMethod + 1);
  const afterUri = found < 0 || found > end ? end : found;
  if (afterUri - afterMethod - 1 > limits.maxUri) return refused(uriTooLong, method, '');
  const requestUri = text.substring(afterMethod + 1, afterUri);
  if (requestUri === '' || afterUri === end) return refused(malformedRequestLine, method, requestUri);
  if (end - afterUri === 8 && text.startsWith('SIP/2.0', afterUri + 1)) return { line: requestLine(method, requestUri, '2.0') };
  // RFC 3261 7.1: "The SIP-Version string is case-insensitive"
  const version = /^sip\/(\d{1,9}\.\d{1,9})$/i.exec(text.substring(afterUri + 1, end))?.[1];
  return version === undefined ? refused(malformedRequestLine, method, requestUri) : { line: requestLine(method, requestUri, version) };
}

function requestLine(method: string, requestUri: string, version: string): StartLine {
  return { isRequest: true, method, requestUri, version, status: 0, reason: '' };
}

function refused(refusal: Refusal, method: string, requestUri: string): StartLineRead {
  return { line: requestLine(method, requestUri, ''), refusal };
}

/** RFC 3261 7.2: the reason may be empty; some leave out the SP before an empty one. */
function readStatusLine(line: string): StartLineRead {
  const status = digitsValue(line, 8, 11);
  const isSound = /^sip\/2\.0 \d{3}(?: |$)/i.test(line) && status >= 100 && status <= 699;
  const read: StartLine = { isRequest: false, method: '', requestUri: '', version: '2.0', status: isSound ? status : 0, reason: utf8Of(line.substring(12)) };
  return isSound ? { line: read } : { line: read, refusal: malformedStatusLine };
}
