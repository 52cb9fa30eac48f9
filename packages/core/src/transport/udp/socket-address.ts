import { networkInterfaces } from 'node:os';
import { addressDigits, canonicalAddress, familyOf, ipv4Number } from '../address.js';
import { linux } from './system-calls.js';

/** `struct sockaddr_in` and `struct sockaddr_in6`: the family in the machine's order, the rest in the network's. */
export const socketAddressSize = { 4: 16, 6: 28 } as const;

const PORT = 2, IPV4 = 4, IPV6 = 8, SCOPE = 24;

/** Writes it at `at` of `bytes`, which has room for 28 bytes. Answers how many it took. No zone may be in `address`. */
export function writeSocketAddress(bytes: Buffer, at: number, address: string, port: number): number {
  if (familyOf(address) === 4) {
    writeFamily(bytes, at, linux.AF_INET);
    writeShort(bytes, at + PORT, port);
    const number = ipv4Number(address);
    writeShort(bytes, at + IPV4, number >>> 16);
    writeShort(bytes, at + IPV4 + 2, number);
    return socketAddressSize[4];
  }
  bytes.fill(0, at, at + socketAddressSize[6]);
  writeFamily(bytes, at, linux.AF_INET6);
  writeShort(bytes, at + PORT, port);
  bytes.write(addressDigits(address), at + IPV6, 16, 'hex');
  return socketAddressSize[6];
}

function writeFamily(bytes: Uint8Array, at: number, family: number): void {
  bytes[at] = family;
  bytes[at + 1] = 0;
}

/** Sixteen bits of a number, the higher ones first. The methods of Buffer look at their arguments as lists: 64 bytes each. */
function writeShort(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function portIn(bytes: Buffer, at: number): number {
  return bytes.readUInt16BE(at + PORT);
}

/** So many texts are remembered: most datagrams come from where others came from. */
const mostTexts = 4096;

const ipv4Texts = new Map<number, string>();
const ipv6Texts = new Map<string, string>();

/** As Node.js writes it: IPv6 in its shortest spelling, with the zone of a link-local address. */
export function addressIn(bytes: Buffer, at: number): string {
  if (bytes.readUInt16LE(at) === linux.AF_INET6) return remembered(ipv6Texts, bytes.toString('latin1', at + IPV6, at + socketAddressSize[6]), () => ipv6Text(bytes, at));
  return remembered(ipv4Texts, bytes.readUInt32BE(at + IPV4), () => bytes.subarray(at + IPV4, at + IPV6).join('.'));
}

function remembered<K>(texts: Map<K, string>, key: K, make: () => string): string {
  const known = texts.get(key);
  if (known !== undefined) return known;
  if (texts.size >= mostTexts) texts.clear();
  const text = make();
  texts.set(key, text);
  return text;
}

function ipv6Text(bytes: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(at + IPV6 + 2 * i).toString(16));
  return canonicalAddress(groups.join(':')) + zoneText(bytes.readUInt32LE(at + SCOPE));
}

/** The system counts interfaces; an address names one. */
function zoneText(scope: number): string {
  if (scope === 0) return '';
  for (const [name, addresses] of Object.entries(networkInterfaces())) if (addresses?.some((one) => one.scopeid === scope) === true) return `%${name}`;
  return `%${scope}`;
}
