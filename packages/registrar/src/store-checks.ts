import type { Need, StoreCheck, StoreHooks } from './store-checks/check.js';
import { contactChecks } from './store-checks/contacts.js';
import { lifetimeChecks } from './store-checks/lifetime.js';
import { processChecks } from './store-checks/processes.js';
import { versionChecks } from './store-checks/versions.js';
import type { RegistrarStore } from './store/contract.js';

export type { StoreCheck, StoreHooks, StoreUnderCheck } from './store-checks/check.js';

/**
 * What is expected of a RegistrarStore, as data for any test runner:
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
export const storeChecks: readonly StoreCheck[] = [...contactChecks, ...lifetimeChecks, ...versionChecks, ...processChecks];

/** Why a check says nothing about this store; undefined if it does. `hooks` are those with which the check will be run. */
export function skipReason(check: StoreCheck, store: RegistrarStore, hooks: StoreHooks = {}): string | undefined {
  const missing = check.needs.find((need) => need === 'versions' ? store.versions !== true : hooks[need] === undefined);
  return missing === undefined ? undefined : isHook(missing) ? `there is no hook '${missing}'` : `the store has no '${missing}'`;
}

function isHook(need: Need): boolean {
  return need !== 'versions';
}
