import { expect } from 'chai';
import { buildResponse } from '@nksip-ts/sip';
import { receivedFor } from '../../packages/core/src/transport/received.ts';
import { messageOf } from '../kit/parsed.ts';
import { requestText } from '../kit/request-text.ts';

interface From {
  readonly address: string;
  readonly port: number;
}

const four: From = { address: '127.0.0.1', port: 40000 };
const six: From = { address: '::1', port: 40000 };

/** The Via of the response to a request that has this one; undefined: as it is. */
function marked(text: string, source: From): string | undefined {
  const request = messageOf(requestText({ via: [text] }));
  const { topVia } = request;
  if (topVia === undefined) throw new Error(`no Via: ${text}`);
  const response = Buffer.from(buildResponse({ request, code: 200, reason: 'OK', headers: '', received: receivedFor(topVia, source), port: source.port }));
  const [, via] = /^Via: (.*)\r$/m.exec(response.toString('latin1')) ?? [];
  return via === text ? undefined : via;
}

describe('the topmost Via of an answer', () => {
  it('D15 RFC 3261 18.2.1: stays as it is when sent-by is the source', () => {
    expect(marked('SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1', four)).to.equal(undefined);
    expect(marked('SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1', six)).to.equal(undefined);
    expect(marked('SIP/2.0/UDP [0:0:0:0:0:0:0:1];branch=z9hG4bK1', six)).to.equal(undefined);
  });

  it('D15 RFC 3261 18.2.1: gets received when sent-by is another address or a name', () => {
    expect(marked('SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK1', four)).to.equal('SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK1;received=127.0.0.1');
    expect(marked('SIP/2.0/TCP localhost;branch=z9hG4bK1', four)).to.equal('SIP/2.0/TCP localhost;branch=z9hG4bK1;received=127.0.0.1');
    expect(marked('SIP/2.0/UDP [::2];branch=z9hG4bK1', six)).to.equal('SIP/2.0/UDP [::2];branch=z9hG4bK1;received=::1');
  });

  const filled: readonly (readonly [string, string])[] = [
    ['SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1;rport', 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1;rport=40000;received=127.0.0.1'],
    ['SIP/2.0/UDP 192.0.2.2:5060;rport;branch=z9hG4bK1', 'SIP/2.0/UDP 192.0.2.2:5060;rport=40000;branch=z9hG4bK1;received=127.0.0.1'],
    ['SIP/2.0/UDP a.example ; RPORT ;branch=z9hG4bK1', 'SIP/2.0/UDP a.example ;rport=40000;branch=z9hG4bK1;received=127.0.0.1'],
    ['SIP/2.0/UDP 127.0.0.1;rports=1;rport;branch=z9hG4bK1', 'SIP/2.0/UDP 127.0.0.1;rports=1;rport=40000;branch=z9hG4bK1;received=127.0.0.1'],
    ['SIP/2.0/UDP 127.0.0.1;x=1;RPORT', 'SIP/2.0/UDP 127.0.0.1;x=1;rport=40000;received=127.0.0.1'],
    ['SIP/2.0/UDP 127.0.0.1;rport;rports', 'SIP/2.0/UDP 127.0.0.1;rport=40000;rports;received=127.0.0.1'],
    ['SIP/2.0/UDP 127.0.0.1;rport;x="a;rport"', 'SIP/2.0/UDP 127.0.0.1;rport=40000;x="a;rport";received=127.0.0.1'],
    ['SIP/2.0/UDP 127.0.0.1;x=";rport;";rport', 'SIP/2.0/UDP 127.0.0.1;x=";rport;";rport=40000;received=127.0.0.1'],
    ['SIP/2.0/UDP 127.0.0.1;rport=5;received=192.0.2.9', 'SIP/2.0/UDP 127.0.0.1;rport=40000;received=127.0.0.1'],
  ];
  for (const [asked, answered] of filled) {
    it(`D16 RFC 3581 4: fills rport and adds received in '${asked}'`, () => {
      expect(marked(asked, four)).to.equal(answered);
    });
  }

  it('is marked alone where other Vias stand behind it', () => {
    expect(marked('SIP/2.0/UDP 127.0.0.1;rport, SIP/2.0/UDP 192.0.2.7;rport', four)).to.equal('SIP/2.0/UDP 127.0.0.1;rport=40000;received=127.0.0.1, SIP/2.0/UDP 192.0.2.7;rport');
  });

  it('leaves the zone of a link-local address out', () => {
    const source = { address: 'fe80::1%eth0', port: 5 };
    expect(marked('SIP/2.0/UDP [fe80::2];rport', source)).to.equal('SIP/2.0/UDP [fe80::2];rport=5;received=fe80::1');
  });
});
