// Operations of the store alone: node --import tsx -C @nksip-ts/source test/event-store-redis/throughput.ts [in flight] [seconds]
import { RedisStore } from '@nksip-ts/event-store-redis';
import { RedisServer } from './redis-servers.ts';

const [inFlight, seconds] = [Number(process.argv[2] ?? 500), Number(process.argv[3] ?? 5)];
const redis = await RedisServer.start();
const store = new RedisStore({ url: redis.url });
await store.connect();
const data = new Uint8Array(386).fill(120);
const record = (): { data: Uint8Array; event: string; content_type: string; expires: number } => ({ data, event: 'presence', content_type: 'application/pidf+xml', expires: Date.now() / 1000 + 600 });

/** One lifetime: the count and the put of an initial PUBLISH, the get and the replace of a refresh, the get and the del of a removal: three transactions. */
async function lifetime(user: string): Promise<number> {
  const aor = { scheme: 'sip', user, domain: 'example.com' };
  await store.count('server', aor);
  await store.put('server', aor, 'one', record(), 600);
  await store.get('server', aor, 'one');
  await store.replace('server', aor, 'one', 'two', record(), 600);
  await store.get('server', aor, 'two');
  await store.del('server', aor, 'two');
  return 3;
}

let transactions = 0;
const end = Date.now() + seconds * 1000;
const cpu = process.cpuUsage();
await Promise.all(Array.from({ length: inFlight }, async (_, n) => {
  while (Date.now() < end) {
    const done = await lifetime(`user${n}`);
    transactions += done;
  }
}));
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ inFlight, transactionsPerSecond: Math.round(transactions / seconds), operationsPerSecond: Math.round(2 * transactions / seconds), cpuSeconds: (user + system) / 1e6 }));
await store.close();
await redis.stop();
