import { isToken, splitLines, trimSpace } from '../grammar.js';

/** The one token that `text` is, as SIP-ETag and SIP-If-Match want it (RFC 3903 11.3); undefined for a list, a quoted string or nothing. */
export function parseToken(text: string): string | undefined {
  const token = trimSpace(text);
  return isToken(token) ? token : undefined;
}

/** The tokens of Allow, Require, Supported, Allow-Events ..., over one or all lines; undefined if an element is no token. */
export function parseTokenList(lines: string | readonly string[]): readonly string[] | undefined {
  const list = splitLines(lines);
  return list.every(isToken) ? list : undefined;
}
