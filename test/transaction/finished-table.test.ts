import { expect } from 'chai';
import fc from 'fast-check';
import { FinishedTable } from '../../packages/core/src/transaction/finished-table.ts';
import type { ServerKey } from '../../packages/core/src/transaction/server-key.ts';

const toTag = 'abcdefghijklmnop';
const address = '192.0.2.1';
const key = (call: string): ServerKey => ({ call, toTag, address });

/** What is added is not large. */
function add(table: FinishedTable, added: ServerKey, response: Uint8Array, deadline: number): void {
  table.add(added, response, false, deadline);
}

describe('the table of finished transactions', () => {
  it('D01 gives back what it was given, byte for byte', () => {
    const table = new FinishedTable();
    const response = Uint8Array.from({ length: 256 }, (_, i) => i);
    add(table, key('a\n1 PUBLISH\n\u00ff'), response, 5);
    const found = table.find({ call: 'a\n1 PUBLISH\n\u00ff' });
    expect(found?.key).to.deep.equal(key('a\n1 PUBLISH\n\u00ff'));
    expect([...found?.again ?? []]).to.deep.equal([...response]);
    expect(table.find({ call: 'a' })).to.equal(undefined);
  });

  it('D01 gives back the address, of whatever length, and whether the response is large', () => {
    const [table, copy] = [new FinishedTable(), new FinishedTable()];
    const of = (call: string): ServerKey => ({ call, toTag, address: `2001:db8::${call}` });
    for (const call of ['1', '22', '333']) table.add(of(call), Buffer.from(`answer to ${call}`), call === '22', 1);
    table.copyNewest(table.bytes, copy);
    expect([table.size, copy.size, copy.bytes]).to.deep.equal([3, 3, table.bytes]);
    for (const one of [table, copy]) {
      for (const call of ['1', '22', '333']) {
        expect(one.find({ call })).to.deep.equal({ key: of(call), again: Buffer.from(`answer to ${call}`), isLarge: call === '22', isOver: true });
      }
      while (one.size > 0) one.dropOldest();
      expect(one.bytes).to.equal(0);
    }
  });

  it('D01 gives a response away by value: what comes later does not change it', () => {
    const table = new FinishedTable();
    add(table, key('a'), Buffer.from('first'), 1);
    const found = table.find({ call: 'a' });
    table.dropOldest();
    for (let i = 0; i < 1000; i++) add(table, key(`b${i}`), Buffer.alloc(300, 'x'), 1);
    expect(Buffer.from(found?.again ?? []).toString()).to.equal('first');
  });

  it('D01 finds what has a key of any characters, and keeps it apart from what stands beside it', () => {
    const table = new FinishedTable();
    const keys = ['\0zero', '\u0416', 'a', '\ud83d\ude00\n1 PUBLISH\nx', '\u00ff', 'b'];
    for (const call of keys) add(table, key(call), Buffer.from(`answer to ${call}`), 1);
    for (const call of keys) {
      expect(table.find({ call })?.key).to.deep.equal(key(call));
      expect(Buffer.from(table.find({ call })?.again ?? []).toString()).to.equal(`answer to ${call}`);
    }
  });

  it('does not keep a response that no datagram could carry', () => {
    const table = new FinishedTable();
    add(table, key('a'), Buffer.alloc(200_000, 'x'), 1);
    add(table, key('b'), Buffer.from('small'), 1);
    expect(table.find({ call: 'a' })).to.equal(undefined);
    expect(Buffer.from(table.find({ call: 'b' })?.again ?? []).toString()).to.equal('small');
  });

  it('is over when the deadline of the oldest is', () => {
    const table = new FinishedTable();
    expect(table.isOver(100)).to.equal(false);
    add(table, key('a'), Buffer.from('x'), 10);
    expect([table.isOver(9), table.isOver(10)]).to.deep.equal([false, true]);
  });

  it('holds no bytes when nothing is in it, and uses its blocks again', () => {
    const table = new FinishedTable();
    let most = 0;
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 10_000; i++) add(table, key(`${round}/${i}`), Buffer.alloc(300), 1);
      if (round === 0) most = table.allocated;
      expect(table.allocated).to.equal(most);
      while (table.size > 1) table.dropOldest();
      expect(table.bytes).to.be.below(500);
    }
    while (table.size > 0) table.dropOldest();
    expect([table.bytes, table.allocated]).to.deep.equal([0, 0]);
  });

  it('counts as held what was ever written to, until the slab that it is in goes back to the system', () => {
    const table = new FinishedTable();
    const empty = table.held;
    for (let i = 0; i < 8000; i++) add(table, key(`${i}`), Buffer.alloc(1000), 1);
    const { held } = table;
    expect(held - empty).to.be.within(8000 * 1000, 8000 * 1100);
    while (table.size > 6000) table.dropOldest();
    expect(table.held).to.equal(held);
    while (table.size > 1) table.dropOldest();
    expect([table.held - empty, table.allocated]).to.deep.equal([1 << 20, 1 << 20]);
  });

  it('uses a block again whose only entry has gone', () => {
    const table = new FinishedTable();
    add(table, key('a'), Buffer.alloc(100_000), 1);
    const { allocated } = table;
    for (let i = 0; i < 100; i++) {
      table.dropOldest();
      add(table, key(`b${i}`), Buffer.alloc(100_000, i), 1);
    }
    expect(table.allocated).to.equal(allocated);
    expect(table.find({ call: 'b99' })?.again).to.deep.equal(Buffer.alloc(100_000, 99));
  });

  it('finds what is in it, and nothing else, while it grows, empties and grows again', () => {
    const table = new FinishedTable();
    let [oldest, next] = [0, 0];
    for (const size of [20_000, 5000, 30_000, 0, 1, 25_000, 24_000, 26_000, 10_000, 40_000]) {
      while (next - oldest < size) add(table, key(`${next}`), Buffer.from(`answer to ${next}`), next++);
      for (; next - oldest > size; oldest++) table.dropOldest();
      expect([table.size, table.isOver(oldest - 1), table.isOver(oldest)]).to.deep.equal([size, false, size > 0]);
      for (let i = Math.max(oldest - 100, 0); i < next; i += i < oldest ? 1 : 7) {
        const found = table.find({ call: `${i}` });
        if (i < oldest) expect(found).to.equal(undefined);
        else expect(Buffer.from(found?.again ?? []).toString()).to.equal(`answer to ${i}`);
      }
    }
  });

  it('gives back the memory that many needed, once all of them are over', () => {
    const table = new FinishedTable();
    for (let i = 0; i < 20_000; i++) add(table, key(`call ${i}`), Buffer.from('response'), i);
    while (table.size > 0) table.dropOldest();
    expect([table.allocated, table.bytes]).to.deep.equal([0, 0]);
    add(table, key('call'), Buffer.from('again'), 1);
    expect(Buffer.from(table.find({ call: 'call' })!.again).toString()).to.equal('again');
  });

  it('does what a list of the same entries would do', () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.record({ add: fc.nat(400) }) }, { weight: 2, arbitrary: fc.constant({ drop: true as const }) });
    fc.assert(fc.property(fc.array(step, { maxLength: 3000, size: 'max' }), (steps) => {
      const table = new FinishedTable();
      const list: { call: string; length: number }[] = [];
      steps.forEach((one, number) => {
        if ('drop' in one) {
          table.dropOldest();
          list.shift();
        } else {
          add(table, key(`call ${number}`), Buffer.alloc(one.add, number & 255), number);
          list.push({ call: `call ${number}`, length: one.add });
        }
      });
      expect(table.size).to.equal(list.length);
      for (const { call, length } of list) expect(table.find({ call })?.again, call).to.have.length(length);
      expect(table.find({ call: 'call -1' })).to.equal(undefined);
    }), { numRuns: 50, seed: 20261123 });
  });
});
