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
  const digits = addressDigits(address);
  return isMapped(digits) ? ipv4Of(digits) : `${digits.slice(0, 16)}/64`;
}

/** IPv4-mapped addresses, ::ffff:0:0/96 (RFC 4291 2.5.5.2). */
const mapped = '00000000000000000000ffff';

/**
 * A numeric address as 32 hex digits, an IPv4 one as it is mapped into IPv6: two texts compare as the numbers that they write. A zone
 * is left out.
 */
export function addressDigits(address: string): string {
  if (familyOf(address) === 4) return mapped + ipv4Digits(address);
  const [head = '', tail] = withoutZone(address).split('::');
  const before = groupDigits(head);
  const behind = groupDigits(tail ?? '');
  return before + '0'.repeat(Math.max(0, 32 - before.length - behind.length)) + behind;
}

export function isMapped(digits: string): boolean {
  return digits.startsWith(mapped);
}

function groupDigits(groups: string): string {
  if (groups === '') return '';
  return groups.split(':').map((group) => group.includes('.') ? ipv4Digits(group) : group.toLowerCase().padStart(4, '0')).join('');
}

function ipv4Digits(address: string): string {
  return ipv4Number(address).toString(16).padStart(8, '0');
}

/** An IPv4 address as the number that its 32 bits are. */
export function ipv4Number(address: string): number {
  let whole = 0;
  let part = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT) {
      whole = 256 * whole + part;
      part = 0;
    } else part = 10 * part + code - ZERO;
  }
  return 256 * whole + part;
}

const DOT = 0x2e, ZERO = 0x30;

/** The IPv4 address in a mapped one, as a number. */
export function mappedNumber(digits: string): number {
  return Number.parseInt(digits.slice(mapped.length), 16);
}

function ipv4Of(digits: string): string {
  return [24, 26, 28, 30].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)).join('.');
}

export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
