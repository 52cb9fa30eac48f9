/** How much a deployment needs, reckoned from what one operation costs: data in, a plan out. docs/deployment.md has the formulae. */
import { cpuOf, operations, valueOf, type Figures, type Operation, type Store } from './scale-figures.mts';
import type { Transport } from './transports.mts';

/** What is to be served, and how full it may become. Times are seconds, sizes bytes. */
export interface Order {
  readonly publications: number;
  readonly watchers: number;
  /** Addresses that are registered, with one contact each. */
  readonly registrations: number;
  /** Publications that change in a second. */
  readonly changes: number;
  /** Devices that have a connection each, unless over UDP. */
  readonly clients: number;
  readonly store: Store;
  readonly transport: Transport;
  readonly publicationExpires: number;
  readonly subscriptionExpires: number;
  readonly registrationExpires: number;
  /** The share of its lifetime after which something is refreshed. */
  readonly refreshAt: number;
  /** How often in a day everything ends and begins anew: a client that restarts. */
  readonly restarts: number;
  /** The standard deviation of the number of watchers of an address, divided by its mean. */
  readonly skew: number;
  /** Watchers of the address that most people watch. */
  readonly crowd: number;
  /** The share of a core, and of memory, that may be in use. */
  readonly utilisation: number;
  readonly cores: number;
  /** Of a process, and of a Redis, at most. */
  readonly processMemory: number;
  readonly shardMemory: number;
  readonly connectionsPerProcess: number;
  /** Nodes that may fail at a time, and replicas of each Redis. */
  readonly spare: number;
  readonly replicas: number;
}

export interface Plan {
  /** Of each operation in a second, and of new connections. */
  readonly rates: Readonly<Record<Operation | 'connect', number>>;
  /** Watchers of an address that changes, on average. */
  readonly fanOut: number;
  /** Cores that are busy, for each operation and for all together, Redis not counted. */
  readonly cpu: Readonly<Record<Operation | 'connect', number>>;
  readonly busyCores: number;
  /** One core each; on so many nodes, with `spare` more. */
  readonly processes: number;
  readonly limit: 'one is enough' | 'CPU' | 'memory' | 'connections';
  readonly nodes: number;
  readonly spare: number;
  readonly processBytes: number;
  readonly nodeBytes: number;
  readonly redis: RedisPlan | undefined;
  /** Of LMDB; bytes in all, and bytes written in a second. */
  readonly disk: { readonly bytes: number; readonly written: number } | undefined;
  readonly wire: { readonly in: Traffic; readonly out: Traffic };
  readonly connections: number;
  /** Seconds until all who watch the most watched address know of a change, and until all is there again after everybody has lost everything. */
  readonly crowdTime: number;
  readonly returnTime: number;
}

export interface RedisPlan {
  readonly shards: number;
  /** Masters and replicas. */
  readonly servers: number;
  readonly limit: 'one is enough' | 'CPU' | 'memory';
  readonly busyCores: number;
  readonly bytes: number;
  readonly commands: number;
  /** Bits a second that the nodes send to it, and get. */
  readonly in: number;
  readonly out: number;
}

/** In a second; bits with the headers of TCP or UDP, IPv4 and Ethernet. */
export interface Traffic {
  readonly messages: number;
  readonly bits: number;
}

const DAY = 86_400;
const MICRO = 1e-6;
/** Seconds for which a finished transaction is kept over UDP: 64*T1 (RFC 3261 17.2.2); and the bytes at most (sip_max_transaction_bytes). */
const KEPT = 32;
const KEPT_BYTES = 64 << 20;
/** Of a datagram: IPv4 20, UDP 8. Of a segment: IPv4 20, TCP 32 with timestamps. Ethernet with its gap: 38. */
const DATAGRAM = 20 + 8 + 38;
const SEGMENT = 20 + 32 + 38;
/** Messages in each direction: a request and its response are one each; a SUBSCRIBE has a NOTIFY, too. */
const messages: Readonly<Record<Operation | 'connect', number>> = {
  initial: 1, refresh: 1, modify: 1, remove: 1, subscribe: 2, resubscribe: 2, unsubscribe: 2, notify: 1, register: 1, reregister: 1, unregister: 1, connect: 2,
};

/** Throws if a figure is missing that it takes. */
export function planFor(order: Order, figures: Figures): Plan {
  const fanOut = fanOutOf(order);
  const rates = ratesOf(order, fanOut);
  const cost = costsOf(order, figures);
  const cpu = mapped((name) => rates[name] * cost[name]);
  const busyCores = sum(Object.values(cpu));
  const { processes, limit } = processesFor(order, figures, rates, busyCores);
  const nodes = Math.ceil(processes / order.cores);
  const { process, state, kept } = memoryOf(order, figures, rates);
  const processBytes = process + state / processes + Math.min(KEPT_BYTES, kept / processes);
  return {
    rates, fanOut, cpu, busyCores, processes, limit, nodes, spare: order.spare,
    processBytes, nodeBytes: processBytes * Math.ceil(processes / nodes),
    redis: order.store === 'redis' ? redisFor(order, figures, rates) : undefined,
    disk: order.store === 'lmdb' ? diskFor(order, figures, rates) : undefined,
    wire: { in: traffic('in', order, figures, rates), out: traffic('out', order, figures, rates) },
    connections: order.transport === 'udp' ? 0 : order.clients,
    crowdTime: order.crowd * cost.notify,
    returnTime: (order.publications * cost.initial + order.watchers * cost.subscribe + order.registrations * cost.register + connectionsOf(order) * cost.connect) / processes,
  };
}

/** The more an address is watched, the more often it changes: so the mean is that of the watchers, not that of the addresses. */
function fanOutOf({ publications, registrations, watchers, skew }: Order): number {
  const addresses = Math.max(publications, registrations);
  return addresses === 0 ? 0 : watchers / addresses * (1 + skew ** 2);
}

function ratesOf(order: Order, fanOut: number): Plan['rates'] {
  const { publications, watchers, registrations, changes, refreshAt, restarts } = order;
  const daily = restarts / DAY;
  return {
    initial: publications * daily, refresh: publications / (order.publicationExpires * refreshAt), modify: changes, remove: publications * daily,
    subscribe: watchers * daily, resubscribe: watchers / (order.subscriptionExpires * refreshAt), unsubscribe: watchers * daily,
    // A publication that comes or goes is a change, too.
    notify: (changes + 2 * publications * daily) * fanOut,
    register: registrations * daily, reregister: registrations / (order.registrationExpires * refreshAt), unregister: registrations * daily,
    connect: connectionsOf(order) * daily,
  };
}

/** Seconds of CPU for one. */
function costsOf({ store, transport }: Order, figures: Figures): Plan['cpu'] {
  return mapped((name) => MICRO * (name === 'connect' ? ofConnect('cpu', transport, figures) : cpuOf(figures, name, store, transport)));
}

/** As many as the scarcest of CPU, memory and connections asks for. */
function processesFor(order: Order, figures: Figures, rates: Plan['rates'], busyCores: number): Pick<Plan, 'processes' | 'limit'> {
  const { process, state, kept } = memoryOf(order, figures, rates);
  const room = order.utilisation * order.processMemory - process - Math.min(KEPT_BYTES, kept);
  if (room <= 0) throw new Error('A process needs more memory than that before it holds anything.');
  return most([['CPU', busyCores / order.utilisation], ['memory', state / room], ['connections', connectionsOf(order) / order.connectionsPerProcess]]);
}

function most<Name extends string>(asked: readonly (readonly [Name, number])[]): { readonly processes: number; readonly limit: Name | 'one is enough' } {
  const [first] = asked.toSorted(([, one], [, other]) => other - one);
  const processes = Math.max(1, Math.ceil(first?.[1] ?? 0));
  return { processes, limit: first === undefined || first[1] <= 1 ? 'one is enough' : first[0] };
}

/** Bytes: of a process that holds nothing; of what all together hold; and of the finished transactions of all together. */
function memoryOf(order: Order, figures: Figures, rates: Plan['rates']): { readonly process: number; readonly state: number; readonly kept: number } {
  const { store, transport, publications, watchers, registrations } = order;
  const stored = store === 'ram' ? publications * valueOf(figures, 'memory/publication/ram') + registrations * valueOf(figures, 'memory/registration/ram') : 0;
  const requests = transport === 'udp' ? sum(operations.filter((name) => name !== 'notify').map((name) => rates[name])) : 0;
  return {
    process: valueOf(figures, 'memory/process'),
    state: stored + watchers * valueOf(figures, 'memory/watcher') + connectionsOf(order) * ofConnect('memory', transport, figures),
    kept: requests * KEPT * valueOf(figures, 'memory/transaction'),
  };
}

function redisFor(order: Order, figures: Figures, rates: Plan['rates']): RedisPlan {
  const total = (what: string): number => sum(operations.map((name) => rates[name] * valueOf(figures, `redis-${what}/${name}`)));
  const busyCores = MICRO * total('cpu');
  const bytes = storedBytes('redis', order, figures);
  const { processes: shards, limit } = most([['CPU', busyCores / order.utilisation], ['memory', bytes / (order.utilisation * order.shardMemory)]]);
  return { shards, servers: shards * (1 + order.replicas), limit, busyCores, bytes, commands: total('commands'), in: 8 * total('in'), out: 8 * total('out') };
}

function diskFor(order: Order, figures: Figures, rates: Plan['rates']): Plan['disk'] {
  return { bytes: storedBytes('lmdb', order, figures), written: sum(operations.map((name) => rates[name] * valueOf(figures, `disk/${name}/lmdb`))) };
}

function storedBytes(store: Store, { publications, registrations }: Order, figures: Figures): number {
  return publications * valueOf(figures, `store/publication/${store}`) + registrations * valueOf(figures, `store/registration/${store}`);
}

/** Over a connection each message is a segment, and is acknowledged by another one. */
function traffic(direction: 'in' | 'out', { transport }: Order, figures: Figures, rates: Plan['rates']): Traffic {
  const names = Object.keys(messages) as (Operation | 'connect')[];
  const overhead = transport === 'udp' ? DATAGRAM : 2 * SEGMENT;
  const bytesOf = (name: Operation | 'connect'): number => name === 'connect' ? ofConnect(direction, transport, figures) : valueOf(figures, `${direction}/${name}/${transport}`);
  return {
    messages: sum(names.map((name) => rates[name] * messages[name])),
    bits: 8 * sum(names.map((name) => rates[name] * (bytesOf(name) + messages[name] * overhead))),
  };
}

function ofConnect(what: 'cpu' | 'in' | 'out' | 'memory', transport: Transport, figures: Figures): number {
  if (transport === 'udp') return 0;
  return valueOf(figures, what === 'memory' ? `memory/connection/${transport}` : `${what}/connect/${transport}`);
}

function connectionsOf({ transport, clients }: Order): number {
  return transport === 'udp' ? 0 : clients;
}

function mapped(value: (name: Operation | 'connect') => number): Plan['cpu'] {
  return {
    initial: value('initial'), refresh: value('refresh'), modify: value('modify'), remove: value('remove'), subscribe: value('subscribe'), resubscribe: value('resubscribe'),
    unsubscribe: value('unsubscribe'), notify: value('notify'), register: value('register'), reregister: value('reregister'), unregister: value('unregister'), connect: value('connect'),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
