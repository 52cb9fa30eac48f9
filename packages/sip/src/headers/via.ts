import { elementEnd, formatParameters, lowerCase, noParameters, ParameterScanner, parseParameters, skipSpace, splitLines, tokenEnd, upperCase } from '../grammar.js';
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

/** The part of a Via that an answer needs to find its way: transport and sent-by. `end` is where its parameters begin. */
export interface SentBy {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly end: number;
}

/** `SIP/2.0/UDP host:port` at `start`; any protocol and version (RFC 3261 25.1 sent-protocol), white space as LWS and SLASH allow. */
export function scanSentBy(text: string, start: number, end: number): SentBy | undefined {
  const versionStart = behindSlash(text, skipSpace(text, start, end), end);
  const transportStart = versionStart < 0 ? -1 : behindSlash(text, versionStart, end);
  if (transportStart < 0) return undefined;
  const transportStop = tokenEnd(text, transportStart, end);
  const hostStart = skipSpace(text, transportStop, end);
  const hostStop = hostEnd(text, hostStart, end);
  if (transportStop === transportStart || hostStart === transportStop || hostStop < 0) return undefined;
  const transport = upperCase(text, transportStart, transportStop);
  const host = lowerCase(text, hostStart, hostStop);
  const colon = skipSpace(text, hostStop, end);
  if (!isColon(text, colon, end)) return { transport, host, port: undefined, end: hostStop };
  const portStart = skipSpace(text, colon + 1, end);
  const portStop = tokenEnd(text, portStart, end);
  const port = parsePort(text, portStart, portStop);
  return port === undefined ? undefined : { transport, host, port, end: portStop };
}

function behindSlash(text: string, start: number, end: number): number {
  const stop = tokenEnd(text, start, end);
  const slash = skipSpace(text, stop, end);
  if (stop === start || slash >= end || text.charCodeAt(slash) !== SLASH) return -1;
  return skipSpace(text, slash + 1, end);
}

/** A Via as it was read. The map of all its parameters is made only when somebody asks. */
class ParsedVia implements Via {
  readonly transport: string;
  readonly host: string;
  declare port?: number;
  declare branch?: string;
  declare rport?: number | true;
  declare received?: string;
  declare maddr?: string;

  constructor(sentBy: SentBy, private readonly text: string, private readonly paramsStart: number, private readonly end: number) {
    this.transport = sentBy.transport;
    this.host = sentBy.host;
    if (sentBy.port !== undefined) this.port = sentBy.port;
  }

  get params(): ReadonlyMap<string, string> {
    return parseParameters(this.text, this.paramsStart, this.end) ?? noParameters;
  }
}

/** The first Via of a text, and where it ends: at a comma or at the text's end. */
export interface ViaRead {
  /** transport and sent-by alone if `malformed` */
  readonly via: Via;
  readonly end: number;
  /** its parameters cannot be read, or one that the stack uses stands twice */
  readonly malformed: boolean;
}

/** Reads the first Via of `text[start, end)`; undefined if not even its sent-by can be read, so that no answer would find its way. */
export function readVia(text: string, start: number, end: number): ViaRead | undefined {
  const sentBy = scanSentBy(text, start, end);
  if (sentBy === undefined) return undefined;
  const scanner = new ParameterScanner(text, sentBy.end, end);
  const via = new ParsedVia(sentBy, text, sentBy.end, end);
  let sound = true;
  while (sound && scanner.next()) sound = note(via, scanner);
  const stop = scanner.at;
  if (sound && !scanner.malformed && (stop >= end || text.charCodeAt(stop) === COMMA)) return { via, end: stop, malformed: false };
  return { via: new ParsedVia(sentBy, '', 0, 0), end: elementEnd(text, sentBy.end, end), malformed: true };
}

/** Takes in a parameter that the stack uses; false if it is malformed or stands twice. */
function note(via: ParsedVia, scanner: ParameterScanner): boolean {
  if (scanner.is('branch')) {
    if (via.branch !== undefined) return false;
    via.branch = scanner.rawValue();
  } else if (scanner.is('rport')) {
    const rport = scanner.valueStart < 0 ? true : parsePort(scanner.text, scanner.valueStart, scanner.valueEnd);
    if (rport === undefined || via.rport !== undefined) return false;
    via.rport = rport;
  } else if (scanner.is('received')) {
    if (via.received !== undefined) return false;
    via.received = scanner.rawValue();
  } else if (scanner.is('maddr')) {
    if (via.maddr !== undefined) return false;
    via.maddr = scanner.rawValue();
  }
  return true;
}

/** Undefined if `text` is not one Via. */
export function parseVia(text: string): Via | undefined {
  const read = readVia(text, 0, text.length);
  return read === undefined || read.malformed || read.end < text.length ? undefined : read.via;
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
  return /^[^\s",;<>]+$/.test(value);
}
