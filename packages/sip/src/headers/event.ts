import { isToken, noParameters, parseParameters, skipSpace, tokenEnd } from '../grammar.js';

/** RFC 6665 8.2.1 */
export interface Event {
  /** as written: packages are compared byte by byte (RFC 6665 8.2.1) */
  readonly package: string;
  /** e.g. `id`; names in lower case */
  readonly params: ReadonlyMap<string, string>;
}

/** Undefined if `text` is not one event type with its parameters. */
export function parseEvent(text: string): Event | undefined {
  if (isToken(text)) return { package: text, params: noParameters };
  const start = skipSpace(text, 0, text.length);
  const end = tokenEnd(text, start, text.length);
  if (end === start) return undefined;
  const params = parseParameters(text, end, text.length);
  return params === undefined ? undefined : { package: text.substring(start, end), params };
}
