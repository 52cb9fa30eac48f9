import { parseMediaRangeList, type MediaRange } from '@nksip-ts/sip';

/** Written by a package that notifies any type that was published. */
const ANY = '*/*';

/**
 * The first type of a package that Accept allows, over all its lines; 'malformed', or 'none' (406, RFC 6665 4.1.2.1). Without
 * Accept, the default type of the package (RFC 6665 3.1.3).
 */
export function acceptedType(lines: readonly string[], types: readonly [string, ...string[]]): { readonly type: string } | 'malformed' | 'none' {
  // Most watchers accept one type, and write it as it is.
  if (lines.length === 0 || types[0] === ANY || (lines.length === 1 && lines[0] === types[0])) return { type: types[0] };
  const ranges = parseMediaRangeList(lines.filter((line) => line.trim() !== ''));
  if (ranges === undefined) return 'malformed';
  const type = types.find((one) => qualityOf(one, ranges) > 0);
  return type === undefined ? 'none' : { type };
}

/** RFC 3261 20.1: the most specific range that has the type decides; of several the best. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const group = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const range of [type, group, ANY]) {
    const found = ranges.filter((one) => one.type === range);
    if (found.length > 0) return Math.max(...found.map(({ q }) => q));
  }
  return 0;
}
