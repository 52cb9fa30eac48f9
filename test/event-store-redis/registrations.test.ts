import { setTimeout as wait } from 'node:timers/promises';
import { RedisStore } from '@nksip-ts/event-store-redis';
import { find, registrationsIn, type RegistrarStore } from '@nksip-ts/registrar';
import { skipReason, storeChecks, type StoreCheck, type StoreHooks } from '@nksip-ts/registrar/store-checks';
import { expect } from 'chai';
import { requireTool } from '../clients/tools.ts';
import { register } from '../registrar/register-text.ts';
import { closeAll, running } from '../wire/running.ts';
import { RedisServer } from './redis-servers.ts';

const isOutage = ({ needs }: StoreCheck): boolean => needs.includes('whileUnreachable');

describe('registrations in Redis', function () {
  this.timeout(60_000);
  let server: RedisServer;
  const stores: RedisStore[] = [];
  const outcomes = new Map<string, Promise<unknown>>();

  const opened = async (): Promise<RegistrarStore> => {
    const store = new RedisStore({ url: server.url, timeout: 1000 });
    stores.push(store);
    await store.connect();
    return { ...registrationsIn(store), close: async () => {
      stores.splice(stores.indexOf(store), 1);
      await store.close();
    } };
  };
  const hooks: StoreHooks = {
    reopen: opened, openSecond: opened,
    async whileUnreachable(body) {
      await server.kill();
      await body().finally(() => server.run());
      await untilBack();
    },
  };
  /** The stores connect again by themselves. */
  const untilBack = async (): Promise<void> => {
    for (const end = Date.now() + 10_000; Date.now() < end; await wait(50)) {
      if (await Promise.all(stores.map((store) => store.get('any', { scheme: 'sip', user: 'any', domain: 'any' }, 'any'))).then(() => true, () => false)) return;
    }
  };
  const run = async (check: StoreCheck): Promise<unknown> => {
    const store = await opened();
    expect(skipReason(check, store, hooks)).to.equal(undefined);
    return check.run({ store, ...hooks, pass: (milliseconds) => wait(milliseconds) });
  };

  before(async function () {
    requireTool(this, 'redis-server', 'redis-server');
    server = await RedisServer.start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    // All at once: each waits in truth for what is over, and has service names of its own. An outage is one for all.
    for (const check of storeChecks.filter((one) => !isOutage(one))) outcomes.set(check.id, run(check).catch((error: unknown) => error));
  });
  after(async () => {
    await closeAll();
    await Promise.all(stores.map((store) => store.close()));
    await server?.stop();
  });

  for (const check of storeChecks.filter((one) => !isOutage(one))) {
    it(`${check.id} ${check.name}`, async () => {
      const outcome = await outcomes.get(check.id);
      if (outcome !== undefined) throw outcome;
    });
  }

  it('RFC 3261 10.3 step 8 what was answered 200 is there after kill -9 of Redis', async () => {
    const service = await running({ plugins: ['registrar', 'event-store-redis'], sip_events: 'nkpublish', sip_event_store_redis_url: server.url });
    const told = await Promise.all(Array.from({ length: 8 }, (_, i) => register(service, { contact: `<sip:${i}@a>` })));
    expect(told.map(({ code }) => code)).to.deep.equal(Array.from({ length: 8 }, () => 200));
    await server.kill();
    await server.run();
    await untilBack();
    let found: readonly unknown[] = [];
    for (const end = Date.now() + 10_000; found.length === 0 && Date.now() < end; await wait(50)) found = await find(service, 'sip:alice@example.com').catch(() => []);
    expect(found).to.have.length(8);
  });

  for (const check of storeChecks.filter(isOutage)) it(`${check.id} ${check.name}`, async () => { await run(check); });
});
