/** What `npm run bench:scale` is asked for. */
import { parseArgs } from 'node:util';
import { stores } from './scale-figures.mts';
import type { Order } from './scale-model.mts';
import { transports } from './transports.mts';

export const usage = `Usage: npm run bench:scale -- [options]

How much a deployment needs, reckoned from the figures in bench/scale-figures.json. Numbers may have k, M or G, and /s behind them.

  --publications N    stored at a time; 0
  --watchers N        subscriptions at a time; 0
  --registrations N   registered addresses; 0
  --changes R         publications that change in a second; 0
  --clients N         devices, which have a connection each unless over UDP; the most of publications and registrations
  --store NAME        ${stores.join(', ')}; ram
  --transport NAME    ${transports.join(', ')}; udp
  --expires S         lifetime of a publication, seconds; 3600
  --watch-expires S   of a subscription; 600
  --register-expires S  of a registration; 3600
  --refresh-at X      share of a lifetime after which it is refreshed; 0.86
  --restarts X        times a day that everything ends and begins anew; 1
  --skew X            standard deviation of the number of watchers of an address, divided by its mean; 1
  --crowd N           watchers of the address that most people watch: how long until all of them know of a change
  --utilisation X     share of a core and of memory that may be in use; 0.6
  --cores N           of a node; 8
  --process-memory B  of a process at most; 4G
  --shard-memory B    of a Redis at most; 16G
  --process-connections N  of a process at most; 20k
  --spare N           nodes that may fail at a time; 1
  --replicas N        of each Redis; 1
  --json              prints the plan as JSON
  --help              prints this

  --measure           measures the figures anew and writes them to bench/scale-figures.json, in a few minutes
    --count N         times that each operation is done; 20k
    --weigh N         publications, watchers and registrations that are weighed; 100k
    --settle S        seconds before memory is weighed, for transactions to end (32 s); 40
    --to FILE         where they are written
  --check             compares what is reckoned with what is measured, at 10,000 and 100,000 publications, with as many watchers
    --million         and at a million
    --sizes LIST      at these instead
    --seconds S       for which each is under load; 10
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const parsed = (args: readonly string[]) => parseArgs({
  args: [...args], allowPositionals: false,
  options: {
    'publications': text, 'watchers': text, 'registrations': text, 'changes': text, 'clients': text, 'store': text, 'transport': text, 'expires': text, 'watch-expires': text,
    'register-expires': text, 'refresh-at': text, 'restarts': text, 'skew': text, 'crowd': text, 'utilisation': text, 'cores': text, 'process-memory': text, 'shard-memory': text,
    'process-connections': text, 'spare': text, 'replicas': text, 'json': flag, 'help': flag,
    'measure': flag, 'count': text, 'weigh': text, 'settle': text, 'to': text, 'check': flag, 'million': flag, 'sizes': text, 'seconds': text,
  },
}).values;
export type Values = ReturnType<typeof parsed>;

/** Throws on an option that does not exist. */
export const readArguments = parsed;

/** Throws if a value is none. */
export function orderOf(values: Values): Order {
  const amount = (name: keyof Values, usual: number): number => amountOf(name, values[name], usual);
  const [publications, watchers, registrations] = [amount('publications', 0), amount('watchers', 0), amount('registrations', 0)];
  return {
    publications, watchers, registrations, changes: amount('changes', 0), clients: amount('clients', Math.max(publications, registrations)),
    store: oneOf('store', values.store, stores, 'ram'), transport: oneOf('transport', values.transport, transports, 'udp'),
    publicationExpires: above('expires', amount('expires', 3600)), subscriptionExpires: above('watch-expires', amount('watch-expires', 600)),
    registrationExpires: above('register-expires', amount('register-expires', 3600)), refreshAt: share('refresh-at', amount('refresh-at', 0.86)),
    restarts: amount('restarts', 1), skew: amount('skew', 1), crowd: amount('crowd', 0),
    utilisation: share('utilisation', amount('utilisation', 0.6)), cores: above('cores', amount('cores', 8)),
    processMemory: above('process-memory', amount('process-memory', 4e9)), shardMemory: above('shard-memory', amount('shard-memory', 16e9)),
    connectionsPerProcess: above('process-connections', amount('process-connections', 20_000)), spare: amount('spare', 1), replicas: amount('replicas', 1),
  };
}

/** 10M is ten million, 5000/s is 5000. */
export function amountOf(option: string, given: string | boolean | undefined, usual: number): number {
  if (given === undefined) return usual;
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kMG]?)(?:\/s)?$/.exec(String(given)) ?? [];
  if (digits === undefined) throw new Error(`--${option}: ${given} is no number, such as 5000, 1.5M or 200/s.`);
  return Number(digits) * ({ k: 1e3, M: 1e6, G: 1e9 }[unit] ?? 1);
}

function oneOf<Name extends string>(option: string, given: string | undefined, allowed: readonly Name[], usual: Name): Name {
  const found = given === undefined ? usual : allowed.find((name) => name === given);
  if (found === undefined) throw new Error(`--${option}: there is no ${JSON.stringify(given)}, but ${allowed.join(', ')}.`);
  return found;
}

function above(option: string, value: number): number {
  if (value <= 0) throw new Error(`--${option} must be more than 0.`);
  return value;
}

function share(option: string, value: number): number {
  if (value <= 0 || value > 1) throw new Error(`--${option}: ${value} is not between 0 and 1.`);
  return value;
}
