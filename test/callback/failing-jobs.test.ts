import { expect } from 'chai';
import { KeyedQueue } from '../../packages/core/src/callback/keyed-queue.ts';
import { rejectionOf, thrownBy } from '../kit/caught.ts';

type Job = () => number | Promise<number>;

const failure = new Error('the job failed');
const queue = (): KeyedQueue<Job, number> => new KeyedQueue((job) => job(), () => ({ waiting: 10, underWay: 10 }), () => 503);

describe('a job that fails gives its turn to the next one', () => {
  it('where it throws at once', async () => {
    const jobs = queue();
    expect(thrownBy(() => jobs.take('a', () => { throw failure; }))).to.equal(failure);
    expect(jobs.take('a', () => 1)).to.equal(1);
  });

  it('where it rejects, and where it throws after it has waited', async () => {
    const jobs = queue();
    const outcomes = [
      rejectionOf(Promise.resolve(jobs.take('a', async () => { throw failure; }))),
      rejectionOf(Promise.resolve(jobs.take('a', () => { throw failure; }))),
      Promise.resolve(jobs.take('a', () => 3)),
    ];
    expect(await Promise.all(outcomes)).to.deep.equal([failure, failure, 3]);
  });
});
