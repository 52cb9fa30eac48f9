import { KeyBytes, KeyTable, type Chained } from '@nksip-ts/memory';
import { expect } from 'chai';
import fc from 'fast-check';
import { ExpiryWheel, type Timed } from '../../packages/memory/src/expiry-wheel.ts';

/** Items of plain objects, in place of the records of the store. An item's number is its place. */
class Items implements Chained, Timed {
  readonly all: { key: string; hash: number; deadline: number; next: number; before: number; after: number }[] = [];

  /** Answers its number. */
  add(key: string, hash: number, deadline = 0): number {
    return this.all.push({ key, hash, deadline, next: 0, before: 0, after: 0 });
  }

  /** The same item under a new number. */
  copy(item: number): number {
    return this.all.push({ ...this.at(item) });
  }

  at(item: number) {
    const found = this.all[item - 1];
    if (found === undefined) throw new RangeError(`no item ${item}`);
    return found;
  }

  key(item: number): string { return this.at(item).key; }
  hash(item: number): number { return this.at(item).hash; }
  next(item: number): number { return this.at(item).next; }
  setNext(item: number, next: number): void { this.at(item).next = next; }
  deadline(item: number): number { return this.at(item).deadline; }
  before(item: number): number { return this.at(item).before; }
  setBefore(item: number, before: number): void { this.at(item).before = before; }
  after(item: number): number { return this.at(item).after; }
  setAfter(item: number, after: number): void { this.at(item).after = after; }
}

function textHash(text: string): number {
  const bytes = new KeyBytes(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  bytes.take(text);
  return bytes.hash;
}

describe('KeyTable', () => {
  const step = fc.tuple(fc.constantFrom('add', 'remove', 'renumber'), fc.integer({ min: 0, max: 400 }));

  for (const [name, hash] of [['a good hash', textHash], ['a hash with three values', (key: string) => key.length % 3]] as const) {
    it(`holds what a Map holds, with ${name}`, () => {
      fc.assert(fc.property(fc.array(step, { maxLength: 1000 }), (steps) => {
        const items = new Items();
        const table = new KeyTable(items);
        const found = (key: string): number | undefined => {
          let item = table.first(hash(key));
          while (item !== 0 && items.key(item) !== key) item = table.next();
          return item === 0 ? undefined : item;
        };
        const model = new Map<string, number>();
        for (const [what, number] of steps) {
          const key = `k${number}`;
          const known = model.get(key);
          if (known === undefined && what !== 'remove') {
            const item = items.add(key, hash(key));
            table.add(item);
            model.set(key, item);
          } else if (known !== undefined && what === 'renumber') {
            const item = items.copy(known);
            table.renumber(known, item);
            model.set(key, item);
          } else if (known !== undefined && what === 'remove') {
            table.remove(known);
            model.delete(key);
          }
          expect(found(key)).to.equal(model.get(key));
        }
        const values = [...table.values()].flat();
        expect(values).to.have.length(model.size);
        expect(values.every((item) => model.get(items.key(item)) === item)).to.equal(true);
        for (const [key, item] of model) expect(found(key)).to.equal(item);
      }), { numRuns: 30 });
    });
  }
});

describe('ExpiryWheel', () => {
  const second = 1000;
  const times = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 90_000 * second }), fc.constant(4_294_967_295 * second));
  const step = fc.oneof(
    fc.record({ what: fc.constant('add' as const), time: times }),
    fc.record({ what: fc.constant('move' as const), which: fc.nat(100), time: times }),
    fc.record({ what: fc.constant('remove' as const), which: fc.nat(100) }),
    fc.record({ what: fc.constant('renumber' as const), which: fc.nat(100) }),
    fc.record({ what: fc.constant('sweep' as const), after: times.filter((time) => time <= 90_000 * second), most: fc.integer({ min: 1, max: 300 }) }),
  );

  it('finds what is over, neither before nor more than a tick after, and nothing twice', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const items = new Items();
      const wheel = new ExpiryWheel(items);
      const model = new Set<number>();
      let now = 1_700_000_000_123;
      for (const one of steps) {
        const present = [...model];
        if (one.what === 'add') {
          const item = items.add('', 0, now + one.time);
          wheel.add(item, now);
          model.add(item);
        } else if (one.what === 'sweep') {
          now += one.after;
          const found: number[] = [];
          while (wheel.sweep(now, one.most, (item) => found.push(item)));
          for (const item of found) {
            expect(items.deadline(item)).to.be.at.most(now);
            expect(model.delete(item)).to.equal(true);
          }
          for (const item of model) expect(items.deadline(item)).to.be.above(now - 250);
        } else {
          const item = present[one.which];
          if (item === undefined) continue;
          if (one.what === 'remove') {
            wheel.remove(item);
            model.delete(item);
          } else if (one.what === 'renumber') {
            const other = items.copy(item);
            wheel.renumber(other);
            model.delete(item);
            model.add(other);
          } else {
            items.at(item).deadline = now + one.time;
            wheel.move(item);
          }
        }
        expect(wheel.size).to.equal(model.size);
      }
    }), { numRuns: 100 });
  });

  it('takes no more steps at a time than it may', () => {
    const items = new Items();
    const wheel = new ExpiryWheel(items);
    for (let i = 0; i < 1000; i++) wheel.add(items.add('', 0, 100_000 * second), 0);
    let found = 0;
    let sweeps = 0;
    for (let more = true; more; sweeps++) {
      let now = 0;
      more = wheel.sweep(100_001 * second, 100, () => { now++; });
      expect(now).to.be.at.most(100);
      found += now;
    }
    expect(found).to.equal(1000);
    expect(sweeps).to.be.above(4000);
  });
});
