import { once } from 'node:events';
import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { NksipError } from '../../packages/core/src/errors.ts';
import { parseListen } from '../../packages/core/src/transport/listen.ts';
import type { TlsOptions } from '../../packages/core/src/transport/transport-options.ts';
import type { TransportName } from '../../packages/core/src/transport/transport.ts';
import { Authority, type Files } from '../kit/authority.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { bind, closeAll, later, portOf, type Bench } from './sockets.ts';

const reloadInterval = 60_000;
const basic: TlsOptions = { selfSigned: true, verify: true, requireClientCertificate: false, reloadInterval };

const client = async (bench: Bench, transport: TransportName = 'tls'): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port: portOf(bench, transport), rejectUnauthorized: false });
  later(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
};

const shown = async (bench: Bench, transport?: TransportName): Promise<string | undefined> =>
  (await client(bench, transport)).getPeerX509Certificate()?.subjectAltName;

describe('TLS files that change', () => {
  let authority: Authority;
  let old: Files;
  let renewed: Files;
  let files: Files;
  let clock: SinonFakeTimers;
  before(async () => {
    authority = await Authority.make();
    old = await authority.sign(['old.example']);
    renewed = await authority.sign(['renewed.example']);
    files = { certfile: authority.path('server.cert.pem'), keyfile: authority.path('server.key.pem') };
  });
  after(() => { authority.remove(); });
  beforeEach(async () => {
    await replace(old);
    clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(async () => {
    await closeAll();
    clock.restore();
  });

  const replace = async ({ certfile, keyfile }: Files): Promise<void> => {
    await cp(certfile, files.certfile);
    await cp(keyfile, files.keyfile);
  };
  const listen = (tls: Partial<TlsOptions> = {}): Promise<Bench> =>
    bind('sips:127.0.0.1:0, sips:127.0.0.1:0;transport=wss', { tls: { ...basic, ...files, ...tls } });
  /** What is told when the files are looked at next. */
  const look = async (bench: Bench): Promise<string> => {
    const line = bench.nextLine();
    clock.tick(reloadInterval);
    return line;
  };

  it('D36 shows a renewed certificate to who connects from then on, over tls and wss; a connection that is there stays', async () => {
    const bench = await listen();
    const early = await client(bench);
    expect([await shown(bench, 'tls'), await shown(bench, 'wss')]).to.deep.equal(['DNS:old.example', 'DNS:old.example']);
    await replace(renewed);
    expect(await look(bench)).to.contain('have changed');
    expect([await shown(bench, 'tls'), await shown(bench, 'wss')]).to.deep.equal(['DNS:renewed.example', 'DNS:renewed.example']);
    const answer = once(early, 'data');
    early.write(optionsText('1'));
    (await bench.receiver.nth(1)).source.reply(bytes('answer'), '127.0.0.1', 5061);
    expect(String((await answer)[0])).to.equal('answer');
    expect(bench.warnings).to.deep.equal([]);
  });

  it('D36 looks at once where somebody asks for an update', async () => {
    const bench = await listen();
    await shown(bench);
    await replace(renewed);
    await bench.transports.update(parseListen('sips:127.0.0.1:0, sips:127.0.0.1:0;transport=wss'), { ...basic, ...files });
    expect(await shown(bench)).to.equal('DNS:renewed.example');
  });

  it('D36 keeps the old certificate while the key does not fit yet, says so once, and goes on when it does', async () => {
    const bench = await listen();
    await cp(renewed.certfile, files.certfile);
    expect(await look(bench)).to.contain('keeps the certificates that it has').and.to.contain(files.certfile).and.to.contain('does not belong to');
    expect(await shown(bench)).to.equal('DNS:old.example');
    await writeFile(files.keyfile, 'half a key');
    expect(await look(bench)).to.contain(files.keyfile);
    await rm(files.keyfile);
    expect(await look(bench)).to.contain(files.keyfile).and.to.contain('no such file');
    clock.tick(reloadInterval);
    expect(await shown(bench)).to.equal('DNS:old.example');
    await cp(renewed.keyfile, files.keyfile);
    expect(await look(bench)).to.contain('have changed');
    expect(await shown(bench)).to.equal('DNS:renewed.example');
    expect(bench.warnings).to.have.length(3);
  });

  it('D36 says that all fits again where a bad file gave way to the one of before', async () => {
    const bench = await listen();
    await writeFile(files.keyfile, 'half a key');
    await look(bench);
    await replace(old);
    expect(await look(bench)).to.contain('as they were before, and they fit each other');
    await writeFile(files.keyfile, 'half a key');
    expect(await look(bench)).to.contain('keeps the certificates that it has');
  });

  it('D36 follows files that are links, where another folder is put in the place of the first', async () => {
    const folders = [authority.path('data-1'), authority.path('data-2')] as const;
    for (const [index, { certfile, keyfile }] of [old, renewed].entries()) {
      const folder = folders[index] ?? '';
      await mkdir(folder);
      await cp(certfile, `${folder}/cert.pem`);
      await cp(keyfile, `${folder}/key.pem`);
    }
    const data = authority.path('data');
    await symlink(folders[0], data);
    const bench = await listen({ certfile: `${data}/cert.pem`, keyfile: `${data}/key.pem` });
    await symlink(folders[1], `${data}-new`);
    await rename(`${data}-new`, data);
    await look(bench);
    expect(await shown(bench)).to.equal('DNS:renewed.example');
  });

  it('D36 trusts as a client what the authorities are now, and keeps them while the file is half written', async () => {
    const others = await Authority.make();
    later(() => { others.remove(); });
    const server = await bind('sips:127.0.0.1:0', { tls: { ...basic, ...await others.sign(['localhost']), reloadInterval: 0 } });
    const cafile = authority.path('trusted.pem');
    await cp(authority.cafile, cafile);
    const from = await bind('', { tls: { ...basic, cafile } });
    const open = async (): Promise<string> => from.transports.open({ transport: 'tls', address: '127.0.0.1', port: portOf(server, 'tls'), host: 'localhost' })
      .then(() => 'connected', (error: unknown) => error instanceof NksipError ? error.code : String(error));
    expect(await open()).to.equal('transport_error');
    await writeFile(cafile, '');
    expect(await look(from)).to.contain('keeps').and.to.contain(cafile);
    await cp(others.cafile, cafile);
    await look(from);
    expect(await open()).to.equal('connected');
  });

  it('D36 warns of a certificate that is not valid when it is re-read, and of one that expires meanwhile, once each', async () => {
    const soon = await authority.sign(['soon.example'], undefined, { notAfterDate: new Date(Date.now() + 3600_000) });
    const over = await authority.sign(['over.example'], undefined, { notBeforeDate: new Date(0), notAfterDate: new Date(1_000_000_000_000) });
    await replace(soon);
    const bench = await listen();
    expect(bench.warnings).to.deep.equal([]);
    await replace(over);
    expect(await look(bench)).to.contain('have changed');
    expect(bench.warnings).to.deep.equal([`A certificate in tls_certfile '${files.certfile}' expired at 2001-09-09T01:46:40Z, and whoever verifies it refuses it: have it renewed and replace the file.`]);
    await replace(soon);
    await look(bench);
    clock.restore();
    clock = useFakeTimers({ now: Date.now() + 2 * 3600_000, toFake: ['Date', 'setInterval', 'clearInterval'] });
    const later = await listen();
    expect(later.warnings.join()).to.match(/^A certificate in tls_certfile '[^']+' expired at /);
    clock.tick(reloadInterval);
    await shown(later);
    expect(later.warnings).to.have.length(1);
  });

  it('looks at no file with an interval of 0, and at none after the end', async () => {
    await listen({ reloadInterval: 0 });
    expect(clock.countTimers()).to.equal(0);
    const bench = await listen();
    expect(clock.countTimers()).to.equal(1);
    await bench.transports.close();
    expect(clock.countTimers()).to.equal(0);
  });

  it('D36 an update goes over to other files; with bad ones, or listeners that cannot be, all stays as it is', async () => {
    const bench = await listen();
    const points = parseListen('sips:127.0.0.1:0, sips:127.0.0.1:0;transport=wss');
    const update = (listen: typeof points, tls: Partial<TlsOptions>): Promise<string> =>
      bench.transports.update(listen, { ...basic, ...tls }).then(() => 'ok', (error: unknown) => error instanceof NksipError ? error.code : String(error));
    expect(await update(points, { ...renewed, keyfile: old.keyfile })).to.equal('certificate_failed');
    expect(await update([...points, ...parseListen(`sips:127.0.0.1:${portOf(bench, 'wss')}`)], renewed)).to.equal('listen_failed');
    expect(await shown(bench)).to.equal('DNS:old.example');
    expect(await update(points, renewed)).to.equal('ok');
    expect([await shown(bench, 'tls'), await shown(bench, 'wss')]).to.deep.equal(['DNS:renewed.example', 'DNS:renewed.example']);
    expect(await update(points, {})).to.equal('ok');
    expect(await shown(bench)).to.equal('DNS:localhost, IP Address:127.0.0.1');
    expect(await update(points, { selfSigned: false })).to.equal('certificate_failed');
    expect(await update(points, old)).to.equal('ok');
    expect(await shown(bench)).to.equal('DNS:old.example');
  });
});
