import { NksipError } from '@nksip-ts/core';
import type { EventStateStore } from '@nksip-ts/event-compositor';
import { skipReason, storeChecks, type StoreHooks } from '@nksip-ts/event-compositor/store-checks';
import { expect } from 'chai';
import pg from 'pg';
import sinon from 'sinon';
import { openPostgresStore } from '../../examples/postgres-store/postgres-store.ts';
import { PostgresServer } from './postgres-server.ts';

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const record = { data: new Uint8Array([1]), event: 'presence', expires: Date.now() / 1000 + 60 };

describe('The PostgreSQL store of the examples', function () {
  this.timeout(60_000);
  this.slow(3_000);
  let server: PostgresServer | undefined;
  let store: EventStateStore;

  const restarted = async (between: () => Promise<void> = async () => undefined): Promise<void> => {
    await server?.crash();
    await between().finally(() => server?.start());
  };
  const hooks: StoreHooks = {
    reopen: async () => {
      await restarted();
      await store.close?.();
      return store = await openPostgresStore(server?.url ?? '');
    },
    openSecond: () => openPostgresStore(server?.url ?? ''),
    whileUnreachable: restarted,
  };

  before(async function () {
    server = await PostgresServer.started(this);
    store = await openPostgresStore(server.url);
  });

  after(async () => {
    await store?.close?.();
    await server?.[Symbol.asyncDispose]();
  });

  for (const check of storeChecks.filter(({ needs }) => !needs.some((need) => need === 'count' || need === 'versions' || need === 'listNow'))) {
    it(`${check.id} ${check.name}`, async () => {
      expect(skipReason(check, store, hooks)).to.equal(undefined);
      await check.run({ store, ...hooks, pass: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)) });
    });
  }

  it('replaces a tag by itself', async () => {
    await store.put('own', aor, 'tag', { ...record, event: 'before' }, 60);
    expect(await store.replace?.('own', aor, 'tag', 'tag', record, 60)).to.equal(true);
    expect(await store.get('own', aor, 'tag')).to.include({ event: 'presence' });
  });

  it('takes a user of 8,000 letters', async () => {
    const long = { ...aor, user: 'x'.repeat(8_000) };
    await store.put('long', long, 'tag', record, 60);
    expect(await store.get('long', long, 'tag')).to.include({ event: 'presence' });
    expect(await store.get('long', { ...aor, user: 'x'.repeat(7_999) }, 'tag')).to.equal(undefined);
  });

  it('lets go within 5 seconds of a database that does not answer', async () => {
    const rival = new pg.Client(server?.url);
    await rival.connect();
    await rival.query('begin; lock table publication');
    const began = Date.now();
    const outcome = await Promise.resolve(store.put('locked', aor, 'tag', record, 60)).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(NksipError).and.include({ code: 'store_unavailable' });
    expect(Date.now() - began).to.be.below(5_000);
    await rival.query('rollback');
    await rival.end();
    expect(await store.get('locked', aor, 'tag'), 'written late').to.equal(undefined);
  });

  it('lets go within 5 seconds of a database that takes no connection', async () => {
    const fresh = await openPostgresStore(server?.url ?? '');
    server?.freeze();
    const began = Date.now();
    // More than it has connections open.
    const outcomes = await Promise.all(Array.from({ length: 3 }, () => Promise.resolve(fresh.get('frozen', aor, 'tag')).catch((error: unknown) => error)));
    server?.thaw();
    expect(outcomes.filter((outcome) => outcome instanceof NksipError && outcome.code === 'store_unavailable')).to.have.length(2);
    expect(Date.now() - began).to.be.below(5_000);
    await fresh.close?.();
  });

  it('deletes what is over in batches', async () => {
    const client = new pg.Client(server?.url);
    await client.connect();
    await client.query("insert into publication select 'over', 'aor', int4send(i), now() - interval '1 s', '{}', '' from generate_series(1, 2500) i");
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const fresh = await openPostgresStore(server?.url ?? '');
    clock.tick(10_000);
    clock.restore();
    const left = async (): Promise<unknown> => (await client.query("select count(*)::int from publication where srv = 'over'")).rows[0].count;
    while (await left() !== 0) { /* until it has, or the test takes too long */ }
    expect(await left()).to.equal(0);
    await client.end();
    await fresh.close?.();
  });
});
