/** `npm run bench:scale -- --measure`: what one operation costs, and what one thing weighs. */
import { setTimeout as wait } from 'node:timers/promises';
import { cpus, loadavg, release } from 'node:os';
import { evenAudience } from './audience.mts';
import { openChannels, type Traffic } from './channel.mts';
import type { Transport } from './contenders.mts';
import type { Outcome, Pace } from './course.mts';
import { Generator } from './generator.mts';
import { progress } from './program.mts';
import { registerKinds } from './register.mts';
import { RegisterGenerator } from './register-measure.mts';
import { costOf, difference, type Cost } from './scale-cost.mts';
import type { Figure, FiguresFile, Operation, Store } from './scale-figures.mts';
import { ScaleServer } from './scale-server.mts';
import { weighProcess, weighStore } from './scale-weigh.mts';
import { WatchGenerator } from './watch-generator.mts';
import { watchOperations } from './watch-measure.mts';

export interface MeasurePlan {
  /** Times that each operation is done for its CPU time. */
  readonly count: number;
  /** Publications, watchers and registrations that are weighed. */
  readonly weigh: number;
  /** Seconds until finished transactions are forgotten, before memory is weighed. */
  readonly settle: number;
}

/** Each transport with the state in RAM, and each store over UDP. */
const measured: readonly (readonly [Store, Transport])[] = [['ram', 'udp'], ['ram', 'tcp'], ['ram', 'tls'], ['ram', 'ws'], ['lmdb', 'udp'], ['redis', 'udp']];
/** Connections that requests go over in turn: with few, several of them would share a segment. */
const CONNECTIONS = 200;
/** Watchers of each address. */
const EACH = 5;
const WINDOW = 200;
/** Load average: the generator is always busy, and the server and its helpers make less than this of the rest. */
const QUIET = 3;

type Values = Map<string, Pick<Figure, 'value' | 'unit'>>;

export async function measureAll(plan: MeasurePlan, source: string): Promise<FiguresFile> {
  const values: Values = new Map();
  let load = 0;
  for (const [store, transport] of measured) {
    await using server = await ScaleServer.start(store, transport);
    for (const [operation, cost] of await operationsAt(server, transport, plan)) note(values, operation, store, transport, cost);
    if (transport !== 'udp') await noteConnections(values, server, transport);
    load = Math.max(load, loadavg()[0] ?? 0);
  }
  for (const [name, bytes] of await weighProcess(plan.weigh, plan.settle)) set(values, name, bytes, 'bytes');
  for (const store of ['lmdb', 'redis'] as const) for (const [name, bytes] of await weighStore(store, plan.weigh)) set(values, name, bytes, 'bytes');
  const date = new Date().toISOString().slice(0, 10);
  return {
    note: `Load average meanwhile: at most ${load.toFixed(1)}, on ${cpus().length} CPUs. ${load > QUIET ? 'Others worked here, so the CPU times are too high: measure again on a quiet machine.' : 'Nobody else worked here.'}`,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} CPUs, Linux ${release()}, Node.js ${process.versions.node}`,
    figures: Object.fromEntries([...values].map(([name, { value, unit }]) => [name, { value, unit, source, date }])),
  };
}

/**
 * At half the rate that the server can do, which it is asked for first: one that has more to do does more at a time, and each costs less; and it is not
 * meant to have more to do.
 */
async function operationsAt(server: ScaleServer, transport: Transport, { count }: MeasurePlan): Promise<ReadonlyMap<Operation, Cost>> {
  const connections = transport === 'udp' ? 1 : CONNECTIONS;
  const addresses = Math.ceil(count / EACH);
  using publisher = new Generator(transport, addresses + count, 1, connections);
  await publisher.connect(server.running);
  // Beyond the addresses that are watched.
  const publication = (index: number): number => addresses + index;
  const published = await halfBusy(server, publisher, ['initial', 'refresh', 'modify', 'remove'], () => count, (kind, pace) => publisher.run({ kind, ...pace, publication }));

  using watchers = await WatchGenerator.open(server.running, evenAudience(count, EACH), connections, transport);
  await watchers.run({ kind: 'publish', count: addresses, window: WINDOW });
  const watched = await halfBusy(server, watchers, watchOperations, (kind) => kind === 'notify' ? addresses : count, (kind, pace) => watchers.run({ kind, ...pace }));
  const [changed, alone] = [watched.get('notify'), published.get('modify')];
  if (changed !== undefined && alone !== undefined) watched.set('notify', difference(changed, alone, EACH));

  using phones = await RegisterGenerator.open(server.running, transport, connections);
  const registered = await halfBusy(server, phones, registerKinds, () => count, (kind, pace) => phones.run({ kind, ...pace }));
  return new Map<Operation, Cost>([...published, ...watched, ...registered]);
}

/** In their order: first as fast as it goes, then at half of that. */
async function halfBusy<Kind extends Operation>(
  server: ScaleServer, generator: { traffic(): Traffic }, kinds: readonly Kind[], countOf: (kind: Kind) => number, run: (kind: Kind, pace: Pace) => Promise<Outcome>,
): Promise<Map<Kind, Cost>> {
  const rates = new Map<Kind, number>();
  for (const kind of kinds) {
    const began = performance.now();
    await run(kind, { count: countOf(kind), window: WINDOW });
    rates.set(kind, 1000 * countOf(kind) / (performance.now() - began));
  }
  const costs = new Map<Kind, Cost>();
  for (const kind of kinds) {
    const pace = { count: countOf(kind), window: WINDOW, rate: (rates.get(kind) ?? 0) / 2 };
    costs.set(kind, await costOf(server, generator, pace.count, () => run(kind, pace)));
  }
  return costs;
}

function note(values: Values, operation: Operation, store: Store, transport: Transport, cost: Cost): void {
  progress(`${store} ${transport} ${operation}: ${cost.cpu.toFixed(1)} us of CPU, ${cost.in.toFixed(0)} bytes in, ${cost.out.toFixed(0)} out`);
  set(values, `cpu/${operation}/${store}/${transport}`, cost.cpu, 'us of CPU');
  if (store === 'ram') {
    set(values, `in/${operation}/${transport}`, cost.in, 'bytes');
    set(values, `out/${operation}/${transport}`, cost.out, 'bytes');
  }
  if (store === 'lmdb') set(values, `disk/${operation}/lmdb`, cost.disk, 'bytes');
  if (store !== 'redis') return;
  set(values, `redis-cpu/${operation}`, cost.redisCpu, 'us of CPU');
  set(values, `redis-commands/${operation}`, cost.redisCommands, 'commands');
  set(values, `redis-in/${operation}`, cost.redisIn, 'bytes');
  set(values, `redis-out/${operation}`, cost.redisOut, 'bytes');
}

/** Connections that are opened one after the other, and do nothing then. The memory of TLS is in no heap. */
async function noteConnections(values: Values, server: ScaleServer, transport: Transport): Promise<void> {
  const many = 1000;
  const weigh = async (): Promise<number> => {
    await server.running.server.collected();
    return server.running.server.bytes();
  };
  // The first ones come before, so that what they bring with them for all others is not theirs.
  const first = await openChannels(transport, server.running.port, CONNECTIONS, ignore, ignore);
  const empty = await weigh();
  let channel: Awaited<ReturnType<typeof openChannels>> | undefined;
  const generator = { traffic: () => channel?.traffic() ?? { sent: 0, received: 0 } };
  const cost = await costOf(server, generator, many, async () => {
    channel = await openChannels(transport, server.running.port, many, ignore, ignore);
    await wait(200);
    return { wrong: new Map() };
  });
  const bytes = (await weigh() - empty) / many;
  for (const open of [first, channel]) open?.close();
  progress(`${transport}: a connection costs ${cost.cpu.toFixed(0)} us of CPU and ${bytes.toFixed(0)} bytes`);
  set(values, `cpu/connect/${transport}`, cost.cpu, 'us of CPU');
  set(values, `in/connect/${transport}`, cost.in, 'bytes');
  set(values, `out/connect/${transport}`, cost.out, 'bytes');
  set(values, `memory/connection/${transport}`, Math.max(0, bytes), 'bytes');
}

function set(values: Values, name: string, value: number, unit: Figure['unit']): void {
  values.set(name, { value: Number(value.toPrecision(4)), unit });
}

function ignore(): void {
  // Nothing is sent over them.
}
