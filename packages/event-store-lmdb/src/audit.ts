import { setImmediate as nextTurn } from 'node:timers/promises';
import { shortTag } from '@nksip-ts/core';
import type { StoreFinding } from '@nksip-ts/event-compositor';
import { aorKey } from '@nksip-ts/sip';
import type { Transaction } from 'lmdb';
import type { Database } from './database.js';
import { storeErrorOf } from './store-error.js';
import { deadlineKey, endOf } from './publication-keys.js';
import type { Found, Publications } from './publications.js';
import { CountCheck, finding } from './count-check.js';

/** Records of one stretch, before other work gets its turn. */
const STRETCH = 200;
const FIRST = Buffer.alloc(1);

/**
 * All publications whose keys begin so, as they were at one moment, and what is wrong with them, their counts and their deadlines.
 * `toNewest` has the newest commit told. `closing` is aborted before the database closes: the audit lets go of it, and throws the reason when it would go on.
 */
export async function* audit(database: Database, publications: Publications, now: () => number, toNewest: () => Promise<void>, closing: AbortSignal, prefix: Buffer = Buffer.alloc(0)): AsyncIterable<StoreFinding> {
  closing.throwIfAborted();
  await toNewest();
  closing.throwIfAborted();
  database.root.resetReadTxn();
  const transaction = database.root.useReadTransaction();
  // One cursor from the first to the last: a damaged key cannot lead it astray.
  const entries = database.publications.getRange({ start: prefix.length === 0 ? FIRST : prefix, end: endOf(prefix), transaction })[Symbol.iterator]();
  const letGo = (): void => {
    entries.return?.();
    transaction.done();
  };
  closing.addEventListener('abort', letGo, { once: true });
  try {
    // As it was at that moment: the rewriting may end meanwhile.
    const formerToo = database.isFormer({ transaction });
    const countCheck = new CountCheck(database, transaction, formerToo);
    let many = 0;
    for (let entry = entries.next(); entry.done !== true; entry = entries.next()) {
      const found = publications.found(entry.value, formerToo);
      yield* told([...countCheck.add(found), ...findingsOf(database, transaction, found, now())], closing);
      if (++many % STRETCH === 0) await nextTurn();
      closing.throwIfAborted();
    }
    yield* told([...countCheck.end(prefix)], closing);
  } catch (error) {
    throw storeErrorOf(error);
  } finally {
    closing.removeEventListener('abort', letGo);
    if (!closing.aborted) letGo();
  }
}

/** One by one. Each may take as long as it likes, and the database be closed meanwhile: so all of them have been read before. */
function* told(findings: readonly StoreFinding[], closing: AbortSignal): Iterable<StoreFinding> {
  for (const finding of findings) {
    yield finding;
    closing.throwIfAborted();
  }
}

function* findingsOf({ publications, deadlines }: Database, transaction: Transaction, { key, deadline, stored }: Found, now: number): Iterable<StoreFinding> {
  if (stored === undefined) {
    yield finding(`The publication with the key ${key.toString('hex')} is damaged`, 1);
    return;
  }
  yield { type: deadline > now ? 'live' : 'over', ...stored };
  const { tag, aor } = stored.publication;
  const name = `The tag '${shortTag(tag)}...' of ${aorKey(aor)} of the service '${stored.srvId}'`;
  if (publications.get(key, { transaction }) === undefined) yield finding(`${name} is there and cannot be found: a page above it is damaged`);
  if (deadlines.get(deadlineKey(deadline, key), { transaction }) === undefined) yield finding(`${name} is not in the index of deadlines: it will not be removed when it has expired`);
}
