import { expect } from 'chai';
import { buildResponse, Lending, parse, type Lent, type Message } from '@nksip-ts/sip';

const text = (name: string, more = ''): string => `OPTIONS sip:${name}@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${name}\r\n`
  + `From: <sip:${name}@example.com>;tag=${name}\r\nTo: <sip:${name}@example.com>\r\nCall-ID: ${name}\r\nCSeq: 1 OPTIONS\r\n${more}Content-Length: 0\r\n\r\n`;

function messageIn(bytes: Uint8Array, lent?: Lent): Message {
  const parsed = parse(bytes, undefined, undefined, lent);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.message;
}

describe('a message that is lent', () => {
  it('says what it would hold if it were kept, whatever was read before in its room', () => {
    const lending = new Lending();
    for (const lent of [lending.all, lending.index]) {
      messageIn(Buffer.from(text('long', 'X-A: b\r\n'.repeat(200))), lent);
      const message = messageIn(new Uint8Array(Buffer.from(text('alice'))), lent);
      const before = message.heldBytes;
      message.keep();
      expect(before).to.equal(message.heldBytes);
    }
  });
});

describe('a response', () => {
  it('holds little memory, however long the request is that it is for', () => {
    const request = messageIn(Buffer.from(text('alice', 'X-A: b\r\n'.repeat(200) + `X-B: ${'b'.repeat(8000)}\r\n`.repeat(3))));
    const one = buildResponse({ request, code: 100, reason: 'Trying', headers: '' });
    expect(one.length).to.be.lessThan(400);
    expect(one.buffer.byteLength).to.be.at.most(Buffer.poolSize);
    const next = buildResponse({ request: messageIn(Buffer.from(text('bob'))), code: 100, reason: 'Trying', headers: '' });
    expect(next.buffer.byteLength).to.be.at.most(Buffer.poolSize);
  });
});
