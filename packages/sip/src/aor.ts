import { escapeBeyondAscii, isWellFormed } from './escapes.js';
import { utf8Of } from './grammar.js';
import { parseNameAddr } from './headers/name-addr.js';
import { canonicalHost } from './host.js';
import { formatUser, parseUri, type Uri } from './uri.js';

/** Address of record (RFC 3261 6): scheme and domain in lower case, the user as in `Uri` and case-sensitive; no port, no parameters. A host has one text. */
export interface Aor {
  readonly scheme: string;
  readonly user: string;
  readonly domain: string;
}

export function aorOf(uri: Uri): Aor {
  return { scheme: uri.scheme, user: uri.user, domain: canonicalHost(uri.domain) };
}

/** An address that somebody has put together, as `aorOf` would have it; undefined if it is none. */
export function canonicalAor({ scheme: anyScheme, user, domain: anyDomain }: Aor): Aor | undefined {
  const [scheme, domain] = [anyScheme.toLowerCase(), anyDomain.toLowerCase()];
  const uri = parseUri(aorKey({ scheme, user, domain }));
  // A separator in a part would have made another address of it.
  return domain !== '' && uri?.scheme === scheme && uri.domain === domain && isWellFormed(user) ? aorOf(uri) : undefined;
}

/** The address of record of a URI's text; undefined if that is no URI, or one without a domain (`tel:`). */
export function parseAor(text: string): Aor | undefined {
  const uri = parseUri(text);
  return uri === undefined || uri.domain === '' ? undefined : aorOf(uri);
}

/** `scheme:user@domain` (`scheme:domain` without a user): one text for one address, whatever octets the user has. */
export function aorKey(aor: Aor): string {
  return aor.user === '' ? `${aor.scheme}:${aor.domain}` : `${aor.scheme}:${formatUser(aor.user)}@${aor.domain}`;
}

/** The address as a URI; the same text as its key. */
export function formatAor(aor: Aor): string {
  return aorKey(aor);
}

/** The address of record of a value of From (latin1), as `fromAor` of a message has it. */
export function aorIn(from: string): string {
  const uri = parseNameAddr(from)?.uri ?? '';
  const aor = parseAor(escapeBeyondAscii(uri));
  return aor === undefined ? utf8Of(uri) : aorKey(aor);
}
