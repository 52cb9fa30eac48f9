import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { Aor } from '@nksip-ts/sip';
import { aorOf, check, countsService, expiredRecordOf, recordOf, sameRecord, type Scene, type StoreCheck } from './check.js';

/** 'scheme user domain tag' of each publication, sorted. */
async function listed({ store, srv }: Scene, aor?: Aor): Promise<string[]> {
  const found: string[] = [];
  for await (const { aor: { scheme, user, domain }, tag } of store.list?.(srv, aor) ?? []) found.push([scheme, user, domain, tag].join(' '));
  return found.sort();
}

export const listingChecks: readonly StoreCheck[] = [
  check('list.service', 'list yields every publication of a service, with its keys and its record', async (scene) => {
    const { store, srv, aor, otherAor, put, anotherService } = scene;
    const record = await put('one', '1');
    await put('two', '2');
    await put('one', '3', 600, otherAor);
    await store.put(anotherService(), aor, 'theirs', recordOf('x'), 600);
    deepStrictEqual(await listed(scene), ['sip alice example.com one', 'sip alice example.com two', 'sip bob example.com one']);
    for await (const publication of store.list?.(srv, aor) ?? []) if (publication.tag === 'one') sameRecord(publication.record, record);
  }, 'list'),
  check('list.aor', 'list of one address yields those of no other', async (scene) => {
    const { aor, otherAor, put } = scene;
    await put('one', '1');
    await put('two', '2');
    await put('three', '3', 600, otherAor);
    await put('four', '4', 600, aorOf('alice', 'example.com', 'sips'));
    deepStrictEqual(await listed(scene, aor), ['sip alice example.com one', 'sip alice example.com two']);
    deepStrictEqual(await listed(scene, aorOf('nobody')), []);
  }, 'list'),
  check('list.live', 'list yields nothing that was deleted, and nothing whose ttl has run out', async (scene) => {
    const { store, srv, aor, put, pass } = scene;
    await put('short', 'x', 1);
    await put('deleted', 'y');
    await put('long', 'z');
    await store.del(srv, aor, 'deleted');
    await pass(1500);
    deepStrictEqual(await listed(scene), ['sip alice example.com long']);
    deepStrictEqual(await listed(scene, aor), ['sip alice example.com long']);
  }, 'list'),
  check('list.grace', 'list yields a record that has expired and whose ttl has not run out', async (scene) => {
    const { store, srv, aor } = scene;
    await store.put(srv, aor, 'tag', expiredRecordOf('x'), 60);
    deepStrictEqual(await listed(scene), ['sip alice example.com tag']);
    deepStrictEqual(await listed(scene, aor), ['sip alice example.com tag']);
  }, 'list'),
  check('list.many', 'list yields each of many once', async (scene) => {
    await Promise.all(Array.from({ length: 300 }, (_, i) => scene.put(`tag${i}`, 'x', 600, aorOf(`user${i % 100}`))));
    strictEqual(new Set(await listed(scene)).size, 300);
    strictEqual((await listed(scene)).length, 300);
  }, 'list'),
  check('list.keys', 'list gives keys back as they were put', async (scene) => {
    await scene.put('t:a@g/', 'x', 600, aorOf('é: @%25', 'example.com'));
    deepStrictEqual(await listed(scene), ['sip é: @%25 example.com t:a@g/']);
  }, 'list'),
  check('listNow.live', 'listNow returns every live publication of one address, with its keys and its record, or undefined', async ({ store, srv, aor, otherAor, put, pass }) => {
    const listed = (): readonly string[] => (store.listNow?.(srv, aor) ?? []).map(({ aor: { scheme, user, domain }, tag }) => [scheme, user, domain, tag].join(' ')).sort();
    const canList = store.listNow?.(srv, aor) !== undefined;
    const record = await put('one', '1');
    await put('short', '2', 1);
    await put('three', '3', 600, otherAor);
    deepStrictEqual(listed(), canList ? ['sip alice example.com one', 'sip alice example.com short'] : []);
    await pass(1500);
    deepStrictEqual(listed(), canList ? ['sip alice example.com one'] : []);
    for (const one of store.listNow?.(srv, aor) ?? []) sameRecord(one.record, record);
  }, 'listNow'),
  check('count.live', "count is that of live publications, of an address and, unless it is 'unknown', of the service", async (scene) => {
    const { store, srv, aor, otherAor, put, pass } = scene;
    const ofService = async (expected: number): Promise<void> => countsService(await store.count?.(srv), expected);
    await ofService(0);
    await put('one', '1');
    await put('one', 'again');
    await put('short', '2', 1);
    await put('one', '3', 600, otherAor);
    strictEqual(await store.count?.(srv, aor), 2);
    await ofService(3);
    strictEqual(await store.count?.(srv, aorOf('nobody')), 0);
    await pass(1500);
    strictEqual(await store.count?.(srv, aor), 1);
    await ofService(2);
    await store.del(srv, aor, 'one');
    strictEqual(await store.count?.(srv, aor), 0);
  }, 'count'),
  check('count.grace', 'count counts a record that has expired and whose ttl has not run out', async ({ store, srv, aor }) => {
    await store.put(srv, aor, 'tag', expiredRecordOf('x'), 60);
    strictEqual(await store.count?.(srv, aor), 1);
    countsService(await store.count?.(srv), 1);
  }, 'count'),
];
