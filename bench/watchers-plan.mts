/** What `npm run bench:watchers` is asked for. */
import { parseArgs } from 'node:util';
import { numberOf, secondsOf } from './plan.mts';

export interface WatchersPlan {
  readonly count: number;
  /** Watchers of the one address. */
  readonly crowd: number;
  /** Watchers of each other address. */
  readonly each: number;
  /** Of the one address. */
  readonly changes: number;
  /** NOTIFYs a second, and seconds, for latency. */
  readonly rate: number;
  readonly seconds: number;
  /** Seconds until finished transactions are forgotten, before memory is weighed. */
  readonly settle: number;
}

export const usage = `Usage: npm run bench:watchers -- [options]

Many watchers at one server: how fast they come, how soon all know of a change, how long the event loop stands still meanwhile, what each
weighs, and whether that memory comes back when they end.

  --count N         watchers; 100000
  --crowd N         of them, who all watch one address; a tenth
  --each N          watchers of each other address; 10
  --changes N       of the one address; 20
  --rate N          NOTIFYs a second for latency; 2000
  --seconds N       for which they are sent; 10
  --settle N        seconds before memory is weighed, for transactions to end (32 s); 50
  --help            prints this
`;

/** Undefined if it is help that is asked for. */
export function watchersPlanOf(args: readonly string[]): WatchersPlan | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args], allowPositionals: false,
    options: { count: text, crowd: text, each: text, changes: text, rate: text, seconds: text, settle: text, help: { type: 'boolean' } },
  });
  if (values.help === true) return undefined;
  const count = numberOf('count', values.count, 100_000);
  const crowd = numberOf('crowd', values.crowd, Math.ceil(count / 10));
  if (crowd >= count) throw new Error(`--crowd: ${crowd} must be fewer than --count ${count}.`);
  return {
    count, crowd,
    each: numberOf('each', values.each, 10),
    changes: numberOf('changes', values.changes, 20),
    rate: numberOf('rate', values.rate, 2000),
    seconds: secondsOf('seconds', values.seconds, 10),
    settle: secondsOf('settle', values.settle, 50),
  };
}
