/**
 * The lexical ground of RFC 3261 25.1: tokens, linear white space, quoted strings, lists, numbers.
 * Every function is linear in its input and none throws.
 *
 * Text that came off the wire is latin1 text: one char is one byte, so raw UTF-8 survives untouched. `utf8Of` turns such text
 * into Unicode where a person will read it.
 */

const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const LESS = 0x3c;
const GREATER = 0x3e;
const BACKSLASH = 0x5c;

/** A table over the first 256 codes: 1 where `chars` holds the code. */
export function codeTable(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < chars.length; i++) table[chars.charCodeAt(i)] = 1;
  return table;
}

export const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const tokenTable = codeTable(`${ALPHANUMERIC}-.!%*_+\`'~`);

export function isTokenCode(code: number): boolean {
  return tokenTable[code] === 1;
}

/** SP, HT and the CR and LF of a fold: RFC 3261 25.1 LWS. */
export function isSpaceCode(code: number): boolean {
  return code === SP || code === HT || code === CR || code === LF;
}

export function isDigitCode(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** RFC 3261 25.1 `token`: a method, a header name, an event package, an option tag. */
export function isToken(text: string): boolean {
  return text.length > 0 && tokenEnd(text, 0, text.length) === text.length;
}

/** Where the run of token characters that begins at `at` ends. */
export function tokenEnd(text: string, at: number, end: number): number {
  let p = at;
  while (p < end && tokenTable[text.charCodeAt(p)] === 1) p++;
  return p;
}

/** True where the bytes from `at` on are those of a latin1 text. */
export function isTextAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

export function skipSpace(text: string, at: number, end: number): number {
  let p = at;
  while (p < end && isSpaceCode(text.charCodeAt(p))) p++;
  return p;
}

/** The end of `text[start, end)` without white space at its end. */
export function trimmedEnd(text: string, start: number, end: number): number {
  let p = end;
  while (p > start && isSpaceCode(text.charCodeAt(p - 1))) p--;
  return p;
}

/** Without LWS at both ends. Not `String.trim`: that would also take the byte 0xA0 off the end of a UTF-8 letter. */
export function trimSpace(text: string): string {
  const start = skipSpace(text, 0, text.length);
  return text.substring(start, trimmedEnd(text, start, text.length));
}

/** RFC 3261 7.3.1: a fold (line end and the white space around it) means one SP. */
export function unfold(value: string): string {
  if (!value.includes('\n')) return value;
  return value.split('\n').map(trimSpace).filter((part) => part !== '').join(' ');
}

/** The Unicode text of latin1 text whose bytes are UTF-8; bytes that are not UTF-8 become U+FFFD. */
export function utf8Of(latin1: string): string {
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

// The mark is a character like any other: without it a user would be another one.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The same; undefined where bytes are not UTF-8. For what is a key: U+FFFD would make one of many. */
export function strictUtf8Of(latin1: string): string | undefined {
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  try {
    return strictUtf8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The latin1 text whose bytes are the UTF-8 of `text`. */
export function latin1Of(text: string): string {
  if (Buffer.byteLength(text, 'utf8') === text.length) return text;
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The index behind the closing quote of the quoted string that opens at `at`; -1 if it is never closed. */
export function quotedEnd(text: string, at: number, end: number): number {
  for (let p = at + 1; p < end; p++) {
    const code = text.charCodeAt(p);
    if (code === QUOTE) return p + 1;
    if (code === BACKSLASH) p++;
  }
  return -1;
}

/** A quoted-string for `text`. CR and LF, which no quoted string can hold, become SP. */
export function quote(text: string): string {
  return /[\\"\r\n]/.test(text) ? `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n]/g, ' ')}"` : `"${text}"`;
}

/** The text inside a quoted-string; a text that is not quoted is returned as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE || text.charCodeAt(text.length - 1) !== QUOTE) return text;
  const inside = text.substring(1, text.length - 1);
  return inside.includes('\\') ? inside.replace(/\\([^\r\n])/g, '$1') : inside;
}

/** Where the list element that begins at `at` ends: at a comma outside quotes and `<>`, or at `end`. */
export function elementEnd(text: string, at: number, end: number): number {
  let inBrackets = false;
  for (let p = at; p < end; p++) {
    const code = text.charCodeAt(p);
    if (code === COMMA && !inBrackets) return p;
    if (code === LESS) inBrackets = true;
    else if (code === GREATER) inBrackets = false;
    else if (code === QUOTE && !inBrackets) {
      const after = quotedEnd(text, p, end);
      if (after < 0) return end;
      p = after - 1;
    }
  }
  return end;
}

/** The elements of a comma list, trimmed; empty ones are left out. Commas in quotes and in `<>` part nothing. */
export function splitCommaList(text: string): string[] {
  const elements: string[] = [];
  addElements(text, elements);
  return elements;
}

/** Adds them to others. */
export function addElements(text: string, elements: string[]): void {
  for (let at = 0; at < text.length; ) {
    const end = elementEnd(text, at, text.length);
    const start = skipSpace(text, at, end);
    if (start < end) elements.push(text.substring(start, trimmedEnd(text, start, end)));
    at = end + 1;
  }
}

/** All elements of the lines of one list header. */
export function splitLines(lines: string | readonly string[]): string[] {
  if (typeof lines === 'string') return splitCommaList(lines);
  // flatMap would define each element as a property of an object whose shape it does not know.
  const elements: string[] = [];
  for (const line of lines) addElements(line, elements);
  return elements;
}

/** Read once: each reading of a number that is no small integer allocates it. */
const most = Number.MAX_SAFE_INTEGER;

/** The decimal number in `text[start, end)`; NaN unless it is 1*DIGIT. Beyond 2^53 it saturates: compare, do not compute. */
export function digitsValue(text: string, start: number, end: number): number {
  if (start >= end) return Number.NaN;
  let value = 0;
  for (let p = start; p < end; p++) {
    const digit = text.charCodeAt(p) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
    if (value > most) value = most;
  }
  return value;
}

/** `text[start, end)` in lower case. */
export function lowerCase(text: string, start: number, end: number): string {
  const piece = text.substring(start, end);
  for (let p = start; p < end; p++) {
    const code = text.charCodeAt(p);
    if (code >= 0x41 && code <= 0x5a) return piece.toLowerCase();
  }
  return piece;
}
