import { ALPHANUMERIC, codeTable, digitsValue } from './grammar.js';

const OPEN = 0x5b;
const CLOSE = 0x5d;
const COLON = 0x3a;

/** Letters, digits, '-' and '.' (RFC 3261 25.1 host), and the '_' that names of containers have. */
const hostTable = codeTable(`${ALPHANUMERIC}-._`);

/** Where the host that begins at `at` ends: a name, an IPv4 address or an IPv6 reference in brackets; -1 if there is none. */
export function hostEnd(text: string, at: number, end: number): number {
  if (at < end && text.charCodeAt(at) === OPEN) return referenceEnd(text, at, end);
  let p = at;
  while (p < end && hostTable[text.charCodeAt(p)] === 1) p++;
  return p > at ? p : -1;
}

/** The longest IPv6 text is 45 characters, IPv4 tail included. */
const MAX_REFERENCE = 47;

function referenceEnd(text: string, at: number, end: number): number {
  let p = at + 1;
  const stop = Math.min(end, at + MAX_REFERENCE);
  while (p < stop && text.charCodeAt(p) !== CLOSE) p++;
  if (p >= stop) return -1;
  return isIPv6(text.substring(at + 1, p)) ? p + 1 : -1;
}

/** RFC 3261 25.1 IPv6address (RFC 5954): at most one `::`, groups of 1 to 4 hex digits, an IPv4 tail allowed. */
function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    const last = parts.at(-1) ?? '';
    if (index === halves.length - 1 && last.includes('.')) {
      if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(last) || last.split('.').some((part) => Number(part) > 255)) return false;
      parts.pop();
      groups += 2;
    }
    if (!parts.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))) return false;
    groups += parts.length;
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** RFC 5954 4.2: IPv6 references are the same when their addresses are; other hosts when their text, in lower case, is. */
export function sameHost(a: string, b: string): boolean {
  return a === b || (a.startsWith('[') && b.startsWith('[') && expanded(a) === expanded(b));
}

/**
 * One text for one host, which is in lower case: an IPv6 reference as RFC 5952 4 writes it, but an IPv4 tail in hex too; a name
 * without the dot of the root (RFC 1034 3.1).
 */
export function canonicalHost(host: string): string {
  if (host.charCodeAt(0) === OPEN) return `[${shortened(expanded(host))}]`;
  return host.endsWith('.') ? host.replace(/(?<=[^.])\.$/, '') : host;
}

/** RFC 5952 4.2: `::` stands for the longest run of zeros, the first of several, but not for a single one. */
function shortened(groups: string): string {
  const runs = [...groups.matchAll(/(?:^|:)0(?::0)+(?::|$)/g)].map(([run]) => run);
  const longest = runs.reduce((one, other) => zeros(other) > zeros(one) ? other : one, '');
  return longest === '' ? groups : groups.replace(longest, '::');
}

function zeros(run: string): number {
  return run.split('0').length;
}

/** All eight groups of an IPv6 reference, without leading zeros. */
function expanded(reference: string): string {
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)\]$/.exec(reference);
  const [a = 0, b = 0, c = 0, d = 0] = (tail ?? []).slice(1).map(Number);
  const hex = tail === null ? reference.slice(1, -1) : `${reference.slice(1, tail.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  const [left = '', right] = hex.split('::');
  const groups = (half: string | undefined): string[] => (half === undefined || half === '' ? [] : half.split(':'));
  const missing = right === undefined ? 0 : Math.max(0, 8 - groups(left).length - groups(right).length);
  return [...groups(left), ...new Array<string>(missing).fill('0'), ...groups(right)].map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

/** The port in `text[start, end)`: 0 to 65535; undefined if it is none. */
export function parsePort(text: string, start: number, end: number): number | undefined {
  const value = digitsValue(text, start, end);
  return value <= 65535 ? value : undefined;
}

export function isColon(text: string, at: number, end: number): boolean {
  return at < end && text.charCodeAt(at) === COLON;
}
