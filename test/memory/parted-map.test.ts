import { expect } from 'chai';
import fc from 'fast-check';
import { PartedMap, partOf } from '../../packages/memory/src/parted-map.ts';

describe('a map in parts', () => {
  it('holds what a Map holds', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('set', 'delete'), fc.integer({ min: 0, max: 200 })), { maxLength: 1000 });
    fc.assert(fc.property(steps, (all) => {
      const parted = new PartedMap<object>();
      const model = new Map<string, object>();
      for (const [step, number] of all) {
        const key = `sip:user${number}@example.com`;
        const value = {};
        if (step === 'delete') expect(parted.delete(key)).to.equal(model.delete(key));
        else {
          parted.set(key, value);
          model.set(key, value);
        }
        expect(parted.get(key)).to.equal(model.get(key));
        expect(parted.size).to.equal(model.size);
      }
      expect([...parted.values()]).to.have.members([...model.values()]);
    }), { numRuns: 50 });
  });

  it('has as many entries in each part, about: none has a thirty-second of them, whatever is common to their keys', () => {
    for (const keyOf of [(n: number) => `sip:user${n}@example.com\npresence`, (n: number) => `${n}`, (n: number) => `${100_000 + n}x`]) {
      const sizes = new Map<number, number>();
      for (let n = 0; n < 50_000; n++) sizes.set(partOf(keyOf(n)), (sizes.get(partOf(keyOf(n))) ?? 0) + 1);
      expect([...sizes.values()].every((size) => size < 50_000 / 32), JSON.stringify([...sizes])).to.equal(true);
      expect(sizes.size).to.equal(64);
    }
  });
});
