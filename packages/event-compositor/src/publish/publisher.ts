import type { AssertedIdentity, SipRequest } from '@nksip-ts/core';
import { escapeUser } from '@nksip-ts/sip';

/** Who publishes, as one text: the proven user, else `sip:alice@example.com 192.0.2.1`, the From URI without port and parameters, and the source address. */
export function publisherOf({ message, source }: SipRequest, user: string | undefined): string {
  return user ?? `${message.fromAor} ${source.address}`;
}

/**
 * The user that a request proves to be from: `alice@realm` where digest credentials held, of several realms the first by name; `alice@example.com` by the word of a
 * trusted proxy (RFC 3325); undefined: nobody.
 * A user is escaped as in a URI, and so has no `:` or `@`: no two users have the same text. One who signed in is a text and no part of
 * a URI, so a `%E9` in it becomes `%25E9`.
 */
export function provenUser({ digestUsers, assertedIdentity }: Pick<SipRequest, 'digestUsers' | 'assertedIdentity'>): string | undefined {
  if (digestUsers.size > 0) return signedInUser(digestUsers);
  return assertedIdentity === undefined ? undefined : assertedUser(assertedIdentity);
}

/** Who signed in at the proxy counts as one who signed in here, in the realm that is the domain. A number without an address is that number. */
function assertedUser({ aor, tel }: AssertedIdentity): string | undefined {
  return aor === undefined ? tel : `${escapeUser(aor.user)}@${aor.domain}`;
}

/** Of several realms the first by name. */
function signedInUser(users: ReadonlyMap<string, string>): string {
  const [[realm, user] = ['', '']] = [...users].sort(([one], [other]) => (one < other ? -1 : 1));
  return `${escapeUser(user)}@${realm}`;
}
