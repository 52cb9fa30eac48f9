import { strictEqual } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Aor } from '@nksip-ts/sip';
import { aorOf, check, recordOf, textOf, type Scene, type StoreCheck } from './check.js';

type Key = readonly [srvId: string, aor: Aor, tag: string];

/** Under each of the keys stands a record of its own, and to delete one deletes no other. */
async function areApart({ store }: Scene, keys: readonly Key[]): Promise<void> {
  for (const [i, [srvId, aor, tag]] of keys.entries()) await store.put(srvId, aor, tag, recordOf(`record ${i}`), 600);
  const read = async ([srvId, aor, tag]: Key): Promise<string | undefined> => {
    const found = await store.get(srvId, aor, tag);
    return found && textOf(found);
  };
  for (const [i, key] of keys.entries()) strictEqual(await read(key), `record ${i}`, `${JSON.stringify(key)} was overwritten`);
  for (const [i, key] of keys.entries()) {
    strictEqual(await store.del(...key), true, `${JSON.stringify(key)} was deleted with another one`);
    strictEqual(await read(key), undefined);
    const next = keys[i + 1];
    if (next !== undefined) strictEqual(await read(next), `record ${i + 1}`);
  }
}

/** A key is service, address of record and tag, each byte for byte. */
export const keyChecks: readonly StoreCheck[] = [
  check('scope.tag', 'different tags of one address are independent', async (scene) => {
    await areApart(scene, ['a', 'b', 'ab'].map((tag): Key => [scene.srv, scene.aor, tag]));
  }),
  check('scope.aor', 'the same tag at addresses with another user, domain or scheme is independent', async (scene) => {
    const aors = [aorOf('alice'), aorOf('bob'), aorOf('alice', 'example.org'), aorOf('alice', 'example.com', 'sips'), aorOf('', 'example.com')];
    await areApart(scene, aors.map((aor): Key => [scene.srv, aor, 'tag']));
  }),
  check('scope.app', 'the same address and tag in two services are independent', async (scene) => {
    await areApart(scene, [[scene.srv, scene.aor, 'tag'], [scene.anotherService(), scene.aor, 'tag']]);
  }),
  check('key.separators', "':', '@', '/', '|', a line feed and a zero in parts of a key do not make two keys equal", async (scene) => {
    const keys: Key[] = [];
    for (const separator of [':', '@', '/', '|', '\n', '\0']) {
      keys.push([scene.srv, aorOf('u'), `a${separator}b`], [scene.srv, aorOf(`u${separator}a`), 'b']);
      keys.push([scene.anotherService(`${scene.srv}${separator}u`), aorOf('a'), 'b'], [scene.srv, aorOf(`u${separator}a`), `b${separator}`]);
    }
    await areApart(scene, keys);
  }),
  check('key.case', 'upper and lower case in users and tags are different', async (scene) => {
    await areApart(scene, [[scene.srv, aorOf('alice'), 'tag'], [scene.srv, aorOf('Alice'), 'tag'], [scene.srv, aorOf('alice'), 'TAG']]);
  }),
  check('key.spaces', 'spaces at the ends of users and tags count', async (scene) => {
    const pairs = [['alice', 'tag'], ['alice ', 'tag'], [' alice', 'tag'], ['alice', 'tag '], ['alice', ' tag']] as const;
    await areApart(scene, pairs.map(([user, tag]): Key => [scene.srv, aorOf(user), tag]));
  }),
  check('key.unicode', 'letters beyond ASCII are different from those that look or fold like them, and from octets that are no letters', async (scene) => {
    await areApart(scene, ['e', 'é', 'e\u0301', 'É', 'ß', 'ss', '😀', '%C3', '%25C3', '%25C3%25A9', '%'].map((user): Key => [scene.srv, aorOf(user), 'tag']));
  }),
  check('key.long', 'users of 1,900 characters that differ only in the last one are different', async (scene) => {
    // Nearly as long as a Request-URI may be, and of the kind that cannot be compressed.
    const long = createHash('shake256', { outputLength: 950 }).update('long').digest('hex').slice(1);
    await areApart(scene, ['a', 'b'].map((last): Key => [scene.srv, aorOf(`${long}${last}`), 'tag']));
  }),
];
