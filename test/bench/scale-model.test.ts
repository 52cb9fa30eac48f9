import { expect } from 'chai';
import fc from 'fast-check';
import { cpuOf, operations, readFigures, stores, valueOf, type Figures } from '../../bench/scale-figures.mts';
import { planFor, type Order, type Plan } from '../../bench/scale-model.mts';
import { orderOf, readArguments } from '../../bench/scale-order.mts';
import { transports } from '../../bench/transports.mts';

/** Round ones: 100 us for everything with the state in RAM over UDP. */
const round: Figures = Object.fromEntries([
  ...operations.flatMap((operation) => [
    ['cpu', 'ram/udp', 100], ['cpu', 'ram/tls', 150], ['cpu', 'lmdb/udp', 180], ['cpu', 'redis/udp', 160], ['in', 'udp', 500], ['out', 'udp', 400], ['in', 'tls', 520], ['out', 'tls', 420], ['disk', 'lmdb', 4096],
  ].map(([what, where, value]) => [`${what}/${operation}/${where}`, value])),
  ...operations.flatMap((operation) => [['redis-cpu', 50], ['redis-commands', 2], ['redis-in', 900], ['redis-out', 100]].map(([what, value]) => [`${what}/${operation}`, value])),
  ['cpu/connect/tls', 1000], ['in/connect/tls', 400], ['out/connect/tls', 1200], ['memory/connection/tls', 40_000],
  ['memory/process', 100e6], ['memory/publication/ram', 600], ['memory/watcher', 1000], ['memory/registration/ram', 200], ['memory/transaction', 500],
  ['store/publication/lmdb', 1200], ['store/registration/lmdb', 700], ['store/publication/redis', 1000], ['store/registration/redis', 600],
].map(([name, value]) => [name, { value, unit: 'bytes', source: 'a test', date: '2026-01-01' }]));

function order(...args: readonly string[]): Order {
  return orderOf(readArguments(args.map((arg) => `--${arg}`)));
}

function plan(...args: readonly string[]): Plan {
  return planFor(order(...args), round);
}

const amounts = fc.record({
  publications: fc.integer({ min: 0, max: 100_000_000 }), watchers: fc.integer({ min: 0, max: 100_000_000 }), registrations: fc.integer({ min: 0, max: 100_000_000 }),
  changes: fc.integer({ min: 0, max: 100_000 }), clients: fc.integer({ min: 0, max: 1_000_000 }),
  store: fc.constantFrom(...stores), transport: fc.constantFrom('udp' as const, 'tls' as const), skew: fc.double({ min: 0, max: 10, noNaN: true }),
});
const orders = amounts.map((some): Order => ({ ...order(), ...some }));

describe('The model of a deployment', () => {
  it('says that nothing takes one node that does nothing', () => {
    const { nodes, processes, busyCores, processBytes, limit, connections, wire, returnTime } = plan();
    expect({ nodes, processes, busyCores, processBytes, limit, connections, returnTime }).to.deep.equal(
      { nodes: 1, processes: 1, busyCores: 0, processBytes: 100e6, limit: 'one is enough', connections: 0, returnTime: 0 });
    expect([wire.in.bits, wire.out.bits]).to.deep.equal([0, 0]);
    expect(plan('store=redis').redis).to.include({ shards: 1, servers: 2, busyCores: 0, bytes: 0 });
  });

  it('counts the refreshes: N publications of an hour, refreshed after 86 % of it, are N / 3,100 requests a second', () => {
    expect(plan('publications=1M', 'restarts=0').rates.refresh).to.be.closeTo(1_000_000 / 3096, 0.01);
    expect(plan('publications=1M', 'expires=1800', 'restarts=0').rates.refresh).to.be.closeTo(2_000_000 / 3096, 0.01);
    expect(plan('watchers=1M', 'restarts=0').rates.resubscribe).to.be.closeTo(1_000_000 / 516, 0.01);
    expect(plan('registrations=864k', 'restarts=2').rates).to.include({ register: 20, unregister: 20, refresh: 0 });
  });

  it('tells as many watchers of a change as an address has, and more where popular ones change more often', () => {
    const lamps = ['publications=500', 'watchers=10k', 'changes=10/s', 'restarts=0'];
    expect(plan(...lamps, 'skew=0')).to.deep.include({ fanOut: 20 }).and.nested.include({ 'rates.notify': 200 });
    expect(plan(...lamps, 'skew=1').rates.notify).to.equal(400);
    expect(plan('watchers=10k', 'changes=10/s').rates.notify).to.equal(0);
  });

  it('adds up what the operations cost, and keeps below the utilisation', () => {
    const { cpu, busyCores, processes, limit, nodes, spare } = plan('publications=1000', 'changes=20k/s', 'restarts=0', 'cores=2', 'utilisation=0.5');
    expect(cpu.modify).to.be.closeTo(2, 1e-9);
    expect(busyCores).to.be.closeTo(2 + 1000 / 3096 * 100e-6, 1e-9);
    expect({ processes, limit, nodes, spare }).to.deep.equal({ processes: 5, limit: 'CPU', nodes: 3, spare: 1 });
  });

  it('adds what a store costs over UDP to what a transport costs with the state in RAM', () => {
    expect(cpuOf(round, 'modify', 'lmdb', 'tls')).to.equal(150 + 180 - 100);
    expect(cpuOf({ ...round, 'cpu/modify/lmdb/tls': { ...round['cpu/modify/ram/udp']!, value: 210 } }, 'modify', 'lmdb', 'tls')).to.equal(210);
    expect(() => cpuOf(round, 'modify', 'ram', 'ws')).to.throw('cpu/modify/ram/ws was not measured');
  });

  it('takes more processes where memory or connections ask for them', () => {
    expect(plan('watchers=10M', 'watch-expires=1G')).to.include({ limit: 'memory' });
    expect(plan('publications=100k', 'transport=tls')).to.include({ limit: 'connections', processes: 5, connections: 100_000 });
  });

  it('keeps the state of a store elsewhere, and divides it among as many Redis as CPU or memory ask for', () => {
    const { redis, processBytes } = plan('publications=100M', 'store=redis', 'restarts=0', 'expires=1G');
    expect(redis).to.deep.include({ shards: 11, servers: 22, limit: 'memory', bytes: 100e9 });
    expect(processBytes).to.be.below(101e6);
    expect(plan('publications=1', 'changes=50k/s', 'store=redis').redis).to.include({ shards: 5, limit: 'CPU' });
    expect(plan('publications=1M', 'store=lmdb', 'restarts=0').disk).to.deep.equal({ bytes: 1.2e9, written: 1_000_000 / 3096 * 4096 });
  });

  it('counts the headers on the wire', () => {
    expect(plan('changes=1000/s').wire.in).to.deep.equal({ messages: 1000, bits: 8 * 1000 * (500 + 66) });
    expect(plan('changes=1000/s', 'transport=tls').wire.out).to.deep.equal({ messages: 1000, bits: 8 * 1000 * (420 + 180) });
  });

  it('says how long a crowd waits, and how long it takes until all are back', () => {
    expect(plan('crowd=10k').crowdTime).to.be.closeTo(1, 1e-9);
    expect(plan('publications=100k', 'watchers=100k', 'changes=9k/s', 'skew=0').returnTime).to.be.closeTo(20 / plan('publications=100k', 'watchers=100k', 'changes=9k/s', 'skew=0').processes, 1e-9);
  });

  it('never needs less of anything for more of anything', () => {
    fc.assert(fc.property(orders, fc.constantFrom('publications', 'watchers', 'registrations', 'changes', 'clients'), fc.integer({ min: 1, max: 10_000_000 }), (some, what, more) => {
      // A publication more has its share of the watchers, so the others have fewer: with a fan-out of nothing that does not count.
      const base = what === 'publications' || what === 'registrations' ? { ...some, watchers: 0 } : some;
      const [less, greater] = [planFor(base, round), planFor({ ...base, [what]: base[what] + more }, round)];
      const all = ({ processes, nodes, redis, disk, busyCores, wire, connections }: Plan): readonly number[] => [processes, nodes, redis?.shards ?? 0, redis?.bytes ?? 0, disk?.bytes ?? 0, busyCores, wire.in.bits, wire.out.bits, connections];
      expect(all(less).every((value, index) => value <= all(greater)[index]! * (1 + 1e-12))).to.equal(true);
      expect(total(less)).to.be.at.most(total(greater) * (1 + 1e-12));
    }));
  });

  it('never needs less memory for more watchers', () => {
    fc.assert(fc.property(orders, fc.integer({ min: 1, max: 10_000_000 }), (some, more) => {
      expect(total(planFor(some, round))).to.be.at.most(total(planFor({ ...some, watchers: some.watchers + more }, round)) * (1 + 1e-12));
    }));
  });

  it('needs twice the CPU for twice of everything', () => {
    fc.assert(fc.property(orders, (some) => {
      const { publications, watchers, registrations, changes, clients } = some;
      const twice = planFor({ ...some, publications: 2 * publications, watchers: 2 * watchers, registrations: 2 * registrations, changes: 2 * changes, clients: 2 * clients }, round);
      expect(twice.busyCores).to.be.closeTo(2 * planFor(some, round).busyCores, 1e-6 * twice.busyCores + 1e-12);
    }));
  });

  it('needs twice the CPU for changes that are twice as many', () => {
    fc.assert(fc.property(orders, (some) => {
      const [none, once, twice] = [0, 1, 2].map((times) => planFor({ ...some, changes: times * some.changes }, round).busyCores);
      expect(twice! - none!).to.be.closeTo(2 * (once! - none!), 1e-6 * twice! + 1e-12);
    }));
  });

  it('loads no process beyond what was asked for', () => {
    fc.assert(fc.property(orders, (some) => {
      const { busyCores, processes, processBytes, connections } = planFor(some, round);
      expect(busyCores / processes).to.be.at.most(some.utilisation * (1 + 1e-9));
      expect(processBytes).to.be.at.most(some.utilisation * some.processMemory * (1 + 1e-9));
      expect(connections / processes).to.be.at.most(some.connectionsPerProcess);
    }));
  });

  it('has measured figures for every store and transport', () => {
    const { figures } = readFigures();
    for (const store of stores) {
      for (const transport of transports) {
        const { busyCores } = planFor({ ...order('publications=1M', 'watchers=1M', 'registrations=1M', 'changes=100/s'), store, transport }, figures);
        expect(busyCores, `${store} ${transport}`).to.be.above(0).and.satisfy(Number.isFinite);
      }
    }
    expect(valueOf(figures, 'memory/publication/ram')).to.be.above(300);
  });
});

/** Bytes of all processes. */
function total({ processes, processBytes }: Plan): number {
  return processes * processBytes;
}
