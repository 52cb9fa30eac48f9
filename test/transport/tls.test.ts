import { once } from 'node:events';
import { connect, createServer as createTlsServer, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { restore } from 'sinon';
import { coreOptions, type ServiceConfig } from '../../packages/core/src/option/core-options.ts';
import { NksipError } from '../../packages/core/src/errors.ts';
import { transportOptions } from '../../packages/core/src/service/part-options.ts';
import { parseListen } from '../../packages/core/src/transport/listen.ts';
import type { TlsOptions } from '../../packages/core/src/transport/transport-options.ts';
import type { Flow } from '../../packages/core/src/transport/transport.ts';
import { Authority, type Files } from '../kit/authority.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { expectAnswersBeforeEnd } from './shared-turns.ts';
import { allOf, bind, closeAll, later, listeningPort, portOf, someOf, tcpClient, until, type Bench } from './sockets.ts';
import { sender } from './flow-user.ts';

const basic: TlsOptions = { selfSigned: true, verify: true, requireClientCertificate: false };

const client = async (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  later(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  return socket;
};

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof NksipError ? `${error.code}: ${error.message}` : String(error);
  }
};

describe('TLS', () => {
  let authority: Authority;
  let local: Files;
  before(async () => {
    authority = await Authority.make();
    local = await authority.sign(['localhost', '127.0.0.1']);
  });
  after(() => { authority.remove(); });
  afterEach(closeAll);
  afterEach(restore);

  const listen = (tls: Partial<TlsOptions> = {}): Promise<Bench> => bind('sips:127.0.0.1:0', { tls: { ...basic, ...local, ...tls } });
  const open = (from: Bench, to: Bench, host: string): Promise<Flow> => {
    return from.transports.open({ transport: 'tls', address: '127.0.0.1', port: portOf(to, 'tls'), host });
  };

  it('D36 answers with the configured certificate, over the connection of the request', async () => {
    const bench = await listen();
    const socket = await client(portOf(bench, 'tls'));
    expect(socket.getPeerX509Certificate()?.subjectAltName).to.equal('DNS:localhost, IP Address:127.0.0.1');
    const answer = someOf(socket, 6);
    socket.write(optionsText('1'));
    const { source, text } = await bench.receiver.nth(1);
    expect(text).to.equal(optionsText('1'));
    expect(source).to.include({ transport: 'tls', address: '127.0.0.1', port: socket.localPort });
    source.reply(bytes('answer'), '127.0.0.1', 5061);
    expect(await answer).to.equal('answer');
    expect(bench.warnings).to.deep.equal([]);
    expect(bench.transports.listeners.map(({ uri }) => uri)).to.deep.equal([`sips:127.0.0.1:${portOf(bench, 'tls')};transport=tls`]);
  });

  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    it(`D37 RFC 8996 refuses ${version}`, async () => {
      const bench = await listen();
      const refused = await client(portOf(bench, 'tls'), { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }).then(() => 'connected', () => 'refused');
      expect(refused).to.equal('refused');
      await bench.receiver.until(() => bench.receiver.faults.length > 0);
      expect(bench.receiver.faults[0]).to.include({ code: 'transport_error' });
    });
  }

  it('RFC 3261 18.2.2 answers all that was read of a peer who ends his side behind it, and only then ends ours', async () => {
    const bench = await listen();
    await expectAnswersBeforeEnd(bench, await client(portOf(bench, 'tls')));
  });

  it('makes a certificate of EC P-256 for its addresses when none is given, and warns', async () => {
    const bench = await bind('sips:127.0.0.1:0', { localHost: 'sip.example.com' });
    const socket = await client(portOf(bench, 'tls'));
    const certificate = socket.getPeerX509Certificate();
    expect(certificate?.subjectAltName).to.equal('DNS:sip.example.com, DNS:localhost, IP Address:127.0.0.1');
    expect(certificate?.publicKey.asymmetricKeyDetails?.namedCurve).to.equal('prime256v1');
    expect(certificate?.ca).to.equal(false);
    expect(bench.warnings.join()).to.contain('self-signed');
  });

  it('makes another certificate for a listener that an update adds at another address, and none for one at the same', async () => {
    const bench = await bind('sips:127.0.0.1:0');
    const shown = async (at: number, host: string): Promise<string | undefined> => {
      const socket = await client(bench.transports.listeners[at]?.port ?? 0, { host });
      return socket.getPeerX509Certificate()?.subjectAltName;
    };
    await bench.transports.update(parseListen('sips:127.0.0.1:0, sips:127.0.0.2:0'));
    expect(await shown(0, '127.0.0.1')).to.equal('DNS:localhost, IP Address:127.0.0.1');
    expect(await shown(1, '127.0.0.2')).to.equal('DNS:localhost, IP Address:127.0.0.1, IP Address:127.0.0.2');
    await bench.transports.update(parseListen('sips:127.0.0.1:0, sips:127.0.0.2:0, <sips:127.0.0.2:0;transport=tls>'));
    expect(bench.warnings).to.have.length(2);
  });

  it('tls_require_certificate needs the authorities that it takes certificates of', () => {
    const options = (given: object): unknown => transportOptions(coreOptions.parse({ tls_require_certificate: true, ...given }) as ServiceConfig);
    expect(() => options({})).to.throw(NksipError, /tls_require_certificate.*it needs tls_cafile, whose certificates are taken/);
    expect(options({ tls_cafile: 'ca.pem' })).to.have.nested.property('tls.requireClientCertificate', true);
  });

  it('does not start without a certificate when it may make none', async () => {
    const started = codeOf(bind('sip:127.0.0.1:0, sips:127.0.0.1:0', { tls: { ...basic, selfSigned: false } }));
    expect(await started).to.match(/^certificate_failed: .*tls_self_signed is false/);
  });

  it('does not start with a certificate that cannot be read, whose key does not fit or whose password is wrong', async () => {
    const other = await authority.sign(['other.example']);
    const locked = await authority.sign(['locked.example'], 'secret');
    const nonsense = `${authority.cafile}.txt`;
    await writeFile(nonsense, 'nonsense');
    expect(await codeOf(listen({ certfile: `${local.certfile}.not` }))).to.match(/^certificate_failed: .*no such file/);
    expect(await codeOf(listen({ keyfile: other.keyfile }))).to.match(/^certificate_failed/);
    expect(await codeOf(listen({ certfile: nonsense }))).to.match(/^certificate_failed/);
    expect(await codeOf(listen({ cafile: nonsense, ...locked, password: 'wrong' }))).to.match(/^certificate_failed/);
    expect(await codeOf(bind('sips:127.0.0.1:0', { tls: { ...basic, keyfile: local.keyfile } }))).to.match(/^certificate_failed/);
    await listen({ ...locked, password: 'secret' });
  });

  it('D36 RFC 5922 as a client reaches a server whose certificate names the host', async () => {
    const server = await listen();
    const from = await bind('', { tls: { ...basic, cafile: authority.cafile } });
    for (const host of ['localhost', '127.0.0.1']) {
      const flow = await open(from, server, host);
      expect(flow).to.include({ transport: 'tls', localAddress: '127.0.0.1' });
      flow.send(bytes(optionsText(host)), sender);
    }
    const texts = [await server.receiver.nth(1), await server.receiver.nth(2)].map(({ text }) => text);
    expect(texts).to.have.members([optionsText('localhost'), optionsText('127.0.0.1')]);
    expect(server.receiver.messages[0]?.source.port).not.to.equal(server.receiver.messages[1]?.source.port);
    expect(await open(from, server, 'localhost')).to.equal(await open(from, server, 'localhost'));
  });

  it('D36 RFC 5922 as a client refuses a certificate for another host, of an unknown authority, or made by ourselves', async () => {
    const server = await listen();
    const selfSigned = await bind('sips:127.0.0.1:0');
    const trusting = await bind('', { tls: { ...basic, cafile: authority.cafile } });
    const plain = await bind('', { tls: basic });
    expect(await codeOf(open(trusting, server, 'example.com'))).to.match(/^transport_error: .*not for example\.com/);
    expect(await codeOf(open(plain, server, 'localhost'))).to.match(/^transport_error/);
    expect(await codeOf(open(trusting, selfSigned, 'localhost'))).to.match(/^transport_error/);
    expect(await codeOf(open(selfSigned, selfSigned, 'localhost'))).to.match(/^transport_error/);
  });

  it('tls_verify: false takes any certificate', async () => {
    const server = await bind('sips:127.0.0.1:0');
    const from = await bind('', { tls: { ...basic, verify: false } });
    (await open(from, server, 'example.com')).send(bytes(optionsText('1')), sender);
    expect((await server.receiver.nth(1)).text).to.equal(optionsText('1'));
  });

  it('D36 asks clients for a certificate when it must', async () => {
    const server = await listen({ cafile: authority.cafile, requireClientCertificate: true });
    const known = await bind('', { tls: { ...basic, ...local, cafile: authority.cafile } });
    (await open(known, server, 'localhost')).send(bytes(optionsText('1')), sender);
    expect((await server.receiver.nth(1)).text).to.equal(optionsText('1'));
    const stranger = await client(portOf(server, 'tls'), { maxVersion: 'TLSv1.2' }).then(() => 'connected', () => 'refused');
    expect(stranger).to.equal('refused');
  });

  it('D36 RFC 6066 3 sends the name of the host in SNI, and no address', async () => {
    const server = createTlsServer({ cert: await readFile(local.certfile), key: await readFile(local.keyfile) });
    server.listen(0, '127.0.0.1');
    later(() => server.close());
    await once(server, 'listening');
    const from = await bind('', { tls: { ...basic, cafile: authority.cafile } });
    const asked: (string | false | null)[] = [];
    for (const host of ['localhost', '127.0.0.1']) {
      const accepted = once(server, 'secureConnection');
      await from.transports.open({ transport: 'tls', address: '127.0.0.1', port: listeningPort(server), host });
      const [socket] = (await accepted) as [TLSSocket & { servername: string | false | null }];
      asked.push(socket.servername);
    }
    expect(asked).to.deep.equal(['localhost', false]);
  });

  it('closes a connection that is no TLS, and one that never shakes hands', async () => {
    const bench = await bind('sips:127.0.0.1:0', { headTimeout: 40, tls: { ...basic, ...local } });
    const nonsense = await tcpClient(portOf(bench, 'tls'));
    const closed = allOf(nonsense);
    nonsense.write(optionsText('1'));
    await closed;
    await allOf(await tcpClient(portOf(bench, 'tls')));
    expect(bench.receiver.messages).to.deep.equal([]);
    expect(bench.receiver.faults.map(({ message }) => message).join()).to.match(/^tls 127\.0\.0\.1:\d+ failed: a peer (?:does not speak TLS|speaks HTTP or SIP without TLS) to a TLS port: [^.]+\.$/);
    await until(() => bench.notes.length > 0);
    expect(bench.notes.join()).to.match(/^tls:127\.0\.0\.1:\d+: the connection ended during the TLS handshake$/);
  });

  it('gives the place of a handshake that failed to others', async () => {
    const bench = await bind('sips:127.0.0.1:0', { maxConnections: 1, tls: { ...basic, ...local } });
    for (let count = 0; count < 5; count++) {
      const nonsense = await tcpClient(portOf(bench, 'tls'));
      const closed = allOf(nonsense);
      nonsense.write('nonsense');
      await closed;
    }
    const failures = bench.receiver.faults.filter(({ message }) => !message.includes('too many'));
    expect(failures.length).to.be.greaterThan(0);
    const socket = await client(portOf(bench, 'tls'));
    socket.write(optionsText('1'));
    expect((await bench.receiver.nth(1)).text).to.equal(optionsText('1'));
  });

  it('gives up a server that never shakes hands', async () => {
    const silent = createServer((socket) => later(() => socket.destroy()));
    silent.listen(0, '127.0.0.1');
    later(() => silent.close());
    await once(silent, 'listening');
    const port = listeningPort(silent);
    const from = await bind('', { connectTimeout: 30 });
    const tried = codeOf(from.transports.open({ transport: 'tls', address: '127.0.0.1', port, host: 'localhost' }));
    expect(await tried).to.match(/^transport_error: .*within 30 ms/);
  });

  it('closes while a handshake is under way', async () => {
    const bench = await listen();
    const socket = await tcpClient(portOf(bench, 'tls'));
    const closed = allOf(socket);
    await client(portOf(bench, 'tls'));
    await bench.transports.close();
    expect(await closed, 'no handshake has begun').to.equal('');
    expect(bench.memory.usage().used).to.equal(0);
  });
});
