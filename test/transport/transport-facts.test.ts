import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseUri } from '@nksip-ts/sip';
import { expect } from 'chai';
import { openedTransports, transportNames, transportOf, transportParameter } from '../../packages/core/src/transport/transport-facts.ts';

describe('what is true of a transport', () => {
  it('RFC 3261 26.2.2, RFC 7118 5: sips means TLS, be it under TCP or under a WebSocket', () => {
    const meant = (uri: string): unknown => {
      const { scheme, params } = parseUri(uri)!;
      return transportOf(scheme, params.get('transport') ?? '');
    };
    expect(['udp', 'tcp', 'tls', 'ws', 'wss'].map((name) => meant(`sip:a;transport=${name}`))).to.deep.equal(['udp', 'tcp', 'tls', 'ws', 'wss']);
    expect(['udp', 'TCP', 'tls', 'ws', 'wss'].map((name) => meant(`sips:a;transport=${name}`))).to.deep.equal([undefined, 'tls', 'tls', 'wss', 'wss']);
    expect(['sctp', 'toString', ''].map((name) => meant(`sip:a;transport=${name}`))).to.deep.equal([undefined, undefined, undefined]);
  });

  it('RFC 3263 4: a URI says the transport that it would not mean without saying so', () => {
    expect(transportNames.map((name) => transportParameter('sip', name))).to.deep.equal([undefined, 'tcp', 'tls', 'ws', 'wss']);
    expect(transportParameter('sips', 'tls')).to.equal(undefined);
    expect(transportParameter('sips', 'wss')).to.equal('ws');
  });

  it('RFC 7118: we open no WebSocket, and try UDP first', () => {
    expect(openedTransports).to.deep.equal(['udp', 'tcp', 'tls']);
  });

  it('is asked of the table: outside of the transports no code compares with the name of one', () => {
    const core = join(import.meta.dirname, '../../packages/core/src');
    const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.startsWith('transport/'));
    const comparing = files.filter((file) => /[!=]== '(udp|tcp|tls|wss?)'/.test(readFileSync(join(core, file), 'utf8')));
    expect(comparing).to.deep.equal([]);
  });
});
