/** What `npm run bench:growth` is asked for. */
import { parseArgs } from 'node:util';
import { listOf, numberOf, secondsOf } from './plan.mts';

const parts = ['stored', 'crowded', 'expiry'] as const;

export interface GrowthPlan {
  readonly parts: readonly (typeof parts)[number][];
  /** Publications stored, rising. */
  readonly sizes: readonly number[];
  /** Publications of one address of record. */
  readonly perAor: readonly number[];
  readonly expiring: number;
  readonly count: number;
  readonly rate: number;
  readonly seconds: number;
}

export const usage = `Usage: npm run bench:growth -- [options]

How cost grows: with the publications that are stored, with those of one address of record, and when many are over at once.

  --only LIST       of ${parts.join(', ')}; the default is all
  --sizes LIST      publications stored; 1000,10000,100000,1000000,3000000
  --per-aor LIST    publications of one address of record; 1,10,100,1000
  --expiring N      publications that are over within one second; 1000000
  --count N         requests of each operation; 20000
  --rate N          requests a second for latency; 2000
  --seconds N       for which they are sent; 5
  --help            prints this
`;

/** Undefined if it is help that is asked for. */
export function growthPlanOf(args: readonly string[]): GrowthPlan | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args], allowPositionals: false,
    options: { only: text, sizes: text, 'per-aor': text, expiring: text, count: text, rate: text, seconds: text, help: { type: 'boolean' } },
  });
  if (values.help === true) return undefined;
  return {
    parts: listOf('only', values.only, parts),
    sizes: numbersOf('sizes', values.sizes, [1000, 10_000, 100_000, 1_000_000, 3_000_000]),
    perAor: numbersOf('per-aor', values['per-aor'], [1, 10, 100, 1000]),
    expiring: numberOf('expiring', values.expiring, 1_000_000),
    count: numberOf('count', values.count, 20_000),
    rate: numberOf('rate', values.rate, 2000),
    seconds: secondsOf('seconds', values.seconds, 5),
  };
}

/** Rising. */
function numbersOf(option: string, given: string | undefined, usual: readonly number[]): readonly number[] {
  if (given === undefined) return usual;
  return given.split(',').map((number) => numberOf(option, number, 0)).sort((one, other) => one - other);
}
