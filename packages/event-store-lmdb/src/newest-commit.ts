import type { RootDatabase } from 'lmdb';
import { runChild } from './child-process.js';

// A process that opens a database tells the others which commit is the newest: LMDB (mdb_env_open2, as lmdb 3.5.6 has it) reads its number
// from the data file and writes it into the shared lock file a moment later, without a lock. Whatever another process commits in that
// moment would be lost: the next transaction would begin from the commit before it, and write over it. So each transaction looks whether
// it begins from the newest commit before it does anything. If not, it does nothing, the number is set right, and it begins anew.
// A read does not look: what it misses may as well be a commit that is still on its way to the disk. So what matters is decided in a
// transaction: what a read has found is changed only there, by its version or its tag, and what it has not found is looked for there.

/** More than one is needed only where others open the database at that very moment, too. */
const ATTEMPTS = 10;
/** Milliseconds. */
const LONGEST = 10_000;

/** Resolves when `body` was carried out in a transaction, and that is committed. */
export async function transact(root: RootDatabase, path: string, body: () => void): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let isNewest = false;
    await root.transaction(() => {
      isNewest = beginsFromNewest(root);
      if (isNewest) body();
    });
    if (isNewest) return;
    setRight(path);
  }
  throw new Error(stillBehind);
}

/** The same at once. Returns what `body` does. */
export function transactSync<T>(root: RootDatabase, path: string, body: () => T): T {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const result = root.transactionSync(() => beginsFromNewest(root) ? { value: body() } : undefined);
    if (result !== undefined) return result.value;
    setRight(path);
  }
  throw new Error(stillBehind);
}

const stillBehind = 'a process that opened it hid the newest commit, and that could not be mended: stop all processes that have it open, and start them again';

/** To be asked in a transaction that has written nothing. */
function beginsFromNewest(root: RootDatabase): boolean {
  const { lastTxnId }: { readonly lastTxnId?: number } = root.getStats();
  return root.getWriteTxnId() - 1 === lastTxnId;
}

/** Whoever opens the database writes the number that the data file has. Nobody commits until it is right, so it is right then. */
function setRight(path: string): void {
  const { status } = runChild('reopen-child', [path], LONGEST);
  if (status !== 0) throw new Error(stillBehind);
}
