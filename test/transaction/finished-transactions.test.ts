import { expect } from 'chai';
import { FinishedTransactions } from '../../packages/core/src/transaction/finished-transactions.ts';

const MiB = 1024 * 1024;
const response = Buffer.alloc(500, 'x');

describe('the finished transactions of a service that is short of memory', () => {
  const keptAtLeast = 512 * 1024;
  let finished: FinishedTransactions;
  let count: number;

  beforeEach(() => {
    finished = new FinishedTransactions(() => keptAtLeast);
    count = 0;
  });

  function finish(times: number): void {
    for (let i = 0; i < times; i++) finished.add({ call: `call ${++count}`, toTag: 'abcdefghijklmnop', address: '192.0.2.1' }, response, false, count);
  }

  /** The numbers of those that are known, the oldest first. */
  const known = (): number[] => Array.from({ length: count }, (_, i) => i + 1).filter((number) => finished.find({ call: `call ${number}` }) !== undefined);

  it('D01 RFC 3261 17.2.2: the newest are never given up, whatever is asked for', () => {
    for (const times of [300, 20_000, 1, 5000, 400]) {
      finish(times);
      finished.release(100 * MiB);
      const numbers = known();
      expect(numbers.length, 'a row up to the last one').to.equal(count - (numbers[0] ?? 0) + 1);
      expect(finished.bytes).to.be.within(Math.min(keptAtLeast - 1000, 580 * count), 3 * keptAtLeast);
      expect(finished.find({ call: `call ${count}` })?.again).to.deep.equal(response);
      expect(finished.find({ call: `call ${count}` })?.key).to.deep.equal({ call: `call ${count}`, toTag: 'abcdefghijklmnop', address: '192.0.2.1' });
    }
  });

  it('D01 what was kept is over when it was to be over', () => {
    finish(20_000);
    finished.release(100 * MiB);
    const [oldest = 0] = known();
    expect([finished.isOver(oldest - 1), finished.isOver(oldest)]).to.deep.equal([false, true]);
    for (let left = finished.size; left > 0; left--) finished.dropOldest();
    expect([finished.size, finished.bytes, known()]).to.deep.equal([0, 0, []]);
  });

  it('gives back what is asked for, the oldest first, in two halves', () => {
    finish(20_000);
    finished.part();
    finish(20_000);
    finished.part();
    finished.release(1000);
    expect(finished.size).to.equal(20_000);
    expect(known()[0]).to.equal(20_001);
    const before = finished.held;
    finished.release(before);
    expect(finished.held).to.be.below(before / 5);
  });

  it('does nothing where nothing is worth it, however often it is asked', () => {
    finish(20_000);
    finished.release(100 * MiB);
    const { held } = finished;
    const began = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 500; i++) {
      finish(1);
      finished.release(100 * MiB);
      finished.part();
    }
    expect(finished.held - held).to.be.below(500 * 700);
    expect(process.memoryUsage().arrayBuffers - began, 'allocated for tables').to.be.below(2 * MiB);
  });
});
