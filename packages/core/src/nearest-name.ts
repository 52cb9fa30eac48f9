/**
 * The known name that somebody who wrote `name` most likely meant, or undefined if none is near, or it is no text: at most one slip in four
 * letters, and three in all (a letter added, left out, exchanged or swapped with its neighbour; case and `-`/`_` do not count).
 */
export function nearestName(name: unknown, known: Iterable<string>): string | undefined {
  if (typeof name !== 'string') return undefined;
  const wanted = plain(name);
  if (wanted.length > 64) return undefined;
  let nearest: string | undefined;
  let least = Math.min(3, Math.max(1, Math.floor(wanted.length / 4))) + 1;
  for (const candidate of known) {
    const distance = slips(wanted, plain(candidate), least);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** Damerau-Levenshtein (optimal string alignment); anything from `limit` up is only said to be `limit` or more. */
function slips(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const exchanged = at(last, column - 1) + (same ? 0 : 1);
      let best = Math.min(exchanged, at(last, column) + 1, at(line, column - 1) + 1);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, at(beforeLast, column - 2) + 1);
      }
      line.push(best);
    }
    if (Math.min(...line) >= limit) return limit;
    beforeLast = last;
    last = line;
  }
  return at(last, b.length);
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Number.POSITIVE_INFINITY;
}
