import { digitsValue, skipSpace, trimSpace } from '../grammar.js';
import { parseParameters } from '../parameters.js';

/** RFC 3261 20.19: "a decimal integer number of seconds between 0 and (2**32)-1". */
export const MAX_DELTA_SECONDS = 2 ** 32 - 1;

/** Seconds, 0 to 4294967295; undefined for anything else (a sign, a fraction, a larger number, nothing). */
export function parseDeltaSeconds(value: string): number | undefined {
  const text = trimSpace(value);
  const seconds = digitsValue(text, 0, text.length);
  return seconds <= MAX_DELTA_SECONDS ? seconds : undefined;
}

/** RFC 3261 20.33 */
export interface RetryAfter {
  readonly seconds: number;
  /** how long the server will then be there, in seconds */
  readonly duration?: number;
}

const OPEN = 0x28;
const CLOSE = 0x29;
const BACKSLASH = 0x5c;

/** Undefined if malformed. A comment in parentheses is skipped. */
export function parseRetryAfter(text: string): RetryAfter | undefined {
  const start = skipSpace(text, 0, text.length);
  let p = start;
  while (p < text.length && text.charCodeAt(p) >= 0x30 && text.charCodeAt(p) <= 0x39) p++;
  const seconds = parseDeltaSeconds(text.substring(start, p));
  const paramsStart = commentEnd(text, skipSpace(text, p, text.length));
  const params = paramsStart < 0 ? undefined : parseParameters(text, paramsStart, text.length);
  if (seconds === undefined || params === undefined) return undefined;
  const duration = parseDeltaSeconds(params.get('duration') ?? '');
  return duration === undefined ? { seconds } : { seconds, duration };
}

/** RFC 3261 25.1: comments nest. */
function commentEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== OPEN) return at;
  let depth = 0;
  for (let p = at; p < text.length; p++) {
    const code = text.charCodeAt(p);
    if (code === BACKSLASH) p++;
    else if (code === OPEN) depth++;
    else if (code === CLOSE && --depth === 0) return p + 1;
  }
  return -1;
}
