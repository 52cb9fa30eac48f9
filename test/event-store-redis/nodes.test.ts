import { expect } from 'chai';
import { RedisStore } from '@nksip-ts/event-store-redis';
import { requireTool } from '../clients/tools.ts';
import { Node, NodesClient } from './nodes.ts';
import { RedisServer } from './redis-servers.ts';
import { keepRace, race } from './tag-races.ts';

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };

describe("two nodes with one Redis that keep tags, over UDP", function () {
  this.timeout(60_000);
  let redis: RedisServer | undefined;
  let nodes: Node[] = [];
  let client: NodesClient;
  let store: RedisStore;

  before(async function () {
    requireTool(this, 'redis-server', 'redis-server');
    redis = await RedisServer.start();
    const options = { sip_event_store_redis_url: redis.url, sip_event_compositor_etag: 'keep' };
    nodes = await Promise.all([Node.start(options), Node.start(options)]);
    client = await NodesClient.open();
    store = new RedisStore({ url: redis.url });
    await store.connect();
  });
  after(async () => {
    client?.close();
    await store?.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await redis?.stop();
  });

  for (const what of ['refresh', 'modify', 'remove'] as const) {
    it(`of a modify and a ${what} at once neither undoes what the other was told 200 for, 200 times`, async () => {
      expect(await keepRace(client, nodes as [Node, Node], store, what, 200, 10)).to.deep.equal({ races: 200, fair: 200, unfair: [] });
    });
  }
});

describe('two nodes with one Redis, over UDP', function () {
  this.timeout(30_000);
  let redis: RedisServer | undefined;
  let nodes: Node[] = [];
  let client: NodesClient;
  let store: RedisStore;

  before(async function () {
    requireTool(this, 'redis-server', 'redis-server');
    redis = await RedisServer.start();
    const options = { sip_event_store_redis_url: redis.url, sip_event_compositor_etag: 'renew', sip_event_compositor_max_per_aor: 3 };
    nodes = await Promise.all([Node.start(options), Node.start(options)]);
    client = await NodesClient.open();
    store = new RedisStore({ url: redis.url });
    await store.connect();
  });
  after(async () => {
    client?.close();
    await store?.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await redis?.stop();
  });
  beforeEach(() => store.delAll('server'));

  it('what one has stored the other finds, modifies, and removes', async () => {
    const [one, other] = nodes as [Node, Node];
    const first = await client.publish(one, { body: 'x' });
    const second = await client.publish(other, { etag: first!.one('SIP-ETag'), body: 'y' });
    expect(second?.code).to.equal(200);
    expect((await client.publish(one, { etag: first!.one('SIP-ETag') }))?.code).to.equal(412);
    expect((await client.publish(one, { etag: second!.one('SIP-ETag'), expires: 0 }))?.code).to.equal(200);
    expect(await store.count('server', aor)).to.equal(0);
  });

  it('RFC 3903 6(6) of several that race for one tag exactly one wins it, 300 times', async () => {
    expect(await race(client, nodes, 300, 10)).to.deep.equal({ races: 300, fair: 300, unfair: [] });
  });

  it('a retransmission that reaches the other node gets the same 200, and there is one publication', async () => {
    const answers = await client.everywhere(nodes, { body: 'x' });
    expect(answers.map((answer) => [answer?.code, answer?.one('SIP-ETag')])).to.deep.equal(Array(2).fill([200, answers[0]?.one('SIP-ETag')]));
    expect(await store.count('server', aor)).to.equal(1);
    const etag = answers[0]!.one('SIP-ETag');
    const modified = await client.everywhere(nodes, { etag, body: 'y' });
    expect(modified.map((answer) => [answer?.code, answer?.one('SIP-ETag')])).to.deep.equal(Array(2).fill([200, modified[0]?.one('SIP-ETag')]));
    expect(await store.count('server', aor)).to.equal(1);
  });

  it('the cap of an address counts what both have stored', async () => {
    const codes: (number | undefined)[] = [];
    for (let i = 0; i < 5; i++) codes.push((await client.publish(nodes[i % 2]!, { body: 'x' }))?.code);
    expect(codes).to.deep.equal([200, 200, 200, 403, 403]);
  });
});
