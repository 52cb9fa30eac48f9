import { isIP } from 'node:net';
import { addressDigits, familyOf, ipv4Number, isMapped, mappedNumber } from './address.js';

/** From the first to the last: addresses as numbers (IPv4), or as `addressDigits` has them (IPv6). */
interface Range<A extends number | string> {
  readonly first: A;
  readonly last: A;
}

/** Addresses and networks, as `192.0.2.1`, `10.0.0.0/8` or `2001:db8::/32`. An IPv4-mapped address is the IPv4 address in it. */
export class Networks {
  readonly #ipv4: readonly Range<number>[];
  readonly #ipv6: readonly Range<string>[];

  /** What `isNetwork` denies is left out. */
  constructor(texts: readonly string[]) {
    const ranges = texts.flatMap((text) => rangeOf(text) ?? []);
    this.#ipv4 = ranges.filter(({ first }) => isMapped(first)).map(({ first, last }) => ({ first: mappedNumber(first), last: mappedNumber(last) }));
    this.#ipv6 = ranges.filter(({ first }) => !isMapped(first));
  }

  /** Whether a numeric address is one of these, or in one of them. */
  has(address: string): boolean {
    if (this.#ipv4.length === 0 && this.#ipv6.length === 0) return false;
    if (familyOf(address) === 4) return isIn(this.#ipv4, ipv4Number(address));
    const digits = addressDigits(address);
    return isMapped(digits) ? isIn(this.#ipv4, mappedNumber(digits)) : isIn(this.#ipv6, digits);
  }
}

function isIn<A extends number | string>(ranges: readonly Range<A>[], address: A): boolean {
  for (const { first, last } of ranges) if (first <= address && address <= last) return true;
  return false;
}

/** Whether a text is an address, or a network: an address, a slash and a prefix length, and no bit set behind the prefix. */
export function isNetwork(text: string): boolean {
  return rangeOf(text) !== undefined;
}

function rangeOf(text: string): Range<string> | undefined {
  const [, address = '', length] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0) return undefined;
  const bits = family === 4 ? 32 : 128;
  const own = length === undefined ? bits : Number(length);
  if (own > bits) return undefined;
  const digits = addressDigits(address);
  const first = filled(digits, 128 - bits + own, 0);
  return first === digits ? { first, last: filled(digits, 128 - bits + own, 0xf) } : undefined;
}

/** The digits with all bits behind the prefix as they are in `digit`. */
function filled(digits: string, prefix: number, digit: 0 | 0xf): string {
  const whole = prefix >> 2;
  if (whole === digits.length) return digits;
  const behind = 0xf >> (prefix & 3);
  const split = (Number.parseInt(digits.charAt(whole), 16) & ~behind) | (digit & behind);
  return digits.slice(0, whole) + split.toString(16) + digit.toString(16).repeat(digits.length - whole - 1);
}
