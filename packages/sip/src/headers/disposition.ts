import { skipSpace, tokenEnd } from '../grammar.js';
import { parseParameters } from '../parameters.js';

/** RFC 3261 20.11 */
export interface Disposition {
  /** in lower case: `render`, `session` ... */
  readonly type: string;
  /** e.g. `handling`; names in lower case */
  readonly params: ReadonlyMap<string, string>;
}

/** Undefined if `text` is not one Content-Disposition. */
export function parseDisposition(text: string): Disposition | undefined {
  const start = skipSpace(text, 0, text.length);
  const end = tokenEnd(text, start, text.length);
  const params = parseParameters(text, end, text.length);
  return end === start || params === undefined ? undefined : { type: text.substring(start, end).toLowerCase(), params };
}
