import { strictEqual } from 'node:assert/strict';
import { aorOf, check, type Scene, type StoreCheck } from './check.js';

const ADDRESSES = 10_000;
/** Operations under way at a time. */
const AT_ONCE = 200;

async function forEachAddress(task: (user: string) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < ADDRESSES; from += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, ADDRESSES - from) }, (_, i) => task(`user${from + i}`)));
  }
}

async function publishAll({ put }: Scene): Promise<void> {
  await forEachAddress((user) => put('tag', user, 600, aorOf(user)));
}

export const multitudeChecks: readonly StoreCheck[] = [
  check('many.addresses', '10,000 addresses have a publication each, and delAll leaves none', async (scene) => {
    const { store, srv, text } = scene;
    await publishAll(scene);
    await forEachAddress(async (user) => { strictEqual(await text('tag', aorOf(user)), user); });
    await store.delAll(srv);
    await forEachAddress(async (user) => { strictEqual(await text('tag', aorOf(user)), undefined, 'delAll has left something'); });
  }),
  check('many.list', 'list yields the publications of 10,000 addresses, each once', async (scene) => {
    const { store, srv } = scene;
    await publishAll(scene);
    const users = new Set<string>();
    let yielded = 0;
    for await (const { aor: { user } } of store.list?.(srv) ?? []) {
      users.add(user);
      yielded++;
    }
    strictEqual(users.size, ADDRESSES);
    strictEqual(yielded, ADDRESSES, 'some came twice');
  }, 'list'),
];
