import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { InviteServer } from '../../packages/core/src/transaction/invite-server.ts';

const response = Buffer.from('405');
const timers = { timerH: 32_000, timerI: 5000 };
const key = { call: 'call', toTag: 'tag', address: '192.0.2.1' };

describe('the INVITE server transaction', () => {
  let clock: SinonFakeTimers;
  let ends: number;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    ends = 0;
  });
  afterEach(() => { clock.restore(); });

  const refused = (isReliable = false): InviteServer => new InviteServer({ key, ackTag: 'tag', response, isLarge: false, isReliable }, timers, () => { ends++; });

  it('D63 RFC 3261 17.2.1: has no timer G', () => {
    refused();
    expect(clock.countTimers(), 'timer H').to.equal(1);
  });

  it('RFC 3261 17.2.1: without an ACK timer H ends it after 64*T1', () => {
    for (const reliable of [false, true]) {
      ends = 0;
      const transaction = refused(reliable);
      clock.tick(31_999);
      expect(transaction.state).to.equal('completed');
      clock.tick(1);
      expect(transaction.state).to.equal('terminated');
      expect([ends, clock.countTimers()]).to.deep.equal([1, 0]);
    }
  });

  it('RFC 3261 17.2.1: has the response for a repeated INVITE, until the ACK has come', () => {
    const transaction = refused();
    expect(transaction.again).to.equal(response);
    transaction.onAck();
    expect(transaction.again).to.equal(undefined);
  });

  it('RFC 3261 17.2.1: an ACK stops the response, and timer I absorbs more of them for T4', () => {
    const transaction = refused();
    clock.tick(100);
    transaction.onAck();
    expect(transaction.state).to.equal('confirmed');
    clock.tick(4999);
    transaction.onAck();
    expect([ends, transaction.again]).to.deep.equal([0, undefined]);
    clock.tick(1);
    expect(transaction.state).to.equal('terminated');
    expect(ends).to.equal(1);
  });

  it('RFC 3261 17.1.1.3: its ACK has the To tag of the response, and comes from where the INVITE came from', () => {
    const transaction = refused();
    const acks = [['tag', '192.0.2.1'], ['other', '192.0.2.1'], ['', '192.0.2.1'], ['tag', '192.0.2.2']] as const;
    expect(acks.map(([toTag, address]) => transaction.isAcknowledgedBy(toTag, address))).to.deep.equal([true, false, false, false]);
  });

  it('RFC 3261 17.2.1: timer I is zero over a reliable transport', () => {
    const transaction = refused(true);
    transaction.onAck();
    expect(transaction.state).to.equal('terminated');
    expect(ends).to.equal(1);
  });

  it('leaves no timer behind when it is ended', () => {
    const transaction = refused();
    transaction.terminate();
    transaction.terminate();
    expect(ends).to.equal(1);
    expect(clock.countTimers()).to.equal(0);
  });
});
