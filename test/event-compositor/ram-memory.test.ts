import { RamStore, type Publication, type RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { BLOCK, Blocks } from '../../packages/memory/src/slab-blocks.ts';
import { Cells } from '../../packages/memory/src/slab-cells.ts';
import { RecordIndex } from '../../packages/event-compositor/src/ram/record-index.ts';

const NOW = 1_700_000_000_000;
const aorOf = (number: number): Aor => ({ scheme: 'sip', user: `u${number}`, domain: 'example.com' });
/** Bytes that the store allocates at first and keeps when it is empty, and those that it allocates at a time later. */
const [FIRST, SLAB] = [2 ** 20, 2 ** 26];
const bodyOf = (length: number, number: number): Buffer => Buffer.alloc(length, `${number} `);

describe('Cells', () => {
  const step = fc.record({ take: fc.boolean(), bytes: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 40_000 })), which: fc.nat() });

  it('keeps what is in each cell while others come and go, and moves no more than one at a time', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const cells = new Cells();
      const model: { cell: number; bytes: number; mark: number }[] = [];
      for (const [mark, { take, bytes, which }] of steps.entries()) {
        if (take || model.length === 0) {
          const cell = cells.take(bytes);
          cells.bytesOf(cell).fill(mark, cells.startOf(cell), cells.startOf(cell) + bytes);
          model.push({ cell, bytes, mark: mark & 0xff });
          continue;
        }
        const [gone] = model.splice(which % model.length, 1);
        const moved = cells.giveBack(gone!.cell);
        const one = model.find(({ cell }) => cell === moved);
        expect(moved === 0).to.equal(one === undefined);
        if (one !== undefined) one.cell = gone!.cell;
      }
      for (const { cell, bytes, mark } of model) {
        const start = cells.startOf(cell);
        expect(cells.bytesOf(cell).subarray(start, start + bytes).every((byte) => byte === mark)).to.equal(true);
      }
    }), { numRuns: 60 });
  });

  it('has numbers of both widths in a cell', () => {
    const cells = new Cells();
    const [one, two] = [cells.take(64), cells.take(64)];
    cells.setInt(one, 15, -7);
    cells.setDouble(one, 3, 0.1);
    cells.setDouble(two, 0, 5e12);
    expect([cells.int(one, 15), cells.double(one, 3), cells.double(two, 0)]).to.deep.equal([-7, 0.1, 5e12]);
  });

  it('refuses the number of no cell', () => {
    expect(() => new Cells().int(0, 0)).to.throw(RangeError, 'There is no memory with the number 0.');
  });
});

describe('Blocks', () => {
  it('gives memory back as blocks go, whichever they are, and allocates nothing for one that comes and goes', () => {
    const blocks = new Blocks();
    const taken: number[] = [];
    const last = BLOCK / 8 - 1;
    for (let i = 0; i < 3000; i++) {
      const block = blocks.take(64);
      const { ints, doubles } = blocks.memoryOf(block);
      ints[blocks.startOf(block) / 4] = i;
      doubles[blocks.startOf(block) / 8 + last] = i;
      taken.push(block);
    }
    const most = blocks.allocated;
    expect(most).to.be.above(FIRST + SLAB).and.at.most(3000 * BLOCK + SLAB);
    for (const [i, block] of taken.entries()) if (i % 10 !== 0) blocks.giveBack(block);
    expect(blocks.allocated).to.be.below(most / 2);
    for (const [i, block] of taken.entries()) {
      if (i % 10 !== 0) continue;
      const { ints, doubles } = blocks.memoryOf(block);
      expect([ints[blocks.startOf(block) / 4], doubles[blocks.startOf(block) / 8 + last]]).to.deep.equal([i, i]);
    }
    const now = blocks.allocated;
    for (let i = 0; i < 1000; i++) blocks.giveBack(blocks.take(64));
    expect(blocks.allocated).to.equal(now);
    for (const [i, block] of taken.entries()) if (i % 10 === 0) blocks.giveBack(block);
    expect(blocks.allocated).to.equal(FIRST);
  });

  it('gives back at once what is larger than a block', () => {
    const blocks = new Blocks();
    const block = blocks.takeApart(10 * BLOCK);
    expect([blocks.allocated, blocks.memoryOf(block).bytes.length, blocks.startOf(block)]).to.deep.equal([10 * BLOCK, 10 * BLOCK, 0]);
    blocks.giveBack(block);
    expect(blocks.allocated).to.equal(0);
    expect(() => blocks.memoryOf(block)).to.throw(RangeError, `There is no memory with the number ${block}.`);
  });
});

describe('RecordIndex', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: NOW, toFake: ['Date', 'performance'] }); });
  afterEach(() => clock.restore());

  it('has memory for a quarter more than what is stored, or 128 MiB, and gives it back in whatever order publications go', () => {
    const index = new RecordIndex();
    const count = 15_000;
    const lengthOf = (i: number): number => 1000 + (i * 7919) % 9000;
    let stored = 0;
    for (let i = 0; i < count; i++) {
      index.put(aorOf(i), 'tag', { data: bodyOf(lengthOf(i), i), event: 'presence', expires: 4e9 }, 100);
      stored += lengthOf(i);
    }
    expect(index.allocated).to.be.above(stored).and.below(stored * 1.25 + 2 * SLAB);
    for (let i = 0; i < count; i++) if (i % 50 !== 0) expect(index.del(aorOf(i), 'tag')).to.equal(true);
    for (let i = 0; i < count; i += 50) expect(index.get(aorOf(i), 'tag')?.data).to.deep.equal(bodyOf(lengthOf(i), i));
    expect(index.allocated).to.equal(FIRST + SLAB);
    for (let i = 0; i < count; i += 50) index.del(aorOf(i), 'tag');
    expect(index.allocated).to.equal(FIRST);
  });

  it('keeps what is stored where a thousand Content-Types are not enough', () => {
    const index = new RecordIndex();
    const recordOf = (i: number): RegPublish => ({
      data: bodyOf(10, i), event: `event-${i % 7}`, ...(i % 3 > 0 && { content_type: `text/plain;name="Ω${i}\ud800"` }), ...(i % 3 > 1 && { content_encoding: `x-${i}` }),
      ...(i % 5 > 1 && { publisher: `sip:Ω${i}@example.com 192.0.2.1` }), ...(i % 5 > 2 && { since: 1e9 + i / 8 }), expires: 4e9 + i / 8,
    });
    for (let i = 0; i < 3000; i++) index.put(aorOf(i), 'tag', recordOf(i), 100);
    for (let i = 0; i < 3000; i += 2) index.put(aorOf(i), 'tag', recordOf(i + 1), 100);
    for (let i = 0; i < 3000; i++) expect(index.get(aorOf(i), 'tag')).to.deep.equal(recordOf(i % 2 === 0 ? i + 1 : i));
  });
});

describe('RamStore', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: NOW, toFake: ['Date', 'performance', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] }); });
  afterEach(() => clock.restore());

  const text = fc.oneof(
    fc.constantFrom('a', 'b', '', '\0', '\0a\0', 'Ā', 'aΩ', '\ud800', 'ÿ', 'sip:', '😀'),
    fc.string({ maxLength: 5, unit: 'binary' }), fc.string({ maxLength: 40 }),
  );
  // As a URI has it: an octet that is not UTF-8 is an escape in upper case, `%A0`.
  const user = fc.oneof(fc.constantFrom('u', 'v'), fc.string({ maxLength: 3 }).filter((one) => !/%[\da-f]{2}/i.test(one)));
  const aor = fc.record({ scheme: fc.constantFrom('sip', 'sips'), user, domain: fc.constantFrom('a', 'b.example') });
  const record = fc.record({
    data: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 70_000 }).map((length) => bodyOf(length, length))),
    event: text, content_type: fc.option(text, { nil: undefined }), content_encoding: fc.option(text, { nil: undefined }),
    publisher: fc.option(text.filter((one) => !/\p{Surrogate}/u.test(one)), { nil: undefined }), since: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
    expires: fc.integer({ min: -1e14, max: 1e14 }).map((milliseconds) => milliseconds / 1000),
  });
  const step = fc.record({ what: fc.constantFrom('put', 'put', 'put', 'del', 'replace', 'tick'), which: fc.nat(5), other: fc.nat(5), aor: fc.nat(3), record, ttl: fc.integer({ min: 0, max: 30 }) });

  it('answers what a Map of copies would, whatever the texts, the bytes and the order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(aor, { minLength: 4, maxLength: 4 }), fc.array(text, { minLength: 6, maxLength: 6 }), fc.array(step, { maxLength: 60 }), async (aors, tags, steps) => {
      const expired: Publication[] = [];
      const store = new RamStore({ onExpired: (_, publication) => expired.push(publication()) });
      const model = new Map<string, { record: RegPublish; deadline: number }>();
      const keyOf = (at: Aor, tag: string): string => JSON.stringify([at.scheme, at.user, at.domain, tag]);
      const isLive = (key: string): boolean => (model.get(key)?.deadline ?? 0) > Date.now();
      for (const { what, which, other, aor: at, record: given, ttl } of steps) {
        const [address, tag, newTag] = [aors[at]!, tags[which]!, tags[other]!];
        const { content_type, content_encoding, publisher, since, ...rest } = given;
        const one: RegPublish = {
          ...rest, ...(content_type !== undefined && { content_type }), ...(content_encoding !== undefined && { content_encoding }),
          ...(publisher !== undefined && { publisher }), ...(since !== undefined && { since }),
        };
        const [key, newKey] = [keyOf(address, tag), keyOf(address, newTag)];
        if (what === 'tick') clock.tick(ttl * 100);
        else if (what === 'del') expect(store.del('s', address, tag)).to.equal(isLive(key));
        else if (what === 'put') store.put('s', address, tag, one, ttl);
        else expect(store.replace('s', address, tag, newTag, one, ttl)).to.equal(isLive(key));
        const done = what === 'put' || (what === 'replace' && isLive(key));
        if (what === 'del' || (what === 'replace' && done)) model.delete(key);
        if (done) model.set(what === 'put' ? key : newKey, { record: structuredClone(one), deadline: Date.now() + ttl * 1000 });
        for (const live of new Set([key, newKey])) {
          expect(store.get('s', address, live === key ? tag : newTag)).to.deep.equal(isLive(live) ? bufferOf(model.get(live)!.record) : undefined);
        }
        expect(store.count('s', address)).to.equal([...new Set(tags)].filter((each) => isLive(keyOf(address, each))).length);
      }
      let listed = 0;
      for await (const { aor: at, tag, record: found } of store.list('s')) {
        expect(found).to.deep.equal(bufferOf(model.get(keyOf(at, tag))!.record));
        listed++;
      }
      expect(listed).to.equal([...model.keys()].filter(isLive).length);
      await store.close();
    }), { numRuns: 200 });
  });
});

function bufferOf(record: RegPublish): RegPublish {
  return { ...record, data: Buffer.from(record.data) };
}
