import { expect } from 'chai';
import { parse, type Message } from '@nksip-ts/sip';
import { serverKey } from '../../packages/core/src/transaction/server-key.ts';
import { requestText, type RequestParts } from '../wire/request-text.ts';

function messageOf(parts: RequestParts): Message {
  const parsed = parse(Buffer.from(requestText({ callId: 'c', ...parts })));
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.message;
}

const keyOf = (parts: RequestParts) => serverKey(messageOf(parts));
const via = 'SIP/2.0/UDP host.example.com:5070;branch=z9hG4bKx';

describe('what a server transaction is called', () => {
  it('D02 RFC 3261 17.2.3: branch, sent-by and method tell requests apart, other parameters of Via do not', () => {
    const key = keyOf({ via: [via] });
    expect(keyOf({ via: [`${via};rport`] })).to.deep.equal(key);
    expect(keyOf({ via: [via.replace('host', 'HOST')] }), 'hosts have no case').to.deep.equal(key);
    expect(keyOf({ via: [`${via}y`] }).hop).not.to.equal(key.hop);
    expect(keyOf({ via: [via.replace('5070', '5071')] }).hop).not.to.equal(key.hop);
    expect(keyOf({ via: [via.replace('host', 'other')] }).hop).not.to.equal(key.hop);
    expect(keyOf({ via: [via], method: 'MESSAGE' }).call).not.to.equal(key.call);
  });

  it('D02 RFC 3261 17.2.3: without the magic cookie the whole Via, the Request-URI, Call-ID, CSeq and From tag count', () => {
    const old = 'SIP/2.0/UDP host.example.com:5070;branch=1';
    const key = keyOf({ via: [old] });
    expect(keyOf({ via: [old] })).to.deep.equal(key);
    expect(keyOf({ via: [`${old};x`] }).hop).not.to.equal(key.hop);
    expect(keyOf({ via: [old], uri: 'sip:bob@example.com' }).hop).not.to.equal(key.hop);
    expect(keyOf({ via: ['SIP/2.0/UDP host.example.com;branch=z9hG4bK'] }).hop, 'the cookie alone is no branch').to.include('host.example.com;branch');
  });

  it('D06 RFC 3261 8.2.2.2: From tag, Call-ID and CSeq make it the same request', () => {
    const key = keyOf({ via: [via] });
    expect(keyOf({ via: [`${via}2`] }).call).to.equal(key.call);
    expect(keyOf({ via: [via], from: '<sip:alice@example.com>;tag=a2' }).call).not.to.equal(key.call);
    expect(keyOf({ via: [via], callId: 'd' }).call).not.to.equal(key.call);
    expect(keyOf({ via: [via], cseq: '2 PUBLISH' }).call).not.to.equal(key.call);
  });

  it('RFC 3261 17.2.3: an ACK has the key of its INVITE, with the cookie and without', () => {
    for (const value of [via, 'SIP/2.0/UDP host.example.com;branch=1']) {
      const invite = keyOf({ method: 'INVITE', via: [value] });
      const ack = serverKey(messageOf({ method: 'ACK', via: [value], to: '<sip:alice@example.com>;tag=ours' }), 'INVITE');
      expect(ack).to.deep.equal(invite);
    }
  });
});
