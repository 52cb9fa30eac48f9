import { strictEqual } from 'node:assert/strict';
import { check, recordOf, sameRecord, type StoreCheck } from './check.js';

/** What is put is what is found. */
export const recordChecks: readonly StoreCheck[] = [
  check('get.missing', 'get returns undefined if nothing is stored there', async ({ store, srv, aor, text, put }) => {
    strictEqual(await store.get(srv, aor, 'none'), undefined);
    await put('some', 'x');
    strictEqual(await text('none'), undefined);
  }),
  check('put.get', 'get returns a record as it was stored', async ({ store, srv, aor, put }) => {
    const record = await put('tag', 'state');
    sameRecord(await store.get(srv, aor, 'tag'), record);
    sameRecord(await store.get(srv, aor, 'tag'), record);
  }),
  check('put.optional', 'absent fields of a record stay absent, and optional fields are kept', async ({ store, srv, aor }) => {
    const { data, event, expires } = recordOf('state');
    const some = { data, event, expires };
    for (const record of [some, { ...some, content_encoding: 'gzip' }, { ...some, publisher: 'sip:bob@example.com 192.0.2.1' }, { ...some, since: expires - 60.987 }]) {
      await store.put(srv, aor, 'tag', record, 600);
      sameRecord(await store.get(srv, aor, 'tag'), record);
    }
  }),
  check('put.version', 'get returns a version only if the store says that it has versions, and the other way round', async ({ store, srv, aor, put }) => {
    await put('tag', 'state');
    strictEqual((await store.get(srv, aor, 'tag'))?.version !== undefined, store.versions === true);
  }),
  check('put.replaces', 'put replaces the whole record under a tag', async ({ store, srv, aor, put }) => {
    await put('tag', 'before');
    const after = { data: new Uint8Array([1]), event: 'dialog', expires: Date.now() / 1000 + 5 };
    await store.put(srv, aor, 'tag', after, 5);
    sameRecord(await store.get(srv, aor, 'tag'), after);
  }),
  check('expires.fraction', 'expires and since keep their milliseconds', async ({ store, srv, aor }) => {
    const now = Math.floor(Date.now() / 1000);
    const record = { ...recordOf('x'), expires: now + 600.987, since: now + 0.987 };
    await store.put(srv, aor, 'tag', record, 600);
    sameRecord(await store.get(srv, aor, 'tag'), record);
  }),
  check('body.binary', 'all bytes from 0x00 to 0xFF come back', async ({ store, srv, aor }) => {
    const record = { ...recordOf(''), data: Uint8Array.from({ length: 512 }, (_, i) => i & 0xff) };
    await store.put(srv, aor, 'tag', record, 600);
    sameRecord(await store.get(srv, aor, 'tag'), record);
  }),
  check('body.large', 'a body of 65,536 bytes comes back', async ({ store, srv, aor }) => {
    const record = { ...recordOf(''), data: Uint8Array.from({ length: 65_536 }, (_, i) => (i * 7) & 0xff) };
    await store.put(srv, aor, 'tag', record, 600);
    sameRecord(await store.get(srv, aor, 'tag'), record);
  }),
  check('value.copy', "changing the caller's bytes after put, or those that get returned, does not change the stored record", async ({ store, srv, aor, text }) => {
    const record = recordOf('state');
    await store.put(srv, aor, 'tag', record, 600);
    record.data.fill(0);
    const found = await store.get(srv, aor, 'tag');
    strictEqual(await text('tag'), 'state', 'changed through what was put');
    found?.data.fill(0);
    strictEqual(await text('tag'), 'state', 'changed through what was found');
  }),
  check('put.concurrent', 'concurrent puts are all stored, and concurrent puts of one tag leave exactly one of the records, complete', async ({ store, srv, aor, text, put }) => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => put(`tag${i}`, `state ${i}`)));
    for (let i = 0; i < 50; i++) strictEqual(await text(`tag${i}`), `state ${i}`);
    const rivals = [recordOf('a'.repeat(1000)), { ...recordOf('b'), event: 'dialog', content_type: 'b/b' }];
    await Promise.all(rivals.map((record) => store.put(srv, aor, 'one', record, 600)));
    const found = await store.get(srv, aor, 'one');
    sameRecord(found, found?.event === 'dialog' ? rivals[1] ?? recordOf('') : rivals[0] ?? recordOf(''));
  }),
];
