import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { NonInviteClient, type TransactionTimers } from '../../packages/core/src/transaction/non-invite-client.ts';
import { responseMessage } from '../kit/parsed.ts';

const usual: TransactionTimers = { t1: 500, t2: 4000 };

interface Parts {
  readonly isReliable: boolean;
  readonly timers: TransactionTimers;
  transmit(transaction: NonInviteClient): void;
}

describe('non-INVITE client transaction', () => {
  let clock: SinonFakeTimers;
  /** What happened, each with its time in milliseconds. */
  let events: string[];

  beforeEach(() => {
    clock = useFakeTimers();
    events = [];
  });
  afterEach(() => clock.restore());

  function note(what: string): void {
    events.push(`${clock.now} ${what}`);
  }

  function started({ isReliable = false, transmit = () => note('send'), timers = usual }: Partial<Parts> = {}): NonInviteClient {
    const transaction = new NonInviteClient('z9hG4bK1', 'PUBLISH', { transport: 'UDP', host: '127.0.0.1', port: 5060 }, isReliable, timers, {
      transmit,
      responded: ({ status }) => note(String(status)),
      timedOut: () => note('timeout'),
      transportFailed: (error) => note(`failed: ${String(error)}`),
    }, { terminated: () => note('terminated') });
    transaction.start();
    return transaction;
  }

  it('B21 D49 RFC 3261 17.1.2.2 sends again after 500 ms, doubling to 4 s (Timer E), and gives up after 32 s (Timer F)', () => {
    const transaction = started();
    clock.tick(31_999);
    const times = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    expect(events).to.deep.equal(times.map((time) => `${time} send`));
    expect(transaction.state).to.equal('trying');
    clock.tick(1);
    expect(events.slice(-2)).to.deep.equal(['32000 terminated', '32000 timeout']);
    expect(transaction.state).to.equal('terminated');
    expect(clock.countTimers()).to.equal(0);
  });

  it('D49 RFC 3261 17.1.2.2 derives E and F from sip_timer_t1 and sip_timer_t2', () => {
    started({ timers: { t1: 10, t2: 25 } });
    clock.tick(100);
    expect(events).to.deep.equal(['0 send', '10 send', '30 send', '55 send', '80 send']);
    clock.tick(540);
    expect(events.at(-1)).to.equal('640 timeout');
  });

  it('B21 sends once over a reliable transport, and Timer F holds there too', () => {
    started({ isReliable: true });
    clock.tick(31_999);
    expect(events).to.deep.equal(['0 send']);
    clock.tick(1);
    expect(events).to.deep.equal(['0 send', '32000 terminated', '32000 timeout']);
  });

  it('RFC 3261 17.1.2.2 sends again every T2 in Proceeding, once the running Timer E has fired', () => {
    const transaction = started();
    clock.tick(600);
    transaction.receive(responseMessage('100 Trying'));
    expect(transaction.state).to.equal('proceeding');
    clock.tick(9000);
    expect(events).to.deep.equal(['0 send', '500 send', '1500 send', '5500 send', '9500 send']);
    clock.tick(22_400);
    expect(events.at(-1)).to.equal('32000 timeout');
  });

  it('RFC 3261 17.1.2.2 hands the final response up once, and absorbs repetitions', () => {
    for (const isReliable of [false, true]) {
      events = [];
      const transaction = started({ isReliable });
      transaction.receive(responseMessage('404 Not Found'));
      transaction.receive(responseMessage('404 Not Found'));
      transaction.receive(responseMessage('100 Trying'));
      clock.tick(60_000);
      expect(transaction.state).to.equal('terminated');
      expect(events.map((text) => text.replace(/^\d+ /, ''))).to.deep.equal(['send', 'terminated', '404']);
      expect(clock.countTimers()).to.equal(0);
    }
  });

  it('RFC 3261 17.1.2.2 takes a final response in Proceeding', () => {
    const transaction = started();
    transaction.receive(responseMessage('100 Trying'));
    transaction.receive(responseMessage('503 Service Unavailable'));
    expect(transaction.state).to.equal('terminated');
    expect(events).to.deep.equal(['0 send', '0 terminated', '0 503']);
  });

  it('D28 RFC 3261 17.1.4 tells a transport failure once and sends no more', () => {
    const transaction = started();
    transaction.transportFailed(new Error('no route'));
    transaction.transportFailed(new Error('no route'));
    expect(transaction.state).to.equal('terminated');
    expect(events).to.deep.equal(['0 send', '0 terminated', '0 failed: Error: no route']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('D28 tells a failure of a retransmission, and none after the final response', () => {
    let sent = 0;
    const failing = started({ transmit: (transaction) => { if (++sent > 1) transaction.transportFailed(new Error('gone')); } });
    clock.tick(500);
    expect(events).to.deep.equal(['500 terminated', '500 failed: Error: gone']);
    expect(failing.state).to.equal('terminated');
    expect(clock.countTimers()).to.equal(0);
    events = [];
    const answered = started();
    answered.receive(responseMessage('200 OK'));
    answered.transportFailed(new Error('too late'));
    answered.terminate();
    expect(events).to.deep.equal(['500 send', '500 terminated', '500 200']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('terminate clears every timer and tells no outcome', () => {
    const transaction = started();
    transaction.terminate();
    transaction.receive(responseMessage('200 OK'));
    clock.tick(60_000);
    expect(events).to.deep.equal(['0 send', '0 terminated']);
    expect(clock.countTimers()).to.equal(0);
  });
});
