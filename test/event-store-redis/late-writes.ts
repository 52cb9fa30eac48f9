// 1,000 writes that the network delivers late, after their requests were answered 503, or as many as the first argument says; none
// may come about: node --import tsx -C @nksip-ts/source test/event-store-redis/late-writes.ts [writes]
import { LateScene } from './late-scene.ts';
import { RedisServer } from './redis-servers.ts';

const writes = Number(process.argv[2] ?? 1000);
const redis = await RedisServer.start();
const began = Date.now();
for (const lateness of ['timeout', 'lost'] as const) {
  for (const etag of ['keep', 'renew'] as const) {
    const scenes = await Promise.all(Array.from({ length: 4 }, () => LateScene.start(redis, lateness, etag)));
    const delivered = (): number => scenes.reduce((sum, scene) => sum + scene.delivered, 0);
    await Promise.all(scenes.map(async (scene) => { while (delivered() < writes / 4) await scene.round(); }));
    console.log(JSON.stringify({ lateness, etag, delivered: delivered(), wrong: scenes.flatMap(({ wrong }) => wrong) }));
    await Promise.all(scenes.map((scene) => scene.stop()));
  }
}
console.log(JSON.stringify({ seconds: (Date.now() - began) / 1000 }));
await redis.stop();
