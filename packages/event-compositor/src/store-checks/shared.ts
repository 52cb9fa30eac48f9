import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { check, countsService, recordOf, type Scene, type StoreCheck } from './check.js';

/** How often a race is run: the two do not meet each time. */
const ROUNDS = 20;

function replace({ store, srv, aor }: Scene, oldTag: string, newTag: string): Promise<boolean | undefined> | boolean | undefined {
  return store.replace?.(srv, aor, oldTag, newTag, recordOf(newTag), 600);
}

/** Two processes on one database. */
export const sharedChecks: readonly StoreCheck[] = [
  check('shared.get', 'what one process puts, changes or deletes, another one sees at once', async (one) => {
    const two = await one.second();
    strictEqual(await two.text('tag'), undefined);
    await one.put('tag', 'first');
    strictEqual(await two.text('tag'), 'first');
    await two.put('tag', 'second');
    strictEqual(await one.text('tag'), 'second');
    strictEqual(await one.store.del(one.srv, one.aor, 'tag'), true);
    strictEqual(await two.text('tag'), undefined);
    strictEqual(await two.store.del(one.srv, one.aor, 'tag'), false);
  }, 'openSecond'),
  check('shared.put', 'of what two processes put at once nothing is lost', async (one) => {
    const two = await one.second();
    const tags = Array.from({ length: 100 }, (_, i) => `tag${i}`);
    await Promise.all(tags.map((tag, i) => (i % 2 === 0 ? one : two).put(tag, tag)));
    for (const tag of tags) strictEqual(await one.text(tag), tag);
  }, 'openSecond'),
  check('shared.del_all', 'delAll deletes what another process has put', async (one) => {
    const two = await one.second();
    await one.put('one', '1');
    await two.put('two', '2');
    await two.store.delAll(one.srv);
    for (const { text } of [one, two]) deepStrictEqual([await text('one'), await text('two')], [undefined, undefined]);
  }, 'openSecond'),
  check('shared.del', 'of dels of one tag in two processes at once exactly one returns true', async (one) => {
    const two = await one.second();
    for (let round = 0; round < ROUNDS; round++) {
      await one.put('tag', 'x');
      const results = await Promise.all([one, two, one, two].map(({ store, srv, aor }) => store.del(srv, aor, 'tag')));
      strictEqual(results.filter((result) => result === true).length, 1);
    }
  }, 'openSecond'),
  check('shared.replace', 'of replaces of one tag in two processes at once exactly one returns true, and only its tag is there', async (one) => {
    const two = await one.second();
    for (let round = 0; round < ROUNDS; round++) {
      await one.put('old', 'before');
      const names = ['a', 'b', 'c', 'd'].map((name) => `${name}${round}`);
      const results = await Promise.all(names.map((name, i) => replace(i % 2 === 0 ? one : two, 'old', name)));
      strictEqual(results.filter((result) => result === true).length, 1);
      for (const [i, name] of names.entries()) strictEqual(await two.text(name), results[i] === true ? name : undefined);
      strictEqual(await one.text('old'), undefined);
    }
  }, 'openSecond', 'replace'),
  check('shared.remove', 'of a replace and a del of one tag in two processes at once exactly one returns true, and its effect remains', async (one) => {
    const two = await one.second();
    for (let round = 0; round < ROUNDS; round++) {
      await one.put('old', 'before');
      const del = two.store.del.bind(two.store, two.srv, two.aor, 'old');
      const early = round % 2 === 0 ? del() : undefined;
      const [replaced, deleted] = await Promise.all([replace(one, 'old', `new${round}`), early ?? del()]);
      strictEqual(replaced, !deleted, replaced === true ? 'both won' : 'neither won');
      strictEqual(await two.text(`new${round}`), deleted ? undefined : `new${round}`);
    }
  }, 'openSecond', 'replace'),
  check('shared.list', 'list yields what another process has put, and nothing that it has deleted', async (one) => {
    const two = await one.second();
    await one.put('one', '1');
    await two.put('two', '2');
    await two.put('three', '3');
    await two.store.del(two.srv, two.aor, 'three');
    for (const { store, srv } of [one, two]) {
      const tags: string[] = [];
      for await (const { tag } of store.list?.(srv) ?? []) tags.push(tag);
      deepStrictEqual(tags.sort(), ['one', 'two']);
    }
  }, 'openSecond', 'list'),
  check('shared.count', 'count counts what another process has put, and nothing that it has deleted', async (one) => {
    const two = await one.second();
    await one.put('one', '1');
    await two.put('two', '2');
    await one.put('three', '3');
    await two.store.del(two.srv, two.aor, 'three');
    for (const { store, srv, aor } of [one, two]) {
      countsService(await store.count?.(srv), 2);
      strictEqual(await store.count?.(srv, aor), 2);
    }
  }, 'openSecond', 'count'),
];
