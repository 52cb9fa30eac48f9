import { isIP, SocketAddress } from 'node:net';

/** The address of an IPv6 reference (`[::1]`) without its brackets; anything else unchanged. */
export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** An address as a URI or a Via writes it: IPv6 in brackets. */
export function hostText(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** IPv6 in its one shortest spelling (RFC 5952), without a zone; anything else unchanged. */
export function canonicalAddress(address: string): string {
  const plain = withoutZone(address);
  return isIP(plain) === 6 ? new SocketAddress({ address: plain, family: 'ipv6' }).address : address;
}

/** A link-local address carries the name of our own interface (`fe80::1%eth0`), which means nothing to a peer. */
export function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

/** Whether a host out of a Via or a URI is this numeric address. A name is not: nothing is resolved. */
export function sameAddress(host: string, address: string): boolean {
  if (host === address) return true;
  if (!host.startsWith('[')) return false;
  const inside = host.slice(1, -1);
  return inside === address || canonicalAddress(inside) === canonicalAddress(address);
}

export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** By what a peer is counted: its IPv4 address, or the /64 of its IPv6 one, in which a single subscriber has 2^64 (RFC 6177 2). */
export function networkOf(address: string): string {
  if (familyOf(address) === 4) return address;
  const [head = '', tail] = withoutZone(address).split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? 0 : tail.split(':').length;
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind;
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...(tail ?? '').split(':')];
  return `${all.slice(0, 4).join(':')}::/64`;
}

export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
