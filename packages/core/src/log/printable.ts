/** Most texts. */
const plain = /^[ -~]*$/;
const plainLine = /^[ -~]*\n?$/;

/**
 * What nobody sees and what changes what is seen: C0, DEL, C1, separators of lines and paragraphs, and the marks that turn the direction
 * of writing. A terminal obeys them (CWE-150), and a line end in the middle of a line forges another one (CWE-117).
 */
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const hiddenButLineFeed = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * `text` on one line, as it may be shown to a person whoever wrote it: each control character as `\n`, `\x1b` or `\u202e`. A backslash
 * stays one, so that a text that is printable already stays as it is.
 */
export function printable(text: string): string {
  return plain.test(text) ? text : text.replace(hidden, escaped);
}

/** The same for a text of several lines, broken by line feeds: those after the first are indented, so that none looks like a new entry. */
export function printableLines(text: string): string {
  return plain.test(text) ? text : text.replace(hiddenButLineFeed, escaped).replace(/\n(?=[^\n ])/g, `\n${INDENT}`);
}

export const INDENT = '    ';

/** A line of JSON with the same characters escaped: JSON itself wants that of C0 only. Whoever reads it has the same value. */
export function printableJson(line: string): string {
  return plainLine.test(line) ? line : line.replace(hiddenButLineFeed, (char) => `\\u${hex(char, 4)}`);
}

/** What a stranger wrote, in quotes: cut, and nothing in it that is not plain ASCII. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 64)).replace(/[^\x20-\x7e]/g, (unit) => `\\u${hex(unit, 4)}`);
}

/** `text` in `most` characters: where it is longer, the end tells how much is missing. */
export function cut(text: string, most: number): string {
  const kept = most - 40;
  return text.length <= most ? text : `${text.slice(0, kept)}... (${text.length - kept} characters more)`;
}

/** The beginning of an entity-tag, to tell it from others in a log or an error. Whoever knows all of it can change and remove what is stored. */
export function shortTag(tag: string): string {
  return tag.slice(0, Math.min(8, Math.ceil(tag.length / 4)));
}

function escaped(char: string): string {
  return named[char] ?? (char <= '\u00ff' ? `\\x${hex(char, 2)}` : `\\u${hex(char, 4)}`);
}

function hex(char: string, digits: number): string {
  return char.charCodeAt(0).toString(16).padStart(digits, '0');
}
