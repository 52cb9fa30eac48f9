import { MemoryAccount } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { ServerTable, type ServerTableOptions } from '../../packages/core/src/transaction/server-table.ts';
import type { ServerTransaction } from '../../packages/core/src/transaction/server-transaction.ts';

const usual: ServerTableOptions = { timerJ: 32_000, timerI: 5000, trying: 3500, maxOngoing: 1000, maxBytes: 1_000_000 };
const response = Buffer.from('x'.repeat(300));

describe('the table of server transactions', () => {
  let clock: SinonFakeTimers;
  let table: ServerTable;
  let memory: MemoryAccount;
  let late: ServerTransaction[];
  let abandoned: ServerTransaction[];
  let ended: ServerTransaction[];

  beforeEach(() => { clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'Date', 'performance'] }); });
  afterEach(() => {
    table.close();
    clock.restore();
  });

  function make(options: Partial<ServerTableOptions> = {}): void {
    late = [];
    abandoned = [];
    ended = [];
    memory = new MemoryAccount(2 ** 30);
    table = new ServerTable({ ...usual, ...options }, memory);
  }

  function wait(transaction: ServerTransaction): void {
    table.wait(transaction, {
      late: () => {
        late.push(transaction);
        transaction.proceed(Buffer.from('100'));
      },
      ended: () => { ended.push(transaction); },
      abandoned: () => { abandoned.push(transaction); },
    });
  }

  function begun(call: string): ServerTransaction {
    const transaction = table.begin({ call, toTag: 'abcdefghijklmnop', address: '192.0.2.1', way: 'way' });
    if (transaction === undefined) throw new Error('there is no room');
    return transaction;
  }

  function finished(call: string, reliable = false): ServerTransaction {
    const transaction = begun(call);
    table.complete(transaction, response, reliable);
    return transaction;
  }

  it('D01 RFC 3261 17.2.2: keeps the answer for timer J, 64*T1, and no longer', () => {
    make();
    finished('a');
    clock.tick(31_900);
    expect(table.find({ call: 'a' })?.again).to.deep.equal(response);
    clock.tick(500);
    expect(table.find({ call: 'a' })).to.equal(undefined);
    expect(table.finished).to.equal(0);
    expect(table.bytes).to.equal(0);
  });

  it('D01 RFC 3261 17.2.2: timer J is zero where nothing is lost', () => {
    make();
    const transaction = finished('a', true);
    expect(table.find({ call: 'a' })).to.equal(undefined);
    expect(transaction.state).to.equal('terminated');
    expect([table.ongoing, table.finished, table.bytes]).to.deep.equal([0, 0, 0]);
  });

  it('D01 lets those go that are over while others finish, without waiting for the tick', () => {
    make();
    const many = (name: string): void => { for (let i = 1; i <= 16; i++) finished(`${name}${i}`); };
    clock.tick(100);
    many('first'); // with the 16th the table looks at the clock: it is 100
    for (const call of ['a', 'b', 'c']) finished(call);
    clock.tick(32_270);
    expect(table.finished, 'the last tick was too early for four of them').to.equal(4);
    many('later');
    expect([...'abc'].filter((call) => table.find({ call }) !== undefined)).to.deep.equal(['b', 'c']);
    finished('d');
    expect([...'abcd'].filter((call) => table.find({ call }) !== undefined)).to.deep.equal(['d']);
  });

  for (const hours of [1, -1]) {
    it(`D01 D04 D05 a step of the wall clock by ${hours} h changes neither timer J, nor when a 100 is sent, nor when nobody answers any more`, () => {
      make();
      finished('a');
      wait(begun('slow'));
      clock.setSystemTime(Date.now() + 3_600_000 * hours);
      clock.tick(3400);
      expect([late, abandoned]).to.deep.equal([[], []]);
      clock.tick(350);
      expect(late.map(({ key }) => key.call)).to.deep.equal(['slow']);
      clock.tick(28_000);
      expect(table.find({ call: 'a' })?.again).to.deep.equal(response);
      expect(abandoned).to.deep.equal([]);
      clock.tick(500);
      expect(table.find({ call: 'a' })).to.equal(undefined);
      expect(abandoned.map(({ key }) => key.call)).to.deep.equal(['slow']);
    });
  }

  it('D01 lets many go in slices, between which other work has its turn', () => {
    make({ maxOngoing: 10_000, maxBytes: 100_000_000 });
    for (let i = 0; i < 5000; i++) finished(`call${i}`);
    clock.tick(32_249);
    const left = [0, 1, 2].map(() => {
      clock.next();
      return table.finished;
    });
    expect(left).to.deep.equal([3000, 1000, 0]);
  });

  it('holds no more bytes than it may: the oldest finished goes first, nobody is refused', () => {
    make({ maxBytes: 1200 });
    for (const call of ['a', 'b', 'c', 'd', 'e']) finished(call);
    expect(table.bytes).to.be.at.most(1200);
    expect(table.finished).to.equal(3);
    expect(table.find({ call: 'a' })).to.equal(undefined);
    expect(table.find({ call: 'b' })).to.equal(undefined);
    expect(table.find({ call: 'e' })?.again).to.deep.equal(response);
  });

  it('D01 comes down to a lower bound in slices, between which other work has its turn', () => {
    make({ maxBytes: 100_000_000 });
    for (let i = 0; i < 7000; i++) finished(`call${i}`);
    table.configure({ ...usual, maxBytes: 1200 });
    finished('a');
    expect(table.finished, 'a slice with what finishes').to.equal(5001);
    clock.tick(249);
    const left = [0, 1, 2].map(() => {
      clock.next();
      return table.finished;
    });
    expect(left).to.deep.equal([3001, 1001, 3]);
    expect(table.bytes).to.be.at.most(1200);
    expect(table.find({ call: 'a' })?.again).to.deep.equal(response);
  });

  it('keeps the newest answer even if it alone is too large', () => {
    make({ maxBytes: 100 });
    finished('a');
    finished('b');
    expect(table.find({ call: 'a' })).to.equal(undefined);
    expect(table.find({ call: 'b' })?.again).to.deep.equal(response);
  });

  it('never lets one go that is being worked on', () => {
    make({ maxBytes: 350 });
    const working = begun('working');
    wait(working);
    finished('a');
    finished('b');
    expect(table.find({ call: 'working' })).to.equal(working);
  });

  it('D30 takes no more at a time than it may, and counts those only that are being worked on', () => {
    make({ maxOngoing: 2 });
    finished('before');
    const a = begun('a');
    begun('b');
    expect(table.begin({ call: 'c', toTag: 'abcdefghijklmnop', address: '192.0.2.1' })).to.equal(undefined);
    expect(table.ongoing).to.equal(2);
    table.complete(a, response, false);
    expect(table.begin({ call: 'c', toTag: 'abcdefghijklmnop', address: '192.0.2.1' })).not.to.equal(undefined);
  });

  it('D04 RFC 4320 4.1: says once that a request is late, after 3.5 s and not before', () => {
    make();
    const transaction = begun('a');
    wait(transaction);
    clock.tick(3499);
    expect(late).to.deep.equal([]);
    clock.tick(251);
    expect(late).to.deep.equal([transaction]);
    clock.tick(5000);
    expect(late).to.deep.equal([transaction]);
  });

  it('D04 says nothing of a request that was answered in time, nor of those that came later', () => {
    make();
    const [a, b] = [begun('a'), begun('b')];
    wait(a);
    clock.tick(2000);
    wait(b);
    table.complete(a, response, false);
    clock.tick(3000);
    expect(late).to.deep.equal([]);
    clock.tick(1000);
    expect(late).to.deep.equal([b]);
  });

  it('D05 RFC 4320 4.2: gives a request up that has no answer after 64*T1', () => {
    make();
    const transaction = begun('a');
    wait(transaction);
    clock.tick(31_900);
    expect(abandoned).to.deep.equal([]);
    clock.tick(350);
    expect([ended, abandoned]).to.deep.equal([[transaction], [transaction]]);
    expect(transaction.isOver).to.equal(true);
    expect(table.find({ call: 'a' })).to.equal(undefined);
    expect(table.ongoing).to.equal(0);
  });

  it('D63 RFC 3261 17.2.1: finds a refused INVITE until 64*T1 are over, and after its ACK for T4 more, without its answer', () => {
    make();
    const refuse = (call: string): void => { table.complete(begun(call), response, false, false, 'tag'); };
    refuse('a');
    refuse('b');
    expect([table.ongoing, table.finished, table.invite({ call: 'a' })?.isAcknowledgedBy('tag', '192.0.2.1')]).to.deep.equal([0, 0, true]);
    expect([table.find({ call: 'a' })?.again, table.find({ call: 'a' })?.key.way]).to.deep.equal([new Uint8Array(response), 'way']);
    table.invite({ call: 'b' })?.onAck();
    clock.tick(4999);
    expect([table.find({ call: 'b' })?.isOver, table.find({ call: 'b' })?.again]).to.deep.equal([true, undefined]);
    clock.tick(1);
    expect(table.find({ call: 'b' })).to.equal(undefined);
    clock.tick(26_999);
    expect(table.find({ call: 'a' })?.again).to.deep.equal(new Uint8Array(response));
    clock.tick(1);
    expect([table.find({ call: 'a' }), memory.used]).to.deep.equal([undefined, memory.usage().parts['transactions']]);
  });

  it('D63 RFC 3261 17.2.1: over a connection, too, where timer I is zero', () => {
    make();
    table.complete(begun('a'), response, true, false, 'tag');
    expect(table.find({ call: 'a' })?.again).to.deep.equal(new Uint8Array(response));
    table.invite({ call: 'a' })?.onAck();
    expect(table.find({ call: 'a' })).to.equal(undefined);
  });

  it('D32 keeps in mind that an answer is larger than what came allows', () => {
    make();
    for (const isLarge of [false, true]) {
      table.complete(begun(`other ${isLarge}`), response, false, isLarge);
      table.complete(begun(`invite ${isLarge}`), response, false, isLarge, 'tag');
      expect([table.find({ call: `other ${isLarge}` })?.isLarge, table.find({ call: `invite ${isLarge}` })?.isLarge]).to.deep.equal([isLarge, isLarge]);
    }
  });

  it('takes new times and limits for what finishes from now on', () => {
    make();
    finished('a');
    table.configure({ ...usual, timerJ: 64_000, maxOngoing: 1 });
    finished('b');
    clock.tick(33_000);
    expect(table.find({ call: 'a' })).to.equal(undefined);
    expect(table.find({ call: 'b' })?.again).to.deep.equal(response);
    begun('c');
    expect(table.begin({ call: 'd', toTag: 'abcdefghijklmnop', address: '192.0.2.1' })).to.equal(undefined);
  });

  it('closed, it holds nothing, and what was being worked on is over', () => {
    make();
    for (let i = 0; i < 2500; i++) finished(`b${i}`);
    clock.tick(32_249);
    const transaction = begun('a');
    wait(transaction);
    table.complete(begun('c'), response, false, false, 'tag');
    clock.next();
    expect(table.finished).to.equal(500);
    table.close();
    expect([ended, table.find({ call: 'c' })]).to.deep.equal([[transaction], undefined]);
    expect(transaction.isOver).to.equal(true);
    expect([table.ongoing, table.finished, table.bytes]).to.deep.equal([0, 0, 0]);
    clock.tick(60_000);
    expect(late).to.deep.equal([]);
    expect(abandoned).to.deep.equal([]);
    expect(clock.countTimers()).to.equal(0);
  });
});
