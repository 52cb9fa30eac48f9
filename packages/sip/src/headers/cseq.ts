import { digitsValue, isDigitCode, skipSpace, tokenEnd, trimmedEnd } from '../grammar.js';

export interface CSeq {
  /** 0 to 2^31 - 1 (RFC 3261 8.1.1.5) */
  readonly number: number;
  readonly method: string;
}

/** RFC 3261 8.1.1.5: "The sequence number value MUST be expressible as a 32-bit unsigned integer and MUST be less than 2**31." */
const LIMIT = 2 ** 31;

/** Undefined unless it is a number below 2^31, white space and a method. */
export function parseCSeq(text: string): CSeq | undefined {
  return parseCSeqAt(text, 0, text.length);
}

export function parseCSeqAt(text: string, start: number, end: number): CSeq | undefined {
  const first = skipSpace(text, start, end);
  let p = first;
  while (p < end && isDigitCode(text.charCodeAt(p))) p++;
  const number = digitsValue(text, first, p);
  const methodStart = skipSpace(text, p, end);
  const methodEnd = trimmedEnd(text, methodStart, end);
  if (!(number < LIMIT) || methodStart === p || methodEnd === methodStart) return undefined;
  if (tokenEnd(text, methodStart, methodEnd) !== methodEnd) return undefined;
  return { number, method: text.substring(methodStart, methodEnd) };
}
