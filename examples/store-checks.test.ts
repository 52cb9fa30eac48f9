import { RamStore, type EventStateStore } from '@nksip-ts/event-compositor';
import { skipReason, storeChecks, type StoreHooks } from '@nksip-ts/event-compositor/store-checks';

describe('My store', function () {
  this.timeout(20_000);
  const store: EventStateStore = new RamStore(); // put your store here
  const hooks: StoreHooks = {}; // optional: reopen, openSecond, whileUnreachable, holdBack
  after(() => store.close?.());

  for (const check of storeChecks) {
    it(`${check.id} ${check.name}`, async function () {
      if (skipReason(check, store, hooks) !== undefined) return this.skip();
      await check.run({ store, ...hooks, pass: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)) });
    });
  }
});
