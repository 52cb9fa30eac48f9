import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { defaultMaxMemory, smallestMemory } from '@nksip-ts/core';
import { memoryShare } from '../../packages/cli/src/workers/workers.ts';
import { requireTool } from '../clients/tools.ts';
import { credentialsFor, credentialsWithoutQop } from '../digest/credentials.ts';
import { Directories } from '../event-store-lmdb/directories.ts';
import { RedisServer } from '../event-store-redis/redis-servers.ts';
import { Authority } from '../kit/authority.ts';
import { fresh, publishText, requestText } from '../kit/request-text.ts';
import { responseTo } from '../kit/received-text.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { udpPeer } from '../uac/scripted-peer.ts';
import { StreamPeer } from '../wire/peers.ts';
import { WsPeer } from '../wire/ws-peer.ts';
import { run } from './command.ts';
import { WorkerServer } from './worker-server.ts';

const body = { headers: ['Content-Type: text/plain'], body: 'hello' };

/** A request of a user of its own, so that its lines in the log can be told from others. */
function publishOf(user: string, parts: Parameters<typeof publishText>[0] = {}): string {
  const address = `<sip:${user}@example.com>`;
  const via = [`SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK${fresh('branch')}`];
  return publishText({ uri: `sip:${user}@example.com`, from: `${address};tag=a1`, to: address, via, ...body, ...parts });
}

/** A service that asks users called 'guarded...' for a password, and passes each MESSAGE on to where its Subject says. */
const configOf = (options: object): string => `
  import { uac } from '${import.meta.resolve('../../packages/core/dist/index.js')}';
  export const options = ${JSON.stringify(options)};
  export const module = {
    sip_authorize: (_list, req) => !req.ruri.user.startsWith('guarded') || req.digestUsers.size > 0 ? 'ok' : 'authenticate',
    sip_get_user_pass: () => 'secret',
    sip_message: async (req) => {
      const { code } = await uac.options(req.service, req.header('Subject')[0]);
      return ['reply', code === 200 ? 'ok' : 'not_found'];
    },
  };
`;

async function certificate(server: WorkerServer): Promise<string | undefined> {
  const peer = await StreamPeer.open(server.port('tls'), 'tls');
  const shown = peer.socket instanceof TLSSocket ? peer.socket.getPeerX509Certificate()?.fingerprint256 : undefined;
  peer.close();
  return shown;
}

describe('serve with several workers', function () {
  this.timeout(60_000);
  const directories = new Directories();

  describe('that share the work', () => {
    let server: WorkerServer;
    let authority: Authority;
    const peers: StreamPeer[] = [];

    /** Over a connection each; the primary gives connections to the workers in turn. */
    async function twoPeers(): Promise<readonly [StreamPeer, StreamPeer]> {
      const two = [await StreamPeer.open(server.port('tcp')), await StreamPeer.open(server.port('tcp'))] as const;
      peers.push(...two);
      return two;
    }

    before(async () => {
      authority = await Authority.make();
      const { certfile, keyfile } = await authority.sign(['localhost']);
      const config = authority.path('config.mjs');
      await writeFile(config, configOf({ tls_certfile: certfile, tls_keyfile: keyfile, tls_reload_interval: 1 }));
      server = await WorkerServer.start(directories, '--config', config, '--listen', 'sip:all:0, sip:127.0.0.1:0;transport=ws, sips:127.0.0.1:0');
    });

    afterEach(() => {
      for (const peer of peers.splice(0)) peer.close();
    });

    after(async () => {
      await server[Symbol.asyncDispose]();
      authority.remove();
      await directories.remove();
    });

    it('prints one ready line when all listen, on one port', () => {
      expect(server.out.match(/is ready/g)).to.have.length(1);
      expect([...server.processes.keys()].sort()).to.deep.equal([1, 2]);
      expect(server.port('udp')).to.equal(server.port('tcp')).and.to.be.above(0);
    });

    it('D03 answers a retransmission that reaches the other worker with the same 200, and stores it once', async () => {
      const [one, other] = await twoPeers();
      const user = fresh('repeat');
      const initial = publishOf(user, { expires: 600 });
      const first = await one.ask(initial);
      expect((await other.ask(initial)).one('SIP-ETag')).to.equal(first.one('SIP-ETag'));
      const change = publishOf(user, { expires: 600, etag: first.one('SIP-ETag'), body: 'changed' });
      const second = await one.ask(change);
      expect((await other.ask(change)).one('SIP-ETag')).to.equal(second.one('SIP-ETag')).and.not.to.equal(first.one('SIP-ETag'));
      expect(await server.answerers(user, 4)).to.deep.equal([1, 1, 2, 2]);
      expect((await server.stored(user)).map(({ tag }) => tag)).to.deep.equal([second.one('SIP-ETag')]);
    });

    it('A36 D03 takes a nonce that the other worker made; each worker counts for itself', async () => {
      const [one, other] = await twoPeers();
      const user = fresh('guarded');
      const publishWith = (Authorization?: string): string => publishOf(user, { headers: ['Content-Type: text/plain', ...(Authorization === undefined ? [] : [`Authorization: ${Authorization}`])] });
      const challenge = (await one.ask(publishWith())).one('WWW-Authenticate');
      const counted = (nc: string): string => publishWith(credentialsFor(challenge, { user, uri: `sip:${user}@example.com`, nc }));
      const [first, again, second] = ['00000001', '00000001', '00000002'].map(counted);
      const asked: readonly [StreamPeer, string | undefined][] = [[other, first], [one, first], [other, again], [one, second]];
      const codes: number[] = [];
      for (const [peer, request] of asked) codes.push((await peer.ask(request ?? '')).code);
      expect(codes).to.deep.equal([200, 200, 401, 200]);
    });

    it('RFC 3261 22.4(8): refuse credentials without qop, for none knows which nonces the others took', async () => {
      const [one] = await twoPeers();
      const user = fresh('guarded');
      const challenge = (await one.ask(publishOf(user))).one('WWW-Authenticate');
      const Authorization = credentialsWithoutQop(challenge, { user, uri: `sip:${user}@example.com` });
      expect((await one.ask(publishOf(user, { headers: ['Content-Type: text/plain', `Authorization: ${Authorization}`] }))).code).to.equal(401);
    });

    it('hears the answers to requests of its own, on sockets of its own: none goes out from the listener', async () => {
      const far = await udpPeer((request) => responseTo(request, '200 OK'));
      const peers = await twoPeers();
      for (const peer of peers) {
        for (let i = 0; i < 5; i++) expect((await peer.ask(requestText({ method: 'MESSAGE', headers: [`Subject: sip:127.0.0.1:${far.port}`] }))).code).to.equal(200);
      }
      await far.close();
      // Each was sent once, for its answer came at once.
      expect(far.requests).to.have.length(10);
      const ports = far.requests.map((request) => /:(\d+);/.exec(request.all('Via')[0] ?? '')?.[1]);
      for (const port of ports) expect(port).to.match(/^\d+$/).and.not.equal(String(server.port()));
    });

    it('shares WebSockets and TLS, and each worker reads certificates again', async () => {
      const webSockets = [await WsPeer.open(server.port('ws')), await WsPeer.open(server.port('ws'))];
      const user = fresh('browser');
      for (const peer of webSockets) expect((await peer.ask(publishOf(user))).code).to.equal(200);
      for (const peer of webSockets) peer.close();
      expect(new Set(await server.answerers(user, 2)).size).to.equal(2);

      const before = [await certificate(server), await certificate(server)];
      await authority.sign(['localhost']);
      await server.printed(/\[1\] TLS uses[^]*\[2\] TLS uses|\[2\] TLS uses[^]*\[1\] TLS uses/);
      const after = [await certificate(server), await certificate(server)];
      expect([new Set(before).size, new Set(after).size, new Set([...before, ...after]).size]).to.deep.equal([1, 1, 2]);
    });
  });

  for (const tags of ['keep', 'renew'] as const) it(`D03 share a Redis, and know the repeats of each other (${tags})`, async function () {
    requireTool(this, 'redis-server', 'redis-server');
    const redis = await RedisServer.start();
    try {
      await using server = await WorkerServer.withRedis(redis.url, tags);
      const user = fresh('redis');
      const request = publishOf(user, { expires: 600 });
      const [one, other] = [await StreamPeer.open(server.port('tcp')), await StreamPeer.open(server.port('tcp'))];
      const etag = (await one.ask(request)).one('SIP-ETag');
      expect((await other.ask(request)).one('SIP-ETag')).to.equal(etag);
      expect(new Set(await server.answerers(user, 2)).size).to.equal(2);
      const codes = [await one.ask(publishOf(user, { etag, body: 'one' })), await other.ask(publishOf(user, { etag, body: 'other' }))].map(({ code }) => code);
      expect(codes).to.deep.equal([200, tags === 'keep' ? 200 : 412]);
      one.close();
      other.close();
    } finally {
      await redis.stop();
    }
  });

  it("D03 share an LMDB directory with tags that stay ('keep'), which has versions", async () => {
    await using server = await WorkerServer.start(directories, '--set', 'sip_event_compositor_etag=keep');
    const user = fresh('kept');
    const request = publishOf(user, { expires: 600 });
    const [one, other] = [await StreamPeer.open(server.port('tcp')), await StreamPeer.open(server.port('tcp'))];
    const etag = (await one.ask(request)).one('SIP-ETag');
    expect((await other.ask(request)).one('SIP-ETag')).to.equal(etag);
    const answers = [await one.ask(publishOf(user, { etag, body: 'one' })), await other.ask(publishOf(user, { etag, body: 'other' }))];
    expect(answers.map((answer) => [answer.code, answer.one('SIP-ETag')])).to.deep.equal([[200, etag], [200, etag]]);
    expect(new Set(await server.answerers(user, 4)).size).to.equal(2);
    expect((await server.stored(user)).map(({ tag, record: { data } }) => [tag, Buffer.from(data).toString()])).to.deep.equal([[etag, 'other']]);
    one.close();
    other.close();
  });

  it('sip_max_memory is shared out among them', async () => {
    const folder = temporaryFolder();
    const config = join(folder, 'config.mjs');
    await writeFile(config, `
      import cluster from 'node:cluster';
      import { definePlugin } from ${JSON.stringify(import.meta.resolve('../../packages/core/dist/index.js'))};
      definePlugin({ name: 'share', plugin_start({ config }) { if (cluster.isWorker) console.log('share', config.sip_max_memory); } });
      export const options = { sip_max_memory: 100_000_000 };`);
    const server = await WorkerServer.start(directories, '--config', config, '--set', 'plugins=event-compositor,event-store-lmdb,share');
    expect(server.out.match(/^share .*$/gm)).to.deep.equal(['share 50000000', 'share 50000000']);
    await server[Symbol.asyncDispose]();
    removeFolder(folder);
    await directories.remove();
  });

  it('sip_max_memory that is unset is shared out as well, and no share is too small to work with', () => {
    expect(memoryShare(1_000_000_000, 4)).to.equal(250_000_000);
    expect(memoryShare(undefined, 2)).to.equal(Math.floor(defaultMaxMemory() / 2));
    expect(memoryShare(20_000_000, 4)).to.equal(smallestMemory);
  });

  const refused: readonly [string, readonly string[], RegExp][] = [
    ['a store in the memory of a process', ['--set', 'sip_event_compositor_etag=renew'], /need a store that they share.*--set plugins=.*leave out --workers/],
    ["tags that stay ('keep') on a store without versions", ['--config', 'PATH/config.mjs'], /need entity-tags that change.*--set sip_event_compositor_etag=renew/],
  ];
  for (const [what, args, sentence] of refused) {
    it(`refuse ${what} in one sentence, exit code 1`, async () => {
      const path = directories.make();
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'config.mjs'), "export const module = { sip_event_compositor_store: () => 'not_found' };");
      const { code, out, err } = await run('serve', '--workers', '2', '--listen', 'sip:127.0.0.1:0', ...args.map((arg) => arg.replace('PATH', path)));
      await directories.remove();
      expect(err).to.match(sentence).and.to.match(/^nksip-ts: [^\n]+\n$/);
      expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    });
  }
});
