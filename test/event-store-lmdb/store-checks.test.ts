import { skipReason, storeChecks, type StoreHooks } from '@nksip-ts/event-compositor/store-checks';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { Directories } from './directories.ts';

/** With a clock that the test moves; the sweep of that time is run with it. */
for (const durability of ['disk', 'process'] as const) {
  describe(`store checks: LMDB with durability '${durability}'`, () => {
    const directories = new Directories();
    let store: LmdbStore;
    let ahead = 0;

    /** `path` is of the store that is open already. */
    const opened = (path?: string): LmdbStore => directories.open(path, { durability, now: () => Date.now() + ahead });
    const hooks: StoreHooks = { reopen: () => store = opened(store.path), openSecond: () => opened(store.path) };

    before(() => { store = opened(); });
    after(() => directories.remove());

    // A directory of this machine cannot be cut off as a server can; full disks are in full-disk.test.ts. It has no `listNow`.
    for (const check of storeChecks.filter(({ needs }) => !needs.some((need) => need === 'whileUnreachable' || need === 'listNow'))) {
      it(`${check.id} ${check.name}`, async () => {
        expect(skipReason(check, store, hooks)).to.equal(undefined);
        await check.run({ store, ...hooks, pass: async (milliseconds) => { ahead += milliseconds; await store.sweep(); } });
      });
    }
  });
}
