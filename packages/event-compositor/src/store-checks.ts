import { deletionChecks } from './store-checks/deletion.js';
import type { StoreCheck } from './store-checks/check.js';
import { keyChecks } from './store-checks/keys.js';
import { lifetimeChecks } from './store-checks/lifetime.js';
import { listingChecks } from './store-checks/listing.js';
import { recordChecks } from './store-checks/records.js';
import { replacementChecks } from './store-checks/replacement.js';
import type { EventStateStore } from './store.js';

export type { StoreCheck, StoreUnderCheck } from './store-checks/check.js';

/**
 * What is expected of an EventStateStore, as data for any test runner:
 *
 *     for (const check of storeChecks) {
 *       it(`${check.id} ${check.name}`, async function () {
 *         if (skipReason(check, store) !== undefined) return this.skip();
 *         await check.run({ store, pass: (ms) => new Promise((done) => setTimeout(done, ms)) });
 *       });
 *     }
 *
 * A check uses service names of its own and removes what it wrote, so that one store may serve all of them.
 */
export const storeChecks: readonly StoreCheck[] = [
  ...recordChecks, ...keyChecks, ...deletionChecks, ...lifetimeChecks, ...replacementChecks, ...listingChecks,
];

/** Why a check says nothing about this store; undefined if it does. */
export function skipReason(check: StoreCheck, store: EventStateStore): string | undefined {
  return check.needs === undefined || store[check.needs] !== undefined ? undefined : `the store has no '${check.needs}'`;
}
