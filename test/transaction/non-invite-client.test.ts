import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { NonInviteClient, type NonInviteClientInput } from '../../packages/core/src/transaction/non-invite-client.ts';
import { responseMessage } from '../kit/parsed.ts';

const timers = { t1: 500, t2: 4000, t4: 5000 };

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

  function started(input: Partial<NonInviteClientInput> = {}): NonInviteClient {
    const transaction = new NonInviteClient({
      reliable: false,
      timers,
      send: async () => note('send'),
      onProvisional: ({ status }) => note(String(status)),
      onResponse: ({ status }) => note(String(status)),
      onTimeout: () => note('timeout'),
      onTransportError: (error) => note(`failed: ${String(error)}`),
      onTerminated: () => note('terminated'),
      ...input,
    });
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
    started({ timers: { t1: 10, t2: 25, t4: 5 } });
    clock.tick(100);
    expect(events).to.deep.equal(['0 send', '10 send', '30 send', '55 send', '80 send']);
    clock.tick(540);
    expect(events.at(-1)).to.equal('640 timeout');
  });

  it('B21 sends once over a reliable transport, and Timer F holds there too', () => {
    started({ reliable: true });
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
    expect(events).to.deep.equal(['0 send', '500 send', '600 100', '1500 send', '5500 send', '9500 send']);
    clock.tick(22_400);
    expect(events.at(-1)).to.equal('32000 timeout');
  });

  it('RFC 3261 17.1.2.2 hands the final response up once and absorbs repetitions for T4 (Timer K)', () => {
    const transaction = started();
    clock.tick(600);
    transaction.receive(responseMessage('200 OK'));
    expect(transaction.state).to.equal('completed');
    transaction.receive(responseMessage('200 OK'));
    transaction.receive(responseMessage('100 Trying'));
    clock.tick(4999);
    expect(transaction.state).to.equal('completed');
    clock.tick(1);
    expect(events).to.deep.equal(['0 send', '500 send', '600 200', '5600 terminated']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('RFC 3261 17.1.2.2 has no Timer K over a reliable transport', () => {
    const transaction = started({ reliable: true });
    transaction.receive(responseMessage('404 Not Found'));
    expect(transaction.state).to.equal('terminated');
    expect(events).to.deep.equal(['0 send', '0 terminated', '0 404']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('RFC 3261 17.1.2.2 takes a final response in Proceeding', () => {
    const transaction = started();
    transaction.receive(responseMessage('100 Trying'));
    transaction.receive(responseMessage('503 Service Unavailable'));
    expect(transaction.state).to.equal('completed');
    expect(events).to.deep.equal(['0 send', '0 100', '0 503']);
  });

  it('D28 RFC 3261 17.1.4 tells a transport failure at once and sends no more', async () => {
    const transaction = started({ send: () => Promise.reject(new Error('no route')) });
    await clock.tickAsync(0);
    expect(transaction.state).to.equal('terminated');
    expect(events).to.deep.equal(['0 terminated', '0 failed: Error: no route']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('D28 tells a failure of a retransmission, and none after the final response', async () => {
    let sent = 0;
    const failing = started({ send: async () => { if (++sent > 1) throw new Error('gone'); } });
    await clock.tickAsync(500);
    expect(events).to.deep.equal(['500 terminated', '500 failed: Error: gone']);
    expect(failing.state).to.equal('terminated');
    events = [];
    const answered = started();
    answered.receive(responseMessage('200 OK'));
    answered.transportFailed(new Error('too late'));
    expect(events).to.deep.equal(['500 send', '500 200']);
    answered.terminate();
    answered.terminate();
    expect(events.at(-1)).to.equal('500 terminated');
    expect(events).to.have.length(3);
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
