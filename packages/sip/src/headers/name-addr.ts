import { isSpaceCode, isToken, isTokenCode, quote, quotedEnd, skipSpace, splitLines, trimmedEnd, unfold, unquote } from '../grammar.js';
import { formatParameters, noParameters, ParameterScanner, parseParameters } from '../parameters.js';
import { isUriCode, schemeEnd } from '../uri.js';

/** RFC 3261 20.10: an address with what belongs to the header, not to the URI. */
export interface NameAddr {
  /** without its quotes */
  readonly displayName?: string;
  /** the URI's text; of the right shape, but not parsed */
  readonly uri: string;
  /** names in lower case, values unquoted, '' for a flag */
  readonly params: ReadonlyMap<string, string>;
}

const LESS = 0x3c;
const GREATER = 0x3e;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const COMMA = 0x2c;
const QUESTION = 0x3f;

/** Where the parts of an address are. */
interface AddressSpan {
  readonly displayEnd: number;
  readonly uriStart: number;
  readonly uriEnd: number;
  readonly paramsStart: number;
}

function scanAddress(text: string, start: number, end: number): AddressSpan | undefined {
  const first = skipSpace(text, start, end);
  const bracket = displayEnd(text, first, end);
  if (bracket < 0) return scanAddrSpec(text, first, end);
  const p = uriShapeEnd(text, bracket + 1, end);
  if (p < 0 || p >= end || text.charCodeAt(p) !== GREATER) return undefined;
  return { displayEnd: bracket, uriStart: bracket + 1, uriEnd: p, paramsStart: p + 1 };
}

/**
 * Where the `<` behind a display name is; -1 if there is none. RFC 3261 25.1: the name is a quoted string or tokens; letters
 * beyond ASCII are let through.
 */
function displayEnd(text: string, start: number, end: number): number {
  let p = start;
  if (p < end && text.charCodeAt(p) === QUOTE) {
    p = quotedEnd(text, p, end);
    if (p < 0) return -1;
    p = skipSpace(text, p, end);
  } else {
    while (p < end && isDisplayCode(text.charCodeAt(p))) p++;
  }
  return p < end && text.charCodeAt(p) === LESS ? p : -1;
}

function isDisplayCode(code: number): boolean {
  return isTokenCode(code) || isSpaceCode(code) || code >= 0x80;
}

/** RFC 3261 20.10: without `<>` the URI can hold no comma, semicolon or question mark; what follows a `;` belongs to the header. */
function scanAddrSpec(text: string, start: number, end: number): AddressSpan | undefined {
  let p = start;
  while (p < end && !endsAddrSpec(text.charCodeAt(p))) p++;
  if (p < end && text.charCodeAt(p) === QUESTION) return undefined;
  return uriShapeEnd(text, start, p) === p ? { displayEnd: start, uriStart: start, uriEnd: p, paramsStart: p } : undefined;
}

function endsAddrSpec(code: number): boolean {
  return code === SEMICOLON || code === COMMA || code === QUESTION || isSpaceCode(code);
}

/** Where the run of characters that a URI may have ends; -1 if it does not begin with a scheme and something behind it. */
function uriShapeEnd(text: string, start: number, end: number): number {
  const colon = schemeEnd(text, start, end);
  if (colon < 0) return -1;
  let p = colon + 1;
  while (p < end && isUriCode(text.charCodeAt(p))) p++;
  return p > colon + 1 ? p : -1;
}

/** Undefined if `text` is not one address. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const span = scanAddress(text, 0, text.length);
  if (span === undefined) return undefined;
  const params = span.paramsStart === text.length ? noParameters : parseParameters(text, span.paramsStart, text.length);
  if (params === undefined) return undefined;
  const uri = text.substring(span.uriStart, span.uriEnd);
  const first = skipSpace(text, 0, text.length);
  if (first === span.displayEnd) return { uri, params };
  const display = unquote(unfold(text.substring(first, trimmedEnd(text, first, span.displayEnd))));
  return display === '' ? { uri, params } : { displayName: display, uri, params };
}

/** The tag of the From or To in `text[start, end)`: '' if it has none; undefined if the address or its parameters cannot be read. */
export function tagAt(text: string, start: number, end: number): string | undefined {
  const span = scanAddress(text, start, end);
  if (span === undefined) return undefined;
  const scanner = new ParameterScanner(text, span.paramsStart, end);
  let tag: string | undefined;
  while (scanner.next()) {
    if (scanner.name() !== 'tag') continue;
    // a second tag, a flag or a quoted string is no tag-param (RFC 3261 25.1)
    if (tag !== undefined || scanner.valueStart < 0 || text.charCodeAt(scanner.valueStart) === QUOTE) return undefined;
    tag = text.substring(scanner.valueStart, scanner.valueEnd);
  }
  return scanner.malformed || scanner.at < end ? undefined : tag ?? '';
}

/** The addresses of a Contact, Route or Record-Route, over one or all of its lines; '*' for `Contact: *`; undefined if one is malformed. */
export function parseNameAddrList(lines: string | readonly string[]): readonly NameAddr[] | '*' | undefined {
  const elements = splitLines(lines);
  if (elements.length === 1 && elements[0] === '*') return '*';
  const list: NameAddr[] = [];
  for (const element of elements) {
    const address = parseNameAddr(element);
    if (address === undefined) return undefined;
    list.push(address);
  }
  return list;
}

/** Always with `<>`; the display name quoted unless it is one token. */
export function formatNameAddr(address: NameAddr): string {
  const { displayName } = address;
  const display = displayName === undefined || displayName === '' ? '' : `${isToken(displayName) ? displayName : quote(displayName)} `;
  return `${display}<${address.uri}>${formatParameters(address.params)}`;
}

