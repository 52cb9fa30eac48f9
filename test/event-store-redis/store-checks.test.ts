import { RedisStore, type RedisSettings } from '@nksip-ts/event-store-redis';
import { skipReason, storeChecks, type StoreCheck, type StoreHooks } from '@nksip-ts/event-compositor/store-checks';
import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import { hasTool, requireTool } from '../clients/tools.ts';
import { RedisCluster } from './redis-cluster.ts';
import { RedisRelay } from './redis-relay.ts';
import { RedisServer } from './redis-servers.ts';

interface Started {
  readonly settings: RedisSettings;
  /** How it is made to fail, and the way to it that can hold something back. */
  readonly outages?: Pick<StoreHooks, 'whileUnreachable' | 'holdBack'> & { readonly settings: RedisSettings };
  stop(): Promise<void>;
}

async function oneServer(program: string): Promise<Started> {
  const server = await RedisServer.start({ program, args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  const relay = await RedisRelay.to(server.port);
  return {
    settings: { url: server.url },
    outages: {
      settings: { url: relay.url, timeout: 1000 },
      async whileUnreachable(body) {
        await server.kill();
        await body().finally(() => server.run());
      },
      holdBack: () => relay.hold(),
    },
    async stop() {
      await relay.stop();
      await server.stop();
    },
  };
}

/** Without outages: nodes that hang together elect others, which is another thing than an outage. */
async function aCluster(): Promise<Started> {
  const servers = await RedisCluster.start();
  return { settings: servers.settings, stop: () => servers.stop() };
}

const kinds = [
  ['Redis', 'redis-server', () => oneServer('redis-server')],
  // Not every Debian has it: only where it is.
  ...(hasTool('valkey-server') ? [['Valkey', 'valkey-server', () => oneServer('valkey-server')] as const] : []),
  ['a Cluster of 3 masters and 3 replicas', 'redis-server', aCluster],
] as const;

const isOutage = ({ needs }: StoreCheck): boolean => needs.includes('whileUnreachable');

for (const [kind, program, start] of kinds) {
  describe(`store checks: ${kind}`, function () {
    this.timeout(60_000);
    let started: Started;
    const stores: RedisStore[] = [];
    const outcomes = new Map<string, Promise<unknown>>();
    const checks = storeChecks.filter((check) => !check.needs.includes('listNow') && (!isOutage(check) || kind !== 'a Cluster of 3 masters and 3 replicas'));

    const opened = async (settings = started.settings): Promise<RedisStore> => {
      const store = new RedisStore(settings);
      stores.push(store);
      expect(await store.connect()).to.deep.equal([]);
      return store;
    };
    const hooks = (): StoreHooks => ({ reopen: () => opened(), openSecond: () => opened(), ...started.outages });
    const run = async (check: StoreCheck): Promise<unknown> => {
      const store = await opened(isOutage(check) ? started.outages?.settings : undefined);
      expect(skipReason(check, store, hooks())).to.equal(undefined);
      return check.run({ store, ...hooks(), pass: (milliseconds) => wait(milliseconds) });
    };

    before(async function () {
      requireTool(this, program, program);
      started = await start();
      // All at once: each waits in truth for what is over, and has service names of its own. An outage is one for all.
      for (const check of checks.filter((one) => !isOutage(one))) outcomes.set(check.id, run(check).catch((error: unknown) => error));
    });
    after(async () => {
      await Promise.all(stores.map((store) => store.close()));
      await started?.stop();
    });

    for (const check of [...checks.filter((one) => !isOutage(one)), ...checks.filter(isOutage)]) {
      it(`${check.id} ${check.name}`, async () => {
        const outcome = await (outcomes.get(check.id) ?? run(check));
        if (outcome !== undefined) throw outcome;
      });
    }
  });
}
