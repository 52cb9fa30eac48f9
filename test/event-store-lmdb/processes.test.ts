import { expect } from 'chai';
import { Child } from './child.ts';
import { Directories } from './directories.ts';

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const ROUNDS = 400;

describe('processes that share an LMDB directory', function () {
  this.timeout(60_000);
  const directories = new Directories();
  const children: Child[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) await child.end('SIGKILL');
    await directories.remove();
  });

  it('and one process that opens it again and again while it is written to goes on', async () => {
    const child = new Child('opening-child.ts', [directories.make()]);
    children.push(child);
    expect(await child.line()).to.equal('written true');
  });

  it('race for tags: of each exactly one replaces or deletes it, and the counts are right', async () => {
    const path = directories.make();
    const store = directories.open(path);
    const record = { data: Buffer.from('x'), event: 'presence', expires: Date.now() / 1000 + 600 };
    await Promise.all(Array.from({ length: ROUNDS }, (_, i) => store.put('races', aor, `old${i}`, record, 600)));
    const racers = ['a', 'b', 'c'].map((name) => new Child('racer.ts', [path, name]));
    children.push(...racers);
    for (const racer of racers) await racer.line();
    const answers: string[] = ['', '', ''];
    for (let from = 0; from < ROUNDS; from += 20) {
      for (const racer of racers) racer.say(Array.from({ length: 20 }, (_, i) => from + i).join(' '));
      for (const [i, racer] of racers.entries()) answers[i] += await racer.line();
    }
    for (let i = 0; i < ROUNDS; i++) expect(answers.filter((answer) => answer[i] === '1'), `tag ${i}`).to.have.property('length', 1);
    let replaced = 0;
    for (const [r, name] of ['a', 'b', 'c'].entries()) {
      for (let i = 0; i < ROUNDS; i += 2) {
        const found = await store.get('races', aor, `${name}${i}`);
        expect(found === undefined ? undefined : Buffer.from(found.data).toString()).to.equal(answers[r]?.[i] === '1' ? name : undefined);
        if (found !== undefined) replaced++;
      }
    }
    expect(replaced).to.equal(ROUNDS / 2);
    expect([store.count('races'), store.count('races', aor)]).to.deep.equal([ROUNDS / 2, ROUNDS / 2]);
  });

  it('sweep at once: what one finds that another one has removed is no damage', async () => {
    const path = directories.make();
    const faults: string[] = [];
    let ahead = 0;
    const options = { now: () => Date.now() + ahead, onFault: ({ message }: Error) => faults.push(message) };
    const stores = [directories.open(path, options), directories.open(path, options), directories.open(path, options)];
    const record = { data: Buffer.from('x'), event: 'presence', expires: Date.now() / 1000 + 600 };
    for (let round = 0; round < 10; round++) {
      await stores[0]?.put('a', aor, `t${round}`, record, 600);
      ahead += 600_000;
      await Promise.all(stores.map((store) => store.sweep()));
    }
    expect(faults).to.deep.equal([]);
    expect(stores.map((store) => store.count('a'))).to.deep.equal([0, 0, 0]);
  });

  it("sip_event_compositor_etag 'keep': of several that have read one version exactly one writes over it or deletes it", async () => {
    const path = directories.make();
    const store = directories.open(path);
    const record = { data: Buffer.from('x'), event: 'presence', expires: Date.now() / 1000 + 600 };
    await Promise.all(Array.from({ length: ROUNDS }, (_, i) => store.put('races', aor, `old${i}`, record, 600)));
    const versions = await Promise.all(Array.from({ length: ROUNDS }, async (_, i) => `${i}:${(await store.get('races', aor, `old${i}`))?.version}`));
    const racers = ['a', 'b', 'c'].map((name) => new Child('racer.ts', [path, name]));
    children.push(...racers);
    for (const racer of racers) await racer.line();
    const answers: string[] = ['', '', ''];
    for (let from = 0; from < ROUNDS; from += 20) {
      for (const racer of racers) racer.say(versions.slice(from, from + 20).join(' '));
      for (const [i, racer] of racers.entries()) answers[i] += await racer.line();
    }
    for (let i = 0; i < ROUNDS; i++) {
      const winners = ['a', 'b', 'c'].filter((_, racer) => answers[racer]?.[i] === '1');
      expect(winners, `tag ${i}`).to.have.property('length', 1);
      const found = await store.get('races', aor, `old${i}`);
      expect(found === undefined ? undefined : Buffer.from(found.data).toString()).to.equal(i % 4 === 3 ? undefined : winners[0]);
    }
    expect([store.count('races'), store.count('races', aor)]).to.deep.equal([ROUNDS * 3 / 4, ROUNDS * 3 / 4]);
  });
});
