import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { InviteServer } from '../../packages/core/src/transaction/invite-server.ts';

const response = Buffer.from('405');
const timers = { t1: 500, t2: 4000, t4: 5000 };

describe('the INVITE server transaction', () => {
  let clock: SinonFakeTimers;
  /** Milliseconds at which the response was sent. */
  let sent: number[];
  let ends: number;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    sent = [];
    ends = 0;
  });
  afterEach(() => { clock.restore(); });

  const refused = (reliable = false): InviteServer =>
    new InviteServer({ call: 'call', hop: 'hop' }, 'hop', response, (bytes) => { expect(bytes).to.equal(response); sent.push(Date.now()); }, reliable, timers, () => { ends++; });

  it('RFC 3261 17.2.1: sends the final response at once, and again each timer G: T1, 2*T1 ... up to T2', () => {
    refused();
    clock.tick(20_000);
    expect(sent).to.deep.equal([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500]);
  });

  it('timer G goes on when sending throws', () => {
    let calls = 0;
    new InviteServer({ call: 'call', hop: 'hop' }, 'hop', response, () => { if (++calls === 2) throw new TypeError('a logger that throws'); }, false, timers, () => { ends++; });
    clock.tick(1500);
    expect(calls).to.equal(3);
  });

  it('RFC 3261 17.2.1: timer G does not run over a reliable transport', () => {
    refused(true);
    clock.tick(31_999);
    expect(sent).to.deep.equal([0]);
  });

  it('RFC 3261 17.2.1: without an ACK timer H ends it after 64*T1', () => {
    for (const reliable of [false, true]) {
      sent = [];
      ends = 0;
      const transaction = refused(reliable);
      clock.tick(31_999);
      expect(transaction.state).to.equal('completed');
      clock.tick(1);
      expect(transaction.state).to.equal('terminated');
      expect(ends).to.equal(1);
      const before = sent.length;
      clock.tick(60_000);
      expect(sent.length).to.equal(before);
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
    expect(sent).to.deep.equal([0]);
    expect(ends).to.equal(0);
    clock.tick(1);
    expect(transaction.state).to.equal('terminated');
    expect(ends).to.equal(1);
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
