import { RamStore } from '@nksip-ts/event-compositor';
import { skipReason, storeChecks } from '@nksip-ts/event-compositor/store-checks';

describe('My store', function () {
  this.timeout(20_000);
  const store = new RamStore(); // yours instead
  after(() => store.close());

  for (const check of storeChecks) {
    it(`${check.id} ${check.name}`, async function () {
      if (skipReason(check, store) !== undefined) return this.skip();
      await check.run({ store, pass: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)) });
    });
  }
});
