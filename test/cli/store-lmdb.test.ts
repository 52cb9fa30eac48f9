import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { registrationsIn } from '@nksip-ts/registrar';
import { expect } from 'chai';
import { Directories } from '../event-store-lmdb/directories.ts';
import { damageLeaf } from '../event-store-lmdb/damaged-leaf.ts';
import { inRaw } from '../event-store-lmdb/raw.ts';
import { PublicationKeys } from '../../packages/event-store-lmdb/src/publication-keys.ts';
import { run } from './command.js';

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };

describe('store export and check of an LMDB directory', function () {
  this.timeout(60_000);
  this.slow(10_000);
  const directories = new Directories();
  afterEach(() => directories.remove());

  async function filled(services: readonly string[] = ['mine']): Promise<LmdbStore> {
    const store = directories.open();
    const record = (text: string) => ({ data: Buffer.from(text), event: 'presence', content_type: 'text/plain', publisher: 'alice@realm', since: 1_700_000_000, expires: Date.now() / 1000 + 600 });
    await Promise.all(services.flatMap((service) => ['t1', 't2', 't3'].map((tag) => store.put(service, aor, tag, record(`${service} ${tag} ${'x'.repeat(400)}`), 600))));
    return store;
  }
  const inDirectory = (path: string) => ['--set', 'plugins=event-compositor,event-store-lmdb', '--set', `sip_event_store_lmdb_path=${path}`];
  const nksip = (path: string, ...args: readonly string[]) => run('store', ...args, ...inDirectory(path));

  /** All rows of all tables. */
  async function contents(path: string): Promise<object> {
    return await inRaw(path, ({ publications, deadlines, counts, about }) => ({
      bytes: [publications, deadlines, counts].map((table) => [...table.getRange()].map(({ key, value }) => [key.toString('hex'), value.toString('hex')])),
      about: [...about.getRange()].map(({ key, value }) => [key, value]),
    }));
  }

  /** Another body, as a disk that forgets a bit makes one. */
  async function damage(path: string, tag: string): Promise<void> {
    await inRaw(path, ({ publications }) => {
      const key = new PublicationKeys().publication('mine', aor, tag);
      const value = publications.get(key)!;
      value[value.length - 10] = value[value.length - 10]! ^ 1;
      publications.putSync(key, value);
    });
  }

  it('moves all of it, publisher and since too, while another process has it open', async () => {
    const [from, to] = [await filled(), directories.open()];
    const file = `${from.path}.jsonl`;
    expect((await nksip(from.path, 'export', file, '--service', 'mine')).err).to.equal('3 publications exported\n');
    expect((await nksip(to.path, 'import', file)).err).to.match(/^3 publications stored/m);
    for (const tag of ['t1', 't2', 't3']) expect({ ...to.get('mine', aor, tag), version: '' }).to.deep.equal({ ...from.get('mine', aor, tag), version: '' });
  });

  it('checks all services that are there: exit code 0 where nothing is wrong', async () => {
    const store = await filled(['mine', 'yours']);
    expect(await nksip(store.path, 'check')).to.deep.equal({ code: 0, out: '6 publications good, 0 expired, 0 damaged or missing\n', err: '' });
    expect((await nksip(store.path, 'check', '--service', 'yours')).out).to.match(/^3 publications good/);
  });

  it('counts registrations apart from publications, and names no service by the place where they are', async () => {
    const store = await filled(['mine']);
    const registrations = registrationsIn(store);
    const contacts = [{ contact: 'sip:alice@192.0.2.1', expires: Date.now() / 1000 + 600, call_id: 'call', cseq: 1 }];
    for (const user of ['alice', 'bob']) await registrations.put('mine', { ...aor, user }, contacts, 600, '');
    expect((await nksip(store.path, 'check')).out).to.equal('3 publications and the contacts of 2 addresses good, 0 expired, 0 damaged or missing\n');
    expect((await nksip(store.path, 'check', '--service', 'mine')).out).to.equal('3 publications good, 0 expired, 0 damaged or missing\n');
    expect((await nksip(store.path, 'export', `${store.path}.jsonl`, '--service', 'yours')).err).to.contain("It has publications of 'mine'. ");
  });

  it('exports what is good and exits with 1 where something is damaged; the check tells which', async () => {
    const store = await filled();
    await damage(store.path, 't2');
    const file = `${store.path}.jsonl`;
    const key = new PublicationKeys().publication('mine', aor, 't2').toString('hex');
    const exported = await nksip(store.path, 'export', file, '--service', 'mine');
    expect(exported.err).to.equal(`The publication with the key ${key} is damaged\n2 publications exported\nnksip-ts: 1 publication is missing in this export: what is stored there cannot be read. See nksip-ts store check.\n`);
    expect(exported.code).to.equal(1);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect([lines.length, lines.at(-1)]).to.deep.equal([4, '{"end":2}']);
    expect(await nksip(store.path, 'check')).to.deep.equal({ code: 1, out: `The publication with the key ${key} is damaged\n2 publications good, 0 expired, 1 damaged or missing\n`, err: '' });
  });

  it('tells 20 faults of an export, and with them how many more there are', async () => {
    const store = directories.open();
    const tags = Array.from({ length: 25 }, (_, i) => `t${i}`);
    await Promise.all(tags.map((tag) => store.put('mine', aor, tag, { data: Buffer.from('x'.repeat(20)), event: 'presence', expires: Date.now() / 1000 + 600 }, 600)));
    for (const tag of tags.slice(1)) await damage(store.path, tag);
    const lines = (await nksip(store.path, 'export', `${store.path}.jsonl`, '--service', 'mine')).err.trimEnd().split('\n');
    expect(lines).to.have.length(20 + 3);
    expect(lines.slice(19, 22)).to.satisfy(([last, more, told]: readonly string[]) => last?.endsWith(' is damaged') === true && more === '... and 4 more faults' && told === '1 publication exported');
  });

  it('exits with 1 where nothing but a count is damaged: all publications are exported', async () => {
    const store = await filled();
    await inRaw(store.path, ({ counts }) => {
      const key = new PublicationKeys().service('mine');
      counts.putSync(key, counts.get(key)!.fill(0xff, 0, 1));
    });
    const { code, err } = await nksip(store.path, 'export', `${store.path}.jsonl`, '--service', 'mine');
    expect([code, err]).to.deep.equal([1, "The count of the service 'mine' is damaged: 3 are there\n3 publications exported\n"]);
  });

  it('exits with 1 where the counts say more than can be found', async () => {
    const store = await filled();
    await inRaw(store.path, ({ publications }) => { publications.removeSync(new PublicationKeys().publication('mine', aor, 't1')); });
    const exported = await nksip(store.path, 'export', `${store.path}.jsonl`, '--service', 'mine');
    expect(exported.err).to.match(/The count of the service 'mine' says 3, and 2 are there\n2 publications exported\nnksip-ts: 1 publication is missing/);
    expect(exported.code).to.equal(1);
    const checked = await nksip(store.path, 'check');
    expect([checked.code, checked.out]).to.deep.equal([1, "The count of the address sip:alice@example.com of the service 'mine' says 3, and 2 are there\nThe count of the service 'mine' says 3, and 2 are there\n2 publications good, 0 expired, 1 damaged or missing\n"]);
  });

  for (const [what, args, told] of [
    ['store check', ['store', 'check'], '16 publications good, 4 expired, 0 damaged or missing\n'],
    ['store export', ['store', 'export', '--service', 'one', '--allow-empty'], '13 publications exported\n'],
    ['check', ['check'], 'The command line is good: nksip-ts would start, and listen on sip:127.0.0.1:5060 unless a port there is taken.\n'],
  ] as const) {
    it(`${what} changes nothing of a directory of the first format, which an earlier version still opens, and removes nothing that is over`, async () => {
      const path = directories.make();
      await mkdir(path);
      await copyFile(new URL('../event-store-lmdb/former-format/data.mdb', import.meta.url), `${path}/data.mdb`);
      const before = await contents(path);
      const { code, out, err } = await run(...args, ...inDirectory(path));
      expect({ code, said: what === 'store export' ? err : out }).to.deep.equal({ code: 0, said: told });
      expect(await contents(path)).to.deep.equal(before);
    });
  }

  for (const [what, args] of [['store check', ['store', 'check']], ['store export', ['store', 'export', '--service', 'mine']]] as const) {
    it(`${what} makes nothing where there is no store, and says so`, async () => {
      const path = directories.make();
      const { code, out, err } = await run(...args, ...inDirectory(path));
      expect(err).to.match(new RegExp(`^(0 publications exported\n)?nksip-ts: sip_event_store_lmdb_path '${path}' cannot be used: there is no store: the directory has no data\\.mdb\\.\n$`));
      expect(code).to.equal(1);
      expect(out.replace(/^\{"format".*\n/, '')).to.equal('');
      expect(existsSync(path)).to.equal(false);
    });
  }

  it('check makes nothing where there is no store yet, and says that the service would start', async () => {
    const path = directories.make();
    expect((await run('check', ...inDirectory(path))).out).to.match(/^The command line is good/);
    expect(existsSync(path)).to.equal(false);
  });

  it('an import into a store that a process has open warns of that process', async () => {
    const [from, to] = [await filled(), directories.open()];
    const file = `${from.path}.jsonl`;
    await nksip(from.path, 'export', file, '--service', 'mine');
    expect((await nksip(to.path, 'import', file)).err).to.equal(`nksip-ts: The process ${process.pid} has this store open. Stop it before an import: where both write the same publication, either may win.\n`
      + '3 publications stored, 0 already present, 0 expired, 0 not stored because something else is there\n');
    await to.close();
    expect((await nksip(to.path, 'import', file)).err).to.match(/^0 publications stored, 3 already present/);
  });

  it('says which services there are where the one that is asked for has nothing', async () => {
    const store = await filled(['mine', 'yours']);
    const { code, err } = await nksip(store.path, 'export', `${store.path}.jsonl`);
    expect([code, err.split('\n')[1]]).to.deep.equal([1, "nksip-ts: Nothing is stored for the service 'nksip-ts'. It has publications of 'mine', 'yours'. Name another one with --service, or say --allow-empty."]);
  });

  it('the check outlives a database whose pages end the process that reads it', async () => {
    const store = await filled();
    await store.close();
    damageLeaf(`${store.path}/data.mdb`, new PublicationKeys().publication('mine', aor, 't2'));
    const { code, err } = await nksip(store.path, 'check');
    expect(err).to.match(/nksip-ts: The store is damaged: the process that read it through was ended by SIG(SEGV|BUS|ABRT)\. Put a copy in its place\.\n$/);
    expect(code).to.equal(1);
  });
});
