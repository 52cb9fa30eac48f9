import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { readersIn } from '../../packages/event-store-lmdb/src/lock-file.ts';
import { Directories } from './directories.ts';

/** The locks that this process has on a file. */
function locksOn(file: string): number {
  const inode = statSync(file).ino;
  return readFileSync('/proc/locks', 'utf8').split('\n').filter((line) => new RegExp(` ${process.pid} \\S+:${inode} `).test(line)).length;
}

describe('the lock of an LMDB database', () => {
  const directories = new Directories();
  afterEach(() => directories.remove());

  it('fcntl(2) stays with who has the database open, whoever reads the table of readers', async function () {
    const store = new LmdbStore({ path: directories.make() }).open();
    const file = join(store.path, 'lock.mdb');
    const before = locksOn(file);
    if (before === 0) {
      console.log('    skipped: this system does not list locks in /proc/locks');
      await store.close();
      return this.skip();
    }
    readersIn(file);
    expect(locksOn(file)).to.equal(before);
    await store.close();
  });
});
