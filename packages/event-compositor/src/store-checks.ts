import type { Need, StoreCheck, StoreHooks } from './store-checks/check.js';
import { crashChecks } from './store-checks/crash.js';
import { deletionChecks } from './store-checks/deletion.js';
import { keyChecks } from './store-checks/keys.js';
import { lifetimeChecks } from './store-checks/lifetime.js';
import { listingChecks } from './store-checks/listing.js';
import { multitudeChecks } from './store-checks/multitude.js';
import { outageChecks } from './store-checks/outage.js';
import { recordChecks } from './store-checks/records.js';
import { replacementChecks } from './store-checks/replacement.js';
import { sharedChecks } from './store-checks/shared.js';
import { versionChecks } from './store-checks/versions.js';
import type { EventStateStore } from './store/contract.js';

export type { StoreCheck, StoreHooks, StoreUnderCheck } from './store-checks/check.js';

/**
 * What is expected of an EventStateStore, as data for any test runner:
 *
 *     for (const check of storeChecks) {
 *       it(`${check.id} ${check.name}`, async function () {
 *         if (skipReason(check, store, hooks) !== undefined) return this.skip();
 *         await check.run({ store, ...hooks, pass: (ms) => new Promise((done) => setTimeout(done, ms)) });
 *       });
 *     }
 *
 * A check uses service names of its own and removes what it wrote, so that one store may serve all of them.
 */
export const storeChecks: readonly StoreCheck[] = [
  ...recordChecks, ...keyChecks, ...deletionChecks, ...lifetimeChecks, ...replacementChecks, ...versionChecks, ...listingChecks,
  ...multitudeChecks, ...crashChecks, ...sharedChecks, ...outageChecks,
];

/** Why a check says nothing about this store; undefined if it does. `hooks` are those with which the check will be run. */
export function skipReason(check: StoreCheck, store: EventStateStore, hooks: StoreHooks = {}): string | undefined {
  const missing = check.needs.find((need) => !(isHook(need) ? hooks[need] : store[need]));
  if (missing === undefined) return undefined;
  return isHook(missing) ? `there is no hook '${missing}'` : `the store has no '${missing}'`;
}

function isHook(need: Need): need is keyof StoreHooks {
  return need === 'reopen' || need === 'openSecond' || need === 'whileUnreachable' || need === 'holdBack';
}
