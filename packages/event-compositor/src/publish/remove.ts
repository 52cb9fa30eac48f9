import type { Aor } from '@nksip-ts/sip';
import { withoutVersion, type Publication } from '../store/contract.js';
import type { CallbackStore } from '../store/callback-store.js';

/** How often it is tried at most, where other processes change what is to go. */
const MOST_TRIES = 4;

/**
 * Removes what is stored of an address under a tag, or all of it, also what has expired and is in its grace; resolves to how many went. `gone` is told of
 * each as it goes. Rejects with `list_not_supported` for all of an address in a store that cannot list.
 */
export async function removeStored(store: CallbackStore, aor: Aor, tag: string | undefined, gone: (publication: Publication) => void): Promise<number> {
  const tags = tag === undefined ? await tagsOf(store.list(aor, 'stored')) : [tag];
  let removed = 0;
  for (const one of tags) if (await removeOne(store, aor, one, gone)) removed++;
  return removed;
}

async function tagsOf(stored: AsyncIterable<Publication>): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const { tag } of stored) tags.push(tag);
  return tags;
}

async function removeOne(store: CallbackStore, aor: Aor, tag: string, gone: (publication: Publication) => void): Promise<boolean> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await store.get(aor, tag, Infinity);
    if (found === undefined) return false;
    if (await store.del(aor, tag, found.version) === 'not_found') continue;
    gone({ aor, tag, record: withoutVersion({ ...found, data: new Uint8Array(found.data) }) });
    return true;
  }
  return false;
}
