import { RamStore, type EventStateStore } from '@nksip-ts/event-compositor';
import { skipReason, storeChecks, type StoreCheck, type StoreHooks } from '@nksip-ts/event-compositor/store-checks';
import { expect } from 'chai';
import sinon from 'sinon';
import { brokenDatabases, versionsOf } from './broken-databases.ts';
import { brokenStores } from './broken-stores.ts';
import { PlainDatabase, PlainStore } from './plain-store.ts';
import { VersionedStore } from './versioned-store.ts';

const idsOfTheContract = [
  'get.missing', 'put.get', 'put.replaces', 'scope.aor', 'scope.app', 'del.missing', 'del_all.empty', 'ttl.expires', 'ttl.refresh',
  'value.copy', 'ttl.huge', 'ttl.zero', 'body.binary', 'key.separators', 'put.concurrent',
];

interface Bound {
  readonly store: EventStateStore;
  readonly hooks: StoreHooks;
}

/** A store that can do no more than its methods. */
function alone(make: () => EventStateStore): () => Bound {
  return () => ({ store: make(), hooks: {} });
}

/** A store on a database that stays, and may be cut off. */
function onDatabase(open: (database: PlainDatabase) => EventStateStore): () => Bound {
  return () => {
    const database = new PlainDatabase();
    const whileUnreachable = async (body: () => Promise<void>): Promise<void> => {
      database.reachable = false;
      await body().finally(() => { database.reachable = true; });
    };
    return { store: open(database), hooks: { reopen: () => open(database), openSecond: () => open(database), whileUnreachable, holdBack: () => database.hold() } };
  };
}

/** Runs a check on a clock of its own; answers what it threw. */
async function outcomeOf(check: StoreCheck, bind: () => Bound): Promise<unknown> {
  const clock = sinon.useFakeTimers(1_700_000_000_123);
  const { store, hooks } = bind();
  try {
    await check.run({ store, ...hooks, pass: (milliseconds) => clock.tickAsync(milliseconds) });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await store.close?.();
    clock.restore();
  }
}

describe('store checks', () => {
  it('have ids of their own, among them all of the contract', () => {
    const ids = storeChecks.map(({ id }) => id);
    expect(new Set(ids)).to.have.property('size', ids.length);
    expect(ids).to.include.members(idsOfTheContract);
  });

  const right = [
    ['RAM', alone(() => new RamStore())], ['plain', onDatabase((database) => new PlainStore(database))],
    ['versioned', onDatabase((database) => new VersionedStore(database, versionsOf(database)))],
  ] as const;
  for (const [name, bind] of right) {
    const { store, hooks } = bind();
    for (const check of storeChecks.filter((one) => skipReason(one, store, hooks) === undefined)) {
      it(`${name} store: ${check.id} ${check.name}`, async () => {
        const outcome = await outcomeOf(check, bind);
        if (outcome !== undefined) throw outcome;
      });
    }
  }

  const broken = [
    ...brokenStores.map(({ fault, make, caughtBy }) => ({ fault, caughtBy, bind: alone(make) })),
    ...brokenDatabases.map(({ fault, open, caughtBy }) => ({ fault, caughtBy, bind: onDatabase(open) })),
  ];
  for (const { fault, bind, caughtBy } of broken) {
    it(`${caughtBy.join(', ')} ${caughtBy.length === 1 ? 'catches' : 'catch'} a store where ${fault}`, async () => {
      for (const id of caughtBy) {
        const check = storeChecks.find((one) => one.id === id);
        if (check === undefined) throw new Error(`No check ${id}`);
        expect(await outcomeOf(check, bind), id).to.be.instanceOf(Error);
      }
    });
  }

  it('say what is wrong with an answer as a service does: null for undefined, nothing, JSON', async () => {
    const messageOf = async (id: string, wrong: (ram: RamStore) => Partial<EventStateStore>): Promise<string> => {
      const ram = new RamStore();
      const store: EventStateStore = { get: ram.get.bind(ram), put: ram.put.bind(ram), del: ram.del.bind(ram), delAll: ram.delAll.bind(ram), close: () => ram.close(), ...wrong(ram) };
      const outcome = await outcomeOf(storeChecks.find((check) => check.id === id)!, alone(() => store));
      return outcome instanceof Error ? outcome.message : String(outcome);
    };
    expect(await messageOf('get.missing', () => ({ get: () => null as never }))).to.equal('get returned null: it must be a record, or undefined where there is none');
    expect(await messageOf('get.missing', () => ({ get: async () => 'not_found' as never }))).to.equal("get returned 'not_found': it must be a record, or undefined where there is none");
    expect(await messageOf('del.found', () => ({ del: () => undefined as never }))).to.equal('del returned undefined: it must be true or false');
    const asJson = (ram: RamStore) => ({ get: (...key: Parameters<RamStore['get']>) => JSON.parse(JSON.stringify(ram.get(...key))) as never });
    expect(await messageOf('put.get', asJson)).to.match(/^in the record of 'get' data must be a Uint8Array, not \{/);
  });

  it('every check catches at least one broken store', () => {
    const catching = new Set(broken.flatMap(({ caughtBy }) => caughtBy));
    expect(storeChecks.map(({ id }) => id).filter((id) => !catching.has(id))).to.deep.equal([]);
  });

  it('catch at a crash, in a second process and in an outage only what is right otherwise', async () => {
    const ordinary = storeChecks.filter(({ id, needs }) => !id.startsWith('many.') && !needs.some((need) => need === 'reopen' || need === 'openSecond' || need === 'whileUnreachable' || need === 'versions'));
    for (const { fault, open } of brokenDatabases) {
      for (const check of ordinary) expect(await outcomeOf(check, alone(() => open(new PlainDatabase()))), `${check.id}: ${fault}`).to.equal(undefined);
    }
  });

  it('leave nothing behind in a store that serves all of them', async () => {
    const clock = sinon.useFakeTimers(1_700_000_000_123);
    const { store, hooks } = onDatabase((database) => new VersionedStore(database, versionsOf(database)))();
    for (const check of storeChecks.filter((one) => skipReason(one, store, hooks) === undefined)) await check.run({ store, ...hooks, pass: (milliseconds) => clock.tickAsync(milliseconds) });
    expect((store as PlainStore).rows.size).to.equal(0);
    clock.restore();
  });

  it('skip with a reason what a store does not offer', () => {
    const { get, put, del, delAll } = new PlainStore();
    const reasons = new Set(storeChecks.map((check) => skipReason(check, { get, put, del, delAll })));
    expect([...reasons]).to.have.members([
      undefined, "the store has no 'replace'", "the store has no 'versions'", "the store has no 'list'", "the store has no 'listNow'", "the store has no 'count'",
      "there is no hook 'reopen'", "there is no hook 'openSecond'", "there is no hook 'whileUnreachable'",
    ]);
  });
});
