import { once } from 'node:events';
import { cp, writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { NksipError } from '../../packages/core/src/errors.ts';
import type { CertificateFiles, TlsOptions } from '../../packages/core/src/transport/transport-options.ts';
import { Authority, type Files } from '../kit/authority.ts';
import { bind, closeAll, later, portOf, type Bench } from './sockets.ts';

const basic: TlsOptions = { selfSigned: true, verify: true, requireClientCertificate: false };

const shown = async (bench: Bench, servername: string, transport: 'tls' | 'wss' = 'tls'): Promise<string | undefined> => {
  const socket = connect({ host: '127.0.0.1', port: portOf(bench, transport), servername, rejectUnauthorized: false });
  later(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket.getPeerX509Certificate()?.subjectAltName?.replace('DNS:', '');
};

describe('several certificates', () => {
  let authority: Authority;
  let main: Files;
  let other: Files;
  before(async () => {
    authority = await Authority.make();
    [main, other] = [await authority.sign(['main.example']), await authority.sign(['other.example'])];
  });
  after(() => { authority.remove(); });
  afterEach(closeAll);

  const listen = (sni: Readonly<Record<string, CertificateFiles>>, tls: Partial<TlsOptions> = main): Promise<Bench> =>
    bind('sips:127.0.0.1:0, sips:127.0.0.1:0;transport=wss', { tls: { ...basic, ...tls, sni } });
  const failure = (bound: Promise<unknown>): Promise<string> =>
    bound.then(() => 'ok', (error: unknown) => error instanceof NksipError ? `${error.code} ${String(error.details['file'])}` : String(error));

  it('D36 RFC 6066 3 a client gets the certificate of the name that it asks for, any other name the default one', async () => {
    const locked = await authority.sign(['a.wild.example'], 'secret');
    const bench = await listen({ 'other.example': other, '*.wild.example': { ...locked, password: 'secret' } });
    for (const transport of ['tls', 'wss'] as const) {
      expect(await shown(bench, 'OTHER.example', transport)).to.equal('other.example');
      expect(await shown(bench, 'b.wild.example', transport)).to.equal('a.wild.example');
      for (const name of ['unknown.example', 'wild.example', 'c.b.wild.example', '']) expect(await shown(bench, name, transport), name).to.equal('main.example');
    }
  });

  it('D36 stands beside a certificate that is made in memory, too', async () => {
    const bench = await listen({ 'other.example': other }, {});
    expect(await shown(bench, 'other.example')).to.equal('other.example');
    expect(await shown(bench, '')).to.contain('localhost');
  });

  it('D37 RFC 8996 refuses old versions under each name', async () => {
    const bench = await listen({ 'other.example': other });
    const socket = connect({ host: '127.0.0.1', port: portOf(bench, 'tls'), servername: 'other.example', rejectUnauthorized: false, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' });
    later(() => socket.destroy());
    const [error] = await once(socket, 'error');
    expect(String(error)).to.match(/protocol version|ECONNRESET/);
  });

  it('D36 does not start with a file that is bad, and names it', async () => {
    const missing = authority.path('missing.pem');
    const nonsense = authority.path('nonsense.pem');
    await writeFile(nonsense, 'nonsense');
    expect(await failure(listen({ 'other.example': { certfile: missing } }))).to.equal(`certificate_failed ${missing}`);
    expect(await failure(listen({ 'other.example': { ...other, keyfile: nonsense } }))).to.equal(`certificate_failed ${nonsense}`);
    expect(await failure(listen({ 'other.example': { ...other, keyfile: main.keyfile } }))).to.equal(`certificate_failed ${main.keyfile}`);
    expect(await failure(listen({}, { ...main, cafile: nonsense }))).to.equal(`certificate_failed ${nonsense}`);
  });

  it('D36 changes with its files, as the default one does', async () => {
    const clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    later(() => { clock.restore(); });
    const files = { certfile: authority.path('named.cert.pem'), keyfile: authority.path('named.key.pem') };
    const put = async (from: Files): Promise<void> => {
      await cp(from.certfile, files.certfile);
      await cp(from.keyfile, files.keyfile);
    };
    await put(other);
    const bench = await listen({ 'other.example': files }, { ...main, reloadInterval: 1000 });
    expect(await shown(bench, 'other.example')).to.equal('other.example');
    await put(await authority.sign(['renewed.example']));
    const told = bench.nextLine();
    clock.tick(1000);
    await told;
    expect([await shown(bench, 'other.example'), await shown(bench, '')]).to.deep.equal(['renewed.example', 'main.example']);
  });
});
