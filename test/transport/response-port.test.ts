import { expect } from 'chai';
import { createLogger } from '../../packages/core/src/log/log.ts';
import { ResponseSender } from '../../packages/core/src/reply/send.ts';
import { Trace } from '../../packages/core/src/trace.ts';
import { messageOf } from '../kit/parsed.ts';
import { requestText } from '../kit/request-text.ts';

const silent = createLogger('responses', 'silent');

const udp = { transport: 'udp', address: '127.0.0.1', port: 40000 } as const;
const tcp = { transport: 'tcp', address: '127.0.0.1', port: 40000 } as const;
const tls = { transport: 'tls', address: '127.0.0.1', port: 40000 } as const;
const ws = { transport: 'ws', address: '127.0.0.1', port: 40000 } as const;
const six = { transport: 'udp', address: '::1', port: 40000 } as const;

type From = typeof ws | typeof udp | typeof tcp | typeof tls | typeof six;

/** Where the response to a request with this Via is sent. */
function target(text: string, source: From): string {
  const sender = new ResponseSender(silent, new Trace(silent, false));
  let sentTo = '';
  const reply = (_: Uint8Array, address: string, port: number): void => { sentTo = `${address} ${port}`; };
  sender.send(messageOf(requestText({ via: [text] })), { ...source, localAddress: '', localPort: 0, reply }, Buffer.alloc(1), Infinity);
  return sentTo;
}

describe('where an answer goes', () => {
  it('D16 RFC 3581 4: to the source address and port where rport is asked for', () => {
    expect(target('SIP/2.0/UDP 192.0.2.2:5080;branch=z9hG4bK1;rport', udp)).to.equal('127.0.0.1 40000');
    expect(target('SIP/2.0/UDP 192.0.2.2:5080;branch=z9hG4bK1;rport=7', udp)).to.equal('127.0.0.1 40000');
  });

  it('D17 RFC 3261 18.2.2: to the source address and the port of sent-by without rport', () => {
    expect(target('SIP/2.0/UDP 192.0.2.2:5080;branch=z9hG4bK1', udp)).to.equal('127.0.0.1 5080');
    expect(target('SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1', udp)).to.equal('127.0.0.1 5060');
  });

  it('D17 RFC 3261 18.2.2: maddr counts only where it is the source; then rport does not (RFC 3581 4)', () => {
    expect(target('SIP/2.0/UDP 192.0.2.2:5080;maddr=127.0.0.9', udp)).to.equal('127.0.0.1 5080');
    expect(target('SIP/2.0/UDP 192.0.2.2:5080;maddr=127.0.0.9;rport', udp)).to.equal('127.0.0.1 40000');
    expect(target('SIP/2.0/UDP 192.0.2.2:5080;maddr=example.com;rport', udp)).to.equal('127.0.0.1 40000');
    expect(target('SIP/2.0/UDP 192.0.2.2:5080;maddr=127.0.0.1;rport', udp)).to.equal('127.0.0.1 5080');
    expect(target('SIP/2.0/UDP [::9]:5080;maddr=[0:0:0:0:0:0:0:1];rport', six)).to.equal('::1 5080');
    expect(target('SIP/2.0/UDP [::1]:5080;maddr=[::2];rport', six)).to.equal('::1 40000');
  });

  it('D17 a lost stream connection is replaced by one to the port of sent-by, whatever rport and maddr say', () => {
    expect(target('SIP/2.0/TCP 192.0.2.2:5080;maddr=127.0.0.9;rport', tcp)).to.equal('127.0.0.1 5080');
    expect(target('SIP/2.0/TCP 192.0.2.2', tcp)).to.equal('127.0.0.1 5060');
    expect(target('SIP/2.0/TLS 192.0.2.2', tls)).to.equal('127.0.0.1 5061');
  });

  it('D41 RFC 7118 5.2 where the WebSocket comes from, whatever the made-up sent-by says', () => {
    expect(target('SIP/2.0/WS l67k95ioe1cq.invalid:5080;branch=z9hG4bK1;rport', ws)).to.equal('127.0.0.1 40000');
  });

  it('does not believe a received that the sender wrote', () => {
    expect(target('SIP/2.0/UDP 192.0.2.2;received=192.0.2.99', udp)).to.equal('127.0.0.1 5060');
  });
});
