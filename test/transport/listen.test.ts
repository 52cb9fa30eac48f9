import { expect } from 'chai';
import { NksipError } from '../../packages/core/src/errors.ts';
import { parseListen } from '../../packages/core/src/transport/listen.ts';

const refused = (text: string): string => {
  try {
    parseListen(text);
  } catch (error) {
    if (error instanceof NksipError && error.code === 'invalid_listen') return error.message;
    throw error;
  }
  return 'accepted';
};

describe('sip_listen', () => {
  it('reads what the document of NkSIP writes', () => {
    expect(parseListen('sip:all:5060, sips:all:5061')).to.deep.equal([
      { text: 'sip:all:5060', transports: ['udp', 'tcp'], address: '0.0.0.0', port: 5060 },
      { text: 'sips:all:5061', transports: ['tls'], address: '0.0.0.0', port: 5061 },
    ]);
  });

  const points: readonly (readonly [string, readonly string[], string, number])[] = [
    ['sip:127.0.0.1', ['udp', 'tcp'], '127.0.0.1', 5060],
    ['sips:127.0.0.1', ['tls'], '127.0.0.1', 5061],
    ['sip:127.0.0.1;transport=tls', ['tls'], '127.0.0.1', 5061],
    ['sips:127.0.0.1;transport=tcp', ['tls'], '127.0.0.1', 5061],
    ['sip:127.0.0.1;transport=ws', ['ws'], '127.0.0.1', 80],
    ['sips:127.0.0.1;transport=ws', ['wss'], '127.0.0.1', 443],
    ['sip:127.0.0.1;transport=wss', ['wss'], '127.0.0.1', 443],
    ['sips:all:8443;transport=WSS', ['wss'], '0.0.0.0', 8443],
    ['sip:127.0.0.1:0;transport=UDP', ['udp'], '127.0.0.1', 0],
    ['<sip:127.0.0.1:5080;transport=tcp>', ['tcp'], '127.0.0.1', 5080],
    ['sip:all6', ['udp', 'tcp'], '::', 5060],
    ['sip:[0:0:0:0:0:0:0:1]:5070', ['udp', 'tcp'], '::1', 5070],
    ['SIP:LOCALHOST:5060', ['udp', 'tcp'], '127.0.0.1', 5060],
  ];
  for (const [text, transports, address, port] of points) {
    it(`understands ${text}`, () => {
      const [point] = parseListen(text);
      expect(point).to.include({ address, port });
      expect(point?.transports).to.deep.equal(transports);
    });
  }

  it('reads nothing out of an empty text', () => {
    expect(parseListen('  ')).to.deep.equal([]);
  });

  it('allows port 0 more than once', () => {
    expect(parseListen('sip:all:0,sip:all:0')).to.have.length(2);
  });

  const faults: readonly (readonly [string, string])[] = [
    ['sip:all:5060,', 'a URI is missing'],
    ['http://example.com', 'not a sip: or sips: URI'],
    ['sip:all:99999', 'not a sip: or sips: URI'],
    ['sip:example.com:5060', "'all', 'all6' or 'localhost'"],
    ['sip:1.2.3:5060', "'all', 'all6' or 'localhost'"],
    ['sip:me@127.0.0.1', 'only a host, a port and a transport'],
    ['sip:127.0.0.1;transport=sctp', 'should be udp, tcp, tls, ws or wss'],
    ['sip:127.0.0.1;lr', "'lr'"],
    ['sips:127.0.0.1;transport=udp', 'sips needs TLS'],
    ['<sip:127.0.0.1>;transport=udp', 'between < and >'],
    ['sip:all:5060, sip:all:5060;transport=udp', 'there twice'],
  ];
  for (const [text, says] of faults) {
    it(`refuses '${text}' and says why`, () => {
      expect(refused(text)).to.contain(says);
    });
  }
});
