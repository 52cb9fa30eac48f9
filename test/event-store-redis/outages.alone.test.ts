import { expect } from 'chai';
import { clear, list } from '@nksip-ts/event-compositor';
import { requireTool } from '../clients/tools.ts';
import { requestText } from '../kit/request-text.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { closeAll, later, overUdp } from '../wire/running.ts';
import { isUnavailable, redisService, untilStored, type RedisService } from './redis-service.ts';
import { RedisServer, saveMuch, slowLoading, until, type ServerSetup } from './redis-servers.ts';

const timeout = { sip_event_store_redis_timeout: 300 };

interface Started {
  readonly server: RedisServer;
  readonly service: RedisService;
  /** The tag of a publication with the body 'kept'. */
  readonly tag: string;
}

async function started(setup: ServerSetup = {}, options: Readonly<Record<string, unknown>> = {}): Promise<Started> {
  const server = await RedisServer.start(setup);
  later(() => server.stop());
  const service = await redisService({ sip_event_store_redis_url: server.url, ...timeout, ...options });
  const response = await service.publish({ body: 'kept' });
  expect(response.code).to.equal(200);
  return { server, service, tag: response.one('SIP-ETag') };
}

/** Initial, refresh, modify, remove: none of them is told 200. */
async function allUnavailable({ service, tag }: Started, ...more: readonly string[]): Promise<void> {
  for (const parts of [{ body: 'new' }, { etag: tag }, { etag: tag, body: 'changed' }, { etag: tag, expires: 0 }]) {
    const began = Date.now();
    isUnavailable(await service.publish(parts));
    expect(Date.now() - began, 'bounded').to.be.below(2000);
  }
  expect(service.faults.map(({ error }) => error.message).join('\n')).to.match(/The store is not available: Redis: /);
  for (const text of more) expect(service.faults.at(-1)?.error.message).to.include(text);
}

describe('event-store-redis when Redis fails, over UDP', function () {
  this.timeout(20_000);
  before(function () { requireTool(this, 'redis-server', 'redis-server'); });
  afterEach(closeAll);

  it('A22 Redis is killed: 503 with Retry-After at once, and it goes on when Redis is back', async () => {
    const run = await started();
    await run.server.kill();
    await allUnavailable(run);
    const began = Date.now();
    isUnavailable(await run.service.publish({ body: 'x' }));
    expect(Date.now() - began, 'nothing waits for a connection').to.be.below(250);
    await run.server.run();
    expect((await untilStored(run.service)).code).to.equal(200);
    const lost = run.service.log.lines.filter(({ message }) => message.startsWith('Redis is '));
    expect(lost.map(({ level }) => level)).to.deep.equal(['warn', 'info']);
  });

  it('A22 Redis is killed while a command waits for its reply: 503, and what is said of it speaks of the connection', async () => {
    const run = await started({}, { sip_event_store_redis_timeout: 2000 });
    run.server.pause();
    const waiting = run.service.publish({ body: 'x' });
    // Answered after the PUBLISH was taken.
    const other = await overUdp(run.service.service);
    await other.ask(requestText({ method: 'OPTIONS', port: other.port }));
    await run.server.kill();
    isUnavailable(await waiting);
    expect(run.service.faults.at(-1)?.error.message).to.match(/the connection was lost before its reply|ECONNRESET/).and.not.include('maxRetries');
  });

  it('A22 Redis hangs: 503 with Retry-After within the timeout, and it goes on when Redis does', async () => {
    const run = await started();
    run.server.pause();
    later(() => { run.server.resume(); });
    await allUnavailable(run);
    run.server.resume();
    expect((await untilStored(run.service)).code).to.equal(200);
    expect(await run.service.stored(run.tag)).to.equal('kept');
  });

  it('A22 Redis is full: 503 for what is new, and what is stored stays and can be changed and removed', async () => {
    const run = await started({}, { sip_event_compositor_etag: 'renew' });
    await run.server.ask('CONFIG', 'SET', 'maxmemory', '1');
    isUnavailable(await run.service.publish({ body: 'new' }));
    expect(run.service.faults.at(-1)?.error.message).to.match(/OOM .*raise its maxmemory/);
    expect(await run.service.stored(run.tag)).to.equal('kept');
    const modified = await run.service.publish({ etag: run.tag, body: 'changed' });
    expect(modified.code, 'a replace frees first').to.equal(200);
    expect(await run.service.stored(modified.one('SIP-ETag'))).to.equal('changed');
    expect((await run.service.publish({ etag: modified.one('SIP-ETag'), expires: 0 })).code).to.equal(200);
    await run.server.ask('CONFIG', 'SET', 'maxmemory', '0');
    expect((await run.service.publish({ body: 'new' })).code).to.equal(200);
  });

  it("A22 Redis is full, tags are kept: a modify is 503, and what was stored is as it was", async () => {
    const run = await started();
    await run.server.ask('CONFIG', 'SET', 'maxmemory', '1');
    isUnavailable(await run.service.publish({ etag: run.tag, body: 'changed' }));
    expect(await run.service.stored(run.tag)).to.equal('kept');
  });

  it('A22 the master has become a replica: 503, and it goes on when it is a master again', async () => {
    const other = await RedisServer.start();
    later(() => other.stop());
    const run = await started();
    await run.server.ask('REPLICAOF', '127.0.0.1', other.port);
    isUnavailable(await run.service.publish({ body: 'new' }));
    await run.server.ask('REPLICAOF', 'NO', 'ONE');
    expect((await untilStored(run.service)).code).to.equal(200);
  });

  it('A22 the password has changed: 503 that says so, and it goes on when it is right again', async () => {
    const run = await started({ password: 'a secret of old' });
    await run.server.ask('CONFIG', 'SET', 'requirepass', 'a secret of new');
    const changed = await RedisServer.clientOf(run.server.port, 'a secret of new');
    later(() => { changed.disconnect(); });
    await changed.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(async () => (await run.service.publish({ body: 'new' })).code === 503 && /WRONGPASS/.test(run.service.faults.at(-1)?.error.message ?? ''));
    await allUnavailable(run, 'mend user and password in sip_event_store_redis_url');
    await changed.call('CONFIG', 'SET', 'requirepass', 'a secret of old');
    expect((await untilStored(run.service)).code).to.equal(200);
    expect(JSON.stringify([run.service.log.lines, run.service.faults.map(({ error }) => [error.message, error.details, error.stack])])).not.to.include('a secret of');
  });

  it('A22 Redis is loading its data after a restart: 503 meanwhile', async () => {
    const folder = temporaryFolder('redis');
    later(() => { removeFolder(folder); });
    const run = await started({ folder, args: slowLoading });
    await saveMuch(run.server);
    await run.server.kill();
    const up = run.server.run();
    isUnavailable(await run.service.publish({ body: 'new' }));
    await up;
    expect((await untilStored(run.service)).code).to.equal(200);
    expect(await run.service.stored(run.tag)).to.equal('kept');
  });

  it('A22 Redis comes back without the database that was named: 503 that says so, nothing in database 0, and it goes on when it is there again', async () => {
    const server = await RedisServer.start();
    later(() => server.stop());
    const service = await redisService({ sip_event_store_redis_url: `${server.url}/9`, ...timeout });
    await server.kill();
    await server.run('--databases', '4');
    await until(async () => (await service.publish({ body: 'x' })).code === 503 && /DB index is out of range/.test(service.faults.at(-1)?.error.message ?? ''));
    for (let i = 0; i < 20; i++) isUnavailable(await service.publish({ body: 'x' }));
    expect(await server.ask('DBSIZE')).to.equal(0);
    expect(service.log.lines.filter(({ message }) => message.startsWith('Redis is ')).map(({ level }) => level), 'it is not told to be there again').to.deep.equal(['warn']);
    await server.kill();
    await server.run();
    expect((await untilStored(service)).code).to.equal(200);
    expect(await server.ask('DBSIZE')).to.equal(0);
  });

  it('Redis forgets its scripts: they are sent again', async () => {
    const run = await started();
    expect((await run.service.publish({ etag: run.tag })).code).to.equal(200);
    await run.server.ask('SCRIPT', 'FLUSH');
    expect((await run.service.publish({ etag: run.tag, body: 'changed' })).code).to.equal(200);
    expect(await run.service.stored(run.tag)).to.equal('changed');
  });

  it('an error of the store in Redis that waiting does not mend is 500', async () => {
    const run = await started();
    const [key = ''] = await run.server.ask('KEYS', '*/sip:alice*/*') as string[];
    await run.server.ask('DEL', key);
    await run.server.ask('LPUSH', key, 'foreign');
    const response = await run.service.publish({ etag: run.tag });
    expect([response.code, response.reason]).to.deep.equal([500, 'Service Error']);
    expect(run.service.faults.at(-1)?.error.message).to.match(/Redis refuses it: WRONGTYPE/);
  });

  it('the API rejects with store_unavailable while Redis is gone', async () => {
    const run = await started();
    await run.server.kill();
    for (const asked of [() => run.service.stored('tag'), () => clear(run.service.service), async () => { for await (const _ of list(run.service.service)); }]) {
      const fault = await asked().then(() => undefined, (error: unknown) => error);
      expect(String(fault)).to.match(/not available/);
    }
  });

  it('a service stops while Redis is gone, and while it hangs', async () => {
    const [gone, hanging] = [await started(), await started()];
    await gone.server.kill();
    hanging.server.pause();
    later(() => { hanging.server.resume(); });
    const began = Date.now();
    await Promise.all([gone.service.service.stop(), hanging.service.service.stop()]);
    expect(Date.now() - began).to.be.below(1500);
  });
});
