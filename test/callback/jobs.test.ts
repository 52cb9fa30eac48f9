import { expect } from 'chai';
import sinon from 'sinon';
import { KeyedQueue } from '../../packages/core/src/callback/keyed-queue.ts';
import { rejectionOf, thrownBy } from '../kit/caught.ts';

/** All with one key. */
type Job = () => number | Promise<number>;

const failure = new Error('the job failed');
const queue = (keyOf = () => 'a'): KeyedQueue<Job, number> => new KeyedQueue({ keyOf, perform: (job) => job(), limits: () => ({ waiting: 10, underWay: 10 }), refuse: () => 503 });

describe('the key of a job', () => {
  it('is made once where the job waits or others wait, and not at all for one that ends before anybody else comes', async () => {
    const keyOf = sinon.fake.returns('a');
    const jobs = queue(keyOf);
    expect([jobs.take(() => 1), jobs.take(() => 2), keyOf.callCount]).to.deep.equal([1, 2, 0]);
    const later = [jobs.take(async () => 3), jobs.take(() => 4), jobs.take(async () => 5)];
    expect(await Promise.all(later)).to.deep.equal([3, 4, 5]);
    expect(keyOf.callCount).to.equal(3);
  });

  it('is asked for when a job starts another one: that has to wait', async () => {
    const jobs = queue();
    const order: string[] = [];
    let inner: number | Promise<number> = 0;
    const outer = jobs.take(() => {
      inner = jobs.take(() => order.push('inner'));
      return order.push('outer');
    });
    expect([outer, order]).to.deep.equal([1, ['outer']]);
    expect(await inner).to.equal(2);
  });
});

describe('a job that fails gives its turn to the next one', () => {
  it('where it throws at once', async () => {
    const jobs = queue();
    expect(thrownBy(() => jobs.take(() => { throw failure; }))).to.equal(failure);
    expect(jobs.take(() => 1)).to.equal(1);
  });

  it('where it rejects, and where it throws after it has waited', async () => {
    const jobs = queue();
    const outcomes = [
      rejectionOf(Promise.resolve(jobs.take(async () => { throw failure; }))),
      rejectionOf(Promise.resolve(jobs.take(() => { throw failure; }))),
      Promise.resolve(jobs.take(() => 3)),
    ];
    expect(await Promise.all(outcomes)).to.deep.equal([failure, failure, 3]);
  });
});
