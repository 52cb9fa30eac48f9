import { isToken, skipSpace, tokenEnd } from '../grammar.js';
import { noParameters, parseParameters } from '../parameters.js';

/** RFC 6665 8.2.1 */
export interface EventType {
  /** as written: packages are compared byte by byte (RFC 6665 8.2.1) */
  readonly package: string;
  /** e.g. `id`; names in lower case */
  readonly params: ReadonlyMap<string, string>;
}

/** Undefined if `text` is not one event type with its parameters. */
export function parseEvent(text: string): EventType | undefined {
  if (isToken(text)) return { package: text, params: noParameters };
  const start = skipSpace(text, 0, text.length);
  const end = tokenEnd(text, start, text.length);
  if (end === start) return undefined;
  const params = parseParameters(text, end, text.length);
  return params === undefined ? undefined : { package: text.substring(start, end), params };
}
