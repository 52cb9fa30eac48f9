/** What it means to hold a million publications, in each store: `npm run bench:million`. What its table says stands in README.md. */
import { parseArgs } from 'node:util';
import { ours, type Running } from './contenders.mts';
import { Generator, scattered } from './generator.mts';
import { measurePhase } from './measure.mts';
import { placeNames, places, type Place, type PlaceName } from './million-places.mts';
import { listOf, numberOf } from './plan.mts';
import { endServersOnSignals, failed, progress } from './program.mts';
import type { Sample } from './samples.mts';
import { lineOf, notes, table, text } from './table.mts';

const usage = `Usage: npm run bench:million -- [options]

Publications in each store: how long they take to come, what each weighs, how a PUBLISH fares when all are there, and how soon the
server answers again after kill -9.

  --stores LIST     of ${placeNames.join(', ')}; the default is all
  --count N         publications; 1000000
  --rate N          refreshes a second for latency; 2000
  --seconds N       for which they are sent; 10
  --help            prints this
`;

interface Order {
  readonly stores: readonly PlaceName[];
  readonly count: number;
  readonly rate: number;
  readonly seconds: number;
}

const server = ours();
const { window } = server;

/** One store, filled, and found again by the server that follows the one that filled it. */
class Row {
  readonly #samples: Sample[] = [];

  constructor(private readonly name: PlaceName, private readonly place: Place, private readonly order: Order, private readonly generator: Generator) {}

  async cells(): Promise<readonly string[]> {
    const filled = await this.#during((running) => this.#fill(running));
    const again = this.place.lasts ? await this.#during((running, began) => this.#comeBack(running, began)) : ['-', '-', '-'];
    return [this.name, ...filled, ...again, notes(this.#samples).join(', ')];
  }

  async #fill(running: Running): Promise<readonly string[]> {
    const { count } = this.order;
    const empty = await this.place.weigh(running);
    await running.server.ask('watch');
    const { cpu, rate = NaN } = await this.#measure(running, { kind: 'initial', count, window });
    const { gap } = await running.server.ask('usage');
    const bytes = (await this.place.weigh(running) - empty) / count;
    const { p50, p99 } = await this.#refresh(running);
    return [text(count / rate, 1), text(rate, 0), text(cpu, 3), text(gap, 1), text(bytes, 0), text(p50, 2), text(p99, 2)];
  }

  async #comeBack(running: Running, began: number): Promise<readonly string[]> {
    const ready = secondsSince(began);
    const { wrong } = await this.generator.run({ kind: 'refresh', count: 1, window: 1 });
    const first = secondsSince(began);
    if (wrong.size > 0) throw new Error(`${this.name}: after the restart a refresh was answered ${[...wrong.keys()].join()}.`);
    return [ready, first, text((await this.#refresh(running)).p99, 2)];
  }

  /** While a server runs, which is killed then. `began`: when it was started, by performance.now(). */
  async #during<T>(task: (running: Running, began: number) => Promise<T>): Promise<T> {
    const began = performance.now();
    const running = await server.start({ transport: 'udp', store: 'ram' }, { sip_event_compositor_max_publications: this.order.count + 1000, ...this.place.options });
    try {
      await this.generator.connect(running);
      return await task(running, began);
    } finally {
      await running.server.stop();
    }
  }

  /** Of publications here and there, so many a second. */
  #refresh(running: Running): Promise<Sample['figures']> {
    const { count, rate, seconds } = this.order;
    return this.#measure(running, { kind: 'refresh', count: rate * seconds, rate, window, publication: (index) => scattered(index, count) });
  }

  async #measure(running: Running, phase: Parameters<Generator['run']>[0]): Promise<Sample['figures']> {
    const sample = await measurePhase(running, this.generator, phase, { server: server.name, where: this.name, round: 0 });
    this.#samples.push(sample);
    progress(lineOf(sample));
    return sample.figures;
  }
}

endServersOnSignals();
try {
  const order = orderOf(process.argv.slice(2));
  if (order === undefined) console.log(usage);
  else console.log(table(['store', 'fill s', 'PUBLISH/s', 'CPU-s/10k', 'gap ms', 'bytes each', 'p50 ms', 'p99 ms', 'ready after s', 'first answer after s', 'p99 ms then', 'notes'], await rowsOf(order)));
} catch (error) {
  failed(error);
}

/** Undefined if it is help that is asked for. */
function orderOf(args: readonly string[]): Order | undefined {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { stores: option, count: option, rate: option, seconds: option, help: { type: 'boolean' } } });
  if (values.help === true) return undefined;
  return {
    stores: listOf('stores', values.stores, placeNames),
    count: numberOf('count', values.count, 1_000_000),
    rate: numberOf('rate', values.rate, 2000),
    seconds: numberOf('seconds', values.seconds, 10),
  };
}

async function rowsOf(order: Order): Promise<(readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  for (const name of order.stores) {
    using generator = new Generator('udp', order.count);
    const place = await places[name]();
    try {
      rows.push(await new Row(name, place, order, generator).cells());
    } finally {
      await place.remove();
    }
  }
  return rows;
}

function secondsSince(began: number): string {
  return text((performance.now() - began) / 1000, 2);
}
