import { RamStore, type Publication, type RegPublish } from '@nksip-ts/event-compositor';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { aorKey, type Aor } from '@nksip-ts/sip';
import { expect } from 'chai';
import sinon from 'sinon';

const aor: Aor = { scheme: 'sip', user: 'u', domain: 'example.com' };
const record = (text = 'x'): RegPublish => ({ data: Buffer.from(text), event: 'presence', content_type: 'a/b', expires: 4e9 });

describe('RamStore', () => {
  let clock: sinon.SinonFakeTimers;
  let store: RamStore;
  let expired: Publication[];
  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date', 'performance', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] });
    expired = [];
    store = new RamStore({ onExpired: (_, publication) => expired.push(publication()) });
  });
  afterEach(async () => {
    await store.close();
    expect(clock.countTimers()).to.equal(0);
    clock.restore();
  });

  it('tells each publication that is over once, within half a second, with its keys', () => {
    store.put('s', aor, 'one', record('1'), 1);
    store.put('s', aor, 'two', record('2'), 2);
    clock.tick(999);
    expect(expired).to.deep.equal([]);
    clock.tick(501);
    expect(expired.map(({ tag, aor: at, record: { data } }) => [tag, aorKey(at), Buffer.from(data).toString()])).to.deep.equal([['one', 'sip:u@example.com', '1']]);
    clock.tick(1000);
    expect(expired.map(({ tag }) => tag)).to.deep.equal(['one', 'two']);
    clock.tick(100_000);
    expect(expired).to.have.length(2);
  });

  it('keeps who published as it was written, in ASCII or not', () => {
    for (const publisher of ['', 'alice@example.com', 'Ålice €@example.com', '\u{1f600}']) {
      store.put('s', aor, 't', { ...record('body'), publisher, since: 1 }, 10);
      const { data, ...found } = store.get('s', aor, 't')!;
      expect([Buffer.from(data).toString(), found.publisher, found.event]).to.deep.equal(['body', publisher, 'presence']);
    }
  });

  it('stores again what was only looked at, under the same tag, under another one, and longer than before', () => {
    const text = (user: string, tag: string): string => Buffer.from(store.get('s', { ...aor, user }, tag)!.data).toString();
    for (const user of ['u', 'last']) store.put('s', { ...aor, user }, 'one', record(`body of ${user}`), 10);
    const stored = store.peek('s', aor, 'one')!;
    expect(Buffer.from(stored.data).toString()).to.equal('body of u');
    store.put('s', aor, 'one', stored, 20);
    expect([text('u', 'one'), text('last', 'one')]).to.deep.equal(['body of u', 'body of last']);
    store.replace('s', aor, 'one', 'two', store.peek('s', aor, 'one')!, 20);
    expect([text('u', 'two'), text('last', 'one')]).to.deep.equal(['body of u', 'body of last']);
    store.put('s', aor, 'two', { ...store.peek('s', aor, 'two')!, publisher: 'p'.repeat(300) }, 20);
    expect([text('u', 'two'), text('last', 'one')]).to.deep.equal(['body of u', 'body of last']);
    expect(store.peek('s', aor, 'one')).to.equal(undefined);
    expect(store.peek('other', aor, 'two')).to.equal(undefined);
  });

  it('lists the live publications of an address at once, unless they are very many', async () => {
    for (let i = 0; i < 500; i++) store.put('s', aor, `t${i}`, record(), i === 0 ? 1 : 100);
    store.put('s', { ...aor, user: 'other' }, 't', record(), 100);
    expect(store.listNow('s', aor)).to.have.length(500);
    const listed: Publication[] = [];
    for await (const one of store.list('s', aor)) listed.push(one);
    expect(store.listNow('s', aor)).to.have.deep.members(listed);
    clock.tick(1000);
    expect(store.listNow('s', aor)).to.have.length(499);
    store.put('s', aor, 'another', record(), 100);
    store.put('s', aor, 'one more', record(), 100);
    expect(store.listNow('s', aor)).to.equal(undefined);
    expect(store.listNow('other', aor)).to.deep.equal([]);
  });

  it('who is told of the end of a publication may change what is stored, and still gets a copy', async () => {
    await store.close();
    const told: string[] = [];
    store = new RamStore({
      onExpired: (_, publication) => {
        for (let i = 0; i < 20; i++) store.del('s', { ...aor, user: `later${told.length * 20 + i}` }, 't');
        const { aor: { user }, tag, record: { data } } = publication();
        told.push(user);
        expect([tag, Buffer.from(data).toString()]).to.deep.equal(['t', `body of ${user}`]);
        store.put('s', { ...aor, user }, 't', record('again'), 1000);
      },
    });
    for (let i = 0; i < 200; i++) {
      store.put('s', { ...aor, user: `soon${i % 10}` }, 't', record(`body of soon${i % 10}`), 1);
      store.put('s', { ...aor, user: `later${i}` }, 't', record(`body of later${i}`), 1000);
    }
    clock.tick(1500);
    expect(told.sort()).to.deep.equal(Array.from({ length: 10 }, (_, i) => `soon${i}`));
    expect(store.count('s')).to.equal(10);
    for (const user of told) expect(Buffer.from(store.get('s', { ...aor, user }, 't')!.data).toString()).to.equal('again');
  });

  it('tells nothing of what was deleted, replaced or given more time', () => {
    store.put('s', aor, 'deleted', record(), 1);
    store.put('s', aor, 'replaced', record(), 1);
    store.put('s', aor, 'refreshed', record(), 1);
    store.del('s', aor, 'deleted');
    store.replace('s', aor, 'replaced', 'new', record(), 100);
    store.put('s', aor, 'refreshed', record(), 100);
    clock.tick(10_000);
    expect(expired).to.deep.equal([]);
    expect(store.count('s')).to.equal(2);
  });

  it('has no timer while it is empty', () => {
    expect(clock.countTimers()).to.equal(0);
    store.put('s', aor, 'one', record(), 1);
    expect(clock.countTimers()).to.equal(1);
    clock.tick(2000);
    expect(clock.countTimers()).to.equal(0);
    store.put('s', aor, 'one', record(), 1);
    store.delAll('s');
    clock.tick(2000);
    expect(clock.countTimers()).to.equal(0);
    expect(expired).to.have.length(1);
  });

  it('sweeps in short stretches, between which other work gets its turn', () => {
    for (let i = 0; i < 5000; i++) store.put('s', { ...aor, user: `u${i}` }, 't', record(), 10);
    clock.tick(10_000);
    expect(expired).to.have.length(500);
    expect(store.get('s', { ...aor, user: 'u4999' }, 't')).to.equal(undefined);
    clock.tick(2);
    expect(expired.length).to.be.above(500).and.below(5000);
    clock.tick(50);
    expect(expired).to.have.length(5000);
  });

  it('lists everything once while things come and go', async () => {
    for (let i = 0; i < 3000; i++) store.put('s', { ...aor, user: `u${i}` }, 't', record(), 10);
    const seen: string[] = [];
    const listing = (async () => {
      for await (const { aor: { user } } of store.list('s')) {
        seen.push(user);
        const number = Number(user.slice(1));
        if (number < 3000) for (let more = 1; more < 4; more++) store.put('s', { ...aor, user: `u${number + 3000 * more}` }, 't', record(), 10);
        if (number % 3 === 0) store.del('s', { ...aor, user: `u${number + 1}` }, 't');
      }
    })();
    await clock.tickAsync(100);
    await listing;
    expect(new Set(seen)).to.have.property('size', seen.length);
    for (let i = 0; i < 3000; i++) if (i % 3 !== 1) expect(seen).to.include(`u${i}`);
  });

  it('a list does not yield what was deleted while it was on its way', async () => {
    for (let round = 0; round < 30; round++) {
      const users = Array.from({ length: 200 }, (_, i) => ({ ...aor, user: `u${i}` }));
      for (const user of users) store.put(`s${round}`, user, 't', record(), 10);
      let seen = 0;
      for await (const _ of store.list(`s${round}`)) {
        seen++;
        for (const user of users) store.del(`s${round}`, user, 't');
      }
      expect(seen).to.equal(1);
    }
  });

  it('a list ends though tags are renewed as fast as it yields them', async () => {
    for (let i = 0; i < 3; i++) store.put('s', aor, `t${i}`, record(), 10);
    for (const of of [aor, undefined]) {
      let seen = 0;
      for await (const { tag } of store.list('s', of)) {
        if (++seen > 3) break;
        store.replace('s', aor, tag, `${tag}'`, record(), 10);
      }
      expect(seen).to.equal(3);
    }
  });

  it('goes by what an address says, not by which object says it', () => {
    const mine = { ...aor };
    store.put('s', mine, 't', record('u'), 10);
    mine.user = 'v';
    expect(store.get('s', mine, 't')).to.equal(undefined);
    expect(store.count('s', mine)).to.equal(0);
  });

  it('a list ends when everything is deleted', async () => {
    for (let i = 0; i < 10; i++) store.put('s', { ...aor, user: `u${i}` }, 't', record(), 10);
    let seen = 0;
    for await (const _ of store.list('s')) if (++seen === 3) store.delAll('s');
    expect(seen).to.equal(3);
  });

  it('forgets services apart and keeps one address with thousands of tags', () => {
    for (let i = 0; i < 5000; i++) store.put('s', aor, `t${i}`, record(String(i)), 10);
    store.put('other', aor, 't1', record('theirs'), 10);
    expect([store.count('s'), store.count('s', aor)]).to.deep.equal([5000, 5000]);
    for (let i = 0; i < 5000; i += 2) expect(store.del('s', aor, `t${i}`)).to.equal(true);
    expect(Buffer.from(store.get('s', aor, 't4999')!.data).toString()).to.equal('4999');
    expect(store.count('s', aor)).to.equal(2500);
    store.delAll('s');
    expect([store.count('s'), store.count('other')]).to.deep.equal([0, 1]);
  });

  it('a closed store is empty and can be used again', async () => {
    store.put('s', aor, 't', record(), 10);
    await store.close();
    expect(store.get('s', aor, 't')).to.equal(undefined);
    store.put('s', aor, 't', record(), 10);
    expect(store.get('s', aor, 't')).not.to.equal(undefined);
  });
});

describe('RamStore in memory', () => {
  it('keeps nothing of the datagram: a publication with a body of 386 bytes costs less than 1000', async () => {
    const gc = garbageCollector();
    const store = new RamStore();
    const before = await heldBy(gc);
    const datagrams = 100_000;
    for (let i = 0; i < datagrams; i++) {
      const text = Buffer.alloc(10_000, `${i} `).toString('latin1');
      const at = { scheme: 'sip', user: `user-${i}-${text}`.slice(0, 14), domain: text.slice(100, 114) };
      store.put('s', at, text.slice(200, 232), { data: Buffer.alloc(10_000).subarray(0, 386), event: text.slice(0, 1), content_type: text.slice(1, 2), expires: 4e9 }, 100);
    }
    expect((await heldBy(gc) - before) / datagrams).to.be.below(1000);
    await store.close();
  });
});

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Buffers are found dead by one collection and given back some time after it, by another at the latest. */
async function heldBy(gc: () => void): Promise<number> {
  for (let i = 0; i < 3; i++) {
    gc();
    await nextTurn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
