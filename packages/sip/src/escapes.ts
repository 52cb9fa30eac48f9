import { ALPHANUMERIC, codeTable } from './grammar.js';

const PERCENT = 0x25;

/** RFC 3261 25.1 unreserved. */
export const UNRESERVED = `${ALPHANUMERIC}-_.!~*'()`;

/** True where every char of `text` is in `table`. */
export function isAllIn(table: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/** `text` with every byte of its UTF-8 that is not in `plain` written as %HH (RFC 3261 25.1 escaped). */
export function escapeText(text: string, plain: Uint8Array): string {
  if (isAllIn(plain, text)) return text;
  let escaped = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    escaped += plain[byte] === 1 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/** The Unicode text of `text` with its %HH undone; undefined for a broken escape, for one that is not UTF-8, for half a surrogate pair. */
export function unescapeText(text: string): string | undefined {
  if (!text.includes('%')) return isWellFormed(text) ? text : undefined;
  try {
    return isWellFormed(text) ? decodeURIComponent(text) : undefined;
  } catch {
    return undefined;
  }
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

export const unreservedTable = codeTable(UNRESERVED);

/** True where a `%` stands that two hex digits do not follow, within `text[start, end)`. */
export function hasBrokenEscape(text: string, start: number, end: number): boolean {
  for (let p = start; p < end; p++) {
    if (text.charCodeAt(p) === PERCENT && !(isHex(text, p + 1, end) && isHex(text, p + 2, end))) return true;
  }
  return false;
}

function isHex(text: string, at: number, end: number): boolean {
  if (at >= end) return false;
  const code = text.charCodeAt(at) | 0x20;
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
}
