import { expect } from 'chai';
import { restore, stub } from 'sinon';
import { ReadBudget, type Reader } from '../../packages/core/src/transport/connection/read-budget.ts';

/** A connection with so many messages, each of which takes a millisecond. */
class Peer implements Reader {
  constructor(private readonly budget: ReadBudget, private readonly name: string, private left: number, private readonly done: string[]) {}

  readOn(): void {
    for (; this.left > 0; this.left--) {
      if (this.budget.isSpent(this)) return this.budget.wait(this);
      this.done.push(this.name);
      now++;
    }
  }
}

let now = 0;
const turn = (): Promise<void> => new Promise(setImmediate);

describe('the time for messages in a turn of the event loop', () => {
  beforeEach(() => {
    now = 0;
    stub(performance, 'now').callsFake(() => now);
  });
  afterEach(restore);

  it('is shared by all connections, and who is left over goes on in the order of waiting', async () => {
    const [budget, done] = [new ReadBudget(), [] as string[]];
    new Peer(budget, 'a', 30, done).readOn();
    const inFirst = done.length;
    new Peer(budget, 'b', 13, done).readOn();
    new Peer(budget, 'c', 1, done).readOn();
    expect(inFirst).to.be.within(10, 12);
    // The first message of each has its time.
    expect(done.slice(inFirst)).to.deep.equal(['b', 'c']);
    const turns: string[] = [];
    for (let began = done.length; done.length < 44; began = done.length) {
      await turn();
      turns.push([...new Set(done.slice(began))].join(''));
      expect(done.length - began).to.be.at.most(13);
    }
    expect(turns).to.deep.equal(['a', 'b', 'ab']);
  });

  it('costs nothing where nobody has two messages in a row', () => {
    const [budget, done] = [new ReadBudget(), [] as string[]];
    const peers = ['a', 'b', 'c'].map((name) => new Peer(budget, name, 1, done));
    for (let count = 0; count < 100; count++) expect(peers.map((peer) => budget.isSpent(peer))).to.deep.equal([false, false, false]);
    expect((performance.now as unknown as { readonly callCount: number }).callCount).to.equal(0);
  });

  it('is not spent by those who came before this turn, and who comes now waits behind those who wait', async () => {
    const [budget, done] = [new ReadBudget(), [] as string[]];
    new Peer(budget, 'a', 60, done).readOn();
    await turn();
    const began = done.length;
    new Peer(budget, 'b', 5, done).readOn();
    expect(done.slice(began)).to.deep.equal(['b']);
    while (done.length < 65) await turn();
    expect(done.lastIndexOf('b')).to.be.below(done.lastIndexOf('a'));
  });

  it('is no more for a connection that left', async () => {
    const [budget, done] = [new ReadBudget(), [] as string[]];
    const peer = new Peer(budget, 'a', 60, done);
    peer.readOn();
    const { length } = done;
    budget.leave(peer);
    await turn();
    await turn();
    expect(done).to.have.length(length);
  });

  it('tells when nobody waits any more, be it that all had their turn or that they left', async () => {
    const [budget, done] = [new ReadBudget(), [] as string[]];
    await budget.whenIdle();
    new Peer(budget, 'a', 60, done).readOn();
    await budget.whenIdle();
    expect(done).to.have.length(60);
    const peer = new Peer(budget, 'b', 60, done);
    peer.readOn();
    const idle = budget.whenIdle();
    budget.leave(peer);
    await idle;
    expect(done).to.have.length.below(120);
  });
});
