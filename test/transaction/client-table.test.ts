import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { NksipError } from '../../packages/core/src/errors.ts';
import { ClientTable, sentByText } from '../../packages/core/src/transaction/client-table.ts';
import { responseMessage } from '../kit/parsed.ts';

const timers = { t1: 500, t2: 4000 };
const key = { branch: 'z9hG4bK1', method: 'PUBLISH', sentBy: { transport: 'UDP', host: '127.0.0.1', port: 5060 } };

describe('table of client transactions', () => {
  let clock: SinonFakeTimers;
  let outcomes: string[];

  beforeEach(() => {
    clock = useFakeTimers();
    outcomes = [];
  });
  afterEach(() => clock.restore());

  function start(table: ClientTable, change: Partial<typeof key> = {}, isReliable = false): void {
    table.start({ ...key, ...change }, isReliable, timers, {
      transmit: () => undefined,
      responded: ({ status }) => outcomes.push(String(status)),
      timedOut: () => outcomes.push('timeout'),
      transportFailed: (error) => outcomes.push(error instanceof NksipError ? error.code : 'other'),
    });
  }

  it('RFC 3261 17.1.3 matches by branch and by the method in CSeq', () => {
    const table = new ClientTable();
    start(table);
    start(table, { branch: 'z9hG4bK2' });
    expect(table.receive(responseMessage('200 OK', { branch: 'z9hG4bK3' }))).to.equal(false);
    expect(table.receive(responseMessage('200 OK', { method: 'OPTIONS' }))).to.equal(false);
    expect(outcomes).to.deep.equal([]);
    expect(table.receive(responseMessage('412 Conditional Request Failed', { branch: 'z9hG4bK2' }))).to.equal(true);
    expect(table.receive(responseMessage('200 OK'))).to.equal(true);
    expect(outcomes).to.deep.equal(['412', '200']);
  });

  it('RFC 3261 18.1.2 drops a response whose sent-by is not ours', () => {
    const table = new ClientTable();
    start(table);
    expect(table.receive(responseMessage('200 OK', { sentBy: '127.0.0.1:5062' }))).to.equal(false);
    expect(table.receive(responseMessage('200 OK', { sentBy: '127.0.0.2' }))).to.equal(false);
    expect(outcomes).to.deep.equal([]);
  });

  it('RFC 3261 18.2.2, RFC 5954 4.2: a sent-by is the same without its default port, and an IPv6 address however it is written', () => {
    const table = new ClientTable();
    start(table);
    expect(table.receive(responseMessage('200 OK', { sentBy: '127.0.0.1' }))).to.equal(true);
    start(table, { branch: 'z9hG4bK2', sentBy: { transport: 'udp', host: '[2001:db8::1]', port: 5080 } });
    expect(table.receive(responseMessage('200 OK', { branch: 'z9hG4bK2', sentBy: '[2001:DB8:0:0::0001]:5080' }))).to.equal(true);
    expect(sentByText({ transport: 'TLS', host: 'Example.com' })).to.equal(sentByText({ transport: 'tls', host: 'example.com.', port: 5061 }));
    // RFC 7118 5
    expect(sentByText({ transport: 'WSS', host: 'example.com' })).to.equal(sentByText({ transport: 'WSS', host: 'example.com', port: 443 }));
    expect(sentByText({ transport: 'SCTP', host: 'example.com' })).to.equal(sentByText({ transport: 'SCTP', host: 'example.com', port: 5060 }));
  });

  it('RFC 3261 8.1.3.3 drops a response with two Vias, in one line or in two', () => {
    const table = new ClientTable();
    start(table);
    expect(table.receive(responseMessage('200 OK', { via: ', SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx' }))).to.equal(false);
    expect(table.receive(responseMessage('200 OK', { via: '\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx' }))).to.equal(false);
    expect(table.receive(responseMessage('200 OK', { via: ';received=127.0.0.1;rport=5060' }))).to.equal(true);
  });

  it('RFC 3261 17.1.2.2 absorbs repetitions of a final response, and keeps nothing for them', () => {
    const table = new ClientTable();
    start(table);
    table.receive(responseMessage('200 OK'));
    expect(table.size).to.equal(0);
    expect(clock.countTimers()).to.equal(0);
    expect(table.receive(responseMessage('200 OK'))).to.equal(false);
    expect(outcomes).to.deep.equal(['200']);
  });

  it('forgets a transaction that timed out', () => {
    const table = new ClientTable();
    start(table);
    clock.tick(32_000);
    expect(outcomes).to.deep.equal(['timeout']);
    expect(table.size).to.equal(0);
  });

  it('refuses more waiting transactions than its limit with queue_full', () => {
    const table = new ClientTable(2);
    start(table);
    start(table, { branch: 'z9hG4bK2' });
    expect(() => start(table, { branch: 'z9hG4bK3' })).to.throw(NksipError).with.property('code', 'queue_full');
    table.receive(responseMessage('200 OK'));
    start(table, { branch: 'z9hG4bK3' });
    for (const branch of ['z9hG4bK2', 'z9hG4bK3']) table.receive(responseMessage('200 OK', { branch }));
    expect(outcomes).to.deep.equal(['200', '200', '200']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('close fails what has no answer yet, leaves no timer, and starts nothing new', () => {
    const table = new ClientTable();
    start(table);
    start(table, { branch: 'z9hG4bK2' });
    table.receive(responseMessage('200 OK'));
    table.close();
    expect(outcomes).to.deep.equal(['200', 'transport_error']);
    expect(table.size).to.equal(0);
    expect(clock.countTimers()).to.equal(0);
    expect(() => start(table)).to.throw(NksipError).with.property('code', 'transport_error');
  });
});
