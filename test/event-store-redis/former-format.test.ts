import { RedisStore } from '@nksip-ts/event-store-redis';
import { expect } from 'chai';
import { requireTool } from '../clients/tools.ts';
import { closeAll, later } from '../wire/running.ts';
import { redisService, type RedisService } from './redis-service.ts';
import { RedisServer } from './redis-servers.ts';

/** As format 1 has it: what was written before values had a number. */
const former = Buffer.from('{"event":"nkpublish","content_type":"text/plain","expires":4000000000.125}\n<presence/>\n\xc3\xbc\0', 'latin1');
const body = Buffer.from('<presence/>\nü\0').toString();
const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };

async function startedOn(server: RedisServer, value: Buffer, options: Readonly<Record<string, unknown>> = {}): Promise<RedisService & { value(tag?: string): Promise<string> }> {
  const service = await redisService({ sip_event_store_redis_url: server.url, ...options });
  const index = `nksip-ts:{${service.service.id}/sip:alice@example.com}`;
  const client = await server.client();
  later(() => { client.disconnect(); });
  const deadline = Date.now() + 600_000;
  await client.set(`${index}/old`, value, 'PXAT', deadline);
  await client.zadd(index, deadline, 'old');
  await client.pexpireat(index, deadline);
  return { ...service, value: async (tag = 'old') => (await client.getBuffer(`${index}/${tag}`))?.toString('latin1') ?? 'nothing' };
}

describe('what former versions of event-store-redis have stored', function () {
  this.timeout(20_000);
  let server: RedisServer;
  before(async function () {
    requireTool(this, 'redis-server', 'redis-server');
    server = await RedisServer.start();
  });
  after(() => server?.stop());
  afterEach(closeAll);

  it('keep: is found, and rewritten with the next refresh', async () => {
    const { publish, stored, value } = await startedOn(server, former);
    expect(await stored('old')).to.equal(body);
    expect(await value()).to.equal(former.toString('latin1'));
    expect((await publish({ etag: 'old' })).code).to.equal(200);
    expect(await stored('old')).to.equal(body);
    expect(await value()).to.match(/^2 [\w-]+\n\{"event":"nkpublish","content_type":"text\/plain","expires":\d+(?:\.\d+)?\}\n<presence\/>\n\xc3\xbc\0$/);
  });

  it('keep: is modified, and then has a publisher; and is removed', async () => {
    const { publish, stored, value } = await startedOn(server, former);
    expect((await publish({ etag: 'old', body: 'new' })).code).to.equal(200);
    expect(await value()).to.match(/^2 [\w-]+\n\{"event":"nkpublish",.*"publisher":"sip:alice@example\.com 127\.0\.0\.1","since":\d+(?:\.\d+)?,"expires":.*\}\nnew$/);
    expect((await publish({ etag: 'old', expires: 0 })).code).to.equal(200);
    expect(await stored('old')).to.equal('not_found');
    const other = await startedOn(server, former);
    expect((await other.publish({ etag: 'old', expires: 0 })).code).to.equal(200);
    expect(await other.value()).to.equal('nothing');
  });

  it('renew: is replaced', async () => {
    const { publish, stored, value } = await startedOn(server, former, { sip_event_compositor_etag: 'renew' });
    const tag = (await publish({ etag: 'old' })).one('SIP-ETag');
    expect([await stored(tag), await value(), (await value(tag)).slice(0, 2)]).to.deep.equal([body, 'nothing', '2 ']);
  });

  it('has a version too: what a process of the former version has written meanwhile is not written over', async () => {
    const { service } = await startedOn(server, former);
    const store = new RedisStore({ url: server.url });
    later(() => store.close());
    await store.connect();
    const { version, ...record } = (await store.get(service.id, aor, 'old'))!;
    const client = await server.client();
    later(() => { client.disconnect(); });
    await client.set(`nksip-ts:{${service.id}/sip:alice@example.com}/old`, former.toString('utf8').replace('.125', '.126'));
    expect(await store.put(service.id, aor, 'old', record, 600, version)).to.equal(false);
    expect(await store.del(service.id, aor, 'old', version)).to.equal(false);
    const now = (await store.get(service.id, aor, 'old'))?.version;
    expect(await store.put(service.id, aor, 'old', record, 600, now)).to.equal(true);
  });

  it('a value of a newer format is 503 and says why, and is left as it is', async () => {
    const newer = Buffer.from('3 x\nsomething new');
    const { publish, faults, value } = await startedOn(server, newer);
    expect((await publish({ etag: 'old', body: 'x' })).code).to.equal(503);
    expect(faults.at(-1)?.error.message).to.include('a publication is stored in format 3, and this version reads formats 1 and 2');
    expect(await value()).to.equal(newer.toString());
  });
});
