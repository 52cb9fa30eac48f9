import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { faultWithCode } from '@nksip-ts/core';
import { aorOf, check, contactOf, type StoreCheck } from './check.js';

const uri = 'sip:alice@192.0.2.1';

/** A crash, a second process, a database that is unreachable. */
export const processChecks: readonly StoreCheck[] = [
  check('crash.put', 'contacts whose put has resolved are there after a crash', async (scene) => {
    const { store, srv, aor } = scene;
    await store.put(srv, aor, [contactOf(uri)], 600);
    await Promise.all(Array.from({ length: 50 }, async (_, i) => store.put(srv, aorOf(`user${i}`), [contactOf(`sip:${i}@192.0.2.1`)], 600)));
    const { contactsOf } = await scene.reopened();
    deepStrictEqual(await contactsOf(), [uri]);
    for (let i = 0; i < 50; i++) deepStrictEqual(await contactsOf(aorOf(`user${i}`)), [`sip:${i}@192.0.2.1`]);
  }, 'reopen'),
  check('crash.del', 'contacts whose del has resolved are still gone after a crash', async (scene) => {
    const { store, srv, aor } = scene;
    await store.put(srv, aor, [contactOf(uri)], 600);
    await store.del(srv, aor);
    const { contactsOf } = await scene.reopened();
    deepStrictEqual(await contactsOf(), []);
  }, 'reopen'),
  check('shared.seen', 'a second process finds what the first one has written, and the other way round', async (scene) => {
    const { store, srv, aor, contactsOf } = scene;
    const other = await scene.second();
    await store.put(srv, aor, [contactOf(uri)], 600);
    deepStrictEqual(await other.contactsOf(), [uri]);
    await other.store.put(srv, aor, [contactOf('sip:alice@192.0.2.2')], 600);
    deepStrictEqual(await contactsOf(), ['sip:alice@192.0.2.2']);
  }, 'openSecond'),
  check('shared.race', 'of two processes that write over the same version, or over nothing, exactly one has written', async (scene) => {
    const other = await scene.second();
    for (let round = 0; round < 10; round++) {
      const aor = aorOf(`user${round}`);
      for (const version of ['', undefined]) {
        const over = version ?? await scene.versionOf(aor);
        const written = await Promise.all([scene, other].map(async ({ store, srv }, i) => await store.put(srv, aor, [contactOf(`sip:${i}@192.0.2.1`)], 600, over)));
        strictEqual(written.filter((one) => one === true).length, 1);
      }
    }
  }, 'openSecond', 'versions'),
  check('outage.unavailable', 'while the database is away each operation fails with store_unavailable', async ({ store, srv, aor, whileUnreachable, contactsOf }) => {
    await store.put(srv, aor, [contactOf(uri)], 600);
    await whileUnreachable(async () => {
      const isUnavailable = (error: unknown): boolean => faultWithCode(error, 'store_unavailable') !== undefined;
      await rejects(async () => store.get(srv, aor), isUnavailable);
      await rejects(async () => store.put(srv, aor, [contactOf('sip:alice@192.0.2.2')], 600), isUnavailable);
      await rejects(async () => store.del(srv, aor), isUnavailable);
    });
    deepStrictEqual(await contactsOf(), [uri]);
  }, 'whileUnreachable'),
];
