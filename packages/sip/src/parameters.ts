import { isToken, quote, quotedEnd, skipSpace, tokenEnd, unfold, unquote } from './grammar.js';

const SP = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;

/**
 * Parameters that one value may have; no message of the field has half as many. Their names are the keys of a Map that strangers fill, and
 * V8 did not hash names such as 1024 with a key before Node 20.20.2, 22.22.2 and 24.14.1 (CVE-2026-21717): 1,000 of them took 19 ms.
 */
export const MOST_PARAMETERS = 64;

/** Unquoted parameter values are taken liberally: anything printable that parts nothing (`branch=z9hG4bK==`, `received=[::1]`). */
function isValueCode(code: number): boolean {
  return code > SP && code < 0x7f && code !== COMMA && code !== SEMICOLON && code !== QUOTE && code !== LESS && code !== GREATER;
}

/**
 * Walks `;name=value;flag` (RFC 3261 25.1 generic-param), whose parts the fields then tell. It stops at what is no parameter:
 * `at` is there. With `malformed` set, a `;` was followed by nothing that can be read.
 */
export class ParameterScanner {
  malformed = false;
  nameStart = 0;
  nameEnd = 0;
  /** -1 for a flag */
  valueStart = -1;
  valueEnd = -1;

  constructor(readonly text: string, public at: number, readonly end: number) {}

  /** Moves on to the next parameter; false where there is none. */
  next(): boolean {
    const { text, end } = this;
    let p = skipSpace(text, this.at, end);
    if (p >= end || text.charCodeAt(p) !== SEMICOLON) {
      this.at = p;
      return false;
    }
    this.nameStart = skipSpace(text, p + 1, end);
    this.nameEnd = tokenEnd(text, this.nameStart, end);
    if (this.nameEnd === this.nameStart) return this.fail();
    p = skipSpace(text, this.nameEnd, end);
    this.valueStart = -1;
    this.valueEnd = -1;
    if (p < end && text.charCodeAt(p) === EQUALS) return this.value(skipSpace(text, p + 1, end));
    this.at = p;
    return true;
  }

  private value(start: number): boolean {
    const { text, end } = this;
    let p = start;
    if (p < end && text.charCodeAt(p) === QUOTE) p = quotedEnd(text, p, end);
    else while (p < end && isValueCode(text.charCodeAt(p))) p++;
    if (p <= start) return this.fail();
    this.valueStart = start;
    this.valueEnd = p;
    this.at = p;
    return true;
  }

  private fail(): boolean {
    this.malformed = true;
    return false;
  }

  name(): string {
    return this.text.substring(this.nameStart, this.nameEnd).toLowerCase();
  }

  /** The value as written, quotes included; '' for a flag. */
  rawValue(): string {
    return this.valueStart < 0 ? '' : this.text.substring(this.valueStart, this.valueEnd);
  }
}

/** Shared by all values that have no parameters. */
export const noParameters: ReadonlyMap<string, string> = new Map<string, string>();

/**
 * The parameters from `at` to `end`: names lower-cased, values unquoted, '' for a flag. Undefined if they cannot be read, if
 * something else follows, if one name stands twice (RFC 3261 7.3.1), or if there are more than MOST_PARAMETERS.
 */
export function parseParameters(text: string, at: number, end: number): ReadonlyMap<string, string> | undefined {
  const scanner = new ParameterScanner(text, at, end);
  let params: Map<string, string> | undefined;
  while (scanner.next()) {
    const name = scanner.name();
    params ??= new Map<string, string>();
    if (params.has(name) || params.size === MOST_PARAMETERS) return undefined;
    params.set(name, unquote(unfold(scanner.rawValue())));
  }
  return scanner.malformed || scanner.at < end ? undefined : params ?? noParameters;
}

/** `;name=value` for each parameter; a value that is no token is quoted where `isPlain` does not hold for it. */
export function formatParameters(params: ReadonlyMap<string, string>, isPlain?: (value: string) => boolean): string {
  let text = '';
  for (const [name, value] of params) text += formatParameter(name, value, isPlain);
  return text;
}

/** The same of one; '' is the value of a flag. */
export function formatParameter(name: string, value: string, isPlain: (value: string) => boolean = isToken): string {
  if (value === '') return `;${name}`;
  return `;${name}=${isPlain(value) ? value : quote(value)}`;
}
