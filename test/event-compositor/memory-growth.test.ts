import { update, type Service } from '@nksip-ts/core';
import { RamStore, type RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { expect } from 'chai';
import fc from 'fast-check';
import { fresh, publishText } from '../kit/request-text.ts';
import { closeAll, running } from '../wire/running.ts';

const limit = 16 * 1024 * 1024;
const aorOf = (number: number): Aor => ({ scheme: 'sip', user: `u${number}`, domain: 'example.com' });

describe('what a change of a publication adds to memory', () => {
  it('is what the store in RAM says before it, whatever changes: tag, body, publisher, content type or encoding', () => {
    const text = (maxLength: number) => fc.integer({ min: 0, max: maxLength }).map((length) => 'Ω'.padEnd(length, 'x'));
    const record = fc.record({
      data: fc.integer({ min: 0, max: 40_000 }).map((length) => Buffer.alloc(length)), event: fc.constantFrom('presence', 'dialog'), expires: fc.constant(4e9),
      content_type: text(9000), content_encoding: text(9000), publisher: text(9000),
    }, { requiredKeys: ['data', 'event', 'expires'] });
    const step = fc.record({ which: fc.nat(9), record, tag: fc.constantFrom('a', 'b'.repeat(32), 'c'.repeat(500)) });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const store = new RamStore();
      const tags = new Map<number, string>();
      for (const { which, record: given, tag } of steps) {
        const [aor, before] = [aorOf(which), tags.get(which)];
        tags.set(which, tag);
        if (before === undefined) {
          expect(store.growth('s', aor, tag, tag, given)).to.equal(0);
          store.put('s', aor, tag, given, 100);
          continue;
        }
        const used = store.used('s');
        const growth = store.growth('s', aor, before, tag, given);
        expect(store.used('s'), 'as before: a change that is refused leaves nothing behind').to.equal(used);
        expect(store.replace('s', aor, before, tag, given, 100)).to.equal(true);
        expect(store.used('s') - used).to.equal(growth);
      }
      void store.close();
    }), { numRuns: 100 });
  });

  it('counts the kinds that are kept once for all', () => {
    const store = new RamStore();
    const record = (i: number): RegPublish => ({ data: Buffer.alloc(10), event: 'presence', content_type: `text/plain;x=${i}`.padEnd(150, 'x'), expires: 4e9 });
    store.put('s', aorOf(1), 'tag', record(0), 100);
    const used = store.used('s');
    for (let i = 1; i <= 2000; i++) store.put('s', aorOf(1), 'tag', record(i), 100);
    expect(store.used('s') - used).to.be.within(999 * 500, 999 * 1100);
    void store.close();
  });
});

describe('where sip_max_memory runs short, a modify', () => {
  afterEach(closeAll);

  interface Stored { readonly user: string; readonly tag: string }

  async function publish(service: Service, user: string, rest: Partial<Parameters<typeof publishText>[0]>): Promise<{ readonly code: number | undefined; readonly tag: string }> {
    const response = await service.inject(publishText({ uri: `sip:${user}@example.com`, expires: 600, ...rest }));
    return { code: response?.code, tag: response?.header('SIP-ETag')[0] ?? '' };
  }

  /** So many publications with a body of that length, and then as many of the largest as there is room for. */
  async function filled(many: number, length: number, within = limit): Promise<{ readonly service: Service; readonly stored: readonly Stored[] }> {
    const service = await running({ plugins: ['event-compositor'], sip_events: 'nkpublish', sip_event_compositor_etag: 'renew', sip_max_memory: within });
    const stored: Stored[] = [];
    const add = async (body: string): Promise<number | undefined> => {
      const user = fresh('user');
      const { code, tag } = await publish(service, user, { body });
      stored.push({ user, tag });
      return code;
    };
    for (let i = 0; i < many; i++) expect(await add('x'.repeat(length))).to.equal(200);
    while (await add('x'.repeat(16_384)) === 200);
    return { service, stored };
  }

  /** Each of them is refused or takes no more than there is. */
  async function expectBounded(service: Service, stored: readonly Stored[], change: (i: number) => Partial<Parameters<typeof publishText>[0]>): Promise<void> {
    const [kept] = stored;
    const codes = new Set<number | undefined>();
    for (const [i, { user, tag }] of stored.slice(1).entries()) {
      const { code } = await publish(service, user, { etag: tag, ...change(i) });
      codes.add(code);
      const { used } = service.usage();
      expect(used).to.be.below(0.95 * limit);
    }
    expect([...codes]).to.have.members([200, 503]);
    expect((await publish(service, kept?.user ?? '', { etag: kept?.tag ?? '' })).code, 'a refresh').to.equal(200);
  }

  const long = 'y'.repeat(7900);

  it('with a body as long as before and a longer From is refused before a refresh', async () => {
    const { service, stored } = await filled(1000, 1);
    await expectBounded(service, stored.slice(0, 1000), () => ({ body: 'y', from: `<sip:${long}@example.com>;tag=1` }));
  });

  it('with a body as long as before and a longer Content-Type is refused before a refresh', async () => {
    const { service, stored } = await filled(1000, 1);
    await expectBounded(service, stored.slice(0, 1000), (i) => ({ body: 'y', headers: [`Content-Type: text/plain;x="${i}${long}"`] }));
  });

  it('with a shorter body, which needs another block of memory, is refused before a refresh', async () => {
    const { service, stored } = await filled(0, 0, Math.round(1.1 * limit));
    await update(service, { sip_max_memory: limit });
    await expectBounded(service, stored.slice(0, 300), (i) => ({ body: 'y'.repeat(16_000 - 50 * i) }));
  });
});
