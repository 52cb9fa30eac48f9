import { RamStore, type EventStateStore } from '@nksip-ts/event-compositor';
import { skipReason, storeChecks, type StoreCheck } from '@nksip-ts/event-compositor/store-checks';
import { expect } from 'chai';
import sinon from 'sinon';
import { brokenStores, PlainStore } from './broken-stores.ts';

const idsOfTheContract = [
  'get.missing', 'put.get', 'put.replaces', 'scope.aor', 'scope.app', 'del.missing', 'del_all.empty', 'ttl.expires', 'ttl.refresh',
  'value.copy', 'ttl.huge', 'ttl.zero', 'body.binary', 'key.separators', 'put.concurrent',
];

/** Runs a check on a clock of its own; answers what it threw. */
async function outcomeOf(check: StoreCheck, make: () => EventStateStore): Promise<unknown> {
  const clock = sinon.useFakeTimers(1_700_000_000_123);
  const store = make();
  try {
    await check.run({ store, pass: (milliseconds) => clock.tickAsync(milliseconds) });
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

  for (const [name, make] of [['RAM', () => new RamStore()], ['plain', () => new PlainStore()]] as const) {
    for (const check of storeChecks) {
      it(`${name} store: ${check.id} ${check.name}`, async () => {
        expect(skipReason(check, make())).to.equal(undefined);
        const outcome = await outcomeOf(check, make);
        if (outcome !== undefined) throw outcome;
      });
    }
  }

  for (const { fault, make, caughtBy } of brokenStores) {
    it(`${caughtBy.join(', ')} ${caughtBy.length === 1 ? 'catches' : 'catch'} a store where ${fault}`, async () => {
      for (const id of caughtBy) {
        const check = storeChecks.find((one) => one.id === id);
        if (check === undefined) throw new Error(`No check ${id}`);
        expect(await outcomeOf(check, make), id).to.be.instanceOf(Error);
      }
    });
  }

  it('every check catches at least one broken store', () => {
    const catching = new Set(brokenStores.flatMap(({ caughtBy }) => caughtBy));
    expect(storeChecks.map(({ id }) => id).filter((id) => !catching.has(id))).to.deep.equal([]);
  });

  it('leave nothing behind in a store that serves all of them', async () => {
    const clock = sinon.useFakeTimers(1_700_000_000_123);
    const store = new PlainStore();
    for (const check of storeChecks) await check.run({ store, pass: (milliseconds) => clock.tickAsync(milliseconds) });
    expect(store.rows.size).to.equal(0);
    clock.restore();
  });

  it('skip with a reason what a store does not offer', () => {
    const { get, put, del, delAll } = new PlainStore();
    const skipped = storeChecks.filter((check) => skipReason(check, { get, put, del, delAll }) !== undefined);
    expect(new Set(skipped.map(({ id }) => id.split('.')[0]))).to.deep.equal(new Set(['replace', 'list', 'count']));
    expect(skipReason(skipped[0]!, { get, put, del, delAll })).to.equal("the store has no 'replace'");
  });
});
