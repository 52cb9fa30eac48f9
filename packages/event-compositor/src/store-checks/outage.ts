import { deepStrictEqual, fail, ok, strictEqual } from 'node:assert/strict';
import { NksipError, reasonOf } from '@nksip-ts/core';
import '../store/errors.js';
import { check, recordOf, type Scene, type StoreCheck } from './check.js';

/** Milliseconds: what `sip_event_compositor_store_timeout` is unless it is set. */
const PATIENCE = 5_000;
/** How long a store may take to find its database again. */
const HEALING = 30_000;
const STEP = 50;

/** 'refused' where the store said that it is unavailable; what it returned otherwise. Throws for anything else, and when it takes too long. */
async function outcomeOf<T>({ pass }: Scene, what: string, ask: () => Promise<T> | T): Promise<T | 'refused'> {
  let outcome: { readonly value: T | 'refused' } | { readonly error: unknown } | undefined;
  const read = async (): Promise<void> => {
    try {
      outcome = { value: await ask() };
    } catch (error) {
      outcome = error instanceof NksipError && error.code === 'store_unavailable' ? { value: 'refused' } : { error };
    }
  };
  void read();
  for (let waited = 0; outcome === undefined && waited < PATIENCE; waited += STEP) await pass(STEP);
  if (outcome === undefined) return fail(`${what} did not end within ${PATIENCE / 1000} seconds`);
  if ('error' in outcome) return fail(`${what} threw no NksipError('store_unavailable'), but: ${reasonOf(outcome.error)}`);
  return outcome.value;
}

/** Asks again until the store says no more that it is unavailable. */
async function healed<T>(scene: Scene, what: string, ask: () => Promise<T> | T): Promise<T> {
  for (let waited = 0; waited < HEALING; waited += STEP) {
    const outcome = await outcomeOf(scene, what, ask);
    if (outcome !== 'refused') return outcome;
    await scene.pass(STEP);
  }
  return fail(`${what} is unavailable ${HEALING / 1000} seconds after the database was there again`);
}

async function tags({ store, srv }: Scene): Promise<string> {
  const found: string[] = [];
  for await (const { tag } of store.list?.(srv) ?? []) found.push(tag);
  return found.sort().join();
}

/** Everything that changes something is sent and held back, until the store gives it up. Then the client goes on, and then the network delivers it. */
async function deliveredLate(scene: Scene, holdBack: NonNullable<Scene['holdBack']>): Promise<void> {
  const { store, srv, aor, put, text } = scene;
  for (const tag of ['changed', 'removed', 'kept', 'replaced']) await put(tag, 'before');
  const deliver = await holdBack();
  const late: readonly (readonly [string, () => unknown])[] = [
    ['put', () => put('changed', 'late')], ['put', () => put('removed', 'late')], ['put', () => put('new', 'late')],
    ['del', () => store.del(srv, aor, 'changed')], ['del', () => store.del(srv, aor, 'kept')],
    ['replace', () => store.replace?.(srv, aor, 'replaced', 'renewed', recordOf('late'), 600)],
  ];
  const outcomes = await Promise.all(late.map(([what, ask]) => outcomeOf(scene, what, ask)));
  ok(outcomes.every((outcome) => outcome === 'refused' || outcome === undefined), 'what never arrived was carried out');
  await healed(scene, 'put', () => put('changed', 'newer'));
  strictEqual(await healed(scene, 'del', () => store.del(srv, aor, 'removed')), true);
  await deliver();
  const found = await Promise.all(['changed', 'removed', 'kept', 'new', 'replaced', 'renewed'].map((tag) => text(tag)));
  deepStrictEqual(found, ['newer', undefined, 'before', undefined, 'before', undefined]);
}

/** A database that cannot be reached for a while. */
export const outageChecks: readonly StoreCheck[] = [
  check('outage.refused', 'each operation fails with store_unavailable within 5 seconds, or is really carried out', async (scene) => {
    const { store, srv, aor, put, text } = scene;
    await put('kept', 'before');
    await put('deleted', 'before');
    let [written, deleted]: unknown[] = [];
    await scene.whileUnreachable(async () => {
      const found = await outcomeOf(scene, 'get', () => text('kept'));
      ok(found === 'refused' || found === 'before', 'get returns that nothing is there');
      written = await outcomeOf(scene, 'put', () => put('new', 'written'));
      deleted = await outcomeOf(scene, 'del', () => store.del(srv, aor, 'deleted'));
      ok(deleted === 'refused' || deleted === true, 'del returns that nothing is there');
      if (written !== 'refused') strictEqual(await outcomeOf(scene, 'get', () => text('new')), 'written');
    });
    if (written !== 'refused') strictEqual(await healed(scene, 'get', () => text('new')), 'written', 'put has returned and not written');
    strictEqual(await healed(scene, 'get', () => text('deleted')), deleted === 'refused' ? 'before' : undefined);
  }, 'whileUnreachable'),
  check('outage.replace', 'replace fails with store_unavailable within 5 seconds, or is really carried out', async (scene) => {
    const { store, srv, aor, put, text } = scene;
    await put('old', 'before');
    let replaced: unknown;
    await scene.whileUnreachable(async () => {
      replaced = await outcomeOf(scene, 'replace', () => store.replace?.(srv, aor, 'old', 'new', recordOf('after'), 600));
      ok(replaced === 'refused' || replaced === true, 'replace returns that nothing is there');
    });
    strictEqual(await healed(scene, 'get', () => text('old')), replaced === 'refused' ? 'before' : undefined);
    strictEqual(await text('new'), replaced === 'refused' ? undefined : 'after');
  }, 'whileUnreachable', 'replace'),
  check('outage.list', 'list throws store_unavailable rather than yield less', async (scene) => {
    await scene.put('one', '1');
    await scene.put('two', '2');
    await scene.whileUnreachable(async () => {
      const found = await outcomeOf(scene, 'list', () => tags(scene));
      ok(found === 'refused' || found === 'one,two', 'list yields what is not all');
    });
    strictEqual(await healed(scene, 'list', () => tags(scene)), 'one,two');
  }, 'whileUnreachable', 'list'),
  check('outage.late', 'a refused operation is not carried out later: not over a newer record, not after a removal, and not otherwise', async (scene) => {
    const { put, pass, text } = scene;
    await put('tag', 'before');
    let late: unknown;
    await scene.whileUnreachable(async () => { late = await outcomeOf(scene, 'put', () => put('tag', 'refused')); });
    if (late === 'refused') strictEqual(await healed(scene, 'get', () => text('tag')), 'before');
    await healed(scene, 'put', () => put('tag', 'newer'));
    await pass(2000);
    strictEqual(await text('tag'), 'newer');
    if (scene.holdBack !== undefined) await deliveredLate(scene, scene.holdBack);
  }, 'whileUnreachable'),
  check('outage.heals', 'when the database is back, the stored records are there and every operation works', async (scene) => {
    const { store, srv, aor, put, text } = scene;
    await put('kept', 'before');
    await scene.whileUnreachable(async () => { await outcomeOf(scene, 'get', () => text('kept')); });
    strictEqual(await healed(scene, 'get', () => text('kept')), 'before');
    await healed(scene, 'put', () => put('new', 'after'));
    strictEqual(await text('new'), 'after');
    strictEqual(await healed(scene, 'del', () => store.del(srv, aor, 'kept')), true);
    strictEqual(await text('kept'), undefined);
  }, 'whileUnreachable'),
];
