import { isIP, isIPv4 } from 'node:net';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, an IPv6 address in brackets; undefined: it is none. */
export function placeOf(text: string): Place | undefined {
  const [, host = '', digits] = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  return host === '' || port > 65_535 || (host.startsWith('[') && isIP(bare(host)) !== 6) ? undefined : { host: bare(host), port };
}

/** The host of the header Host, without its port and brackets, in lower case. */
export function hostIn(header: string): string | undefined {
  const [, host] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(header) ?? [];
  return host === undefined ? undefined : bare(host).toLowerCase();
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** IPv4 as a socket for both families has it: `::ffff:127.0.0.1`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address;
}

function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
