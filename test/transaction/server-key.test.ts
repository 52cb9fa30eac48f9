import { expect } from 'chai';
import { KeyBytes } from '@nksip-ts/memory';
import type { Message } from '@nksip-ts/sip';
import { RequestDigest, wayOf } from '../../packages/core/src/transaction/request-digest.ts';
import { callOf, isSame, RequestKey, twinCall, twinOf } from '../../packages/core/src/transaction/server-key.ts';
import { messageOf } from '../kit/parsed.ts';
import { type RequestParts, requestText } from '../kit/request-text.ts';

function request(parts: RequestParts): Message {
  return messageOf(requestText({ callId: 'c', ...parts }));
}

const digests = new RequestDigest('the key of this test');
const via = 'SIP/2.0/UDP host.example.com:5070;branch=z9hG4bKx';

function keyOf(parts: RequestParts, address = '192.0.2.1') {
  return new RequestKey(request({ via: [via], ...parts }), address, digests);
}

/** The bytes by which it is found. */
function bytesOf(take: (into: KeyBytes) => void): string {
  const bytes = new KeyBytes(Buffer.alloc(8));
  take(bytes);
  return `${bytes.bytes.toString('hex', 0, bytes.length)} ${bytes.hash} ${bytes.second}`;
}

const partsOf = ({ call, toTag, token, address, way, transaction }: RequestKey) => ({ call, toTag, token, address, way, transaction });

describe('what a server transaction is called', () => {
  it('D02 RFC 3261 17.2.3: branch, sent-by and method tell requests apart, other parameters of Via do not', () => {
    const key = keyOf({});
    for (const same of [`${via};rport`, via.replace('host', 'HOST')]) expect(partsOf(keyOf({ via: [same] })), same).to.deep.equal(partsOf(key));
    for (const other of [`${via}y`, via.replace('5070', '5071'), via.replace('host', 'other'), via.replace(':5070', '')]) {
      const { call, toTag, token, way, transaction } = keyOf({ via: [other] });
      expect(call).to.equal(key.call);
      expect(way).not.to.equal(key.way);
      expect(toTag).not.to.equal(key.toTag);
      expect(token).not.to.equal(key.token);
      expect(transaction).not.to.equal(key.transaction);
    }
    expect(keyOf({ method: 'MESSAGE' }).call).not.to.equal(key.call);
  });

  it('is found by the same bytes, in pieces or as one text, whatever is in it and however long it is', () => {
    for (const parts of [{}, { callId: 'x'.repeat(500) }, { callId: '\u00ff\u0100' }, { cseq: '2147483647 PUBLISH' }, { from: '<sip:alice@example.com>' }]) {
      const key = keyOf(parts);
      expect(bytesOf((into) => { key.takeCall(into); })).to.equal(bytesOf((into) => { into.take(key.call); }));
    }
  });

  it('D02 a response has the way of its request, whatever its Via was given', () => {
    const [asked, response] = [request({ via: [`${via};rport`] }), messageOf(`SIP/2.0 200 OK\r\nVia: ${via};rport=5060;received=192.0.2.1\r\n\r\n`)];
    expect(wayOf(response)).to.equal(wayOf(asked));
  });

  it('D02 works without a branch, too (RFC 2543)', () => {
    const old = 'SIP/2.0/UDP host.example.com:5070';
    expect(partsOf(keyOf({ via: [old] }))).to.deep.equal(partsOf(keyOf({ via: [old] })));
    expect(keyOf({ via: [old.replace('5070', '5071')] }).way).not.to.equal(keyOf({ via: [old] }).way);
  });

  it('D06 RFC 3261 8.2.2.2: From tag, Call-ID and CSeq make it the same request', () => {
    const key = keyOf({});
    expect(keyOf({ from: '<sip:alice@example.com>;tag=a2' }).call).not.to.equal(key.call);
    expect(keyOf({ callId: 'd' }).call).not.to.equal(key.call);
    expect(keyOf({ cseq: '2 PUBLISH' }).call).not.to.equal(key.call);
  });

  const others: readonly RequestParts[] = [
    { uri: 'sip:bob@example.com' }, { from: '<sip:bob@example.com>;tag=a1' }, { body: 'a' }, { body: 'b' }, { body: 'aa' }, { via: [via.replace('z9hG4bKx', 'z9hG4bKy')], body: 'a' },
    ...['SIP-If-Match: a', 'SIP-If-Match: b', 'Expires: 0', 'Expires: 60', 'Event: a', 'Event: b', 'Content-Type: a/b', 'Contact: <sip:a@b>', 'Authorization: Digest a="b"'].map((line) => ({ headers: [line] })),
    { headers: ['Event: a', 'Expires: 0'] }, { body: 'Event: a\r\n' }, { body: '\nEvent: a\r\n' }, { body: 'a'.repeat(60_000) }, { body: `${'a'.repeat(59_999)}b` },
  ];
  it('D02 Request-URI, From, body and the headers that decide what is asked for tell apart what is the same otherwise', () => {
    const keys = [{}, ...others].map((parts) => keyOf(parts));
    expect(new Set(keys.map(({ call }) => call)).size).to.equal(1);
    expect(new Set(keys.map(({ transaction }) => transaction)).size).to.equal(keys.length);
    expect(new Set(keys.map(({ toTag }) => toTag)).size).to.equal(keys.length);
    expect(new Set(keys.map(({ token }) => token)).size).to.equal(keys.length);
  });

  it('D02 what a proxy may write otherwise the second time does not: the lower Vias, Max-Forwards, Route, Record-Route, a time', () => {
    const key = keyOf({ body: 'a' });
    for (const line of ['Via: SIP/2.0/UDP other', 'Max-Forwards: 1', 'Route: <sip:a;lr>', 'Record-Route: <sip:a;lr>', 'Timestamp: 1', 'Date: Sat, 13 Nov 2010 23:29:00 GMT', 'X-Number: 1']) {
      expect(partsOf(keyOf({ body: 'a', headers: [line] })), line).to.deep.equal(partsOf(key));
    }
  });

  it('D02 so does the source address, but it is in no tag: another process may see another one', () => {
    const [key, elsewhere] = [keyOf({}), keyOf({}, '192.0.2.2')];
    expect([isSame(key, keyOf({})), isSame(key, elsewhere)]).to.deep.equal([true, false]);
    expect(elsewhere.transaction).to.equal(key.transaction);
    expect([elsewhere.toTag, elsewhere.token]).to.deep.equal([key.toTag, key.token]);
  });

  it('RFC 3261 19.3, RFC 3903 12: To tag and token are parts of one digest with nothing in common, and other ones under another key', () => {
    const [key, other] = [keyOf({}), new RequestKey(request({ via: [via] }), '192.0.2.1', new RequestDigest('another key'))];
    expect(key.toTag).to.match(/^[0-9a-f]{16}$/);
    expect(key.token).to.match(/^[0-9a-f]{32}$/).and.not.include(key.toTag);
    expect([other.toTag, other.token]).to.not.include(key.toTag).and.not.include(key.token);
    expect(other.transaction).to.equal(key.transaction);
  });

  it('D02 a twin has a `call` that no request can have, and is known by what the other is', () => {
    const key = keyOf({});
    const twin = twinOf(key);
    expect(isSame(twin, key)).to.equal(true);
    expect(twin.way).to.equal(key.way);
    // The Call-ID of a request is one line, and its `call` begins with it.
    expect(twin.call).to.equal(twinCall(key.call, key));
    expect([twin.call.split('\n').length, key.call.split('\n').length]).to.deep.equal([4, 3]);
  });

  it('RFC 3261 17.2.3: an ACK finds its INVITE by the To tag that this was answered with', () => {
    const invite = keyOf({ method: 'INVITE', body: 'v=0' });
    const ack = request({ method: 'ACK', via: [via], to: `<sip:alice@example.com>;tag=${invite.toTag}` });
    expect([callOf(ack, 'INVITE'), ack.toTag, wayOf(ack)]).to.deep.equal([invite.call, invite.toTag, invite.way]);
  });
});
