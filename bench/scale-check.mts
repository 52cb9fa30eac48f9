/** `npm run bench:scale -- --check`: what is reckoned beside what is measured. */
import { setTimeout as wait } from 'node:timers/promises';
import { evenAudience, type Audience } from './audience.mts';
import { addedUp, type Traffic } from './channel.mts';
import type { Outcome, Pace } from './course.mts';
import { Generator, scattered } from './generator.mts';
import { progress } from './program.mts';
import { costOf } from './scale-cost.mts';
import { continued, errorText, type Compared } from './scale-error.mts';
import type { Figures } from './scale-figures.mts';
import { planFor, type Order, type Plan } from './scale-model.mts';
import { ScaleServer } from './scale-server.mts';
import { sized } from './scale-text.mts';
import { table, text } from './table.mts';
import type { Transport } from './transports.mts';
import { WatchGenerator } from './watch-generator.mts';

export interface CheckPlan {
  /** Store, transport, and how many watchers there are for each publication. */
  readonly order: Order;
  /** Publications. */
  readonly sizes: readonly number[];
  /** For which each is under load. */
  readonly seconds: number;
  /** Seconds until finished transactions are forgotten, before memory is weighed. */
  readonly settle: number;
}

const WINDOW = 200;
/** Watchers of each address that is watched. */
const EACH = 5;
const CONNECTIONS = 200;
/** Cores that the server should be busy with. */
const BUSY = 0.5;
/** Of a hundred refreshes of publications, so many changes and SUBSCRIBEs there are. */
const MIX = { changes: 0.2, resubscribe: 0.5 };

/** A table. */
export async function checkAll(plan: CheckPlan, figures: Figures): Promise<string> {
  const all: Compared[] = [];
  for (const size of plan.sizes) {
    const compared = await check(plan, size, figures);
    for (const one of compared) progress(`${text(one.size, 0)}, ${one.what}: ${shown(one, one.predicted)} predicted, ${shown(one, one.measured)} measured`);
    all.push(...compared);
  }
  const further = [10e6, 100e6].flatMap((size) => continued(all, size));
  return table(['publications', 'what', 'predicted', 'measured', 'error'], [
    ...all.map((one) => [text(one.size, 0), one.what, shown(one, one.predicted), shown(one, one.measured), errorText(one.measured / one.predicted)]),
    ...further.map(({ size, what, ratio }) => [text(size, 0), what, '-', '-', `${errorText(ratio)}, if it goes on so`]),
  ]);
}

async function check({ order, seconds, settle }: CheckPlan, size: number, figures: Figures): Promise<readonly Compared[]> {
  const watchers = Math.ceil(size * (order.publications === 0 ? 1 : order.watchers / order.publications));
  const [idle, loaded] = [planFor(orderFor(order, size, watchers, 0), figures), planFor(busyOrder(order, size, watchers, figures), figures)];
  await using server = await ScaleServer.start(order.store, order.transport);
  using crowd = await Crowd.open(server, order.transport, size, watchers);
  const empty = await server.stored();
  progress(`${text(size, 0)} publications and ${text(watchers, 0)} watchers come`);
  await crowd.publish();
  const stored = await server.stored() - empty;
  await crowd.subscribe();
  await wait(1000 * settle);
  await server.running.server.collected();
  const bytes = server.running.server.bytes();
  await crowd.load(loaded.rates, 2);
  // For a second of work: a machine that is busy with other things may take longer for it, but no more.
  const cost = await costOf(server, crowd, 1e6 * seconds, () => crowd.load(loaded.rates, seconds));
  const compared = (what: string, unit: Compared['unit'], predicted: number | undefined, measured: number): readonly Compared[] => predicted === undefined ? [] : [{ size, what, unit, predicted, measured }];
  return [
    ...compared('busy cores', 'cores', loaded.busyCores, cost.cpu),
    ...compared('memory of the process', 'bytes', idle.processBytes, bytes),
    ...compared('in the store', 'bytes', storedIn(idle), stored),
    ...compared('busy cores of Redis', 'cores', loaded.redis?.busyCores, cost.redisCpu),
  ];
}

/** Who publishes and watches: half of the watchers are told of changes, the others refresh their subscriptions; each half watches addresses of its own. */
class Crowd implements Disposable {
  private constructor(
    private readonly addresses: number, private readonly others: number,
    private readonly publisher: Generator, private readonly told: WatchGenerator, private readonly refreshing: WatchGenerator,
  ) {}

  static async open({ running }: ScaleServer, transport: Transport, size: number, watchers: number): Promise<Crowd> {
    const addresses = Math.ceil(watchers / 2 / EACH);
    if (2 * addresses >= size) throw new Error(`At most ${EACH} watchers for each publication can be checked.`);
    const connections = transport === 'udp' ? 1 : CONNECTIONS;
    const publisher = new Generator(transport, size, 1, connections);
    await publisher.connect(running);
    const audience = evenAudience(addresses * EACH, EACH);
    const told = await WatchGenerator.open(running, audience, connections, transport);
    return new Crowd(addresses, size - 2 * addresses, publisher, told, await WatchGenerator.open(running, behind(addresses, audience), connections, transport));
  }

  async publish(): Promise<void> {
    const { addresses, others } = this;
    await this.publisher.run({ kind: 'initial', count: others, window: WINDOW, publication: (index) => 2 * addresses + index });
    await this.told.run({ kind: 'publish', count: addresses, window: WINDOW });
    await this.refreshing.run({ kind: 'publish', count: addresses, window: WINDOW, among: { from: addresses, count: addresses } });
  }

  async subscribe(): Promise<void> {
    for (const generator of [this.told, this.refreshing]) await generator.run({ kind: 'subscribe', count: this.addresses * EACH, window: WINDOW });
  }

  /** All three at once, for so many seconds. */
  async load({ refresh, modify, resubscribe }: Plan['rates'], seconds: number): Promise<Pick<Outcome, 'wrong'>> {
    const pace = (rate: number): Pace => ({ count: Math.ceil(rate * seconds), rate, window: WINDOW });
    const outcomes = await Promise.all([
      this.publisher.run({ kind: 'refresh', ...pace(refresh), publication: (index) => 2 * this.addresses + scattered(index, this.others) }),
      this.told.run({ kind: 'notify', ...pace(modify) }),
      this.refreshing.run({ kind: 'resubscribe', ...pace(resubscribe) }),
    ]);
    return { wrong: new Map(outcomes.flatMap(({ wrong }) => [...wrong])) };
  }

  traffic(): Traffic {
    return addedUp([this.publisher, this.told, this.refreshing]);
  }

  [Symbol.dispose](): void {
    for (const generator of [this.publisher, this.told, this.refreshing]) generator[Symbol.dispose]();
  }
}

/** One process that is limited by nothing. */
function orderFor(order: Order, publications: number, watchers: number, changes: number): Order {
  return {
    ...order, publications, watchers, changes, registrations: 0, clients: order.transport === 'udp' ? 0 : 3 * CONNECTIONS, restarts: 0, utilisation: 1, processMemory: 1e15, connectionsPerProcess: 1e9,
    publicationExpires: 1e12, subscriptionExpires: 1e12,
    // So that an address that changes has EACH watchers.
    skew: watchers === 0 ? 0 : Math.sqrt(EACH * publications / watchers - 1),
  };
}

/** The rates of the mix with which the model says that the server is as busy as it should be. */
function busyOrder(order: Order, publications: number, watchers: number, figures: Figures): Order {
  const at = (rate: number): Order => ({
    ...orderFor(order, publications, watchers, watchers === 0 ? 0 : MIX.changes * rate),
    publicationExpires: publications / (rate * order.refreshAt), subscriptionExpires: watchers === 0 ? 1 : watchers / (MIX.resubscribe * rate * order.refreshAt),
  });
  return at(BUSY / planFor(at(1), figures).busyCores);
}

/** The same audience of addresses that come after so many others. */
function behind(first: number, audience: Audience): Audience {
  return {
    watchers: audience.watchers, addresses: first + audience.addresses,
    addressOf: (watcher) => first + audience.addressOf(watcher), watchersOf: (address) => address < first ? 0 : audience.watchersOf(address - first),
  };
}

function storedIn({ redis, disk }: Plan): number | undefined {
  return redis?.bytes ?? disk?.bytes;
}

function shown({ unit }: Compared, value: number): string {
  return unit === 'bytes' ? sized(value) : text(value, 3);
}
