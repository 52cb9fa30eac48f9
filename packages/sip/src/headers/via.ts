import { elementEnd, lowerCase, skipSpace, splitLines, tokenEnd } from '../grammar.js';
import { formatParameters, noParameters, ParameterScanner, parseParameters } from '../parameters.js';
import { hostEnd, isColon, parsePort } from '../host.js';

/** RFC 3261 20.42: one hop that a message came through. */
export interface Via {
  /** in upper case: `UDP`, `TCP`, `TLS`, `WS` ... */
  readonly transport: string;
  /** the sent-by host in lower case; an IPv6 address keeps its brackets */
  readonly host: string;
  readonly port?: number;
  readonly branch?: string;
  /** true where it is asked for without a value (RFC 3581 3) */
  readonly rport?: number | true;
  readonly received?: string;
  readonly maddr?: string;
  /** all parameters: names in lower case, values unquoted, '' for a flag */
  readonly params: ReadonlyMap<string, string>;
}

const SLASH = 0x2f;
const COMMA = 0x2c;

/** A Via as it was read from a text. The map of all its parameters is made only when somebody asks. */
export class ParsedVia implements Via {
  readonly transport: string;
  readonly host: string;
  declare port?: number;
  declare branch?: string;
  declare rport?: number | true;
  declare received?: string;
  declare maddr?: string;
  /** Where the name of a flag `rport` ends in the text: only of a Via in the simple form that the fast path reads. */
  declare rportEnd?: number;

  constructor(
    transport: string,
    host: string,
    /** -1 for none */
    port: number,
    private readonly text: string,
    private readonly paramsStart: number,
    /** where it ends in its text: at a comma or at the end */
    readonly stop: number,
    /** its parameters cannot be read, or one that the stack uses stands twice; only transport and sent-by are told then */
    readonly isMalformed: boolean,
  ) {
    this.transport = transport;
    this.host = host;
    if (port >= 0) this.port = port;
  }

  get params(): ReadonlyMap<string, string> {
    return (this.isMalformed ? undefined : parseParameters(this.text, this.paramsStart, this.stop)) ?? noParameters;
  }
}

/** Reads the first Via of `text[start, end)`; undefined if not even its sent-by can be read, so that no response would find its way. */
export function readVia(text: string, start: number, end: number): ParsedVia | undefined {
  // RFC 3261 25.1: any protocol and version, white space as LWS, SLASH and COLON allow
  const transportStart = behindSlash(text, behindSlash(text, skipSpace(text, start, end), end), end);
  if (transportStart < 0) return undefined;
  const transportStop = tokenEnd(text, transportStart, end);
  const hostStart = skipSpace(text, transportStop, end);
  const hostStop = hostEnd(text, hostStart, end);
  if (transportStop === transportStart || hostStart === transportStop || hostStop < 0) return undefined;
  const colon = skipSpace(text, hostStop, end);
  const portStart = isColon(text, colon, end) ? skipSpace(text, colon + 1, end) : -1;
  const sentByEnd = portStart < 0 ? hostStop : tokenEnd(text, portStart, end);
  const port = portStart < 0 ? -1 : parsePort(text, portStart, sentByEnd);
  if (port === undefined) return undefined;
  const transport = text.substring(transportStart, transportStop).toUpperCase();
  const host = lowerCase(text, hostStart, hostStop);
  const known = readKnown(text, sentByEnd, end);
  if (known === undefined) return new ParsedVia(transport, host, port, text, sentByEnd, elementEnd(text, sentByEnd, end), true);
  return Object.assign(new ParsedVia(transport, host, port, text, sentByEnd, known.stop, false), known.params);
}

function behindSlash(text: string, start: number, end: number): number {
  if (start < 0) return -1;
  const stop = tokenEnd(text, start, end);
  const slash = skipSpace(text, stop, end);
  if (stop === start || slash >= end || text.charCodeAt(slash) !== SLASH) return -1;
  return skipSpace(text, slash + 1, end);
}

/** The parameters that the stack uses, and where all parameters end; undefined if one is malformed or one of these stands twice. */
function readKnown(text: string, start: number, end: number): { readonly params: Partial<Via>; readonly stop: number } | undefined {
  const params: { branch?: string; rport?: number | true; received?: string; maddr?: string } = {};
  const scanner = new ParameterScanner(text, start, end);
  while (scanner.next()) {
    const name = scanner.name();
    if (name === 'rport') {
      const rport = scanner.valueStart < 0 ? true : parsePort(text, scanner.valueStart, scanner.valueEnd);
      if (rport === undefined || params.rport !== undefined) return undefined;
      params.rport = rport;
    } else if (name === 'branch' || name === 'received' || name === 'maddr') {
      if (params[name] !== undefined) return undefined;
      params[name] = scanner.rawValue();
    }
  }
  const stop = scanner.at;
  return !scanner.malformed && (stop >= end || text.charCodeAt(stop) === COMMA) ? { params, stop } : undefined;
}

/** Undefined if `text` is not one Via. */
export function parseVia(text: string): Via | undefined {
  const via = readVia(text, 0, text.length);
  return via === undefined || via.isMalformed || via.stop < text.length ? undefined : via;
}

/** The Vias of one or several lines, topmost first; undefined if one is malformed. */
export function parseViaList(lines: string | readonly string[]): readonly Via[] | undefined {
  const list: Via[] = [];
  for (const element of splitLines(lines)) {
    const via = parseVia(element);
    if (via === undefined) return undefined;
    list.push(via);
  }
  return list;
}

/** `SIP/2.0/UDP host:port;params`. The parameters come out of `params` alone. */
export function formatVia(via: Pick<Via, 'transport' | 'host' | 'port' | 'params'>): string {
  const port = via.port === undefined ? '' : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${via.host}${port}${formatParameters(via.params, isPlainViaValue)}`;
}

/** Via parameters hold hosts too, which no one quotes. */
function isPlainViaValue(value: string): boolean {
  return /^[!#-+\-.-:=?-~]+$/.test(value);
}
