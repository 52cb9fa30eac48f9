import { expect } from 'chai';
import fc from 'fast-check';
import { hashOf } from '../../packages/memory/src/text-hash.ts';
import { TextTable } from '../../packages/memory/src/text-table.ts';
import { heldBytes } from '../wire/held-bytes.ts';

interface Item {
  readonly text: string;
}

function tableOf(hash: (text: string) => number = hashOf): TextTable<Item> {
  return new TextTable<Item>({ hash: ({ text }) => hash(text), is: (item, text) => item.text === text });
}

describe('a table of texts', () => {
  it('holds what a Map holds, through any order of additions and deletions', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 150 })), { maxLength: 2000 });
    fc.assert(fc.property(steps, (all) => {
      const table = tableOf();
      const model = new Map<string, Item>();
      for (const [isAdded, number] of all) {
        const text = `t${number}`;
        const known = model.get(text);
        expect(table.get(text)).to.equal(known);
        if (isAdded && known === undefined) {
          model.set(text, { text });
          table.add(model.get(text)!);
        } else if (!isAdded) {
          expect(table.delete(known ?? { text })).to.equal(model.delete(text));
        }
        expect(table.size).to.equal(model.size);
      }
      expect(table.values()).to.have.members([...model.values()]);
      for (let number = 0; number <= 150; number++) expect(table.get(`t${number}`)).to.equal(model.get(`t${number}`));
    }), { numRuns: 50 });
  });

  it('moves few of its items at a time when it grows, and when it shrinks', () => {
    const many = 50_000;
    let hashed = 0;
    const table = new TextTable<Item>({ hash: ({ text }) => { hashed++; return hashOf(text); }, is: (item, text) => item.text === text });
    const items = Array.from({ length: many }, (_, number): Item => ({ text: `t${number}` }));
    const most = (work: (item: Item) => void): number => items.reduce((highest, item) => {
      hashed = 0;
      work(item);
      return Math.max(highest, hashed);
    }, 0);
    expect(most((item) => { table.add(item); })).to.be.below(many / 32);
    expect(most((item) => { table.delete(item); })).to.be.below(many / 32);
  });

  it('takes 11 to 16 bytes for each of many, and gives them back', async () => {
    const items = Array.from({ length: 400_000 }, (_, number): Item => ({ text: `t${number}` }));
    const before = await heldBytes();
    const table = tableOf();
    for (const item of items) table.add(item);
    expect(items.every((item) => table.get(item.text) === item)).to.equal(true);
    const each = (await heldBytes() - before) / items.length;
    for (const item of items) table.delete(item);
    const left = await heldBytes() - before;
    expect(table.size).to.equal(0);
    expect(each).to.be.within(9, 17);
    expect(left).to.be.below(50_000);
  });
});
