import { RedisStore } from '@nksip-ts/event-store-redis';
import { skipReason, storeChecks } from '@nksip-ts/event-compositor/store-checks';
import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import { hasTool, requireTool } from '../clients/tools.ts';
import { RedisCluster } from './redis-cluster.ts';
import { RedisServer } from './redis-servers.ts';

interface Stopped {
  stop(): Promise<void>;
}

const kinds = [
  ['Redis', 'redis-server', async () => settingsAt(await RedisServer.start())],
  // Not every Debian has it: only where it is.
  ...(hasTool('valkey-server') ? [['Valkey', 'valkey-server', async () => settingsAt(await RedisServer.start({ program: 'valkey-server' }))] as const] : []),
  ['a Cluster of 3 masters and 3 replicas', 'redis-server', async () => {
    const servers = await RedisCluster.start();
    return { servers, settings: servers.settings };
  }],
] as const;

function settingsAt(servers: RedisServer): { servers: Stopped; settings: { url: string } } {
  return { servers, settings: { url: servers.url } };
}

for (const [kind, program, start] of kinds) {
  describe(`store checks: ${kind}`, function () {
    this.timeout(30_000);
    let servers: Stopped | undefined;
    let store: RedisStore;
    /** All at once: each waits in truth for what is over, and has service names of its own. */
    const outcomes = new Map<string, Promise<unknown>>();

    before(async function () {
      requireTool(this, program, program);
      const started = await start();
      servers = started.servers;
      store = new RedisStore(started.settings);
      expect(await store.connect()).to.deep.equal([]);
      for (const check of storeChecks) {
        outcomes.set(check.id, check.run({ store, pass: (milliseconds) => wait(milliseconds) }).catch((error: unknown) => error));
      }
    });
    after(async () => {
      await store?.close();
      await servers?.stop();
    });

    for (const check of storeChecks) {
      it(`${check.id} ${check.name}`, async () => {
        expect(skipReason(check, store)).to.equal(undefined);
        const outcome = await outcomes.get(check.id);
        if (outcome !== undefined) throw outcome;
      });
    }
  });
}
