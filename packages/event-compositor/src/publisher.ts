import type { SipRequest } from '@nksip-ts/core';
import { aorKey, aorOf, escapeUser, formatUri } from '@nksip-ts/sip';

/**
 * Who publishes, as one text: `alice@realm` where digest credentials held, of several realms the first by name; else
 * `<sip:alice@example.com> 192.0.2.1`, the From URI without port and parameters and the source address, or `192.0.2.1` where From
 * cannot be read. A user is escaped as in a URI, so that none has the text of another one or of a From.
 */
export function publisherOf({ digestUsers, message, source }: SipRequest): string {
  if (digestUsers.size > 0) return signedIn(digestUsers);
  const uri = message.fromUri;
  if (uri === undefined) return source.address;
  return `<${uri.domain === '' ? formatUri(uri) : aorKey(aorOf(uri))}> ${source.address}`;
}

function signedIn(users: ReadonlyMap<string, string>): string {
  const [[realm, user] = ['', '']] = [...users].sort(([one], [other]) => (one < other ? -1 : 1));
  return `${escapeUser(user)}@${realm}`;
}
