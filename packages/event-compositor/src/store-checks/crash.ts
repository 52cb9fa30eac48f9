import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { aorOf, check, countsService, recordOf, sameRecord, type StoreCheck } from './check.js';

/** What was answered is stored: a client that was told 200 does not publish again. */
export const crashChecks: readonly StoreCheck[] = [
  check('crash.put', 'a record whose put has resolved is there after a crash, as it was stored', async (scene) => {
    const { put } = scene;
    const before = await put('changed', 'before');
    const [first, record] = [await put('first', '1'), { ...recordOf('after'), data: Uint8Array.from({ length: 512 }, (_, i) => i & 0xff) }];
    await scene.store.put(scene.srv, scene.aor, 'changed', record, 600);
    await Promise.all(Array.from({ length: 100 }, (_, i) => put('tag', `state ${i}`, 600, aorOf(`user${i}`))));
    const { store, srv, aor, text } = await scene.reopened();
    sameRecord(await store.get(srv, aor, 'first'), first);
    sameRecord(await store.get(srv, aor, 'changed'), { ...before, ...record });
    for (let i = 0; i < 100; i++) strictEqual(await text('tag', aorOf(`user${i}`)), `state ${i}`);
  }, 'reopen'),
  check('crash.del', 'a record whose del has resolved is still gone after a crash, and so are those of a delAll', async (scene) => {
    const { store, srv, aor, put, anotherService } = scene;
    await put('one', '1');
    await put('two', '2');
    const other = anotherService();
    await store.put(other, aor, 'theirs', recordOf('x'), 600);
    strictEqual(await store.del(srv, aor, 'one'), true);
    await store.delAll(other);
    const after = await scene.reopened();
    strictEqual(await after.text('one'), undefined);
    strictEqual(await after.text('two'), '2');
    strictEqual(await after.store.get(other, aor, 'theirs'), undefined);
  }, 'reopen'),
  check('crash.replace', 'a replace that has resolved is effective after a crash: the new tag is there, the old one is not', async (scene) => {
    const { store, srv, aor, put } = scene;
    await put('old', 'before');
    strictEqual(await store.replace?.(srv, aor, 'old', 'new', recordOf('after'), 600), true);
    const { text } = await scene.reopened();
    strictEqual(await text('new'), 'after');
    strictEqual(await text('old'), undefined);
  }, 'reopen', 'replace'),
  check('crash.ttl', 'the ttl continues across a crash: it neither restarts nor is forgotten', async (scene) => {
    const { put, pass } = scene;
    await put('short', 'x', 6); // a database may take seconds to start again
    await put('long', 'y', 60);
    await pass(1000);
    const { text } = await scene.reopened();
    strictEqual(await text('short'), 'x', 'gone too early');
    await pass(5500);
    strictEqual(await text('short'), undefined, 'still there');
    strictEqual(await text('long'), 'y');
  }, 'reopen'),
  check('crash.list', 'list yields after a crash what was there before it', async (scene) => {
    await scene.put('one', '1');
    await scene.put('two', '2', 600, scene.otherAor);
    const { store, srv, aor } = await scene.reopened();
    const tags: string[] = [];
    for await (const { tag } of store.list?.(srv) ?? []) tags.push(tag);
    deepStrictEqual(tags.sort(), ['one', 'two']);
    for await (const { tag } of store.list?.(srv, aor) ?? []) strictEqual(tag, 'one');
  }, 'reopen', 'list'),
  check('crash.count', 'count is the same after a crash', async (scene) => {
    await scene.put('one', '1');
    await scene.put('two', '2');
    const { store, srv, aor } = await scene.reopened();
    countsService(await store.count?.(srv), 2);
    strictEqual(await store.count?.(srv, aor), 2);
  }, 'reopen', 'count'),
];
