import { NksipError, reasonOf } from '@nksip-ts/core';

/** MDB_PAGE_NOTFOUND and MDB_CORRUPTED: what LMDB says where a page is not as it wrote it. */
const OF_DAMAGE: readonly unknown[] = [-30797, -30796];

/** What was thrown as a fault of the store: ours as it is, `store_damaged` where LMDB says so, else `store_unavailable`. */
export function faultOf(error: unknown): NksipError {
  if (error instanceof NksipError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // Said without a code: the length of a key that no key has.
  const isDamage = OF_DAMAGE.includes(code) || (error instanceof Error && error.message.startsWith('Invalid key size'));
  const reason = reasonOf(error);
  return isDamage ? new NksipError('store_damaged', { record: `a page (${reason})` }, { cause: error }) : new NksipError('store_unavailable', { reason }, { cause: error });
}
