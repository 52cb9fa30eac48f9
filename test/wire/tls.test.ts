import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type ConnectionOptions } from 'node:tls';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { NksipError, uac, update, type PeerIdentity, type Service, type SipRequest } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { Authority, type Files } from '../kit/authority.ts';
import { fresh, requestText } from '../kit/request-text.ts';
import { ResponseText } from '../kit/received-text.ts';
import { closeAll, later, overStream, overUdp, overWebSocket, portOf, running } from './running.ts';

/** What comes back over TLS or a WebSocket over TLS; or 'refused' where there is no connection. */
type Ask = (service: Service, text: string, options: ConnectionOptions) => Promise<number | 'refused'>;

const overTls: Ask = async (service, text, options) => {
  const socket = connect({ host: '127.0.0.1', port: portOf(service, 'tls'), rejectUnauthorized: false, ...options });
  later(() => socket.destroy());
  // TLS 1.3 has a client send before it hears that it is refused.
  socket.on('secureConnect', () => socket.write(text));
  return new Promise((resolve) => {
    socket.on('error', () => undefined).on('close', () => resolve('refused'));
    socket.on('data', (data) => resolve(new ResponseText(data.toString('latin1')).code));
  });
};

const overWss: Ask = async (service, text, options) => {
  const webSocket = new WebSocket(`wss://127.0.0.1:${portOf(service, 'wss')}`, 'sip', { rejectUnauthorized: false, ...options });
  later(() => { webSocket.terminate(); });
  try {
    await once(webSocket, 'open');
    webSocket.send(text);
    return new ResponseText(String((await once(webSocket, 'message'))[0])).code;
  } catch {
    return 'refused';
  }
};

const listening = 'sip:127.0.0.1:0;transport=udp, sip:127.0.0.1:0;transport=tcp, sips:127.0.0.1:0, sips:127.0.0.1:0;transport=wss, sip:127.0.0.1:0;transport=ws';

describe('TLS between a service and its peers', () => {
  let authority: Authority;
  let stranger: Authority;
  let local: Files;
  before(async () => {
    [authority, stranger] = [await Authority.make(), await Authority.make()];
    local = await authority.sign(['localhost', '127.0.0.1']);
  });
  after(() => {
    authority.remove();
    stranger.remove();
  });
  afterEach(closeAll);

  const certified = () => ({ sip_listen: listening, tls_certfile: local.certfile, tls_keyfile: local.keyfile, tls_cafile: authority.cafile });
  const showing = async ({ certfile, keyfile }: Files): Promise<ConnectionOptions> => ({ cert: await readFile(certfile), key: await readFile(keyfile) });

  for (const [name, ask] of [['tls', overTls], ['wss', overWss]] as const) {
    it(`A38 D36 ${name}: a client must show a certificate of our authorities, and callbacks learn whom it names`, async () => {
      const peers: (PeerIdentity | undefined)[] = [];
      const service = await running({ ...certified(), tls_require_certificate: true }, {
        sip_authorize: (_list: unknown, req: SipRequest) => { peers.push(req.peer); return req.peer?.uris.includes('sip:alice@example.com') === true ? 'ok' : 'forbidden'; },
        sip_publish: () => ['reply', 'ok'],
      });
      const alice = await showing(await authority.sign(['sip:alice@example.com', 'sip:Example.com', 'host.example']));
      expect(await ask(service, requestText(), alice)).to.equal(200);
      expect(await ask(service, requestText(), await showing(await authority.sign(['Bob.example'])))).to.equal(403);
      expect(peers).to.deep.equal([
        { domains: ['example.com'], uris: ['sip:alice@example.com', 'sip:Example.com'], commonName: 'Test' },
        { domains: ['bob.example'], uris: [], commonName: 'Test' },
      ]);
      expect(await ask(service, requestText(), {})).to.equal('refused');
      expect(await ask(service, requestText(), await showing(await stranger.sign(['sip:alice@example.com'])))).to.equal('refused');
      expect(peers).to.have.length(2);
    });

    it(`A38 D36 ${name}: where no certificate is asked for there is no peer, whatever the client would show`, async () => {
      const peers: (PeerIdentity | undefined)[] = [];
      const service = await running(certified(), { sip_publish: (req: SipRequest) => { peers.push(req.peer); return ['reply', 'ok']; } });
      expect(await ask(service, requestText(), await showing(await authority.sign(['sip:alice@example.com'])))).to.equal(200);
      expect(peers).to.deep.equal([undefined]);
    });

    it(`D38 ${name}: a sips URI is served`, async () => {
      const service = await running(certified(), { sip_publish: () => ['reply', 'ok'] });
      expect(await ask(service, requestText({ uri: 'sips:alice@example.com' }), {})).to.equal(200);
    });
  }

  it('A38 the client shows its certificate to a server that asks for one', async () => {
    const peers: (PeerIdentity | undefined)[] = [];
    const server = await running({ ...certified(), tls_require_certificate: true }, { sip_options: (req: SipRequest) => { peers.push(req.peer); return ['reply', 'ok']; } });
    const client = await running({ tls_certfile: local.certfile, tls_keyfile: local.keyfile, tls_cafile: authority.cafile });
    expect(await uac.options(client, `sips:localhost:${portOf(server, 'tls')}`)).to.include({ code: 200 });
    expect(peers).to.deep.equal([{ domains: ['localhost'], uris: [], commonName: 'Test' }]);
  });

  it('D38 RFC 3261 26.2.2 a sips URI that came over UDP, TCP or WebSocket is 403 and never served', async () => {
    let served = 0;
    const service = await running(certified(), { sip_publish: () => { served++; return ['reply', 'ok']; } });
    for (const peer of [await overUdp(service), await overStream(service), await overWebSocket(service)]) {
      const response = await peer.ask(requestText({ uri: 'sips:alice@example.com', via: [`SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK${fresh('branch')}`] }));
      expect([response.code, response.reason]).to.deep.equal([403, 'SIPS Requires TLS']);
    }
    expect(served).to.equal(0);
  });

  it('D38 our own request to a sips URI goes over TLS, or not at all', async () => {
    const transports: string[] = [];
    const server = await running(certified(), { sip_options: (req: SipRequest) => { transports.push(req.source.transport); return ['reply', 'ok']; } });
    const client = await running({ tls_cafile: authority.cafile });
    expect(await uac.options(client, `sips:localhost:${portOf(server, 'tls')};transport=tcp`)).to.include({ code: 200 });
    // As large as it may be: RFC 3261 18.1.1 knows no way around TLS.
    expect(await uac.options(client, `sips:localhost:${portOf(server, 'tls')}`, { body: 'x'.repeat(2000) })).to.include({ code: 200 });
    const proxy = `<sip:localhost:${portOf(server, 'tls')};lr>`;
    expect(await uac.options(client, 'sips:alice@example.com', { route: proxy }), 'over a proxy that is called sip').to.include({ code: 200 });
    expect(transports).to.deep.equal(['tls', 'tls', 'tls']);
    for (const uri of [`sips:127.0.0.1:${portOf(server, 'udp')}`, `sips:127.0.0.1:${portOf(server, 'udp')};transport=udp`, `sips:127.0.0.1:${portOf(server, 'ws')};transport=ws`]) {
      expect(await uac.options(client, uri), uri).to.include({ code: 503 });
    }
    expect(transports).to.have.length(3);
  });

  it('D36 update changes the certificate of a running service, and its connections stay', async () => {
    const service = await running(certified());
    const early = await overStream(service, 'tls');
    const other = await authority.sign(['other.example']);
    await update(service, { tls_certfile: other.certfile, tls_keyfile: other.keyfile, tls_sni: { 'Name.example': local } });
    const shown = async (servername: string): Promise<string | undefined> => {
      const socket = connect({ host: '127.0.0.1', port: portOf(service, 'tls'), servername, rejectUnauthorized: false });
      later(() => socket.destroy());
      await once(socket, 'secureConnect');
      return socket.getPeerX509Certificate()?.subjectAltName;
    };
    expect(await shown('')).to.equal('DNS:other.example');
    expect(await shown('name.example')).to.contain('localhost');
    expect((await early.ask(requestText({ method: 'OPTIONS' }))).code).to.equal(200);
  });

  it('tls_sni: a wrong value is an error that shows no password', async () => {
    for (const sni of [{ 'a b': { certfile: 'x', password: 'hidden' } }, { 'a.example': { certfile: '', password: 'hidden' } }, { 'a.example': { file: 'x', password: 'hidden' } }]) {
      const error: unknown = await running({ tls_sni: sni }).then(() => undefined, (thrown: unknown) => thrown);
      if (!(error instanceof NksipError)) throw new Error('it was taken');
      expect(error.code).to.equal('invalid_option');
      expect(`${error.message} ${JSON.stringify(error.details)}`).to.contain('tls_sni').and.not.to.contain('hidden');
    }
  });
});
