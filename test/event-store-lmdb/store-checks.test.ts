import { skipReason, storeChecks } from '@nksip-ts/event-compositor/store-checks';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { Directories } from './directories.ts';

/** With a clock that the test moves; the sweep of that time is run with it. */
for (const durability of ['disk', 'process'] as const) {
  describe(`store checks: LMDB with durability '${durability}'`, () => {
    const directories = new Directories();
    let store: LmdbStore;
    let ahead = 0;

    before(() => { store = directories.open(undefined, { durability, now: () => Date.now() + ahead }); });
    after(() => directories.remove());

    for (const check of storeChecks) {
      it(`${check.id} ${check.name}`, async () => {
        expect(skipReason(check, store)).to.equal(undefined);
        await check.run({ store, pass: async (milliseconds) => { ahead += milliseconds; await store.sweep(); } });
      });
    }
  });
}
