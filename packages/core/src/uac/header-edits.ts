import { headerIdOf, headerName, isToken } from '@nksip-ts/sip';

import { NksipError } from '../errors.js';
import type { HeaderLines, SendingOptions } from './request-options.js';

export type HeaderLine = readonly [name: string, value: string];

/** Fields that no edit can touch, in lower case, and what sets them. */
const ownedFields: ReadonlyMap<string, string> = new Map([
  ['via', 'the stack sets it'], ['cseq', "use the option 'cseq_num'"], ['content-length', 'the stack sets it'],
  ['from', "use the option 'from'"], ['to', "use the option 'to'"], ['call-id', "use the option 'call_id'"],
  ['max-forwards', "use the option 'max_forwards'"], ['route', "use the option 'route'"], ['contact', "use the option 'contact'"],
]);

/** RFC 3261 7.3.1: what is no list stands once. RFC 3903 4.1 of Event: a PUBLISH has "exactly one". */
const singleFields: ReadonlySet<string> = new Set(['event', 'expires', 'sip-if-match', 'content-type', 'user-agent', 'subscription-state', 'refer-to']);

/** The headers with the options `replace`, `insert` and `add` carried out, in this order. Throws NksipError('invalid_option'). */
export function editHeaders(headers: readonly HeaderLine[], options: Pick<SendingOptions, 'replace' | 'insert' | 'add'>): readonly HeaderLine[] {
  let edited = headers;
  for (const option of ['replace', 'insert', 'add'] as const) {
    for (const [name, values] of fieldsOf(option, options[option])) edited = edit[option](edited, name, values.map((value) => [name, value]));
  }
  if (edited !== headers) for (const field of singleFields) refuseSecond(edited, field);
  return edited;
}

const edit = {
  replace: (headers: readonly HeaderLine[], name: string, lines: readonly HeaderLine[]): readonly HeaderLine[] =>
    [...headers.filter((line) => !isField(line, name)), ...lines],
  insert: (headers: readonly HeaderLine[], name: string, lines: readonly HeaderLine[]): readonly HeaderLine[] => {
    const first = headers.findIndex((line) => isField(line, name));
    return headers.toSpliced(first < 0 ? headers.length : first, 0, ...lines);
  },
  add: (headers: readonly HeaderLine[], name: string, lines: readonly HeaderLine[]): readonly HeaderLine[] =>
    headers.toSpliced(headers.findLastIndex((line) => isField(line, name)) + 1 || headers.length, 0, ...lines),
};

/** The values by field, compact names spelt out, in the order in which the names first come. */
function fieldsOf(option: string, lines: HeaderLines | undefined): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  if (lines === undefined) return fields;
  for (const [name, value] of isPairs(lines) ? lines : Object.entries(lines)) {
    const field = fieldName(option, name);
    fields.set(field, [...(fields.get(field) ?? []), ...(typeof value === 'string' ? [value] : value)]);
  }
  return fields;
}

function isPairs(lines: HeaderLines): lines is readonly HeaderLine[] {
  return Array.isArray(lines);
}

function fieldName(option: string, name: string): string {
  if (!isToken(name)) throw new NksipError('invalid_option', { option, given: name, reason: 'a header name is one token' });
  const id = headerIdOf(name);
  const field = id === undefined ? name : headerName(id);
  const owner = ownedFields.get(field.toLowerCase());
  if (owner !== undefined) throw new NksipError('invalid_option', { option, given: name, reason: owner });
  return field;
}

function refuseSecond(headers: readonly HeaderLine[], field: string): void {
  const lines = headers.filter((line) => isField(line, field));
  if (lines.length > 1) throw new NksipError('invalid_option', { option: 'add', given: lines[1]?.[0], reason: "it can stand only once: use 'replace'" });
}

function isField(line: HeaderLine, name: string): boolean {
  return line[0].toLowerCase() === name.toLowerCase();
}
