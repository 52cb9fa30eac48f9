/**
 * What it means to hold a million publications, in each store: how long they take to come, what each weighs, how a PUBLISH fares
 * meanwhile, and how soon the server answers again after kill -9.
 * Run: npm run bench:million -- [--count 1000000] [--stores ram,lmdb disk,lmdb process,redis] [--rate 2000] [--seconds 10]
 */
import { parseArgs } from 'node:util';
import { ours } from '../contenders.mts';
import { Load, type Outcome } from './load.mts';
import { stores, type Place } from './stores.mts';

const { values } = parseArgs({ options: {
  count: { type: 'string', default: '1000000' }, stores: { type: 'string', default: Object.keys(stores).join() },
  rate: { type: 'string', default: '2000' }, seconds: { type: 'string', default: '10' },
} });
const [count, rate, seconds] = [values.count, values.rate, values.seconds].map(Number) as [number, number, number];
const names = values.stores.split(',');
const unknown = names.find((name) => stores[name] === undefined);
if (unknown !== undefined || !(count > 0 && rate > 0 && seconds > 0)) {
  console.error(unknown === undefined ? '--count, --rate and --seconds are numbers above 0' : `--stores: '${unknown}' is none of ${Object.keys(stores).join(', ')}`);
  process.exit(1);
}

console.log(`| store | fill s | PUBLISH/s | fill p99 ms | fill CPU-s per 10k | bytes each | p50 ms at ${rate}/s | p99 ms | worst ms | ready after kill ms | first answer ms | p99 ms after it | not answered 200 |`);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const name of names) {
  const place = await stores[name]!();
  try {
    console.log(`| ${[name, ...await row(name, place)].join(' | ')} |`);
  } finally {
    await place.remove();
  }
}

async function row(name: string, place: Place): Promise<readonly string[]> {
  const options = { sip_event_compositor_max_publications: count + 1000, ...place.options };
  const start = async (): ReturnType<ReturnType<typeof ours>['start']> => ours().start({ transport: 'udp', store: 'ram' }, options);
  const tags = Load.tagsOf(count);
  const { server, port } = await start();
  const before = await place.weigh(server);
  let load = await Load.open(port, tags);
  const cpu = server.cpu();
  const fill = await load.fill(200, (done) => { if (done % 100_000 === 0) console.error(`${name}: ${done} of ${count}`); });
  const cost = ((server.cpu() - cpu) / count) * 10_000;
  const bytes = (await place.weigh(server) - before) / count;
  const full = await load.refresh(rate, seconds);
  load.close();
  await server.stop();
  const filled = [fill.seconds.toFixed(1), String(Math.round(fill.ok / fill.seconds)), ms(fill.p99), cost.toFixed(3), String(Math.round(bytes)), ms(full.p50), ms(full.p99), ms(full.worst)];
  if (!place.lasts) return [...filled, '-', '-', '-', faults(fill, full)];

  const began = performance.now();
  const again = await start();
  const ready = performance.now() - began;
  load = await Load.open(again.port, tags);
  const first = await load.firstAnswer(began);
  const after = await load.refresh(rate, seconds);
  load.close();
  await again.server.stop();
  return [...filled, ms(ready), ms(first), ms(after.p99), faults(fill, full, after)];
}

function faults(...outcomes: readonly Outcome[]): string {
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return `${sum(({ refused }) => refused)} refused, ${sum(({ lost }) => lost)} lost, ${sum(({ repeated }) => repeated)} repeated`;
}

function ms(time: number): string {
  return time.toFixed(time < 10 ? 2 : 0);
}
