import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { NksipError } from '@nksip-ts/core';
import type { Publication, StoreFinding } from '@nksip-ts/event-compositor';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { Child } from './child.ts';
import { Directories } from './directories.ts';
import { formerPublications, madeAt, type Former } from './former-format/publications.ts';
import { inRaw } from './raw.ts';

const made = fileURLToPath(new URL('former-format/data.mdb', import.meta.url));
const secretOfMade = '81c81ab43eb6c9ec4cad44b6ce350f2b630c92958a28b40b10f8898b33d30908';
const at = (seconds: number) => (): number => 1000 * (madeAt + seconds);

function formatOf(path: string): Promise<unknown> {
  return inRaw(path, ({ about }) => about.get('format'));
}

function plain({ aor, tag, record: { data, ...rest } }: Publication): object {
  return { aor, tag, ...rest, data: Buffer.from(data).toString('hex') };
}

function keyOf({ aor, tag }: Publication): string {
  return JSON.stringify([aor, tag]);
}

async function listed(store: LmdbStore, srvId: string): Promise<readonly object[]> {
  const found: Publication[] = [];
  for await (const one of store.list(srvId)) found.push(one);
  return found.sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1).map(plain);
}

function expected(srvId: string, live: (one: Former) => boolean = () => true): readonly object[] {
  return formerPublications.filter((one) => one.srvId === srvId && live(one)).sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1).map(plain);
}

export async function faultsOf(findings: AsyncIterable<StoreFinding>): Promise<readonly string[]> {
  const faults: string[] = [];
  for await (const finding of findings) if (finding.type === 'fault') faults.push(finding.sentence);
  return faults;
}

describe('an LMDB directory of the first format, written by the version before', function () {
  this.timeout(20_000);
  const directories = new Directories();
  afterEach(() => directories.remove());

  function former(): string {
    const path = directories.make();
    mkdirSync(path);
    cpSync(made, `${path}/data.mdb`);
    return path;
  }

  for (const when of ['at once', 'when it is rewritten'] as const) {
    it(`has all that it had, ${when}: records, counts, deadlines and the secret`, async () => {
      const path = former();
      let now = at(10);
      const store = directories.open(path, { now: () => now() });
      if (when === 'when it is rewritten') await store.rewritten();
      for (const srvId of ['one', 'two']) expect(await listed(store, srvId)).to.deep.equal(expected(srvId));
      for (const { srvId, aor, tag, record } of formerPublications) {
        expect(plain({ aor, tag, record: { ...store.get(srvId, aor, tag)!, version: undefined } as never })).to.deep.equal({ ...plain({ aor, tag, record }), version: undefined });
        expect(store.count(srvId, aor)).to.equal(formerPublications.filter((one) => one.srvId === srvId && JSON.stringify(one.aor) === JSON.stringify(aor)).length);
      }
      expect([store.count('one'), store.count('two'), store.secret()]).to.deep.equal([17, 3, secretOfMade]);
      now = at(3600);
      expect(await listed(store, 'one')).to.deep.equal(expected('one', ({ ttl }) => ttl > 3600));
      await store.sweep();
      expect([store.count('one'), store.count('two')]).to.deep.equal([13, 3]);
    });
  }

  it('is of format 2 afterwards, with nothing wrong in it, and an earlier version refuses it from the first moment', async () => {
    const path = former();
    expect(await formatOf(path)).to.equal('nksip-ts event state 1');
    const store = new LmdbStore({ path, now: at(10) }).open();
    await store.close();
    expect(await formatOf(path), 'before it is rewritten').to.equal('nksip-ts event state 2');
    const again = directories.open(path, { now: at(10) });
    await again.rewritten();
    expect(await faultsOf(again.audit())).to.deep.equal([]);
    await again.close();
    const { rows, values, isFormer } = await inRaw(path, ({ publications, counts, about }) => ({
      rows: [...counts.getRange()].length, values: [...publications.getRange()], isFormer: about.get('rewritten to') !== undefined,
    }));
    expect(isFormer).to.equal(false);
    expect(values.every(({ value }) => value.readUInt32LE(8) >= 2 ** 31), 'all have a checksum').to.equal(true);
    expect(values).to.have.property('length', 20);
    expect(rows, 'two services, six addresses').to.equal(2 + 6);
  });

  it('takes writes while it is rewritten: nothing of them is lost or counted twice', async () => {
    const store = directories.open(former(), { now: at(10) });
    const [first, second, third] = formerPublications;
    const { aor } = first!;
    const record = { data: Buffer.from('new'), event: 'presence', expires: madeAt + 600 };
    const version = (await store.get('one', aor, third!.tag))?.version;
    const done = await Promise.all([
      store.put('one', aor, 'another', record, 600), store.put('one', { ...aor, user: 'new' }, 't', record, 600), store.put('one', aor, first!.tag, record, 600),
      store.del('one', aor, second!.tag), store.put('one', aor, third!.tag, record, 600, version), store.rewritten(),
    ]);
    expect(done.slice(0, 4)).to.deep.equal([true, true, true, true]);
    const overThird = done[4];
    expect([store.count('one'), store.count('one', aor), store.count('one', { ...aor, user: 'new' })]).to.deep.equal([18, 12, 1]);
    expect(Buffer.from((await store.get('one', aor, third!.tag))?.data ?? []).toString()).to.equal(overThird ? 'new' : 'body 2');
    expect(await faultsOf(store.audit())).to.deep.equal([]);
  });

  it('is rewritten by who opens it next where a process was killed half way, and by several at once', async function () {
    this.timeout(60_000);
    const path = directories.make();
    const made = new Child('former-many.ts', [path, '3000']);
    expect(await made.line()).to.equal('made');
    await made.finish();
    for (const many of [10, 40]) {
      const child = new Child('rewriting.ts', [path, String(many)]);
      const killed = once(child.process, 'close');
      expect(Number(await child.line()), 'of 100').to.be.within(many, 90);
      await killed;
    }
    expect(await formatOf(path)).to.equal('nksip-ts event state 2');
    const [one, two] = [directories.open(path), directories.open(path)];
    expect(one.count('many')).to.equal(3000);
    await Promise.all([one.rewritten(), two.rewritten()]);
    expect(await faultsOf(one.audit())).to.deep.equal([]);
    expect([one.count('many'), one.count('many', { scheme: 'sip', user: 'all', domain: 'example.com' }), one.count('many', { scheme: 'sip', user: 'u7', domain: 'example.com' })]).to.deep.equal([3000, 1500, 1]);
    for (let i = 0; i < 3000; i++) {
      const found = await one.get('many', { scheme: 'sip', user: i % 2 === 0 ? 'all' : `u${i}`, domain: 'example.com' }, `t${i}`);
      expect(Buffer.from(found?.data ?? []).toString()).to.equal(`body ${i}`);
    }
  });

  it('has nothing wrong in an audit that takes longer than the rewriting: all is as it was at its moment', async function () {
    this.timeout(60_000);
    const path = directories.make();
    const made = new Child('former-many.ts', [path, '1000']);
    expect(await made.line()).to.equal('made');
    await made.finish();
    const store = directories.open(path);
    const found = { live: 0, over: 0, faults: new Array<string>() };
    for await (const finding of store.audit()) {
      if (finding.type === 'fault') found.faults.push(finding.sentence);
      else found[finding.type]++;
      await store.rewritten();
    }
    expect(found).to.deep.equal({ live: 1000, over: 0, faults: [] });
  });

  it('tells whether it was rewritten, or closed before', async () => {
    const path = former();
    const first = directories.open(path, { now: at(10) });
    const told = first.rewritten();
    await first.close();
    expect(await told).to.equal(false);
    const second = directories.open(path, { now: at(10) });
    expect([await second.rewritten(), await second.rewritten()]).to.deep.equal([true, true]);
    expect(await directories.open(undefined).rewritten(), 'of a new one').to.equal(true);
  });

  it('stays as it is where the store maintains nothing, until something is written, and is not swept', async () => {
    const clock = useFakeTimers({ toFake: ['setInterval'] });
    try {
      const store = directories.open(former(), { now: at(3600), maintains: false });
      expect(await store.rewritten()).to.equal(false);
      clock.tick(60_000);
      expect([store.count('one'), await faultsOf(store.audit())]).to.deep.equal([17, []]);
      expect(await formatOf(store.path)).to.equal('nksip-ts event state 1');
      await store.put('three', { scheme: 'sip', user: 'u', domain: 'd' }, 't', formerPublications[0]!.record, 600);
      expect([store.count('one'), store.count('three')]).to.deep.equal([17, 1]);
      expect(await formatOf(store.path)).to.equal('nksip-ts event state 2');
      const sums = await inRaw(store.path, ({ publications }) => [...publications.getRange()].filter(({ value }) => value.readUInt32LE(8) >= 2 ** 31).length);
      expect(sums, 'values with a checksum').to.equal(1);
      expect(await faultsOf(store.audit())).to.deep.equal([]);
    } finally {
      clock.restore();
    }
  });

  it('is refused while another process has it open, which may be of the version before', async () => {
    const path = former();
    const other = new Child('former-reader.ts', [path]);
    expect(await other.line()).to.equal('open');
    expect(() => new LmdbStore({ path }).open()).to.throw(`an earlier version of this package wrote it, and the process ${other.process.pid} has it open: stop that first`).with.property('code', 'store_failed');
    expect(await formatOf(path)).to.equal('nksip-ts event state 1');
    await other.finish();
    expect(directories.open(path, { now: at(10) }).count('one')).to.equal(17);
  });

  it('leaves a value that cannot be read as it is: store_damaged for it alone, and told once', async () => {
    const path = former();
    await inRaw(path, ({ publications }) => {
      const [{ key, value } = { key: Buffer.alloc(0), value: Buffer.alloc(0) }] = [...publications.getRange()].filter(({ value: text }) => text.includes('"tag5"'));
      value[20] = value[20]! ^ 0x80;
      publications.putSync(key, value);
    });
    const told: string[] = [];
    const store = directories.open(path, { now: at(10), onFault: ({ code }) => told.push(code) });
    await store.rewritten();
    expect(told).to.deep.equal(['store_damaged']);
    const { aor } = formerPublications[0]!;
    expect(() => store.get('one', aor, 'tag5')).to.throw().with.property('code', 'store_damaged');
    expect(Buffer.from((await store.get('one', aor, 'tag6'))?.data ?? []).toString()).to.equal('body 6');
    expect(store.count('one', aor)).to.equal(12);
  });

  it('a newer one is refused in a sentence', async () => {
    const path = directories.make();
    await directories.open(path).close();
    await inRaw(path, ({ about }) => about.putSync('format', 'nksip-ts event state 3'));
    expect(() => new LmdbStore({ path }).open()).to.throw("its format is 'nksip-ts event state 3', and this package knows 'nksip-ts event state 2' and the one before it: use the version of the package that wrote it")
      .with.property('code', 'store_failed' satisfies NksipError['code']);
  });
});
