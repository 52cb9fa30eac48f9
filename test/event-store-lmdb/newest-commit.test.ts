import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { Directories } from './directories.ts';

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const recordOf = (text: string) => ({ data: Buffer.from(text), event: 'presence', expires: Math.floor(Date.now() / 1000) + 600 });

/**
 * Does what a process does that opens a database while another one commits: the number of the newest commit, in the lock file, is put
 * back by one. By another process, since closing the file would let go of the locks of this one.
 */
function hideNewestCommit(path: string): void {
  const program = `
    const { openSync, readSync, writeSync } = require('node:fs');
    const fd = openSync(process.argv[1], 'r+'), bytes = Buffer.alloc(8);
    readSync(fd, bytes, 0, 8, 8);
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE() - 1n);
    writeSync(fd, bytes, 0, 8, 8);`;
  expect(spawnSync(process.execPath, ['-e', program, join(path, 'lock.mdb')]).status).to.equal(0);
}

describe('the newest commit of an LMDB database', () => {
  const directories = new Directories();
  afterEach(() => directories.remove());

  for (const durability of ['disk', 'process'] as const) {
    it(`is written after, not over, when a process that opens the database has hidden it (durability '${durability}')`, async () => {
      const path = directories.make();
      const store = new LmdbStore({ path, durability }).open();
      await store.put('server', aor, 'first', recordOf('first'), 600);
      await store.put('server', aor, 'second', recordOf('second'), 600);
      hideNewestCommit(path);
      await store.put('server', aor, 'third', recordOf('third'), 600);
      hideNewestCommit(path);
      const secret = store.secret();
      const tags: string[] = [];
      for await (const { tag } of store.list('server')) tags.push(tag);
      expect(tags.sort()).to.deep.equal(['first', 'second', 'third']);
      expect(store.secret()).to.equal(secret);
      await store.close();
    });
  }
});
