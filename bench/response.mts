import { branchStart, TRANSACTION } from './template.mts';

/** A final response to a request of this run. */
export interface Response {
  readonly transaction: number;
  readonly code: string;
  readonly text: string;
}

/** Undefined for one that is no final response to a request of this run. */
export function readResponse(text: string): Response | undefined {
  const branch = text.indexOf(branchStart);
  if (branch < 0 || !text.startsWith('SIP/2.0 ') || text[8] === '1') return undefined;
  const at = branch + branchStart.length;
  return { transaction: Number(text.slice(at, at + TRANSACTION)), code: text.slice(8, 11), text };
}

/** The value of a header field; '' if there is none. Names are mostly written as the RFC does. */
export function field(text: string, name: string): string {
  const start = text.indexOf(`\r\n${name}: `);
  if (start < 0) return new RegExp(`\\r\\n${name}[ \\t]*:[ \\t]*([^\\r\\n]*)`, 'i').exec(text)?.[1]?.trimEnd() ?? '';
  return text.slice(start + name.length + 4, text.indexOf('\r\n', start + 2));
}
