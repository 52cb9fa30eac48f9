// 10,000 races of two nodes for a tag (or as many as the first argument says):
// node --import tsx -C @nksip-ts/source test/event-store-redis/race-many.ts
import { Node, NodesClient } from './nodes.ts';
import { RedisServer } from './redis-servers.ts';
import { race } from './tag-races.ts';

const redis = await RedisServer.start();
const options = { sip_event_store_redis_url: redis.url, sip_event_compositor_etag: 'renew' };
const nodes = await Promise.all([Node.start(options), Node.start(options)]);
const client = await NodesClient.open();
const began = Date.now();
console.log(JSON.stringify({ ...await race(client, nodes, Number(process.argv[2] ?? 10_000), 50), seconds: (Date.now() - began) / 1000 }));
client.close();
await Promise.all(nodes.map((node) => node.stop()));
await redis.stop();
