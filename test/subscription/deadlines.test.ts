import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { Deadlines, type Due } from '../../packages/core/src/subscription/deadlines.ts';

class Item implements Due {
  dueAt = 0;
  slot = 0;
  before = 0;
  after = 0;

  constructor(readonly name: string) {}
}

describe('Deadlines', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] }); });
  afterEach(() => { clock.restore(); });

  it('each passes once, in time, also one that was moved, and none that was removed; there are no gaps between places', () => {
    const passed: (readonly [string, number])[] = [];
    const deadlines = new Deadlines<Item>(({ name }) => { passed.push([name, performance.now()]); });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => new Item(name));
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no items');
    deadlines.set(a, 1000);
    deadlines.set(b, 2000);
    deadlines.set(c, 3000);
    deadlines.set(a, 5_000_000_000);
    deadlines.remove(b);
    deadlines.remove(b);
    deadlines.set(d, 400);
    expect([a, b, c, d].map(({ slot }) => slot), 'the last one has the place of what was removed').to.deep.equal([1, 0, 2, 3]);
    clock.tick(4000);
    expect(passed.map(([name]) => name)).to.deep.equal(['d', 'c']);
    for (const [index, due] of [400, 3000].entries()) expect((passed[index]?.[1] ?? 0) - due).to.be.within(0, 500);
    deadlines.remove(a);
    clock.tick(250);
    expect(clock.countTimers(), 'none is left where nothing is due').to.equal(0);
  });

  it('ten thousand at one moment are looked at in pieces, between which other work has its turn', () => {
    let passed = 0;
    const deadlines = new Deadlines<Item>(() => { passed++; });
    for (let i = 0; i < 10_000; i++) deadlines.set(new Item(String(i)), 1000);
    clock.tick(1000);
    expect(passed).to.be.within(1, 1000);
    clock.runToFrame();
    clock.tick(1000);
    expect(passed).to.equal(10_000);
    deadlines.close();
    expect(clock.countTimers()).to.equal(0);
  });

  it('each of thousands, of which many move and go in any order, passes once and in time', () => {
    let seed = 1;
    const random = (below: number): number => (seed = seed * 48_271 % 2_147_483_647) % below;
    const due = new Map<Item, number>();
    const deadlines = new Deadlines<Item>((item) => {
      expect(performance.now() - (due.get(item) ?? Infinity)).to.be.within(0, 500);
      due.delete(item);
    });
    for (let i = 0; i < 5000; i++) {
      const known = [...due.keys()][random(20)];
      if (known !== undefined && i % 3 === 0) {
        deadlines.remove(known);
        due.delete(known);
      }
      const item = known !== undefined && i % 5 === 0 ? known : new Item(String(i));
      due.set(item, performance.now() + 600 + random(100_000));
      deadlines.set(item, due.get(item) ?? 0);
      if (i % 50 === 0) clock.tick(250);
    }
    clock.tick(150_000);
    expect(due.size).to.equal(0);
    expect(clock.countTimers()).to.equal(0);
  });
});
