import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { find } from '@nksip-ts/event-compositor';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { publishText } from '../kit/request-text.ts';
import { closeAll, running } from '../wire/running.ts';
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
  afterEach(closeAll);
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

  /** With one publication that the newest commit has made, which is hidden. */
  async function hidden(): Promise<{ readonly store: LmdbStore; readonly path: string }> {
    const path = directories.make();
    const store = new LmdbStore({ path, maintains: false }).open();
    await store.put('server', aor, 'first', recordOf('first'), 600);
    await store.put('server', aor, 'second', recordOf('second'), 600);
    hideNewestCommit(path);
    return { store, path };
  }

  const textOf = (found: { readonly data: Uint8Array } | undefined): string | undefined => found && Buffer.from(found.data).toString();

  it('is looked for where a read finds nothing', async () => {
    const { store } = await hidden();
    expect(store.count('server'), 'it is hidden').to.equal(1);
    expect(textOf(await store.get('server', aor, 'second'))).to.equal('second');
    expect(store.count('server')).to.equal(2);
    expect(await store.get('server', aor, 'none')).to.equal(undefined);
    await store.close();
  });

  it('is in a list and in an audit', async () => {
    const { store, path } = await hidden();
    const tags: string[] = [];
    for await (const { tag } of store.list('server', aor)) tags.push(tag);
    hideNewestCommit(path);
    for await (const finding of store.audit()) tags.push(finding.type === 'fault' ? finding.sentence : finding.publication.tag);
    expect(tags.sort()).to.deep.equal(['first', 'first', 'second', 'second']);
    await store.close();
  });

  it('is counted after the next sweep, though there is nothing to sweep', async () => {
    const { store } = await hidden();
    await store.sweep();
    expect(store.count('server')).to.equal(2);
    await store.close();
  });

  it('keeps a change or a removal from being made over what was there before it', async () => {
    const { store, path } = await hidden();
    const version = (await store.get('server', aor, 'first'))?.version;
    expect(await store.put('server', aor, 'first', recordOf('newer'), 600, version)).to.equal(true);
    for (const change of [
      (old?: string) => store.put('server', aor, 'first', recordOf('from the old one'), 600, old),
      (old?: string) => store.del('server', aor, 'first', old),
    ]) {
      hideNewestCommit(path);
      const found = await store.get('server', aor, 'first');
      expect([textOf(found), found?.version], 'it is hidden').to.deep.equal(['first', version]);
      expect(await change(found?.version)).to.equal(false);
      expect(textOf(await store.get('server', aor, 'first'))).to.equal('newer');
    }
    await store.close();
  });

  for (const etag of ['keep', 'renew'] as const) {
    it(`is what the next PUBLISH refreshes, changes and removes (tags: '${etag}')`, async () => {
      const path = directories.make();
      const service = await running({
        plugins: ['event-compositor', 'event-store-lmdb'], sip_events: 'nkpublish', sip_event_compositor_etag: etag,
        sip_event_store_lmdb_path: path, sip_event_compositor_store_maintenance: false,
      });
      let tag: string | undefined;
      const publish = async (parts: { readonly expires?: number; readonly body?: string }): Promise<void> => {
        const response = await service.inject(publishText({ expires: 600, ...parts, ...(tag !== undefined && { etag: tag }) }));
        expect(response?.code).to.equal(200);
        tag = response?.header('SIP-ETag')[0] ?? '';
        hideNewestCommit(path);
      };
      await publish({ body: 'first' });
      await publish({});
      await publish({ body: 'second' });
      await publish({ body: 'third' });
      await publish({});
      const found = await find(service, aor, tag ?? '');
      expect(found === 'not_found' ? found : textOf(found)).to.equal('third');
      await publish({ expires: 0 });
      hideNewestCommit(path);
      expect((await service.inject(publishText({ etag: tag ?? '' })))?.code, 'it is gone').to.equal(412);
    });
  }
});
