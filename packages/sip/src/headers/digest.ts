import { elementEnd, isToken, quote, skipSpace, tokenEnd, trimSpace, unfold, unquote } from '../grammar.js';
import { MOST_PARAMETERS } from '../parameters.js';

/** RFC 3261 20.44 and 20.7: a challenge, or the credentials that answer one. */
export interface AuthValue {
  /** `Digest` in this spelling whatever was sent; another scheme as it was sent */
  readonly scheme: string;
  /** names in lower case, values unquoted; empty for a scheme that has no parameters */
  readonly params: ReadonlyMap<string, string>;
}

/** RFC 3261 25.1 auth-param list, as WWW-Authenticate and Proxy-Authenticate have it. Undefined if malformed or if a name stands twice. */
export function parseChallenge(text: string): AuthValue | undefined {
  const start = skipSpace(text, 0, text.length);
  const end = tokenEnd(text, start, text.length);
  if (end === start) return undefined;
  const written = text.substring(start, end);
  const scheme = written.toLowerCase() === 'digest' ? 'Digest' : written;
  const rest = skipSpace(text, end, text.length);
  if (rest < text.length && rest === end) return undefined;
  const params = parseAuthParams(text, rest);
  if (params !== undefined) return { scheme, params };
  // a scheme of another shape (Basic's base64) is read, its content is not
  return scheme === 'Digest' ? undefined : { scheme, params: new Map() };
}

/** As Authorization and Proxy-Authorization have it. */
export function parseCredentials(text: string): AuthValue | undefined {
  return parseChallenge(text);
}

function parseAuthParams(text: string, start: number): ReadonlyMap<string, string> | undefined {
  const params = new Map<string, string>();
  for (let at = start; at < text.length; ) {
    const end = elementEnd(text, at, text.length);
    const element = trimSpace(text.substring(at, end));
    at = end + 1;
    if (element === '') continue;
    const equals = element.indexOf('=');
    const name = trimSpace(element.substring(0, Math.max(equals, 0))).toLowerCase();
    const value = trimSpace(element.substring(equals + 1));
    if (!isToken(name) || !isAuthParamValue(value) || params.has(name) || params.size === MOST_PARAMETERS) return undefined;
    params.set(name, unquote(unfold(value)));
  }
  return params;
}

/** A quoted string, or anything unquoted without white space (`uri=sip:a@b` is seen). */
function isAuthParamValue(value: string): boolean {
  return value.startsWith('"') ? value.length > 1 && value.endsWith('"') : /^[^\s"]+$/.test(value);
}

/** RFC 3261 25.1: these are quoted in a challenge; qop there is a list. */
const quotedInChallenge: ReadonlySet<string> = new Set(['realm', 'domain', 'nonce', 'opaque', 'qop']);
/** ... and these in credentials. */
const quotedInCredentials: ReadonlySet<string> = new Set(['username', 'realm', 'nonce', 'uri', 'response', 'cnonce', 'opaque']);

/** `Digest realm="...", ...`, quoted as RFC 3261 25.1 wants it. */
export function formatChallenge(value: { readonly scheme: string; readonly params: Iterable<readonly [string, string]> }): string {
  return formatAuth(value, quotedInChallenge);
}

export function formatCredentials(value: { readonly scheme: string; readonly params: Iterable<readonly [string, string]> }): string {
  return formatAuth(value, quotedInCredentials);
}

function formatAuth(value: { readonly scheme: string; readonly params: Iterable<readonly [string, string]> }, quoted: ReadonlySet<string>): string {
  const parts: string[] = [];
  for (const [name, text] of value.params) {
    parts.push(`${name}=${quoted.has(name.toLowerCase()) || !isToken(text) ? quote(text) : text}`);
  }
  return parts.length === 0 ? value.scheme : `${value.scheme} ${parts.join(', ')}`;
}
