// Redis is killed under load: what clients saw, and what is left of what was acknowledged.
// node --import tsx -C @nksip-ts/source test/event-store-redis/failover.ts [cluster | everysec | always | memory]
// cluster: a master of three, with a replica each. The others: one server, started again a second later, that writes an
// append-only file and syncs it so often, or none.
import { NksipError } from '@nksip-ts/core';
import { RedisStore, type RedisSettings } from '@nksip-ts/event-store-redis';
import { setTimeout as wait } from 'node:timers/promises';
import { RedisCluster } from './redis-cluster.ts';
import { RedisServer } from './redis-servers.ts';

interface Victim {
  readonly settings: RedisSettings;
  fail(): Promise<void>;
  stop(): Promise<void>;
}

async function cluster(): Promise<Victim> {
  const all = await RedisCluster.start({ nodeTimeout: 2000 });
  return { settings: all.settings, fail: () => all.masters[0]!.kill(), stop: () => all.stop() };
}

async function single(...args: readonly string[]): Promise<Victim> {
  const server = await RedisServer.start({ args });
  const fail = async (): Promise<void> => {
    await server.kill();
    await wait(1000);
    await server.run();
  };
  return { settings: { url: server.url }, fail, stop: () => server.stop() };
}

const victims: Readonly<Record<string, () => Promise<Victim>>> = {
  cluster,
  everysec: () => single('--appendonly', 'yes', '--appendfsync', 'everysec'),
  always: () => single('--appendonly', 'yes', '--appendfsync', 'always'),
  memory: () => single(),
};

const victim = await victims[process.argv[2] ?? 'cluster']!();
const store = new RedisStore(victim.settings);
await store.connect();
const acknowledged: string[] = [];
const failed = new Map<string, number>();
let [running, slowest, killed, lastFault, sequence] = [true, 0, 0, 0, 0];

const aorOf = (user: string): { scheme: string; user: string; domain: string } => ({ scheme: 'sip', user, domain: 'example.com' });
const load = Promise.all(Array.from({ length: 100 }, async () => {
  while (running) {
    const user = `user${++sequence}`;
    const began = Date.now();
    try {
      await store.put('server', aorOf(user), 'tag', { data: new Uint8Array(100), event: 'presence', expires: began / 1000 + 600 }, 600);
      acknowledged.push(user);
    } catch (error) {
      const what = error instanceof NksipError ? `${error.code}: ${String(error.details['reason']).replace(/\d+/g, 'n')}` : String(error);
      failed.set(what, (failed.get(what) ?? 0) + 1);
      lastFault = Date.now();
      await wait(20);
    }
    slowest = Math.max(slowest, Date.now() - began);
  }
}));
await wait(2000);
killed = Date.now();
await victim.fail();
await wait(12_000);
running = false;
await load;
let missing = 0;
for (let at = 0; at < acknowledged.length; at += 500) {
  const found = await Promise.all(acknowledged.slice(at, at + 500).map((user) => store.get('server', aorOf(user), 'tag')));
  missing += found.filter((one) => one === undefined).length;
}
console.log(JSON.stringify({ acknowledged: acknowledged.length, missing, failed: Object.fromEntries(failed), slowestMilliseconds: slowest, lastFaultAfterKill: lastFault - killed }, undefined, 1));
await store.close();
await victim.stop();
