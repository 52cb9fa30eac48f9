import type { AssertedIdentity, SipRequest } from '@nksip-ts/core';
import { escapeUser } from '@nksip-ts/sip';

/**
 * Who publishes, as one text: `alice@realm` where digest credentials held, of several realms the first by name; `alice@example.com` by the word of a trusted proxy; else
 * `sip:alice@example.com 192.0.2.1`, the From URI without port and parameters, and the source address.
 * A user is escaped as in a URI, and so has no `:` or `@`: no two publishers have the same text. One who signed in is a text and no part of
 * a URI, so a `%E9` in it becomes `%25E9`.
 */
export function publisherOf({ digestUsers, assertedIdentity, message, source }: SipRequest): string {
  if (digestUsers.size > 0) return signedInUser(digestUsers);
  if (assertedIdentity !== undefined) return assertedUser(assertedIdentity);
  return `${message.fromAor} ${source.address}`;
}

/** Who signed in at the proxy counts as one who signed in here, in the realm that is the domain. A number without an address is that number. */
export function assertedUser({ aor, tel = '' }: AssertedIdentity): string {
  return aor === undefined ? tel : `${escapeUser(aor.user)}@${aor.domain}`;
}

/** Of several realms the first by name. */
export function signedInUser(users: ReadonlyMap<string, string>): string {
  const [[realm, user] = ['', '']] = [...users].sort(([one], [other]) => (one < other ? -1 : 1));
  return `${escapeUser(user)}@${realm}`;
}
