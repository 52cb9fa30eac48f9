import { NksipError, reasonOf, shortTag } from '@nksip-ts/core';
import '@nksip-ts/event-compositor'; // its codes of errors
import { aorKey } from '@nksip-ts/sip';
import type { StoredUnder } from './stored-value.js';

/** MDB_PAGE_NOTFOUND and MDB_CORRUPTED: what LMDB says where a page is not as it wrote it. */
const OF_DAMAGE: readonly unknown[] = [-30797, -30796];

/** What was thrown as a fault of the store: ours as it is, `store_damaged` where LMDB says so, else `store_unavailable`. */
export function storeErrorOf(error: unknown): NksipError {
  if (error instanceof NksipError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // Said without a code: the length of a key that no key has.
  const isDamage = OF_DAMAGE.includes(code) || (error instanceof Error && error.message.startsWith('Invalid key size'));
  const reason = reasonOf(error);
  return isDamage ? new NksipError('store_damaged', { record: `a page (${reason})` }, { cause: error }) : new NksipError('store_unavailable', { reason }, { cause: error });
}

/** For who asked for it. */
export function damaged({ tag, aor }: StoredUnder): NksipError {
  return new NksipError('store_damaged', { record: `the tag '${shortTag(tag)}...' of ${aorKey(aor)}` });
}

/** One fault for all that were come upon at once; undefined for none. A damaged value cannot be asked what it is stored under. */
export function damagedAt(keys: readonly Buffer[]): NksipError | undefined {
  const [first] = keys;
  if (first === undefined) return undefined;
  const others = keys.length === 1 ? 'the key ' : `${keys.length} keys, of which the first is `;
  return new NksipError('store_damaged', { record: `${others}${first.toString('hex')}` });
}
