import { formatUri, parseUri } from '@nksip-ts/sip';

/** RFC 3261 8.1.3.4: a redirected request goes to another URI, and is about the same address. Undefined: `uri` has no user, it is a registrar. */
export function addressIn(uri: string): string | undefined {
  const parsed = parseUri(uri);
  return parsed === undefined || parsed.user === '' ? undefined : `<${formatUri({ scheme: parsed.scheme, user: parsed.user, domain: parsed.domain, params: new Map() })}>`;
}

export function isSips(uri: string): boolean {
  return parseUri(uri)?.scheme === 'sips';
}
