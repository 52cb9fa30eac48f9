/** What one publication, watcher, registration and finished transaction weighs. */
import { setTimeout as wait } from 'node:timers/promises';
import { evenAudience } from './audience.mts';
import { Generator } from './generator.mts';
import { progress } from './program.mts';
import { RegisterGenerator } from './register-measure.mts';
import type { Store } from './scale-figures.mts';
import { ScaleServer } from './scale-server.mts';
import { WatchGenerator } from './watch-generator.mts';

const WINDOW = 200;
const EACH = 5;
/** Until the code is compiled and the heap has its size. */
const WARM = 10_000;

/** Bytes by the name of the figure, with the state in RAM. */
export async function weighProcess(count: number, settle: number): Promise<ReadonlyMap<string, number>> {
  await using server = await ScaleServer.start('ram', 'udp');
  const { running } = server;
  using watchers = await WatchGenerator.open(running, evenAudience(count, EACH), 10);
  using phones = await RegisterGenerator.open(running);
  const addresses = Math.ceil(count / EACH);
  using publisher = await Generator.open(running, 'udp', addresses + count);
  const publication = (index: number): number => addresses + index;
  // Of the process: what the heap of Node.js counts has pages in it that nothing was ever written to.
  const weigh = async (): Promise<number> => {
    await running.server.collected();
    return running.server.bytes();
  };
  const settled = async (): ReturnType<typeof weigh> => {
    progress(`${settle} s until memory is weighed`);
    await wait(1000 * settle);
    return await weigh();
  };
  const warm = { count: Math.min(count, WARM), window: WINDOW };
  for (const kind of ['initial', 'refresh', 'modify', 'remove'] as const) await publisher.run({ kind, ...warm, publication });
  await watchers.run({ kind: 'publish', count: addresses, window: WINDOW });
  for (const kind of ['subscribe', 'resubscribe', 'notify', 'unsubscribe'] as const) await watchers.run({ kind, ...warm });
  for (const kind of ['register', 'reregister', 'unregister'] as const) await phones.run({ kind, ...warm });
  const empty = await settled();
  await publisher.run({ kind: 'initial', count, window: WINDOW, publication });
  const answered = await weigh();
  const published = await settled();
  await phones.run({ kind: 'register', count, window: WINDOW });
  const registered = await settled();
  // Last: they are in the heap, which does not become smaller soon.
  await watchers.run({ kind: 'subscribe', count, window: WINDOW });
  const watched = await settled();
  const each = (after: number, before: number): number => Math.max(0, after - before) / count;
  return told(new Map([
    ['memory/publication/ram', each(published, empty)],
    ['memory/transaction', each(answered, published)],
    ['memory/watcher', each(watched, registered)],
    ['memory/registration/ram', each(registered, published)],
    ['memory/process', empty - addresses * each(published, empty)],
  ]));
}

/** Bytes in the store. */
export async function weighStore(store: Exclude<Store, 'ram'>, count: number): Promise<ReadonlyMap<string, number>> {
  await using server = await ScaleServer.start(store, 'udp');
  using publisher = await Generator.open(server.running, 'udp', count);
  using phones = await RegisterGenerator.open(server.running);
  const empty = await server.stored();
  await publisher.run({ kind: 'initial', count, window: WINDOW });
  const published = await server.stored();
  await phones.run({ kind: 'register', count, window: WINDOW });
  const registered = await server.stored();
  return told(new Map([[`store/publication/${store}`, (published - empty) / count], [`store/registration/${store}`, (registered - published) / count]]));
}

function told(bytes: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  for (const [name, value] of bytes) progress(`${name}: ${value.toPrecision(4)}`);
  return bytes;
}
