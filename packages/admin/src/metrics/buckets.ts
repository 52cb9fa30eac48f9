/** Seconds: the upper ends of the buckets of a histogram; the last one has no end. */
export const bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** How many durations fell into each bucket. */
export class Buckets {
  readonly counts: Float64Array = new Float64Array(bounds.length + 1);

  add(seconds: number): void {
    let at = 0;
    while (at < bounds.length && seconds > (bounds[at] ?? 0)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
  }
}

/** The quantile of what came between two counts, in seconds: within its bucket as if all there were evenly spread. 0: nothing came. */
export function quantileBetween(before: Float64Array, after: Float64Array, quantile: number): number {
  const counts = after.map((count, at) => count - (before[at] ?? 0));
  const wanted = quantile * counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const [at, count] of counts.entries()) {
    if (count === 0 || sum + count < wanted) {
      sum += count;
      continue;
    }
    const [lower, upper] = [bounds[at - 1] ?? 0, bounds[at] ?? bounds[bounds.length - 1] ?? 0];
    return lower + (upper - lower) * (wanted - sum) / count;
  }
  return 0;
}
