import { storeCallback, type EventStateStore, type PublicationEvent, type StoreOp } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { CompositorUnderTest, type Answer, type StoreFunction } from './compositor-under-test.ts';
import { PlainStore } from './plain-store.ts';
import { VersionedStore } from './versioned-store.ts';

const aor = { scheme: 'sip', user: 'user1', domain: 'example.com' };

/** The callback of a store that notes what it is asked, and lets somebody come in between. */
function watched(store: EventStateStore, before: (op: StoreOp, asked: readonly StoreOp[]) => unknown = () => undefined): { readonly callback: StoreFunction; readonly asked: StoreOp[] } {
  const asked: StoreOp[] = [];
  const callback = storeCallback(store);
  return { asked, callback: async (op, srvId) => {
    asked.push(op);
    await before(op, asked);
    return callback(op, srvId);
  } };
}

/** A service on a store with versions. `rival` runs once, between the get of a request and what it writes. */
async function contested(rival: (other: CompositorUnderTest, tag: string) => Promise<unknown>) {
  const store = new VersionedStore();
  const other = new CompositorUnderTest({ store });
  let turn: (() => Promise<unknown>) | undefined;
  const { asked, callback } = watched(store, async (op) => {
    const now = op.type === 'get' ? undefined : turn;
    if (now === undefined) return;
    turn = undefined;
    await now();
  });
  const service = new CompositorUnderTest({ store: callback });
  const tag = await service.stored({ body: 'before', expires: 600 });
  turn = () => rival(other, tag);
  asked.length = 0;
  return { service, tag, asked };
}

describe("keep, on a store with versions", () => {
  it('a refresh that another process was faster than keeps what that one has published', async () => {
    const { service, tag, asked } = await contested((other, ifMatch) => other.publish({ ifMatch, body: 'newer', expires: 600 }));
    expect(await service.publish({ ifMatch: tag, expires: 900 })).to.include({ code: 'ok', tag, expires: 900 });
    expect(await service.textOf(tag)).to.equal('newer');
    expect(asked.map(({ type }) => type).slice(0, 4)).to.deep.equal(['get', 'put', 'get', 'put']);
    expect(new Set(asked.map((op) => 'previous_version' in op && op.previous_version))).to.have.property('size', 3);
  });

  it('a modify that another process was faster than is decided anew, and is the last one', async () => {
    const { service, tag } = await contested((other, ifMatch) => other.publish({ ifMatch, body: 'newer', expires: 600 }));
    expect(await service.publish({ ifMatch: tag, body: 'newest', expires: 600 })).to.include({ code: 'ok', tag });
    expect(await service.textOf(tag)).to.equal('newest');
  });

  for (const body of [undefined, 'late']) {
    it(`a ${body === undefined ? 'refresh' : 'modify'} does not bring back what another process has removed meanwhile: 412`, async () => {
      const { service, tag } = await contested((other, ifMatch) => other.publish({ ifMatch, expires: 0 }));
      expect(await service.publish({ ifMatch: tag, expires: 600, ...(body !== undefined && { body }) })).to.include({ code: 'conditional_request_failed' });
      expect(await service.textOf(tag)).to.equal('not_found');
    });
  }

  it('a removal that another process was faster than is decided anew: what is there now goes, and is told', async () => {
    const { service, tag } = await contested((other, ifMatch) => other.publish({ ifMatch, body: 'newer', expires: 600 }));
    const removed: PublicationEvent[] = [];
    service.events.on('event_compositor:del', (event) => removed.push(event));
    expect(await service.publish({ ifMatch: tag, expires: 0 })).to.include({ code: 'ok', expires: 0 });
    expect(await service.textOf(tag)).to.equal('not_found');
    expect(removed.map(({ record }) => Buffer.from(record.data).toString())).to.deep.equal(['newer']);
    expect(removed[0]?.record).not.to.have.property('version');
  });

  it('of two removals one is 412', async () => {
    const { service, tag } = await contested((other, ifMatch) => other.publish({ ifMatch, expires: 0 }));
    expect(await service.publish({ ifMatch: tag, expires: 0 })).to.include({ code: 'conditional_request_failed' });
  });

  for (const [what, parts] of [['put', { expires: 600 }], ['del', { expires: 0 }]] as const) {
    it(`who is always too late is 503 after some attempts, and nothing was written: ${what}`, async () => {
      const store = new VersionedStore();
      const { asked, callback } = watched(store, (op) => { if (op.type !== 'get' && 'previous_version' in op) store.write('server', op.aor, op.tag, record('theirs'), 600); });
      const service = new CompositorUnderTest({ store: callback });
      const tag = await service.stored({ body: 'before', expires: 600 });
      asked.length = 0;
      expect(await service.publish({ ifMatch: tag, ...parts })).to.include({ code: '503: Publication Changed Meanwhile 5' });
      expect(asked.map(({ type }) => type)).to.deep.equal(Array(4).fill(['get', what]).flat());
      expect(await service.textOf(tag)).to.equal('theirs');
      expect(service.faults).to.deep.equal([]);
    });
  }

  it('a version is neither stored nor shown', async () => {
    const store = new VersionedStore();
    const { asked, callback } = watched(store);
    const service = new CompositorUnderTest({ store: callback });
    const tag = await service.stored({ body: 'x', expires: 600 });
    await service.publish({ ifMatch: tag, expires: 600 });
    for (const op of asked) if (op.type === 'put') expect(op.record).not.to.have.property('version');
    expect(await service.compositor.find(aor, tag)).not.to.have.property('version');
  });
});

describe('versions and who has none', () => {
  for (const etag of ['keep', 'renew'] as const) {
    it(`${etag}: a store that answers no version is sent none`, async () => {
      const { asked, callback } = watched(new PlainStore());
      const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: etag }, store: callback });
      let tag = await service.stored({ body: 'x', expires: 600 });
      for (const parts of [{ body: 'y', expires: 600 }, { expires: 600 }, { expires: 0 }]) tag = (await service.publish({ ifMatch: tag, ...parts })).tag ?? '';
      expect(asked.map(({ type }) => type)).to.include.members(['get', 'put', 'del']);
      expect(asked.filter((op) => 'previous_version' in op)).to.deep.equal([]);
    });
  }

  it('renew: a tag that is replaced needs no version, one that is removed has it', async () => {
    const { asked, callback } = watched(new VersionedStore());
    const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: 'renew' }, store: callback });
    const first = await service.stored({ body: 'x', expires: 600 });
    const second = (await service.publish({ ifMatch: first, body: 'y', expires: 600 })).tag;
    expect(await service.publish({ ifMatch: second!, expires: 0 })).to.include({ code: 'ok' });
    const told = asked.filter(({ type }) => type === 'put' || type === 'del').map((op) => ['previous_tag' in op, 'previous_version' in op]);
    expect(told).to.deep.equal([[false, false], [true, false], [false, true]]);
  });

  const wrong: readonly (readonly [string, Partial<Record<keyof EventStateStore, unknown>>, RegExp])[] = [
    ['a put that does not say whether it has written', { put: () => undefined }, /undefined: 'put' of the store must return, where it is given previousVersion, true if it has written, else false: is a 'return' missing\?$/],
    ['a put that answers a word', { put: () => 'ok' }, /'ok': 'put' of the store must return/],
    ['a del that answers nothing', { del: () => undefined }, /'del' of the store must return true/],
    ['a version that is no text', { get: async () => ({ ...record('x'), version: 1 }) }, /in the record of 'get' version must be a text or absent, not 1\.$/],
    ['a publisher that is no text', { get: async () => ({ ...record('x'), publisher: null }) }, /in the record of 'get' publisher must be a text or absent, not null\.$/],
    ['a since that is a Date', { get: async () => ({ ...record('x'), since: new Date(0) }) }, /in the record of 'get' since must be a number of seconds since 1970 or absent, not a Date\.$/],
    ['a since in milliseconds', { get: async () => ({ ...record('x'), since: 1_700_000_000_000 }) }, /since must be a number of seconds since 1970 or absent, not 1700000000000: are these milliseconds\?/],
  ];
  for (const [what, methods, message] of wrong) {
    it(`A22 is wrong: ${what}`, async () => {
      const store = new VersionedStore();
      const service = new CompositorUnderTest({ store });
      const tag = await service.stored({ body: 'x', expires: 600 });
      Object.assign(store, methods);
      expect(await service.publish({ ifMatch: tag, expires: 'del' in methods ? 0 : 600 })).to.include({ code: 'internal_error: Callback Invalid Response' });
      expect(service.faults[0]?.error.message).to.match(message);
    });
  }

  it("A22 a callback that answers a put over a version 'replaced' is wrong", async () => {
    const service = new CompositorUnderTest({ store: (op) => op.type === 'get' ? { ...record('x'), version: 'v' } : 'replaced' });
    expect(await service.publish({ ifMatch: 't', expires: 600 })).to.include({ code: 'internal_error: Callback Invalid Response' });
    expect(service.faults[0]?.error.message).to.match(/'put' with previous_version must return 'ok' or 'not_found'\.$/);
  });

  it('storeCallback refuses versions that are neither true nor false', () => {
    expect(() => storeCallback(Object.assign(new PlainStore(), { versions: 'yes' }) as unknown as EventStateStore)).to.throw('its versions must be true, false or absent');
  });
});

describe('keep, several processes that race on a slow store with versions', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date', 'setTimeout', 'clearTimeout'] }); });
  afterEach(() => clock.restore());

  interface Request { readonly kind: 'refresh' | 'modify' | 'remove'; readonly process: number; readonly after: number }
  const requests = fc.array(fc.record({
    kind: fc.constantFrom('refresh', 'refresh', 'modify', 'modify', 'modify', 'remove'), process: fc.nat(2), after: fc.constantFrom(0, 0, 1, 5, 40),
  }) satisfies fc.Arbitrary<Request>, { minLength: 2, maxLength: 12 });
  const delays = fc.array(fc.record({ before: fc.nat(20), behind: fc.nat(20) }), { minLength: 1, maxLength: 20 });

  it('each 200 changed what was there, no modify is undone by who had not seen it, and nothing is there after a removal', async () => {
    await fc.assert(fc.asyncProperty(requests, delays, async (script, pauses) => {
      const store = new VersionedStore();
      let asked = 0;
      /** What was written, in the order of the store: the body, or undefined for a removal. */
      const written: (string | undefined)[] = [];
      const callback = storeCallback(store);
      const slow: StoreFunction = async (op, srvId) => {
        const { before, behind } = pauses[asked++ % pauses.length]!;
        await new Promise((done) => { setTimeout(done, before); });
        const answer = await callback(op, srvId);
        if (op.type === 'put' && answer === 'ok') written.push(Buffer.from(op.record.data).toString());
        if (op.type === 'del' && answer === 'ok') written.push(undefined);
        await new Promise((done) => { setTimeout(done, behind); });
        return answer;
      };
      const processes = Array.from({ length: 3 }, () => new CompositorUnderTest({ store: slow }));
      const first = processes[0]!.stored({ body: 'first', expires: 600 });
      await clock.runAllAsync();
      const ifMatch = await first;
      const answers: Promise<Answer>[] = [];
      let at = 1;
      for (const [i, { kind, process, after }] of script.entries()) {
        const parts = { ifMatch, expires: kind === 'remove' ? 0 : 600, ...(kind === 'modify' && { body: `body ${i}` }) };
        answers.push(new Promise((resolve) => { setTimeout(() => { resolve(processes[process]!.publish(parts)); }, at += after); }));
      }
      await clock.runAllAsync();
      const codes = (await Promise.all(answers)).map(({ code }) => code);
      for (const code of codes) expect(code).to.be.oneOf(['ok', 'conditional_request_failed', '503: Publication Changed Meanwhile 5']);
      for (const [i, { kind }] of script.entries()) {
        if (kind === 'modify') expect(written.includes(`body ${i}`), 'a modify is stored if and only if it was told 200').to.equal(codes[i] === 'ok');
      }
      // A refresh writes what it has found: a body comes once, and again only right behind itself.
      for (const [i, body] of written.entries()) if (written.indexOf(body) < i) expect(written[i - 1], `a refresh has brought back ${body}`).to.equal(body);
      expect(written.slice(0, -1), 'something was stored after it was removed').not.to.include(undefined);
      expect(await store.get('server', aor, ifMatch) === undefined).to.equal(written.at(-1) === undefined);
      expect(script.filter(({ kind }, i) => kind === 'remove' && codes[i] === 'ok')).to.have.length(written.at(-1) === undefined ? 1 : 0);
    }), { numRuns: 150 });
  });
});

function record(text: string) {
  return { data: Buffer.from(text), event: 'presence', expires: 9_999_999_999 };
}
