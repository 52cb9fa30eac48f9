/** How far what was reckoned is from what was measured, and what becomes of that where nothing was measured. */

export interface Compared {
  /** Publications. */
  readonly size: number;
  readonly what: string;
  readonly unit: 'cores' | 'bytes';
  readonly predicted: number;
  readonly measured: number;
}

export interface Continued {
  readonly size: number;
  readonly what: string;
  /** What would be measured, by what is predicted. */
  readonly ratio: number;
}

/**
 * A guess, and nothing where there is only one size. Of cores: the error goes on as from the smallest to the largest size, with every factor of ten. Of
 * bytes: what they became more from the one to the other, for what a process takes by itself counts for less and less.
 */
export function continued(all: readonly Compared[], size: number): readonly Continued[] {
  return [...new Set(all.map(({ what }) => what))].flatMap((what) => {
    const its = all.filter((one) => one.what === what).toSorted((one, other) => one.size - other.size);
    const [first, last] = [its[0], its.at(-1)];
    if (first === undefined || last === undefined || last.size <= first.size || last.size >= size) return [];
    const [from, to] = [first.measured / first.predicted, last.measured / last.predicted];
    const ratio = last.unit === 'bytes'
      ? (last.measured - first.measured) / (last.predicted - first.predicted)
      : to + (to - from) * Math.log10(size / last.size) / Math.log10(last.size / first.size);
    return [{ size, what, ratio: Math.max(0, ratio) }];
  });
}

/** Of what is measured by what is predicted: +10 % where there was more. */
export function errorText(ratio: number): string {
  const percent = Math.round(100 * (ratio - 1));
  return `${percent > 0 ? '+' : ''}${percent} %`;
}
