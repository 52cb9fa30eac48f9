import { expect } from 'chai';
import { requireTool } from '../clients/tools.ts';
import { LateScene } from './late-scene.ts';
import { RedisServer } from './redis-servers.ts';

describe('A22 a write that reaches Redis late, after its request was answered 503', function () {
  this.timeout(30_000);
  let redis: RedisServer;
  before(async function () {
    requireTool(this, 'redis-server', 'redis-server');
    redis = await RedisServer.start();
  });
  after(() => redis?.stop());

  const cases = [
    ['timeout', 'its timeout is over: it does not come about'],
    ['lost', 'its connection was lost, and something newer was written: it does not land over that, nor bring back what was removed'],
  ] as const;
  for (const [lateness, title] of cases) {
    for (const etag of ['keep', 'renew'] as const) {
      it(`${etag}, ${title}`, async () => {
        const scene = await LateScene.start(redis, lateness, etag);
        try {
          for (let round = 0; round < 3; round++) await scene.round();
          expect(scene.delivered).to.be.above(0);
          expect(scene.wrong).to.deep.equal([]);
        } finally {
          await scene.stop();
        }
      });
    }
  }
});
