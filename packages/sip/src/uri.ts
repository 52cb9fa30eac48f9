import { escapeLiteral, escapeText, isAllIn, UNRESERVED, unescapeText, unreservedTable } from './escapes.js';
import { codeTable, lowerCase } from './grammar.js';
import { MOST_PARAMETERS, noParameters } from './parameters.js';
import { hostEnd, isColon, parsePort, sameHost } from './host.js';

/**
 * A URI of RFC 3261 19.1, or one of another scheme that is kept whole in `opaque`. User, password and parameters have their escapes undone:
 * what is UTF-8 is read as letters, and any other octet stays `%HH` in upper case (`%E9` is no `é`). A percent sign stands for itself (`50%`,
 * `50%25`), but for one that would read as such an escape, which is `%25` (`%25E9` for the three characters `%E9`).
 */
export interface Uri {
  /** in lower case */
  readonly scheme: string;
  /** case kept; '' if there is none */
  readonly user: string;
  readonly password?: string;
  /** in lower case; an IPv6 address keeps its brackets; '' in an opaque URI */
  readonly domain: string;
  readonly port?: number;
  /** names in lower case, '' for a flag */
  readonly params: ReadonlyMap<string, string>;
  /** what stands behind the `?`, as written */
  readonly headers?: string;
  /** what stands behind the colon of a scheme other than sip, sips, pres and im, as written */
  readonly opaque?: string;
}

/** The schemes that have the shape `scheme:user@host` (RFC 3261 19.1, RFC 3859, RFC 3860). */
const hierarchical: ReadonlySet<string> = new Set(['sip', 'sips', 'pres', 'im']);

const AT = 0x40;
const SEMICOLON = 0x3b;
const QUESTION = 0x3f;
const PERCENT = 0x25;

/** RFC 3261 25.1 user: unreserved and user-unreserved. The colon is not among them: it parts user and password. */
const userTable = codeTable(`${UNRESERVED}&=+$,;?/`);
const passwordTable = codeTable(`${UNRESERVED}&=+$,`);
const paramTable = codeTable(`${UNRESERVED}[]/:&+$`);
const uriTable = new Uint8Array(256).map((_, code) => (code > 0x20 && code !== 0x7f && !'<>"'.includes(String.fromCharCode(code)) ? 1 : 0));
/** What may stand unescaped in a user part that is read: also what RFC 3261 wants escaped but telephones send (`#99`). */
const userRead = codeTable(`${UNRESERVED}&=+$,;?/%#`);
const paramRead = codeTable(`${UNRESERVED}[]/:&+$%`);
const headersRead = codeTable(`${UNRESERVED}[]/?:+$%=&`);
const schemeFirst = codeTable('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
const schemeRest = codeTable(`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.`);

/** Undefined if `text` is no URI, whatever it holds instead. Never throws. */
export function parseUri(text: string): Uri | undefined {
  if (text.startsWith('sip:')) return parseHierarchical(text, 'sip', 4, text.length);
  const colon = schemeEnd(text, 0, text.length);
  if (colon < 0) return undefined;
  const scheme = lowerCase(text, 0, colon);
  return hierarchical.has(scheme) ? parseHierarchical(text, scheme, colon + 1, text.length) : parseOpaque(text, scheme, colon + 1, text.length);
}

/** Where the colon behind the scheme is; -1 if there is no scheme. */
export function schemeEnd(text: string, start: number, end: number): number {
  if (start >= end || schemeFirst[text.charCodeAt(start)] !== 1) return -1;
  let p = start + 1;
  while (p < end && schemeRest[text.charCodeAt(p)] === 1) p++;
  return isColon(text, p, end) ? p : -1;
}

/** Printable and not one of `<>"`: what may stand in any URI. */
export function isUriCode(code: number): boolean {
  return uriTable[code] === 1 || code > 0xff;
}

function parseOpaque(text: string, scheme: string, start: number, end: number): Uri | undefined {
  if (start === end) return undefined;
  for (let p = start; p < end; p++) if (!isUriCode(text.charCodeAt(p))) return undefined;
  return { scheme, user: '', domain: '', params: noParameters, opaque: text.substring(start, end) };
}

interface UserInfo {
  readonly user: string;
  readonly password: string | undefined;
}

const noUser: UserInfo = { user: '', password: undefined };

function parseHierarchical(text: string, scheme: string, start: number, end: number): Uri | undefined {
  const at = findCode(text, AT, start, end);
  const info = at < 0 ? noUser : parseUserInfo(text, start, at);
  if (info === undefined) return undefined;
  const hostStart = at < 0 ? start : at + 1;
  const hostStop = hostEnd(text, hostStart, end);
  if (hostStop < 0) return undefined;
  let p = hostStop;
  let port: number | undefined;
  if (isColon(text, p, end)) {
    const portStart = p + 1;
    p = portEnd(text, portStart, end);
    port = parsePort(text, portStart, p);
    if (port === undefined) return undefined;
  }
  const { user, password } = info;
  const domain = lowerCase(text, hostStart, hostStop);
  const uri = withoutTail(scheme, user, password, domain, port);
  return p === end ? uri : withTail(uri, text, p, end);
}

/** Each shape by itself: to put it together from parts takes several times as long. */
function withoutTail(scheme: string, user: string, password: string | undefined, domain: string, port: number | undefined): Uri {
  if (password !== undefined) return port === undefined ? { scheme, user, password, domain, params: noParameters } : { scheme, user, password, domain, port, params: noParameters };
  return port === undefined ? { scheme, user, domain, params: noParameters } : { scheme, user, domain, params: noParameters, port };
}

function findCode(text: string, wanted: number, start: number, end: number): number {
  for (let p = start; p < end; p++) if (text.charCodeAt(p) === wanted) return p;
  return -1;
}

function portEnd(text: string, start: number, end: number): number {
  let p = start;
  while (p < end && text.charCodeAt(p) !== SEMICOLON && text.charCodeAt(p) !== QUESTION) p++;
  return p;
}

function parseUserInfo(text: string, start: number, end: number): UserInfo | undefined {
  const colon = findCode(text, 0x3a, start, end);
  const user = parsePart(text.substring(start, colon < 0 ? end : colon), userRead);
  if (user === undefined || user === '') return undefined;
  if (colon < 0) return { user, password: undefined };
  const password = parsePart(text.substring(colon + 1, end), userRead);
  return password === undefined ? undefined : { user, password };
}

/** Letters beyond ASCII are taken as they are, for URIs that people write in programs. */
function parsePart(part: string, allowed: Uint8Array): string | undefined {
  let isPlain = true;
  for (let i = 0; i < part.length; i++) {
    const code = part.charCodeAt(i);
    if (code >= 0x80 || code === PERCENT) isPlain = false;
    else if (allowed[code] !== 1) return undefined;
  }
  return isPlain ? part : unescapeText(part);
}

function withTail(uri: Uri, text: string, start: number, end: number): Uri | undefined {
  const question = findCode(text, QUESTION, start, end);
  const params = parseParams(text.substring(start, question < 0 ? end : question));
  if (params === undefined) return undefined;
  if (question < 0) return { ...uri, params };
  const headers = text.substring(question + 1, end);
  if (headers === '' || !isAllIn(headersRead, headers) || unescapeText(headers) === undefined) return undefined;
  return { ...uri, params, headers };
}

function parseParams(text: string): ReadonlyMap<string, string> | undefined {
  if (text === '') return noParameters;
  if (text.charCodeAt(0) !== SEMICOLON) return undefined;
  const params = new Map<string, string>();
  for (const piece of text.substring(1).split(';')) {
    const equals = piece.indexOf('=');
    const name = parsePart(equals < 0 ? piece : piece.substring(0, equals), paramRead)?.toLowerCase();
    const value = equals < 0 ? '' : parsePart(piece.substring(equals + 1), paramRead);
    // RFC 3261 19.1.1: "any given parameter-name MUST NOT appear more than once"
    if (name === undefined || name === '' || value === undefined || params.has(name) || params.size === MOST_PARAMETERS) return undefined;
    params.set(name, value);
  }
  return params;
}

/** The URI as it goes on the wire, escaped where RFC 3261 25.1 wants it. */
export function formatUri(uri: Uri): string {
  if (uri.opaque !== undefined) return `${uri.scheme}:${uri.opaque}`;
  let text = `${uri.scheme}:`;
  if (uri.user !== '') {
    text += formatUser(uri.user);
    if (uri.password !== undefined) text += `:${escapeText(uri.password, passwordTable)}`;
    text += '@';
  }
  text += uri.domain;
  if (uri.port !== undefined) text += `:${uri.port}`;
  for (const [name, value] of uri.params) {
    text += `;${escapeText(name, paramTable)}`;
    if (value !== '') text += `=${escapeText(value, paramTable)}`;
  }
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

/** A user of a URI as it stands there. */
export function formatUser(user: string): string {
  return escapeText(user, userTable);
}

/** Any text, of digest credentials for instance, escaped like a user so that it holds no `:`, `@` or `%` of its own; no two have the same form. */
export function escapeUser(text: string): string {
  return escapeLiteral(text, userTable);
}

/** RFC 3261 19.1.4: parameters that must be in both URIs or in neither; any other counts only where both have it. */
const decisiveParams: readonly string[] = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** RFC 3261 19.1.4. Other schemes are equal when their text is. */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.scheme !== b.scheme || a.opaque !== b.opaque) return false;
  return a.user === b.user && a.password === b.password && sameHost(a.domain, b.domain) && a.port === b.port
    && sameParams(a.params, b.params) && sameHeaders(a.headers, b.headers);
}

function sameParams(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (decisiveParams.some((name) => a.has(name) !== b.has(name))) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false;
  }
  return true;
}

/** RFC 3261 19.1.4: header components are never ignored; their order does not matter. */
function sameHeaders(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || headerKey(a) === headerKey(b);
}

function headerKey(headers: string): string {
  return headers.split('&').map((pair) => {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.substring(0, equals);
    const value = equals < 0 ? '' : pair.substring(equals + 1);
    return `${headerPart(name).toLowerCase()}=${headerPart(value)}`;
  }).sort().join('&');
}

/** In one spelling, in which nothing parts it. */
function headerPart(part: string): string {
  return escapeText(unescapeText(part) ?? part, unreservedTable);
}
