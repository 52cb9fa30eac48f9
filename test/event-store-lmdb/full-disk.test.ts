import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NksipError } from '@nksip-ts/core';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { Child } from './child.ts';
import { Directories } from './directories.ts';

/** Mounts a disk of some bytes in memory; false where that is not allowed. */
function mount(path: string, bytes: number): boolean {
  mkdirSync(path, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'nksip-ts-test', path]).status === 0;
}

describe('the LMDB store on a disk that is full', function () {
  this.timeout(60_000);
  const directories = new Directories();
  const mounted: string[] = [];
  afterEach(async () => {
    for (const path of mounted.splice(0)) spawnSync('umount', ['-l', path]);
    await directories.remove();
  });

  function smallDisk(test: Mocha.Context, bytes: number): string {
    const path = directories.make();
    if (!mount(path, bytes)) {
      console.warn('    skipped: to mount a small disk wants the rights of root');
      return test.skip();
    }
    mounted.push(path);
    return path;
  }

  it('refuses changes with store_unavailable, and serves what is stored', async function () {
    const path = smallDisk(this, 4 * 2 ** 20);
    const child = new Child('full-disk-child.ts', [path], [], 'ignore');
    const tells = JSON.parse(await child.line()) as Record<string, unknown>;
    await child.end();
    expect(tells).to.include({ code: 'store_unavailable', again: 'store_unavailable' });
    expect(tells['stored']).to.be.greaterThan(50).and.equal(tells['readable']).and.equal(tells['count']);
    expect(tells['message']).to.match(/No space left on device|Input\/output error/);
    expect(() => new LmdbStore({ path }).open()).to.throw('its disk is full: make room');
    expect(spawnSync('mount', ['-o', `remount,size=${8 * 2 ** 20}`, path]).status).to.equal(0);
    const store = directories.open(path);
    expect(store.count('a'), 'after a restart with room').to.equal(tells['count']);
  });

  it('says so at start', function () {
    const full = smallDisk(this, 2 ** 20);
    mkdirSync(join(full, 'lost+found'));
    writeFileSync(join(full, 'lost+found', 'x'), Buffer.alloc(200_000));
    let fault: unknown;
    try { new LmdbStore({ path: full }).open(); } catch (error) { fault = error; }
    expect(fault).to.be.instanceOf(NksipError).with.property('message').that.matches(/its disk is full: make room/);
  });
});
