import { expect } from 'chai';
import fc from 'fast-check';
import { BoundedMap } from '../../packages/memory/src/bounded-map.ts';
import { cpuTimeOf } from '../kit/cpu-time.ts';

const steps = fc.array(fc.record({ what: fc.constantFrom('set', 'delete', 'oldest', 'anew'), key: fc.integer({ min: 0, max: 12 }) }), { maxLength: 200 });

/** Microseconds for each new key, in a full table. */
function timeAtBound(most: number): number {
  const map = new BoundedMap<number, number>(most);
  for (let key = 0; key < most; key++) map.set(key, 0);
  return cpuTimeOf(() => { for (let key = 0; key < 100_000; key++) map.set(most + key, 0); }) / 100;
}

describe('a bounded map', () => {
  it('D61 holds what a Map holds whose first entry is deleted when there are too many, and knows which one is the oldest', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), steps, (most, all) => {
      const map = new BoundedMap<number, number>(most);
      const model = new Map<number, number>();
      for (const [value, { what, key }] of all.entries()) {
        if (what === 'oldest') expect(map.oldest).to.equal([...model.keys()][0]);
        if (what === 'delete' || what === 'anew') {
          map.delete(key);
          model.delete(key);
        }
        if (what === 'set' || what === 'anew') {
          map.set(key, value);
          if (model.size >= most && !model.has(key)) model.delete([...model.keys()][0] ?? -1);
          model.set(key, value);
        }
        expect(map.size).to.equal(model.size);
        for (let one = 0; one <= 12; one++) expect(map.get(one)).to.equal(model.get(one));
      }
    }));
  });

  it('D61 forgets one of 100,000 about as quickly as one of 100', () => {
    timeAtBound(100);
    expect(timeAtBound(100_000)).to.be.below(100 * timeAtBound(100));
  });
});
