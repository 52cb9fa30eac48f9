/** What `npm run bench` is asked for. */
import { parseArgs } from 'node:util';
import { stores, transports, type Place } from './contenders.mts';
import { kinds, type Kind } from './publish.mts';

const usualKinds = ['throughput', 'latency', 'memory', 'watch', 'register'] as const;
export const figureKinds = [...usualKinds, 'workers'] as const;
const serverNames = ['ours', 'floor', 'kamailio', 'npm-sip'] as const;

export interface Plan {
  readonly servers: readonly string[];
  readonly against: string | undefined;
  readonly operations: readonly Kind[];
  readonly places: readonly Place[];
  readonly rounds: number;
  /** Publications, watchers, or registrations. */
  readonly count: number;
  readonly measures: readonly (typeof figureKinds)[number][];
  /** Requests or NOTIFYs a second, and seconds, for latency. */
  readonly rate: number;
  readonly seconds: number;
  /** Seconds until finished transactions are forgotten, before memory is weighed. */
  readonly settle: number;
}

export const usage = `Usage: npm run bench -- [options]

Measures a compositor beside others in the same run, and prints a table. Lists are separated by commas.

  --servers LIST      of ${serverNames.join(', ')}; the default is all that are there
  --against REV       this checkout beside that commit instead, both built; servers then are the peers to measure as well
  --operations LIST   of ${kinds.join(', ')}; the default is all
  --transports LIST   of ${transports.join(', ')}; the default is all
  --stores LIST       of ${stores.join(', ')}; the default is all
  --only LIST         of ${figureKinds.join(', ')}; the default is all but workers. watch: SUBSCRIBE and NOTIFY,
                      register: REGISTER, both over UDP with the store in RAM. workers: two workers beside one process, over UDP with LMDB
  --rounds N          times that each server is started and measured; 3
  --count N           publications, and so requests of each operation; with watch, watchers; with register, addresses; 50000
  --rate N            requests a second for latency; with watch, NOTIFYs; 2000
  --seconds N         for which they are sent; 5
  --settle N          seconds before memory is weighed, for transactions to end (32 s); 50
  --help              prints this
`;

/** Undefined if it is help that is asked for. */
export function planOf(args: readonly string[]): Plan | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args], allowPositionals: false,
    options: {
      servers: text, against: text, operations: text, transports: text, stores: text, only: text,
      rounds: text, count: text, rate: text, seconds: text, settle: text, help: { type: 'boolean' },
    },
  });
  if (values.help === true) return undefined;
  const places = listOf('stores', values.stores, stores).flatMap((store) => listOf('transports', values.transports, transports).map((transport) => ({ transport, store })));
  return {
    servers: listOf('servers', values.servers, serverNames, values.against === undefined ? serverNames : []),
    against: values.against, places,
    operations: listOf('operations', values.operations, kinds),
    measures: listOf('only', values.only, figureKinds, usualKinds),
    rounds: numberOf('rounds', values.rounds, 3),
    count: numberOf('count', values.count, 50_000),
    rate: numberOf('rate', values.rate, 2000),
    seconds: secondsOf('seconds', values.seconds, 5),
    settle: secondsOf('settle', values.settle, 50),
  };
}

/** In the order of `allowed`. */
export function listOf<Name extends string>(option: string, given: string | undefined, allowed: readonly Name[], usual = allowed): readonly Name[] {
  if (given === undefined) return usual;
  const names = given.split(',');
  const unknown = names.find((name) => !allowed.some((one) => one === name));
  if (unknown !== undefined) throw new Error(`--${option}: there is no ${JSON.stringify(unknown)}, but ${allowed.join(', ')}.`);
  return allowed.filter((name) => names.includes(name));
}

export function numberOf(option: string, given: string | undefined, usual: number): number {
  const number = given === undefined ? usual : Number(given);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${option}: ${given} is no whole number of 1 or more.`);
  return number;
}

export function secondsOf(option: string, given: string | undefined, usual: number): number {
  const seconds = given === undefined ? usual : Number(given);
  if (!Number.isFinite(seconds) || seconds < 0) throw new Error(`--${option}: ${given} is no number of 0 or more.`);
  return seconds;
}
