import { notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { check, expiredRecordOf, recordOf, sameRecord, type Scene, type StoreCheck } from './check.js';

/** How often a race is run: the two do not meet each time. */
const ROUNDS = 20;

async function versionOf({ store, srv, aor }: Scene, tag: string): Promise<string> {
  const version = (await store.get(srv, aor, tag))?.version;
  ok(version !== undefined, 'get returns no version');
  return version;
}

async function putOver({ store, srv, aor }: Scene, tag: string, text: string, version: string): Promise<unknown> {
  return store.put(srv, aor, tag, recordOf(text), 600, version);
}

/** What was read is written over, or deleted, only where it is still there. */
export const versionChecks: readonly StoreCheck[] = [
  check('version.put', 'put over the version that get has returned writes and returns true', async (scene) => {
    const { store, srv, aor, put, text } = scene;
    await put('tag', 'before');
    await put('other', 'theirs');
    const record = recordOf('after');
    strictEqual(await store.put(srv, aor, 'tag', record, 600, await versionOf(scene, 'tag')), true);
    sameRecord(await store.get(srv, aor, 'tag'), record);
    strictEqual(await text('other'), 'theirs');
  }, 'versions'),
  check('version.former', 'put over an earlier version returns false and writes nothing', async (scene) => {
    const { put, text } = scene;
    await put('tag', 'before');
    const former = await versionOf(scene, 'tag');
    await put('tag', 'newer');
    strictEqual(await putOver(scene, 'tag', 'late', former), false);
    strictEqual(await text('tag'), 'newer');
  }, 'versions'),
  check('version.grace', 'put over a version of a record that has expired and whose ttl has not run out writes and returns true', async (scene) => {
    const { store, srv, aor, text } = scene;
    await store.put(srv, aor, 'tag', expiredRecordOf('before'), 60);
    strictEqual(await putOver(scene, 'tag', 'after', await versionOf(scene, 'tag')), true);
    strictEqual(await text('tag'), 'after');
  }, 'versions'),
  check('version.each', 'each write makes another version, also of the same record, and reading makes none', async (scene) => {
    const { store, srv, aor } = scene;
    const [record, versions] = [recordOf('state'), new Set<string>()];
    for (let i = 0; i < 5; i++) {
      await store.put(srv, aor, 'tag', record, 600);
      versions.add(await versionOf(scene, 'tag'));
      versions.add(await versionOf(scene, 'tag'));
    }
    strictEqual(versions.size, 5);
  }, 'versions'),
  check('version.gone', 'put over what is gone returns false and writes nothing, also where something else stands there now', async (scene) => {
    const { store, srv, aor, put, text, pass } = scene;
    await put('deleted', 'before');
    await put('over', 'before', 1);
    await put('again', 'before');
    const [deleted, over, again] = [await versionOf(scene, 'deleted'), await versionOf(scene, 'over'), await versionOf(scene, 'again')];
    await store.del(srv, aor, 'deleted');
    await store.del(srv, aor, 'again');
    await put('again', 'before');
    await pass(1500);
    for (const [tag, version] of [['deleted', deleted], ['over', over], ['never', again], ['again', again]] as const) {
      strictEqual(await putOver(scene, tag, 'late', version), false, `put over '${tag}' has returned that it has written`);
      strictEqual(await text(tag), tag === 'again' ? 'before' : undefined);
    }
  }, 'versions'),
  check('version.del', 'del of an earlier version returns false and deletes nothing, of the one that is there true', async (scene) => {
    const { store, srv, aor, put, text } = scene;
    await put('tag', 'before');
    const former = await versionOf(scene, 'tag');
    await put('tag', 'newer');
    strictEqual(await store.del(srv, aor, 'tag', former), false);
    strictEqual(await text('tag'), 'newer');
    const version = await versionOf(scene, 'tag');
    notStrictEqual(version, former);
    strictEqual(await store.del(srv, aor, 'tag', version), true);
    strictEqual(await text('tag'), undefined);
    strictEqual(await store.del(srv, aor, 'tag', version), false);
  }, 'versions'),
  check('version.replace', 'replace of an earlier version returns false and writes nothing, of the one that is there true', async (scene) => {
    const { store, srv, aor, put, text } = scene;
    await put('old', 'before');
    const former = await versionOf(scene, 'old');
    await put('old', 'newer');
    strictEqual(await store.replace?.(srv, aor, 'old', 'new', recordOf('late'), 600, former), false);
    strictEqual(await text('old'), 'newer');
    strictEqual(await text('new'), undefined);
    strictEqual(await store.replace?.(srv, aor, 'old', 'new', recordOf('after'), 600, await versionOf(scene, 'old')), true);
    strictEqual(await text('old'), undefined);
    strictEqual(await text('new'), 'after');
  }, 'versions', 'replace'),
  check('version.zero', 'put over a version with a ttl of 0 leaves nothing', async (scene) => {
    const { store, srv, aor, put, text } = scene;
    await put('tag', 'before');
    strictEqual(await store.put(srv, aor, 'tag', recordOf('x', 0), 0, await versionOf(scene, 'tag')), true);
    strictEqual(await text('tag'), undefined);
  }, 'versions'),
  check('version.concurrent', 'of several puts over one version at once exactly one returns true, and it is there', async (scene) => {
    const { put, text } = scene;
    await put('tag', 'before');
    const version = await versionOf(scene, 'tag');
    const results = await Promise.all(Array.from({ length: 10 }, (_, i) => putOver(scene, 'tag', `after ${i}`, version)));
    strictEqual(results.filter((result) => result === true).length, 1);
    strictEqual(await text('tag'), `after ${results.indexOf(true)}`);
  }, 'versions'),
  check('version.shared', 'of puts and dels over one version in two processes at once exactly one returns true, and its effect remains', async (one) => {
    const two = await one.second();
    for (let round = 0; round < ROUNDS; round++) {
      await one.put('tag', 'before');
      const version = await versionOf(two, 'tag');
      const results = await Promise.all([
        putOver(one, 'tag', '0', version), putOver(two, 'tag', '1', version), two.store.del(two.srv, two.aor, 'tag', version), putOver(two, 'tag', '3', version),
      ]);
      strictEqual(results.filter((result) => result === true).length, 1);
      strictEqual(await one.text('tag'), results[2] === true ? undefined : String(results.indexOf(true)));
    }
  }, 'versions', 'openSecond'),
];
