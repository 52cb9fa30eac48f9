/** What `npm run bench:admin` is asked for. */
import { parseArgs } from 'node:util';
import { numberOf, secondsOf } from './plan.mts';

export interface AdminPlan {
  readonly rounds: number;
  /** Publications that are stored. */
  readonly count: number;
  /** PUBLISH requests a second, and seconds. */
  readonly rate: number;
  readonly seconds: number;
  /** Readers of events, and loops that list everything. */
  readonly readers: number;
  readonly listings: number;
}

export const usage = `Usage: npm run bench:admin -- [options]

What the operator's desk costs: PUBLISH requests at a fixed rate, with and without readers of its events and somebody who lists everything in a loop, in
turn. The CPU time of the server for a request, and how long its event loop stands still at most.

  --rounds N        of each, in turn; 10
  --count N         publications; 50000
  --rate N          PUBLISH requests a second; 2000
  --seconds N       for which they are sent; 10
  --readers N       readers of events; 20
  --listings N      loops that list everything; 1
  --help            prints this
`;

/** Undefined if it is help that is asked for. */
export function adminPlanOf(args: readonly string[]): AdminPlan | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], allowPositionals: false, options: { rounds: text, count: text, rate: text, seconds: text, readers: text, listings: text, help: { type: 'boolean' } } });
  if (values.help === true) return undefined;
  return {
    rounds: numberOf('rounds', values.rounds, 10), count: numberOf('count', values.count, 50_000), rate: numberOf('rate', values.rate, 2000),
    seconds: secondsOf('seconds', values.seconds, 10), readers: numberOf('readers', values.readers, 20), listings: numberOf('listings', values.listings, 1),
  };
}
