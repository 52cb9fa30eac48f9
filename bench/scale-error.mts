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

/** As from the smallest to the largest size, so on with every factor of ten: a guess, and nothing where there is only one size. */
export function continued(all: readonly Compared[], size: number): readonly Continued[] {
  return [...new Set(all.map(({ what }) => what))].flatMap((what) => {
    const its = all.filter((one) => one.what === what).toSorted((one, other) => one.size - other.size);
    const [first, last] = [its[0], its.at(-1)];
    if (first === undefined || last === undefined || last.size <= first.size || last.size >= size) return [];
    const [from, to] = [first.measured / first.predicted, last.measured / last.predicted];
    const ratio = to + (to - from) * Math.log10(size / last.size) / Math.log10(last.size / first.size);
    return [{ size, what, ratio: Math.max(0, ratio) }];
  });
}

/** Of what is measured by what is predicted: +10 % where there was more. */
export function errorText(ratio: number): string {
  const percent = Math.round(100 * (ratio - 1));
  return `${percent > 0 ? '+' : ''}${percent} %`;
}
