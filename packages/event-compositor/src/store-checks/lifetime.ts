import { ok, strictEqual } from 'node:assert/strict';
import { check, recordOf, sameRecord, type StoreCheck } from './check.js';

/** A store with a coarse clock may be late, by so many milliseconds at most; it may never be early. */
const LATE = 500;

export const lifetimeChecks: readonly StoreCheck[] = [
  check('ttl.expires', 'a record is there for ttl seconds and no longer, and others stay', async ({ put, text, pass }) => {
    await put('short', 'x', 2);
    await put('long', 'y', 60);
    // Where time passes in truth, a busy machine has 800 ms to spare.
    await pass(1200);
    strictEqual(await text('short'), 'x', 'gone too early');
    await pass(800 + LATE);
    strictEqual(await text('short'), undefined, 'still there');
    strictEqual(await text('long'), 'y', 'gone with another one');
  }),
  check('ttl.refresh', 'a put with more time lets the record live on', async ({ put, text, pass }) => {
    await put('tag', 'x', 1);
    await pass(500);
    await put('tag', 'x', 60);
    await pass(700 + LATE);
    strictEqual(await text('tag'), 'x');
  }),
  check('ttl.shorten', 'a put with less time makes the record expire sooner', async ({ put, text, pass }) => {
    await put('tag', 'x', 60);
    await put('tag', 'x', 1);
    await pass(1000 + LATE);
    strictEqual(await text('tag'), undefined);
  }),
  check('ttl.del', 'del returns false once the ttl has run out', async ({ store, srv, aor, put, pass }) => {
    await put('tag', 'x', 1);
    await pass(1000 + LATE);
    strictEqual(await store.del(srv, aor, 'tag'), false);
  }),
  check('ttl.again', 'a tag that is stored again after its ttl has passed is there', async ({ put, text, pass }) => {
    await put('tag', 'x', 1);
    await pass(1000 + LATE);
    await put('tag', 'y', 60);
    await pass(1000 + LATE);
    strictEqual(await text('tag'), 'y');
  }),
  check('ttl.huge', 'a ttl of 4294967295 seconds, which overflows setTimeout and many columns, works', async ({ put, text, pass }) => {
    await put('tag', 'x', 4_294_967_295);
    await pass(1000 + LATE);
    strictEqual(await text('tag'), 'x');
  }),
  check('ttl.zero', 'a ttl of 0 leaves nothing', async ({ put, text }) => {
    await put('none', 'x', 0);
    strictEqual(await text('none'), undefined);
    await put('tag', 'x', 60);
    await put('tag', 'x', 0);
    strictEqual(await text('tag'), undefined);
  }),
  check('ttl.ahead', 'a record from a writer whose clock is fast lives for its ttl, whatever expires says', async ({ store, srv, aor, text, pass }) => {
    const record = { ...recordOf('x'), expires: Date.now() / 1000 + 3600 };
    await store.put(srv, aor, 'tag', record, 1);
    sameRecord(await store.get(srv, aor, 'tag'), record);
    await pass(1000 + LATE);
    strictEqual(await text('tag'), undefined, 'still there');
    strictEqual(await store.del(srv, aor, 'tag'), false);
  }),
  check('ttl.behind', 'a record from a writer whose clock is slow lives for its ttl, whatever expires says', async ({ store, srv, aor, pass }) => {
    const record = { ...recordOf('x'), expires: Date.now() / 1000 - 3600 };
    await store.put(srv, aor, 'tag', record, 60);
    await pass(1000 + LATE);
    sameRecord(await store.get(srv, aor, 'tag'), record);
    ok(await store.del(srv, aor, 'tag'), 'del returns that it was not there');
  }),
];
