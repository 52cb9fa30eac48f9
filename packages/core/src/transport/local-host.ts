import type { NetworkInterfaceInfo } from 'node:os';
import { familyOf, isWildcard } from './address.js';

/** The result of `os.networkInterfaces()`. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * What Via and Contact call this host, without brackets. `''`, `'auto'` and undefined: the address listened on, or, when that
 * is all of them, the first one of its family that others can reach. Loopback only where the machine has nothing else.
 */
export function localHost(configured: string | undefined, listenAddress: string, interfaces: Interfaces): string {
  if (configured !== undefined && configured !== '' && configured !== 'auto') return configured;
  return isWildcard(listenAddress) ? firstAddress(familyOf(listenAddress), interfaces) : listenAddress;
}

/** Every address of one family, those that others can reach first. */
export function addressesOf(family: 4 | 6, interfaces: Interfaces): string[] {
  const all = Object.values(interfaces).flatMap((entries) => entries ?? []);
  const ofFamily = all.filter((entry) => familyOf(entry.address) === family);
  return ofFamily.toSorted((a, b) => distance(a) - distance(b)).map((entry) => entry.address);
}

function firstAddress(family: 4 | 6, interfaces: Interfaces): string {
  return addressesOf(family, interfaces)[0] ?? (family === 4 ? '127.0.0.1' : '::1');
}

/** Link-local addresses come late: they mean nothing without an interface. */
function distance(entry: NetworkInterfaceInfo): number {
  if (entry.internal) return 2;
  return /^fe[89ab].:|^169\.254\./i.test(entry.address) ? 1 : 0;
}
