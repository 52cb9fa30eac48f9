import { stop, update } from '@nksip-ts/core';
import { clear } from '@nksip-ts/event-compositor';
import { RedisStore } from '@nksip-ts/event-store-redis';
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { requireTool } from '../clients/tools.ts';
import { Authority } from '../kit/authority.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { closeAll, later, LogRecorder, running } from '../wire/running.ts';
import { rejectionOf } from '../kit/caught.ts';
import { isUnavailable, plugins, redisService } from './redis-service.ts';
import { RedisCluster } from './redis-cluster.ts';
import { RedisServer, saveMuch, slowLoading, until, type ServerSetup } from './redis-servers.ts';

async function server(setup: ServerSetup = {}): Promise<RedisServer> {
  const made = await RedisServer.start(setup);
  later(() => made.stop());
  return made;
}

/** Why a service does not start: everything that the error says anywhere. */
async function refusal(options: Readonly<Record<string, unknown>>): Promise<string> {
  const error: unknown = await running({ plugins, sip_events: 'nkpublish', ...options }).then(() => 'it started', (fault: unknown) => fault);
  return error instanceof Error ? `${error.message}${JSON.stringify(error)}${String(error.cause)}` : String(error);
}

async function unusedPort(): Promise<number> {
  const socket = createServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const address = socket.address();
  await new Promise((closed) => { socket.close(closed); });
  return typeof address === 'object' ? address?.port ?? 0 : 0;
}

describe('a service with event-store-redis does not start', function () {
  this.timeout(20_000);
  before(function () { requireTool(this, 'redis-server', 'redis-server'); });
  afterEach(closeAll);

  it('when Redis is not there', async () => {
    const port = await unusedPort();
    expect(await refusal({ sip_event_store_redis_url: `redis://:a-secret@127.0.0.1:${port}` }))
      .to.include(`The plugin 'event-store-redis' failed in plugin_prepare: The store is not available: Redis at 127.0.0.1:${port} (sip_event_store_redis_url): nobody listens there: start it, or correct the address.`)
      .and.not.to.include('a-secret');
  });

  it('when Redis is not there, also with a secret of its own', async () => {
    const options = { sip_event_compositor_secret: 'one secret for all of them', sip_event_store_redis_url: `redis://127.0.0.1:${await unusedPort()}` };
    expect(await refusal(options)).to.match(/failed in plugin_prepare: .*nobody listens there/);
  });

  it('when Redis hangs', async () => {
    const { url, ...redis } = await hanging();
    expect(await refusal({ sip_event_store_redis_url: url, sip_event_store_redis_timeout: 200 })).to.match(/no answer within 200 ms|Socket timeout|Command timed out/);
    redis.resume();
  });

  it('with a wrong password, or none', async () => {
    const { port } = await server({ password: 'the right one' });
    const wrong = await refusal({ sip_event_store_redis_url: `redis://:a-wrong-one@127.0.0.1:${port}` });
    expect(wrong).to.include('WRONGPASS').and.to.include('mend user and password in sip_event_store_redis_url').and.not.to.include('a-wrong-one');
    expect(await refusal({ sip_event_store_redis_url: `redis://127.0.0.1:${port}` })).to.include('NOAUTH').and.to.include('give user and password');
  });

  it('on a replica, which takes no writes', async () => {
    const master = await server();
    const replica = await server({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    expect(await refusal({ sip_event_store_redis_url: replica.url })).to.include('it is a replica, which takes no writes: name the master, or the Sentinels');
  });

  it('when Redis is full', async () => {
    const { url } = await server({ args: ['--maxmemory', '1'] });
    expect(await refusal({ sip_event_store_redis_url: url })).to.include('OOM').and.to.include('raise its maxmemory');
  });

  it('with a database number that Redis refuses: nothing is written to database 0', async () => {
    const redis = await server({ args: ['--databases', '4'] });
    expect(await refusal({ sip_event_store_redis_url: `${redis.url}/9` })).to.include('DB index is out of range (see the number at the end of sip_event_store_redis_url)');
    expect(await refusal({ sip_event_store_redis_url: `${redis.url}/9`, sip_event_compositor_secret: 'one secret for all of them' })).to.include('DB index is out of range');
    expect(await redis.ask('INFO', 'keyspace')).to.equal('# Keyspace\r\n');
    expect((await (await redisService({ sip_event_store_redis_url: `${redis.url}/3` })).publish({ body: 'x' })).code).to.equal(200);
    expect(await redis.ask('DBSIZE')).to.equal(0);
  });

  it('when TLS is spoken on one side only', async () => {
    const authority = await Authority.make();
    later(() => { authority.remove(); });
    const { certfile, keyfile } = await authority.sign(['127.0.0.1']);
    const plain = await server();
    expect(await refusal({ sip_event_store_redis_url: plain.url.replace('redis:', 'rediss:') })).to.match(/does not speak TLS|ETIMEDOUT/);
    const tls = await overTls(certfile, keyfile, authority.cafile);
    expect(await refusal({ sip_event_store_redis_url: `redis://127.0.0.1:${tls}` })).to.include('If it speaks TLS, write rediss://');
    expect(await refusal({ sip_event_store_redis_url: `rediss://127.0.0.1:${tls}` })).to.include('see cafile in sip_event_store_redis_tls');
    const trusting = { sip_event_store_redis_url: `rediss://127.0.0.1:${tls}`, sip_event_store_redis_tls: { cafile: authority.cafile } };
    expect((await (await redisService(trusting)).publish({ body: 'x' })).code).to.equal(200);
    expect(await refusal({ ...trusting, sip_event_store_redis_tls: { cafile: '/no/such/file' } })).to.match(/The TLS certificate '\/no\/such\/file' cannot be used/);
  });

  it('when Redis is loading its data', async () => {
    const folder = temporaryFolder('redis');
    later(() => { removeFolder(folder); });
    const redis = await server({ folder, args: slowLoading });
    await saveMuch(redis);
    await redis.kill();
    const up = redis.run();
    await until(async () => !(await refusal({ sip_event_store_redis_url: redis.url })).includes('nobody listens there'));
    expect(await refusal({ sip_event_store_redis_url: redis.url })).to.include('it is still loading its data: start again when it is done');
    await up;
  });

  it('when the nodes of a Cluster are not named, or no Cluster is there', async () => {
    const lonely = await server({ args: ['--cluster-enabled', 'yes'] });
    const plain = await server();
    expect(await refusal({ sip_event_store_redis_url: lonely.url })).to.include('it is a node of a Cluster: name another one in sip_event_store_redis_nodes');
    expect(await refusal({ sip_event_store_redis_url: plain.url, sip_event_store_redis_nodes: plain.address })).to.match(/cluster support disabled|no node of a Cluster/);
  });

  const wrong: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ sip_event_store_redis_url: 'http://:a-secret@127.0.0.1' }, /sip_event_store_redis_url' cannot be '\[redacted string\]': it must be redis:\/\/user:password@host:port\/db/],
    [{ sip_event_store_redis_nodes: 'localhost' }, /sip_event_store_redis_nodes' cannot be 'localhost': it must be addresses as 'host:port/],
    [{ sip_event_store_redis_prefix: '{x}' }, /sip_event_store_redis_prefix' cannot be '\{x\}': letters, digits/],
    [{ sip_event_store_redis_timeout: 2500 }, /sip_event_store_redis_timeout' cannot be 2500: two of it must be less than sip_event_compositor_store_timeout, which is 5000/],
    [{ sip_event_store_redis_tls: {} }, /'tls' cannot be '\[redacted\]': the URL must begin with rediss/],
    [{ sip_event_store_redis_url: 'redis://127.0.0.1/1', sip_event_store_redis_nodes: '127.0.0.1:7000' }, /a Cluster has no databases but 0/],
  ];
  for (const [options, expected] of wrong) {
    it(`with ${JSON.stringify(options)}`, async () => {
      expect(await refusal(options)).to.match(expected).and.not.to.include('a-secret');
    });
  }
});

async function hanging(): Promise<{ url: string; resume: () => void }> {
  const made = await server();
  made.pause();
  return { url: made.url, resume: () => { made.resume(); } };
}

/** The port on which one listens over TLS. */
async function overTls(certfile: string, keyfile: string, cafile: string): Promise<number> {
  const port = await unusedPort();
  await server({ args: ['--tls-port', String(port), '--tls-cert-file', certfile, '--tls-key-file', keyfile, '--tls-ca-cert-file', cafile, '--tls-auth-clients', 'no'] });
  return port;
}

describe('a service with event-store-redis', function () {
  this.timeout(30_000);
  before(function () { requireTool(this, 'redis-server', 'redis-server'); });
  afterEach(closeAll);

  it('warns where Redis may drop what is stored', async () => {
    const { url } = await server({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    const { log } = await redisService({ sip_event_store_redis_url: url });
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message))
      .to.deep.equal(['Redis has maxmemory-policy allkeys-lru: when its memory is full it drops publications before their time. Set it to noeviction.']);
  });

  it('works for a user who may not ask INFO, with user, password and database of the URL', async () => {
    const redis = await server();
    await redis.ask('ACL', 'SETUSER', 'compositor', 'on', '>p@ss word', '~nksip-ts:*', '+@read', '+@write', '+@scripting', '+@connection', '+time');
    const { publish, stored } = await redisService({ sip_event_store_redis_url: `redis://compositor:p%40ss%20word@127.0.0.1:${redis.port}/3` });
    const { code, one } = await publish({ body: 'x' }).then((response) => ({ code: response.code, one: response.one('SIP-ETag') }));
    expect([code, await stored(one)]).to.deep.equal([200, 'x']);
    expect(await redis.ask('DBSIZE')).to.equal(0);
  });

  it('has one secret for all processes under its name, which clear does not remove and no log shows', async () => {
    const redis = await server();
    const { service, log } = await redisService({ sip_event_store_redis_url: redis.url });
    const secret = String(await redis.ask('GET', `nksip-ts:secret/${service.id}`));
    expect(secret).to.match(/^[0-9a-f]{64}$/);
    await clear(service);
    const stores = await Promise.all(Array.from({ length: 5 }, async () => {
      const store = new RedisStore({ url: redis.url });
      later(() => store.close());
      await store.connect();
      return store;
    }));
    expect(await Promise.all(stores.map((store) => store.secret(service.id)))).to.deep.equal(Array(5).fill(secret));
    const others = await Promise.all(stores.map((store) => store.secret('another service')));
    expect([new Set(others).size, others[0] === secret]).to.deep.equal([1, false]);
    expect(JSON.stringify(log.lines)).not.to.include(secret);
  });

  it('keeps its secret and its store at an update, also while Redis is gone, and does not change its Redis', async () => {
    const redis = await server();
    const { service, publish, stored } = await redisService({ sip_event_store_redis_url: redis.url });
    const tag = (await publish({ body: 'x' })).one('SIP-ETag');
    const fault: unknown = await rejectionOf(update(service, { sip_event_store_redis_prefix: 'other:' }));
    expect(String(fault)).to.include("'sip_event_store_redis_prefix' cannot be 'other:': it cannot change while the service runs");
    await redis.kill();
    await update(service, { sip_event_compositor_default_expires: 30 });
    await redis.run();
    await until(async () => (await publish({ body: 'y' })).code === 200);
    expect(await stored(tag), 'Redis has lost it').to.equal('not_found');
    expect(service.chain('sip_event_compositor_store')).to.deep.equal(['event-store-redis', 'event-compositor']);
  });

  it('its own secret is not written to Redis', async () => {
    const redis = await server();
    const { service } = await redisService({ sip_event_store_redis_url: redis.url, sip_event_compositor_secret: 'one secret for all of them' });
    expect(await redis.ask('EXISTS', `nksip-ts:secret/${service.id}`)).to.equal(0);
  });

  it('leaves nothing open when it stops, and when its start fails', async () => {
    const redis = await server();
    const connections = async (): Promise<number> => String(await redis.ask('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('name=nksip-ts')).length;
    const { service } = await redisService({ sip_event_store_redis_url: redis.url });
    expect(await connections()).to.equal(1);
    await stop(service);
    await until(async () => await connections() === 0);
    const fault: unknown = await rejectionOf(running({ plugins, sip_event_store_redis_url: redis.url, sip_listen: 'sip:192.0.2.1:5060', logger: new LogRecorder() }));
    expect(String(fault)).to.include('Cannot listen');
    await until(async () => await connections() === 0);
  });

  it('works with what Sentinels lead to, and follows a failover', async () => {
    const master = await server({ args: ['--repl-diskless-sync-delay', '0'] });
    const replica = await server({ args: ['--replicaof', '127.0.0.1', String(master.port), '--repl-diskless-sync-delay', '0'] });
    await until(async () => String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'));
    const sentinel = await RedisServer.sentinel('events', master.port);
    later(() => sentinel.stop());
    await until(async () => String(await sentinel.ask('SENTINEL', 'REPLICAS', 'events')).includes(String(replica.port)));
    const { publish, stored } = await redisService({
      sip_event_store_redis_url: sentinel.url, sip_event_store_redis_nodes: sentinel.address, sip_event_store_redis_master: 'events', sip_event_store_redis_timeout: 500,
    });
    const tag = (await publish({ body: 'x' })).one('SIP-ETag');
    await until(async () => await replica.ask('DBSIZE') === await master.ask('DBSIZE'));
    await master.kill();
    await until(async () => (await publish({ etag: tag, body: 'y' })).code === 200, 15_000);
    expect(await stored(tag)).to.equal('y');
    expect(String(await replica.ask('INFO', 'replication'))).to.include('role:master');
  });

  it('works with a Cluster, follows a failover and a slot that moves, and is 503 while slots are not served', async () => {
    const cluster = await RedisCluster.start();
    later(() => cluster.stop());
    const { url, nodes } = cluster.settings;
    const { publish, stored, service, faults } = await redisService({ sip_event_store_redis_url: url, sip_event_store_redis_nodes: nodes.slice(0, 1) });
    const tag = (await publish({ body: 'x' })).one('SIP-ETag');
    const { slot, place } = await cluster.holderOf(`nksip-ts:{${service.id}/sip:alice@example.com}`);
    const [replica, other] = [cluster.replicas[place]!, cluster.masters[(place + 1) % 3]!];

    await replica.ask('CLUSTER', 'FAILOVER');
    await until(async () => String(await replica.ask('INFO', 'replication')).includes('role:master'));
    expect((await publish({ etag: tag, body: 'y' })).code, 'MOVED').to.equal(200);
    // Until the client has looked where the masters are now, one of them may be gone to it: whoever clears is told, and asks again.
    await until(() => clear(service).then(() => true, () => false));
    expect(await stored(tag)).to.equal('not_found');

    const [from, to] = [String(await replica.ask('CLUSTER', 'MYID')), String(await other.ask('CLUSTER', 'MYID'))];
    await until(async () => new RegExp(`^${from} .* master `, 'm').test(String(await other.ask('CLUSTER', 'NODES'))));
    await other.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from);
    await replica.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to);
    isUnavailable(await publish({ body: 'z' }));
    expect(faults.at(-1)?.error.message, 'Redis takes no operation on several keys of a slot that is under way').to.match(/TRYAGAIN|Too many Cluster redirections/);
    for (const node of [other, replica]) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to);
    const again = (await publish({ body: 'z' })).one('SIP-ETag');
    expect(await stored(again), 'MOVED again').to.equal('z');

    await other.ask('CLUSTER', 'DELSLOTS', slot);
    isUnavailable(await publish({ etag: again }));
    expect(faults.at(-1)?.error.message).to.include('not every slot of the Cluster is served');
    const fault: unknown = await rejectionOf(new RedisStore({ url, nodes }).connect());
    expect(String(fault)).to.include('the state of the Cluster is not ok: not every slot is served');
  });
});
