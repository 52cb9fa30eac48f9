import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { check, contactOf, type StoreCheck } from './check.js';

const uri = 'sip:alice@192.0.2.1';

/** The lifetime is that of `ttl`, whatever the contacts say. */
export const lifetimeChecks: readonly StoreCheck[] = [
  check('ttl.expires', 'nothing is found when the ttl has run out, and del finds nothing', async ({ store, srv, aor, contactsOf, pass }) => {
    await store.put(srv, aor, [contactOf(uri, 2)], 2);
    await pass(1000);
    deepStrictEqual(await contactsOf(), [uri], 'gone too early');
    await pass(1500);
    deepStrictEqual(await contactsOf(), [], 'still there');
    strictEqual(await store.del(srv, aor), false);
  }),
  check('ttl.refresh', 'each put begins the time anew', async ({ store, srv, aor, contactsOf, pass }) => {
    await store.put(srv, aor, [contactOf(uri, 2)], 2);
    await pass(1500);
    await store.put(srv, aor, [contactOf(uri, 60)], 60);
    await pass(1500);
    deepStrictEqual(await contactsOf(), [uri]);
  }),
  check('ttl.huge', 'the longest ttl is no short one', async ({ store, srv, aor, contactsOf, pass }) => {
    await store.put(srv, aor, [contactOf(uri, 4_294_967_295)], 4_294_967_295);
    await pass(1500);
    deepStrictEqual(await contactsOf(), [uri]);
  }),
];
