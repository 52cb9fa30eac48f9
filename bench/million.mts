/**
 * What it means to hold a million publications, in each store: how long they take to come, what each weighs, how a PUBLISH fares when
 * all are there, and how soon the server answers again after kill -9.
 * Run: npm run bench:million -- [--count 1000000] [--stores 'ram,lmdb disk,lmdb process,redis'] [--rate 2000] [--seconds 10]
 */
import { parseArgs } from 'node:util';
import { ours, type Running } from './contenders.mts';
import { Generator } from './generator.mts';
import { measurePhase } from './measure.mts';
import { places, type Place } from './million-places.mts';
import { endServersOnSignals, failed, progress } from './program.mts';
import type { Sample } from './samples.mts';
import { lineOf, notes, table, text } from './table.mts';

const server = ours();
const { window } = server;
/** A prime: publications are taken from all over the store, each as often as any other. */
const STRIDE = 7919;

/** What the row of the moment was measured from. */
const taken: Sample[] = [];

interface Order {
  readonly count: number;
  readonly names: readonly string[];
  readonly rate: number;
  readonly seconds: number;
}

endServersOnSignals();
try {
  const order = orderOf(process.argv.slice(2));
  const rows: (readonly string[])[] = [];
  for (const name of order.names) rows.push(await rowOf(name, order));
  console.log(table(['store', 'fill s', 'PUBLISH/s', 'CPU-s/10k', 'gap ms', 'bytes each', 'p50 ms', 'p99 ms', 'ready after s', 'first answer after s', 'p99 ms then', 'notes'], rows));
} catch (error) {
  failed(error);
}

function orderOf(args: readonly string[]): Order {
  const option = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({ args: [...args], options: { count: option('1000000'), stores: option(Object.keys(places).join()), rate: option('2000'), seconds: option('10') } });
  const names = values.stores.split(',');
  const unknown = names.find((name) => places[name] === undefined);
  if (unknown !== undefined) throw new Error(`--stores: '${unknown}' is none of ${Object.keys(places).join(', ')}.`);
  const [count = 0, rate = 0, seconds = 0] = [values.count, values.rate, values.seconds].map(Number);
  if (!(count > 0 && rate > 0 && seconds > 0)) throw new Error('--count, --rate and --seconds are numbers above 0.');
  return { count, names, rate, seconds };
}

async function rowOf(name: string, order: Order): Promise<readonly string[]> {
  const place = await places[name]!();
  try {
    using generator = await Generator.open({ port: 9 }, 'udp', order.count);
    const filled = await filling(name, place, order, generator);
    return [name, ...filled, ...(place.lasts ? await comingBack(name, place, order, generator) : ['-', '-', '-']), notes(taken.splice(0)).join(', ')];
  } finally {
    await place.remove();
  }
}

async function filling(name: string, place: Place, order: Order, generator: Generator): Promise<readonly string[]> {
  const running = await started(place, order);
  try {
    await generator.connect(running);
    const empty = await place.weigh(running);
    await running.server.ask('watch');
    const fill = note(await measurePhase(running, generator, { kind: 'initial', count: order.count, window }, labelOf(name)));
    const { gap } = await running.server.ask('usage');
    const bytes = (await place.weigh(running) - empty) / order.count;
    const { p50, p99 } = await steady(name, running, order, generator);
    const { cpu, rate = NaN } = fill.figures;
    return [text(order.count / rate, 1), text(rate, 0), text(cpu, 3), text(gap, 1), text(bytes, 0), text(p50, 2), text(p99, 2)];
  } finally {
    await running.server.stop();
  }
}

async function comingBack(name: string, place: Place, order: Order, generator: Generator): Promise<readonly string[]> {
  const began = performance.now();
  const seconds = (): string => text((performance.now() - began) / 1000, 2);
  const running = await started(place, order);
  try {
    const ready = seconds();
    await generator.connect(running);
    const { wrong } = await generator.run({ kind: 'refresh', count: 1, window: 1 });
    const first = seconds();
    if (wrong.size > 0) throw new Error(`After the restart a refresh was answered ${[...wrong.keys()].join()}.`);
    return [ready, first, text((await steady(name, running, order, generator)).p99, 2)];
  } finally {
    await running.server.stop();
  }
}

/** Refreshes of publications here and there, so many a second. */
async function steady(name: string, running: Running, { count, rate, seconds }: Order, generator: Generator): Promise<Sample['figures']> {
  const publication = (index: number): number => (index * STRIDE) % count;
  return note(await measurePhase(running, generator, { kind: 'refresh', count: rate * seconds, rate, window, publication }, labelOf(name))).figures;
}

function started(place: Place, { count }: Order): Promise<Running> {
  return server.start({ transport: 'udp', store: 'ram' }, { sip_event_compositor_max_publications: count + 1000, ...place.options });
}

function note(sample: Sample): Sample {
  taken.push(sample);
  progress(lineOf(sample));
  return sample;
}

function labelOf(where: string): Pick<Sample, 'server' | 'where' | 'round'> {
  return { server: server.name, where, round: 0 };
}
