import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict';
import { check, contactOf, type StoreCheck } from './check.js';

const [first, second] = ['sip:alice@192.0.2.1', 'sip:alice@192.0.2.2'];

/** Processes do not overwrite each other's contacts: a write over an earlier version writes nothing. */
export const versionChecks: readonly StoreCheck[] = [
  check('version.each-write', 'each write makes another version, also of the same contacts and after a removal; a get makes none', async ({ store, srv, aor, versionOf }) => {
    const contacts = [contactOf(first)];
    await store.put(srv, aor, contacts, 600);
    const versions = [await versionOf()];
    strictEqual(await versionOf(), versions[0]);
    await store.put(srv, aor, contacts, 600);
    versions.push(await versionOf());
    await store.del(srv, aor);
    await store.put(srv, aor, contacts, 600);
    versions.push(await versionOf());
    strictEqual(new Set(versions).size, 3);
  }, 'versions'),
  check('version.put', 'put over the version that is there writes; over any other it returns false and writes nothing', async ({ store, srv, aor, contactsOf, versionOf }) => {
    await store.put(srv, aor, [contactOf(first)], 600);
    const version = await versionOf();
    strictEqual(await store.put(srv, aor, [contactOf(second)], 600, version), true);
    strictEqual(await store.put(srv, aor, [contactOf(first)], 600, version), false);
    deepStrictEqual(await contactsOf(), [second]);
    await store.del(srv, aor);
    strictEqual(await store.put(srv, aor, [contactOf(first)], 600, version), false, 'nothing is there');
    deepStrictEqual(await contactsOf(), []);
  }, 'versions'),
  check('version.none', "put over '' writes only where nothing is there, what has expired included", async ({ store, srv, aor, contactsOf, pass }) => {
    strictEqual(await store.put(srv, aor, [contactOf(first, 2)], 2, ''), true);
    strictEqual(await store.put(srv, aor, [contactOf(second)], 600, ''), false);
    deepStrictEqual(await contactsOf(), [first]);
    await pass(2500);
    strictEqual(await store.put(srv, aor, [contactOf(second)], 600, ''), true);
    deepStrictEqual(await contactsOf(), [second]);
  }, 'versions'),
  check('version.del', 'del of the version that is there deletes; of any other it returns false and deletes nothing', async ({ store, srv, aor, contactsOf, versionOf }) => {
    await store.put(srv, aor, [contactOf(first)], 600);
    const version = await versionOf();
    await store.put(srv, aor, [contactOf(second)], 600);
    notStrictEqual(await versionOf(), version);
    strictEqual(await store.del(srv, aor, version), false);
    deepStrictEqual(await contactsOf(), [second]);
    strictEqual(await store.del(srv, aor, await versionOf()), true);
    deepStrictEqual(await contactsOf(), []);
  }, 'versions'),
  check('version.race', 'of several puts at once over one version, or over nothing, exactly one is written', async ({ store, srv, aor, versionOf }) => {
    for (const over of ['nothing', 'a version'] as const) {
      const version = over === 'nothing' ? '' : await versionOf();
      const written = await Promise.all(Array.from({ length: 10 }, async (_, i) => await store.put(srv, aor, [contactOf(`sip:${i}@192.0.2.1`)], 600, version)));
      strictEqual(written.filter((one) => one === true).length, 1, `over ${over}`);
    }
  }, 'versions'),
];
