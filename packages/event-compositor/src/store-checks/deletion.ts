import { strictEqual } from 'node:assert/strict';
import { check, recordOf, type StoreCheck } from './check.js';

export const deletionChecks: readonly StoreCheck[] = [
  check('del.found', 'del returns true for what is there, and then it is gone and nothing else is', async ({ store, srv, aor, put, text }) => {
    await put('one', '1');
    await put('two', '2');
    strictEqual(await store.del(srv, aor, 'one'), true);
    strictEqual(await text('one'), undefined);
    strictEqual(await text('two'), '2');
  }),
  check('del.missing', 'del returns false for what is not there, or no longer there', async ({ store, srv, aor, put }) => {
    strictEqual(await store.del(srv, aor, 'none'), false);
    await put('one', '1');
    await store.del(srv, aor, 'one');
    strictEqual(await store.del(srv, aor, 'one'), false);
  }),
  check('del.concurrent', 'of several dels at once exactly one returns true: this is how one process wins a tag', async ({ store, srv, aor, put }) => {
    await put('one', '1');
    const results = await Promise.all(Array.from({ length: 10 }, () => store.del(srv, aor, 'one')));
    strictEqual(results.filter((result) => result === true).length, 1);
  }),
  check('del_all.empty', 'delAll without any records succeeds', async ({ store, srv, anotherService }) => {
    await store.delAll(srv);
    await store.delAll(anotherService());
  }),
  check('del_all.scope', 'delAll empties one service and no other', async ({ store, srv, aor, otherAor, put, text, anotherService }) => {
    await put('one', '1');
    await put('two', '2', 600, otherAor);
    const other = anotherService();
    await store.put(other, aor, 'one', recordOf('theirs'), 600);
    await store.delAll(srv);
    strictEqual(await text('one'), undefined);
    strictEqual(await text('two', otherAor), undefined);
    strictEqual((await store.get(other, aor, 'one')) !== undefined, true, 'another service was emptied too');
    await put('one', 'again');
    strictEqual(await text('one'), 'again');
  }),
];
