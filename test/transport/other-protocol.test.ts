import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { expect } from 'chai';
import { NksipError } from '../../packages/core/src/errors.ts';
import type { TlsOptions, TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import type { TransportName } from '../../packages/core/src/transport/transport.ts';
import { Authority, type Files } from '../kit/authority.ts';
import { optionsText } from '../kit/request-text.ts';
import { allOf, bind, closeAll, later, listeningPort, portOf, tcpClient, until, type Bench } from './sockets.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const wssHint = 'for WebSockets it must use a port that sip_listen has with ;transport=ws or wss';

describe('who speaks another protocol than the port', () => {
  let authority: Authority;
  let local: Files;
  before(async () => {
    authority = await Authority.make();
    local = await authority.sign(['localhost', '127.0.0.1']);
  });
  after(() => { authority.remove(); });
  afterEach(closeAll);

  const listen = (tls: Partial<TlsOptions> = {}, options: Partial<TransportOptions> = {}): Promise<Bench> =>
    bind('sip:127.0.0.1:0, sips:127.0.0.1:0, sip:127.0.0.1:0;transport=ws, sips:127.0.0.1:0;transport=wss', { tls: { selfSigned: false, verify: true, requireClientCertificate: false, ...local, ...tls }, ...options });
  const told = (bench: Bench): readonly string[] => bench.receiver.faults.map(({ message }) => message.replace(/127\.0\.0\.1:\d+/, 'PEER'));
  const noted = (bench: Bench): readonly string[] => bench.notes.map((note) => note.replace(/127\.0\.0\.1:\d+/, 'PEER'));

  const secure = async (bench: Bench, transport: TransportName, options: ConnectionOptions = {}): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port: portOf(bench, transport), rejectUnauthorized: false, ...options });
    later(() => socket.destroy());
    await once(socket, 'secureConnect');
    socket.on('error', () => undefined);
    return socket;
  };
  /** Over a connection without TLS, until the service closes it. */
  const say = async (bench: Bench, transport: TransportName, text: string): Promise<void> => {
    const socket = await tcpClient(portOf(bench, transport));
    const closed = allOf(socket);
    socket.write(text);
    await closed;
  };
  const trySecure = async (bench: Bench, transport: TransportName, options: ConnectionOptions = {}): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port: portOf(bench, transport), rejectUnauthorized: false, ...options });
    later(() => socket.destroy());
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve));
  };

  it('TLS to a port of TCP, and to one of WebSockets', async () => {
    const bench = await listen();
    await trySecure(bench, 'tcp');
    await trySecure(bench, 'ws');
    expect(told(bench)).to.deep.equal([
      'tcp PEER failed: a peer speaks TLS to a port without it: it must use a port that sip_listen has as sips:.',
      'ws PEER failed: a peer speaks TLS to a WebSocket port without it: it must use ws://, or a port that sip_listen has with ;transport=wss.',
    ]);
  });

  it('SIP and HTTP without TLS to a port of TLS, and to one of WebSockets over it', async () => {
    const bench = await listen();
    const message = optionsText('1').replaceAll('OPTIONS', 'MESSAGE');
    await say(bench, 'tls', message);
    await say(bench, 'tls', get);
    await say(bench, 'wss', message);
    await say(bench, 'wss', get);
    const noTls = 'failed: a peer does not speak TLS to a TLS port: it must use TLS (sips: or ;transport=tls), or a port that sip_listen has without it.';
    const noHttps = 'failed: a peer speaks HTTP or SIP without TLS to a TLS port: it must use TLS (https:, wss:, sips: or ;transport=tls), or a port that sip_listen has without it.';
    expect(told(bench)).to.deep.equal([`tls PEER ${noTls}`, `tls PEER ${noHttps}`]);
    expect(noted(bench)).to.deep.equal([`wss:PEER: ${noTls.slice(8, -1)}`, `wss:PEER: ${noHttps.slice(8, -1)}`]);
  });

  it('OPTIONS without TLS to a port of TLS, whether OpenSSL takes it for HTTP or not', async () => {
    const bench = await listen();
    await say(bench, 'tls', optionsText('1'));
    expect(told(bench).join()).to.match(/^tls PEER failed: a peer (?:speaks HTTP or SIP without TLS|does not speak TLS) to a TLS port: it must use TLS \([^)]*;transport=tls\), or a port that sip_listen has without it\.$/);
  });

  it('HTTP to a port of SIP, with TLS or without', async () => {
    const bench = await listen();
    await say(bench, 'tcp', get);
    const socket = await secure(bench, 'tls');
    const closed = allOf(socket);
    socket.write(get);
    await closed;
    expect(told(bench)).to.deep.equal([`tcp PEER failed: a peer speaks HTTP to a port for SIP: ${wssHint}.`]);
    expect(noted(bench)).to.deep.equal([`tls:PEER: a peer speaks HTTP to a port for SIP: ${wssHint}`]);
  });

  it('SIP to a port of WebSockets', async () => {
    const bench = await listen();
    await say(bench, 'ws', optionsText('1'));
    expect(told(bench)).to.deep.equal(['ws PEER failed: a peer speaks SIP without WebSocket to a WebSocket port: it must use a port that sip_listen has without ;transport=ws or wss.']);
  });

  it('a client without a certificate, with an old TLS, and one that has no cipher for our key', async () => {
    const bench = await listen({ cafile: authority.cafile, requireClientCertificate: true });
    await trySecure(bench, 'tls');
    await trySecure(bench, 'tls', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' });
    await trySecure(bench, 'tls', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
    expect(told(bench)).to.deep.equal([
      'tls PEER failed: a peer shows no certificate, which tls_require_certificate wants: give it one of an authority in tls_cafile.',
      'tls PEER failed: a peer knows neither TLS 1.2 nor 1.3, and nothing older is spoken here (RFC 8996).',
      'tls PEER failed: a peer knows no cipher for the kind of key that the certificate of tls_certfile has: one with an RSA key serves old clients.',
    ]);
  });

  it('D36 a connection that ends in the handshake, as health checks do, is a line at debug with its address, and no fault', async () => {
    const bench = await listen({ cafile: authority.cafile, requireClientCertificate: true });
    const accepted = [(await tcpClient(portOf(bench, 'tls'))), await tcpClient(portOf(bench, 'wss'))];
    const ports = accepted.map(({ localPort }) => localPort);
    for (const socket of accepted) socket.end();
    await Promise.all(accepted.map((socket) => allOf(socket)));
    await until(() => bench.notes.length === 2);
    const hint = '; tls_require_certificate ends it where no authority in tls_cafile has signed the certificate of the peer';
    expect(bench.notes).to.have.members([`tls:127.0.0.1:${ports[0]}: the connection ended during the TLS handshake${hint}`, `wss:127.0.0.1:${ports[1]}: the connection ended during the TLS handshake${hint}`]);
    expect(bench.receiver.faults).to.deep.equal([]);
  });

  it('our own request over TLS to a port without it, or to a server that is not trusted, says what to do', async () => {
    const server = await listen({ cafile: authority.cafile });
    const others = await Authority.make();
    later(() => { others.remove(); });
    const reason = async (from: Bench, transport: TransportName): Promise<string> => {
      try {
        await from.transports.open({ transport: 'tls', address: '127.0.0.1', port: portOf(server, transport), host: 'localhost' });
        return 'connected';
      } catch (error) {
        return error instanceof NksipError ? String(error.details['reason']) : String(error);
      }
    };
    const from = await bind('', { tls: { selfSigned: true, verify: true, requireClientCertificate: false, cafile: others.cafile } });
    expect(await reason(from, 'tcp')).to.equal('the connection was closed during the TLS handshake: see that TLS is spoken at that port, and what the log there says');
    expect(await reason(from, 'tls')).to.equal('its certificate comes from an authority that is not trusted here: name the file of that authority in tls_cafile');
    const talker = createServer((socket) => { socket.on('error', () => undefined).end('SIP/2.0 400 Not TLS\r\n\r\n'); });
    talker.listen(0, '127.0.0.1');
    later(() => talker.close());
    await once(talker, 'listening');
    const plain = await from.transports.open({ transport: 'tls', address: '127.0.0.1', port: listeningPort(talker), host: 'localhost' }).then(() => 'connected', String);
    expect(plain).to.contain('no TLS is spoken at that port: use the port that speaks it, or a URI without sips: and ;transport=tls');
    const made = await bind('sips:127.0.0.1:0');
    const self = await from.transports.open({ transport: 'tls', address: '127.0.0.1', port: portOf(made, 'tls'), host: 'localhost' }).then(() => 'connected', String);
    expect(self).to.contain('its certificate is signed by itself: name the file of that in tls_cafile');
  });
});
