import { strictEqual } from 'node:assert/strict';
import type { Aor } from '@nksip-ts/sip';
import { check, expiredRecordOf, recordOf, sameRecord, type Scene, type StoreCheck } from './check.js';

/** Undefined from a store without `replace`, for which these checks are skipped. */
async function replace({ store, srv, aor }: Scene, oldTag: string, newTag: string, text: string, ttl = 600, at: Aor = aor): Promise<boolean | undefined> {
  return store.replace?.(srv, at, oldTag, newTag, recordOf(text, ttl), ttl);
}

export const replacementChecks: readonly StoreCheck[] = [
  check('replace.found', 'replace puts the new tag, removes the old one and returns true', async (scene) => {
    const { store, srv, aor, put, text } = scene;
    await put('old', 'before');
    await put('other', 'theirs');
    const record = recordOf('after');
    strictEqual(await store.replace?.(srv, aor, 'old', 'new', record, 600), true);
    sameRecord(await store.get(srv, aor, 'new'), record);
    strictEqual(await text('old'), undefined);
    strictEqual(await text('other'), 'theirs');
  }, 'replace'),
  check('replace.missing', 'replace of what is not there returns false and writes nothing', async (scene) => {
    const { put, text } = scene;
    await put('other', 'theirs');
    strictEqual(await replace(scene, 'old', 'new', 'after'), false);
    strictEqual(await text('new'), undefined);
    strictEqual(await text('other'), 'theirs');
  }, 'replace'),
  check('replace.scope', 'the old tag of another address or service is not there', async (scene) => {
    const { store, aor, otherAor, put, text, anotherService } = scene;
    await put('old', 'theirs', 600, otherAor);
    const other = anotherService();
    await store.put(other, aor, 'old', recordOf('of another service'), 600);
    strictEqual(await replace(scene, 'old', 'new', 'after'), false);
    strictEqual(await text('new'), undefined);
    strictEqual(await text('old', otherAor), 'theirs');
    strictEqual((await store.get(other, aor, 'old')) !== undefined, true);
  }, 'replace'),
  check('replace.expired', 'replace of a record whose ttl has run out returns false and writes nothing', async (scene) => {
    const { put, text, pass } = scene;
    await put('old', 'before', 1);
    await pass(1500);
    strictEqual(await replace(scene, 'old', 'new', 'after'), false);
    strictEqual(await text('new'), undefined);
  }, 'replace'),
  check('replace.grace', 'replace of a record that has expired and whose ttl has not run out returns true', async (scene) => {
    const { store, srv, aor, text } = scene;
    await store.put(srv, aor, 'old', expiredRecordOf('before'), 60);
    strictEqual(await replace(scene, 'old', 'new', 'after'), true);
    strictEqual(await text('new'), 'after');
  }, 'replace'),
  check('replace.ttl', 'the new tag lives for its own ttl, not for that of the old one', async (scene) => {
    const { put, text, pass } = scene;
    await put('long', 'x', 60);
    strictEqual(await replace(scene, 'long', 'short', 'x', 1), true);
    await put('short too', 'y', 1);
    strictEqual(await replace(scene, 'short too', 'long too', 'y', 60), true);
    await pass(1500);
    strictEqual(await text('short'), undefined);
    strictEqual(await text('long too'), 'y');
  }, 'replace'),
  check('replace.concurrent', 'of several replaces of one tag at once exactly one returns true, and only its tag is there', async (scene) => {
    const { put, text } = scene;
    await put('old', 'before');
    const results = await Promise.all(Array.from({ length: 10 }, (_, i) => replace(scene, 'old', `new${i}`, `after ${i}`)));
    strictEqual(results.filter((result) => result === true).length, 1);
    for (const [i, result] of results.entries()) strictEqual(await text(`new${i}`), result ? `after ${i}` : undefined);
    strictEqual(await text('old'), undefined);
  }, 'replace'),
];
