import { copyFileSync, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import type { NksipError } from '@nksip-ts/core';
import type { RegPublish } from '@nksip-ts/event-compositor';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { PublicationKeys } from '../../packages/event-store-lmdb/src/publication-keys.ts';
import { Child } from './child.ts';
import { damageLeaf } from './damaged-leaf.ts';
import { Directories } from './directories.ts';
import { inRaw } from './raw.ts';

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const bob = { ...aor, user: 'bob' };

function record(text: string, ttl = 600): RegPublish {
  return { data: Buffer.from(text), event: 'presence', content_type: 'text/plain', publisher: 'alice@realm', since: 1_700_000_000, expires: Date.now() / 1000 + ttl };
}

async function tagsOf(store: LmdbStore, of?: typeof aor): Promise<{ readonly tags: readonly string[]; readonly code: string | undefined }> {
  const tags: string[] = [];
  try {
    for await (const { tag } of store.list('a', of)) tags.push(tag);
  } catch (error) {
    return { tags: tags.sort(), code: (error as NksipError).code };
  }
  return { tags: tags.sort(), code: undefined };
}

function codeOf(body: () => unknown): string | undefined {
  try {
    body();
  } catch (error) {
    return (error as NksipError).code;
  }
  return undefined;
}

const rejection = (promise: Promise<unknown>): Promise<string> => promise.then((value) => `answered ${String(value)}`, (error: NksipError) => error.code);

async function auditOf(store: LmdbStore): Promise<{ readonly live: number; readonly over: number; readonly lost: number; readonly faults: readonly string[] }> {
  const sum = { live: 0, over: 0, lost: 0, faults: new Array<string>() };
  for await (const finding of store.audit('a')) {
    if (finding.type !== 'fault') sum[finding.type]++;
    else {
      sum.lost += finding.lost;
      sum.faults.push(finding.sentence);
    }
  }
  return sum;
}

describe('the LMDB store with something damaged', function () {
  this.timeout(60_000);
  const directories = new Directories();
  afterEach(() => directories.remove());

  /** One damaged publication among three of two addresses; the store is open. */
  async function withDamage(change: (value: Buffer) => void, options: ConstructorParameters<typeof LmdbStore>[0] | object = {}): Promise<LmdbStore> {
    const path = directories.make();
    const store = directories.open(path, options);
    await Promise.all([store.put('a', aor, 'bad', record('the body'), 60), store.put('a', aor, 'good', record('another'), 600), store.put('a', bob, 'good', record('bob'), 600)]);
    await store.close();
    await inRaw(path, ({ publications }) => {
      const key = new PublicationKeys().publication('a', aor, 'bad');
      const value = publications.get(key)!;
      change(value);
      publications.putSync(key, value);
    });
    return directories.open(path, options);
  }

  it('answers store_damaged for a publication with a flipped byte, whichever it is, and never another body; the others are served', async () => {
    const store = directories.open();
    await Promise.all([store.put('a', aor, 'bad', record('the body'), 60), store.put('a', aor, 'good', record('another'), 600)]);
    const key = new PublicationKeys().publication('a', aor, 'bad');
    const sound = await inRaw(store.path, ({ publications }) => publications.get(key)!);
    for (let i = 0; i < sound.length; i++) {
      const value = Buffer.from(sound);
      value[i] = value[i]! ^ (1 << (i % 8));
      await inRaw(store.path, ({ publications }) => { publications.putSync(key, value); });
      expect(codeOf(() => store.get('a', aor, 'bad')), `byte ${i}`).to.equal('store_damaged');
      expect(Buffer.from((await store.get('a', aor, 'good'))?.data ?? []).toString()).to.equal('another');
      expect([store.count('a'), store.count('a', aor)], `byte ${i}`).to.deep.equal([2, 2]);
      expect(await tagsOf(store), `byte ${i}`).to.deep.equal({ tags: ['good'], code: 'store_damaged' });
      expect(await auditOf(store), `byte ${i}`).to.deep.include({ live: 1, over: 0, lost: 1 });
    }
    await inRaw(store.path, ({ publications }) => { publications.putSync(key, sound); });
    expect(Buffer.from((await store.get('a', aor, 'bad'))?.data ?? []).toString(), 'as it was').to.equal('the body');
  });

  for (const [what, change] of [
    ['a deadline that is no number', (value) => value.writeDoubleLE(NaN, 0)], ['a deadline without end', (value) => value.writeDoubleLE(Infinity, 0)],
    ['a deadline of long ago', (value) => value.writeDoubleLE(1, 0)], ['the length of a head beyond its end', (value) => value.writeUInt32LE(0xffff_ffff, 8)],
    ['the form of the first format', (value) => value.writeUInt32LE(20, 8)], ['zeros', (value) => value.fill(0)],
  ] satisfies readonly (readonly [string, (value: Buffer) => unknown])[]) {
    it(`refuses a change of one with ${what} alone, and other writes of the same commit go on`, async () => {
      const store = await withDamage(change);
      const version = (await store.get('a', aor, 'good'))?.version;
      expect(await Promise.all([
        rejection(store.del('a', aor, 'bad')), rejection(store.put('a', aor, 'bad', record('x'), 60, 'a version')), rejection(store.replace('a', aor, 'bad', 'new', record('x'), 60)),
        store.put('a', aor, 'good', record('changed'), 60, version), store.put('a', bob, 'new', record('x'), 60),
      ])).to.deep.equal(['store_damaged', 'store_damaged', 'store_damaged', true, true]);
      expect([store.count('a'), store.count('a', aor), store.count('a', bob)]).to.deep.equal([4, 2, 2]);
      expect(await tagsOf(store, bob)).to.deep.equal({ tags: ['good', 'new'], code: undefined });
      expect(await tagsOf(store, aor)).to.deep.equal({ tags: ['good'], code: 'store_damaged' });
    });
  }

  it('sweeps what is over, and the damaged one when its time has come by the index, with a fault that is told', async () => {
    const told: NksipError[] = [];
    let ahead = 0;
    const store = await withDamage((value) => value.fill(0), { now: () => Date.now() + ahead, onFault: (error: NksipError) => told.push(error) });
    ahead = 59_000;
    await store.sweep();
    expect([store.count('a'), told]).to.deep.equal([3, []]);
    ahead = 61_000;
    await store.sweep();
    expect([store.count('a'), store.count('a', aor)]).to.deep.equal([2, 1]);
    expect(told.map(({ code }) => code)).to.deep.equal(['store_damaged']);
    expect((await auditOf(store)).faults).to.deep.equal([]);
  });

  it('is mended by a put over it, and by delAll', async () => {
    const store = await withDamage((value) => value.fill(0));
    await store.put('a', aor, 'bad', record('mended'), 600);
    expect(Buffer.from((await store.get('a', aor, 'bad'))?.data ?? []).toString()).to.equal('mended');
    expect(await auditOf(store)).to.deep.equal({ live: 3, over: 0, lost: 0, faults: [] });
    const other = await withDamage((value) => value.writeDoubleLE(Infinity, 0));
    await other.delAll('a');
    expect([other.count('a'), await tagsOf(other)]).to.deep.equal([0, { tags: [], code: undefined }]);
  });

  it('counts anew where a count is damaged, and mends it with the next transaction', async () => {
    const path = directories.make();
    const store = directories.open(path);
    await Promise.all(Array.from({ length: 5 }, (_, i) => store.put('a', i < 3 ? aor : bob, `t${i}`, record('x'), 600)));
    await inRaw(path, ({ counts }) => { for (const { key, value } of [...counts.getRange()]) counts.putSync(key, value.fill(0xff, 0, 1)); });
    const now = (): readonly number[] => [store.count('a'), store.count('a', aor), store.count('a', bob)];
    expect((await auditOf(store)).faults).to.have.property('length', 3);
    expect(now()).to.deep.equal([5, 3, 2]);
    await store.put('a', aor, 't0', record('refreshed'), 600);
    expect(now()).to.deep.equal([5, 3, 2]);
    expect((await auditOf(store)).faults).to.deep.equal([]);
  });

  it('an audit finds what is missing by the counts, what is not in the index, and counts of nothing', async () => {
    const path = directories.make();
    const store = directories.open(path);
    await Promise.all(['t0', 't1', 't2'].map((tag) => store.put('a', aor, tag, record('x'), 600)));
    await store.put('a', bob, 't3', record('x'), 600);
    await inRaw(path, ({ publications, deadlines }) => {
      const keys = new PublicationKeys();
      publications.removeSync(keys.publication('a', aor, 't0'));
      publications.removeSync(keys.publication('a', bob, 't3'));
      for (const { key } of [...deadlines.getRange()]) if (key.subarray(8).equals(keys.publication('a', aor, 't1'))) deadlines.removeSync(key);
    });
    const { live, lost, faults } = await auditOf(store);
    expect([live, lost]).to.deep.equal([2, 2]);
    expect(faults.join('\n')).to.match(/The tag 't\.\.\.' of sip:alice@example\.com of the service 'a' is not in the index of deadlines/)
      .and.match(/The count of the address sip:alice@example\.com of the service 'a' says 3, and 2 are there/)
      .and.match(/The count of the service 'a' says 4, and 2 are there/).and.match(/The count of an address with the key [0-9a-f]{80} says 1, and nothing is there/);
  });

  it('never gives another body whatever byte of the file is flipped, and an audit knows of all that is not found', async () => {
    const path = directories.make();
    const copy = directories.make();
    const maker = new Child('damage-reader.ts', [path, copy, 'make']);
    await maker.finish();
    const last = 60;
    for (let next = 0; next < last;) {
      const reader = new Child('damage-reader.ts', [path, copy, String(next), String(last)], [], 'ignore');
      for await (const line of reader.rest()) {
        if (line.startsWith('seed')) {
          next = Number(line.slice(5)) + 1;
          continue;
        }
        const { seed, wrong, gone, faults, refusedToOpen } = JSON.parse(line) as { seed: number; wrong: number; gone: number; faults: number; refusedToOpen: string };
        expect(wrong, `seed ${seed}`).to.equal(0);
        if (gone > 0) expect(faults, `seed ${seed}`).to.be.greaterThan(0);
        expect(refusedToOpen, `seed ${seed}`).to.match(/^$|^The store /);
      }
      // LMDB may have ended the reader: the next copy has another one.
      await reader.end();
    }
  });

  describe('in its pages', () => {
    const children: Child[] = [];
    afterEach(async () => {
      for (const child of children.splice(0)) await child.end('SIGKILL');
    });

    function reader(path: string): Child {
      const child = new Child('reader.ts', [path], [], 'ignore');
      children.push(child);
      return child;
    }

    /** LMDB ends the process that reads the tag t7. */
    async function damagedPages(): Promise<{ readonly path: string; readonly copy: string }> {
      const [path, copy] = [directories.make(), directories.make()];
      const store = directories.open(path);
      await Promise.all(Array.from({ length: 50 }, (_, i) => store.put('a', aor, `t${i}`, record('x'.repeat(300)), 600)));
      await store.close();
      mkdirSync(copy);
      copyFileSync(`${path}/data.mdb`, `${copy}/data.mdb`);
      damageLeaf(`${path}/data.mdb`, new PublicationKeys().publication('a', aor, 't7'));
      return { path, copy };
    }

    it('ends the start with a sentence after a process that was killed by them, and starts with a copy in their place', async () => {
      const { path, copy } = await damagedPages();
      const child = reader(path);
      const closed = once(child.process, 'close');
      expect(await child.line()).to.equal('open');
      child.say('t7');
      const [, signal] = await closed as [number | null, string | null];
      expect(signal, 'the premise: LMDB ends the process that reads it').to.be.oneOf(['SIGSEGV', 'SIGBUS', 'SIGABRT']);
      for (const _ of ['once', 'and again']) {
        expect(() => new LmdbStore({ path }).open()).to.throw(/its file data\.mdb is damaged \(a process that read it through was ended by SIG(SEGV|BUS|ABRT)\): put a copy in its place/).with.property('code', 'store_failed');
      }
      copyFileSync(`${copy}/data.mdb`, `${path}/data.mdb`);
      expect(directories.open(path).count('a')).to.equal(50);
    });

    it('is not looked for where the last process closed the database, nor while another one has it open', async () => {
      const { path } = await damagedPages();
      const closes = reader(path);
      await closes.line();
      await closes.finish();
      await directories.open(path).close();
      const [stays, killed] = [reader(path), reader(path)];
      await Promise.all([stays.line(), killed.line()]);
      await killed.end('SIGKILL');
      await directories.open(path).close();
      await stays.end('SIGKILL');
      expect(() => new LmdbStore({ path }).open()).to.throw('is damaged');
    });
  });
});
