import { ALPHANUMERIC, codeTable, latin1Of, utf8Of } from './grammar.js';

/*
 * The parts of a URI are octets (RFC 3261 25.1, 19.1.4), and those that are UTF-8 are read as letters. Each octet string has one text: its
 * letters, and every octet that belongs to none as `%HH` in upper case. A percent sign that would read as such an escape (the one in `%E9`,
 * which is `%25E9` on the wire) is `%25` in the text, too; any other stands for itself: `50%`, `50%25`, `a%20b`. So no two octet strings
 * have the same text. Octets are latin1 text here, one char each.
 */

/** RFC 3261 25.1 unreserved. */
export const UNRESERVED = `${ALPHANUMERIC}-_.!~*'()`;
export const unreservedTable = codeTable(UNRESERVED);

/** RFC 3629 4: the octets of letters beyond ASCII are the group; an octet that belongs to none is outside of it. */
const beyondAscii = new RegExp([
  '((?:[\\xc2-\\xdf][\\x80-\\xbf]', '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]', '[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}', '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
  '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}', '[\\xf1-\\xf3][\\x80-\\xbf]{3}', '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2})+)', '[\\x80-\\xff]',
].join('|'), 'g');

/** True where every char of `text` is in `table`. */
export function isAllIn(table: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/** The text of a part of a URI as it stands there: every octet that is not in `plain` as %HH (RFC 3261 25.1 escaped). */
export function escapeText(text: string, plain: Uint8Array): string {
  return isAllIn(plain, text) ? text : escapeOctets(octetsOf(text), plain);
}

/** The same for a text that is of no URI: nothing in it is an escape. */
export function escapeLiteral(text: string, plain: Uint8Array): string {
  return isAllIn(plain, text) ? text : escapeOctets(latin1Of(text), plain);
}

/** The text of a part that stands in a URI as `part`; undefined for a broken escape and for half a surrogate pair. */
export function unescapeText(part: string): string | undefined {
  if (!isWellFormed(part)) return undefined;
  if (!part.includes('%')) return part;
  if (/%(?![\da-f]{2})/i.test(part)) return undefined;
  return textOf(latin1Of(part).replace(/(?:%..)+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1')));
}

/** Octets beyond ASCII as escapes, all others as they are. */
export function escapeBeyondAscii(octets: string): string {
  return octets.replace(/[\x80-\xff]/g, escapeOf);
}

/** Half a surrogate pair is no character, and has no octets. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function textOf(octets: string): string {
  const guarded = octets.replace(/%(?=(?:25)*[89a-f][\da-f])/gi, '%25');
  return utf8Of(guarded.replace(beyondAscii, (found, letters?: string) => letters ?? escapeOf(found)));
}

function octetsOf(text: string): string {
  return latin1Of(text).replace(/%(?:25)*([89a-f][\da-f])/gi, (found, digits: string) => (found.length === 3 ? String.fromCharCode(Number.parseInt(digits, 16)) : `%${found.substring(3)}`));
}

function escapeOctets(octets: string, plain: Uint8Array): string {
  let escaped = '';
  for (const octet of octets) escaped += plain[octet.charCodeAt(0)] === 1 ? octet : escapeOf(octet);
  return escaped;
}

const escapes = Array.from({ length: 256 }, (_, code) => `%${code.toString(16).toUpperCase().padStart(2, '0')}`);

function escapeOf(octet: string): string {
  return escapes[octet.charCodeAt(0)] ?? '';
}
