import { cpSync, existsSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { NksipError } from '@nksip-ts/core';
import type { RegPublish } from '@nksip-ts/event-compositor';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { open } from 'lmdb';
import { directoryReason } from '../../packages/event-store-lmdb/src/directory-fault.ts';
import { PublicationKeys } from '../../packages/event-store-lmdb/src/publication-keys.ts';
import { isSound, ValueWriter } from '../../packages/event-store-lmdb/src/stored-value.ts';
import { faultThrownBy } from '../kit/caught.ts';
import { Directories } from './directories.ts';

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };

function record(text: string, ttl = 600): RegPublish {
  return { data: Buffer.from(text), event: 'presence', content_type: 'text/plain', expires: Date.now() / 1000 + ttl };
}

function textOf(found: RegPublish | undefined): string | undefined {
  return found === undefined ? undefined : Buffer.from(found.data).toString();
}

describe('the LMDB store', function () {
  this.timeout(20_000);
  const directories = new Directories();
  afterEach(() => directories.remove());

  it('has after a restart what it had before: records, counts, deadlines and the secret', async () => {
    const path = directories.make();
    let ahead = 0;
    const first = directories.open(path);
    await first.put('a', aor, 'kept', record('kept'), 600);
    await first.put('a', aor, 'short', record('short', 1), 1);
    await first.put('a', aor, 'gone', record('gone'), 600);
    await first.del('a', aor, 'gone');
    const secret = first.secret();
    await first.close();
    const second = directories.open(path, { now: () => Date.now() + ahead });
    expect(textOf(await second.get('a', aor, 'kept'))).to.equal('kept');
    expect(textOf(await second.get('a', aor, 'short'))).to.equal('short');
    expect(await second.get('a', aor, 'gone')).to.equal(undefined);
    expect([second.count('a'), second.count('a', aor)]).to.deep.equal([2, 2]);
    expect(second.secret()).to.equal(secret).and.match(/^[0-9a-f]{64}$/);
    ahead = 1000;
    expect(await second.get('a', aor, 'short'), 'over before it is swept').to.equal(undefined);
    expect(second.count('a', aor)).to.equal(1);
    await second.sweep();
    expect(second.count('a')).to.equal(1);
  });

  it('keeps keys of any length and any letters apart, lone surrogates and zeros too', async () => {
    const store = directories.open();
    const long = 'x'.repeat(60_000);
    const users = [long, `${long}y`, '\ud800', '\ud801', '\ufffd', 'a\u0000', 'a', ''];
    const tags = [long, `${long}z`, '\udfff', 't'];
    const keys = users.flatMap((user) => tags.map((tag) => [user, tag] as const));
    await Promise.all(keys.map(([user, tag], index) => store.put('a', { ...aor, user }, tag, record(String(index)), 600)));
    for (const [index, [user, tag]] of keys.entries()) expect(textOf(await store.get('a', { ...aor, user }, tag))).to.equal(String(index));
    const listed: string[] = [];
    for await (const { aor: { user }, tag } of store.list('a')) listed.push(JSON.stringify([user, tag]));
    expect(listed.sort()).to.deep.equal(keys.map((key) => JSON.stringify(key)).sort());
    expect(store.count('a')).to.equal(keys.length);
  });

  it('gives back a body of 8 MiB, and one of no bytes', async () => {
    const store = directories.open();
    const data = Uint8Array.from({ length: 8 * 1024 * 1024 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    await store.put('a', aor, 'large', { ...record(''), data }, 600);
    await store.put('a', aor, 'empty', { ...record(''), data: new Uint8Array(0) }, 600);
    expect(Buffer.compare((await store.get('a', aor, 'large'))?.data ?? new Uint8Array(), data)).to.equal(0);
    expect((await store.get('a', aor, 'empty'))?.data).to.have.property('length', 0);
  });

  it('refuses a value that belongs to another key', async () => {
    const path = directories.make();
    const store = directories.open(path);
    await store.put('a', aor, 'one', record('1'), 600);
    await store.put('a', aor, 'two', record('2'), 600);
    await store.close();
    const root = open({ path, noSubdir: false } as Parameters<typeof open>[0]);
    const publications = root.openDB<Buffer, Buffer>('publications', { keyEncoding: 'binary', encoding: 'binary' });
    const [first, second] = [...publications.getRange({})];
    await publications.put(first!.key, second!.value);
    await root.close();
    const again = directories.open(path);
    const found = await Promise.all(['one', 'two'].map(async (tag) => {
      try {
        return textOf(await again.get('a', aor, tag));
      } catch (error) {
        return (error as NksipError).code;
      }
    }));
    expect(found).to.include('store_damaged');
  });

  it('tells a value from one that stands under the key of another, though it has the same words', async () => {
    const keys = new PublicationKeys();
    const writer = new ValueWriter();
    const key = keys.publication('a', aor, 't');
    const value = writer.encode(key, { srvId: 'a', aor, tag: 't' }, record('x'), 1);
    // Its words in another order.
    const other = Buffer.concat([key.subarray(4, 8), key.subarray(0, 4), key.subarray(8)]);
    expect([isSound(key, value, false), isSound(other, value, false)]).to.deep.equal([true, false]);
  });

  it('sweeps in the order of time, in batches, what has never been read again', async () => {
    let ahead = 0;
    const store = directories.open(undefined, { now: () => 1_700_000_000_000 + ahead });
    await Promise.all(Array.from({ length: 1700 }, (_, i) => store.put('a', { ...aor, user: `u${i}` }, 'tag', record('x', i < 1200 ? 10 : 60), i < 1200 ? 10 : 60)));
    await store.put('b', aor, 'tag', record('x'), 10);
    await store.put('b', aor, 'tag', record('refreshed'), 100);
    await store.sweep();
    expect(store.count('a')).to.equal(1700);
    ahead = 10_000;
    await store.sweep();
    expect([store.count('a'), store.count('b')]).to.deep.equal([500, 1]);
    ahead = 60_000;
    await store.sweep();
    expect([store.count('a'), store.count('b')]).to.deep.equal([0, 1]);
    expect(textOf(await store.get('b', aor, 'tag'))).to.equal('refreshed');
  });

  for (const others of [10, 700]) {
    it(`counts of an address what is live, while ${others} others are over and not swept yet`, async () => {
      let ahead = 0;
      const store = directories.open(undefined, { now: () => 1_700_000_000_000 + ahead });
      await Promise.all(Array.from({ length: others }, (_, i) => store.put('a', { ...aor, user: `u${i}` }, 'tag', record('x', 5), 5)));
      await Promise.all(Array.from({ length: 8 }, (_, i) => store.put('a', aor, `t${i}`, record('x'), i < 3 ? 5 : 600)));
      expect(store.count('a', aor)).to.equal(8);
      // Swept it is only when somebody else has had a turn.
      ahead = 5000;
      expect([store.count('a', aor), store.count('a', { ...aor, user: 'u1' }), store.count('a', { ...aor, user: 'nobody' })]).to.deep.equal([5, 0, 0]);
      await store.put('a', aor, 't0', record('again'), 600);
      expect(store.count('a', aor)).to.equal(6);
    });
  }

  it('keeps the count of an address through refreshes, renewed tags, removals and delAll', async () => {
    const store = directories.open();
    const bob = { ...aor, user: 'bob' };
    await Promise.all(['t1', 't2', 't3'].map((tag) => store.put('a', aor, tag, record('x'), 600)));
    await store.put('a', bob, 't1', record('x'), 600);
    await Promise.all([store.put('a', aor, 't1', record('y'), 600), store.replace('a', aor, 't2', 't4', record('y'), 600), store.replace('a', aor, 'none', 't5', record('y'), 600), store.del('a', aor, 't3')]);
    expect([store.count('a'), store.count('a', aor), store.count('a', bob)]).to.deep.equal([3, 2, 1]);
    await store.put('b', aor, 't1', record('x'), 600);
    await store.delAll('a');
    expect([store.count('a'), store.count('a', aor), store.count('a', bob), store.count('b'), store.count('b', aor)]).to.deep.equal([0, 0, 0, 1, 1]);
  });

  it('writes over a version, and deletes it, only where it is still the one that was read', async () => {
    const store = directories.open();
    await store.put('a', aor, 't', record('1'), 600);
    const first = (await store.get('a', aor, 't'))?.version;
    expect(await store.put('a', aor, 't', record('2'), 600, first)).to.equal(true);
    const second = (await store.get('a', aor, 't'))?.version;
    expect(await Promise.all([store.put('a', aor, 't', record('late'), 600, first), store.del('a', aor, 't', first), store.put('a', aor, 'none', record('late'), 600, second)])).to.deep.equal([false, false, false]);
    expect(textOf(await store.get('a', aor, 't'))).to.equal('2');
    expect(await store.del('a', aor, 't', second)).to.equal(true);
    expect(await store.put('a', aor, 't', record('late'), 600, second), 'nothing is brought back').to.equal(false);
    await store.put('a', aor, 't', record('2'), 600);
    expect((await store.get('a', aor, 't'))?.version, 'a version of what is the same again').to.not.equal(second);
  });

  it('lets two stores of one process share a directory', async () => {
    const path = directories.make();
    const [one, two] = [directories.open(path), directories.open(path)];
    await one.put('a', aor, 'old', record('1'), 600);
    expect(textOf(await two.get('a', aor, 'old'))).to.equal('1');
    const won = await Promise.all([one.replace('a', aor, 'old', 'new1', record('n1'), 600), two.replace('a', aor, 'old', 'new2', record('n2'), 600)]);
    expect(won.filter(Boolean)).to.have.property('length', 1);
    await one.close();
    await two.put('a', aor, 'after', record('2'), 600);
    expect(two.count('a')).to.equal(2);
    expect(one.secret.bind(one)).to.throw('the database is not open');
  });

  it('answers store_unavailable before it is open and after it is closed', async () => {
    const store = new LmdbStore({ path: directories.make() });
    expect(faultThrownBy(() => store.get('a', aor, 't'))).to.have.property('code', 'store_unavailable');
    store.open();
    const put = store.put('a', aor, 't', record('x'), 60).then(() => 'stored', (error: NksipError) => error.code);
    await store.close();
    expect(await put).to.be.oneOf(['stored', 'store_unavailable']);
    const late = await store.put('a', aor, 't', record('x'), 60).catch((error: unknown) => error);
    expect(late).to.have.property('code', 'store_unavailable');
  });

  it('ends an audit that is under way when it is closed, and begins none afterwards: it is closed', async () => {
    for (const reads of [0, 1, 150]) {
      const store = directories.open();
      await Promise.all(Array.from({ length: 300 }, (_, i) => store.put('a', aor, `t${i}`, record('x'), 60)));
      const findings = store.audit()[Symbol.asyncIterator]();
      for (let i = 0; i < reads; i++) expect((await findings.next()).done).to.equal(false);
      await store.close();
      const fault = await findings.next().then(() => undefined, (error: unknown) => error);
      expect(fault, `after ${reads}`).to.include({ code: 'store_unavailable', message: new NksipError('store_unavailable', { reason: 'it is closed' }).message });
      expect((await findings.next()).done).to.equal(true);
    }
  });

  it('sweeps nothing that is live by a clock with fractions of milliseconds', async () => {
    let now = 1000.5;
    const store = directories.open(undefined, { now: () => now });
    await store.put('a', aor, 't', record('x'), 0.0005);
    await store.put('a', aor, 'longer', record('x'), 0.0015);
    await store.sweep();
    const faults: string[] = [];
    for await (const finding of store.audit()) if (finding.type === 'fault') faults.push(finding.sentence);
    expect(faults).to.deep.equal([]);
    now = 1002;
    await store.sweep();
    expect(store.count('a')).to.equal(0);
  });

  it('makes its files for the owner alone', () => {
    const path = directories.make();
    directories.open(path);
    expect([path, join(path, 'data.mdb'), join(path, 'lock.mdb')].map((file) => (statSync(file).mode & 0o777).toString(8))).to.deep.equal(['700', '600', '600']);
  });

  const wrong: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ['is a file', (path) => writeFileSync(path, 'x'), /it is a file: name a directory/],
    ['has other files', (path) => { mkdirSync(path); writeFileSync(join(path, 'notes.txt'), 'x'); }, /it has other files in it/],
    ['has a text as its data', (path) => { mkdirSync(path); writeFileSync(join(path, 'data.mdb'), 'hello world '.repeat(3000)); }, /is no LMDB database/],
    ['has a short text as its data', (path) => { mkdirSync(path); writeFileSync(join(path, 'data.mdb'), 'hello'); }, /is no LMDB database/],
    ['has zeros as its data', (path) => { mkdirSync(path); writeFileSync(join(path, 'data.mdb'), Buffer.alloc(100_000)); }, /is no LMDB database/],
  ];
  for (const [what, make, reason] of wrong) {
    it(`refuses a path that ${what}, with store_failed and the path`, () => {
      const path = directories.make();
      make(path);
      const fault = faultThrownBy(() => new LmdbStore({ path }).open());
      expect(fault.code).to.equal('store_failed');
      expect(fault.message).to.match(reason).and.include(path);
    });
  }

  const unusable: readonly (readonly [string, string, RegExp])[] = [
    ['where no directory can be made', '/proc/nksip-ts/state', /no directory can be made there: name another one\.$/],
    ['below a file', '/proc/version/state', /\/proc\/version is a file|a part of its path is a file: name another directory\.$/],
  ];
  for (const [what, path, reason] of unusable) {
    it(`refuses a path ${what}, and does not hang`, () => {
      const fault = faultThrownBy(() => new LmdbStore({ path, option: 'sip_event_store_lmdb_path' }).open());
      expect(fault.message).to.match(reason).and.match(/^sip_event_store_lmdb_path '\/proc/);
    });
  }

  it('says of a directory of somebody else who may not write there, and what to do', function () {
    const denied = Object.assign(new Error("EACCES: permission denied, access '/x'"), { code: 'EACCES', syscall: 'access' });
    expect(directoryReason(denied)).to.equal(`the user who runs this (${userInfo().username}) may not write there: change its owner (chown), or name another directory`);
  });

  it('makes the folders above its directory as well', () => {
    const path = join(directories.make(), 'of', 'mine');
    directories.open(path);
    expect(statSync(join(path, 'data.mdb')).isFile()).to.equal(true);
  });

  it('that makes nothing when it is opened leaves no directory behind, and says that there is no store to a list and an audit', async () => {
    const path = directories.make();
    const store = directories.open(path, { makes: false });
    expect(store.secret()).to.match(/^[0-9a-f]{64}$/);
    const sentence = `The store '${path}' cannot be opened: there is no store: the directory has no data.mdb.`;
    expect(faultThrownBy(() => store.audit()).message).to.equal(sentence);
    const listing: unknown = await store.list('a')[Symbol.asyncIterator]().next().catch((error: unknown) => error);
    expect(listing).to.have.property('message', sentence);
    await store.close();
    expect(existsSync(path)).to.equal(false);
    expect(faultThrownBy(() => store.count('a')).code).to.equal('store_unavailable');
    store.open();
    await store.put('a', aor, 't', record('it is needed'), 600);
    expect([textOf(await store.get('a', aor, 't')), existsSync(path)]).to.deep.equal(['it is needed', true]);
  });

  it('that makes nothing refuses what it could not make', () => {
    const path = directories.make();
    mkdirSync(path);
    writeFileSync(join(path, 'notes.txt'), 'x');
    expect(faultThrownBy(() => new LmdbStore({ path, makes: false }).open()).message).to.include('it has other files in it');
    expect(faultThrownBy(() => new LmdbStore({ path: join(path, 'notes.txt', 'below'), makes: false }).open()).message).to.include('notes.txt is a file: name another directory');
  });

  it('refuses the database of another program, and one of another format', async () => {
    const [foreign, newer] = [directories.make(), directories.make()];
    const root = open({ path: foreign, noSubdir: false } as Parameters<typeof open>[0]);
    await root.put('theirs', 1);
    await root.close();
    expect(faultThrownBy(() => new LmdbStore({ path: foreign }).open()).message).to.include('the database of another program');
    await directories.open(newer).close();
    const other = open({ path: newer, noSubdir: false } as Parameters<typeof open>[0]);
    await other.openDB('about', { encoding: 'json' }).put('format', 'nksip-ts event state 99');
    await other.close();
    expect(faultThrownBy(() => new LmdbStore({ path: newer }).open()).message).to.include("its format is 'nksip-ts event state 99'");
  });

  it('refuses a file of data that is cut off, of which LMDB makes a crash', async () => {
    const path = directories.make();
    const store = directories.open(path);
    await Promise.all(Array.from({ length: 4000 }, (_, i) => store.put('a', aor, `t${i}`, record('x'.repeat(4000)), 600)));
    await store.close();
    const { size } = statSync(join(path, 'data.mdb'));
    for (const length of [4000, 8192, Math.floor(size / 8192) * 4096]) {
      const cut = directories.make();
      cpSync(path, cut, { recursive: true });
      truncateSync(join(cut, 'data.mdb'), length);
      expect(faultThrownBy(() => new LmdbStore({ path: cut }).open()).message, String(length)).to.match(/is cut off/);
    }
    expect(directories.open(path).count('a')).to.equal(4000);
  });

  it('opens after a change of durability', async () => {
    const path = directories.make();
    const first = directories.open(path, { durability: 'process' });
    await first.put('a', aor, 't', record('x'), 60);
    await first.close();
    const second = directories.open(path, { durability: 'disk' });
    expect(textOf(await second.get('a', aor, 't'))).to.equal('x');
  });
});
