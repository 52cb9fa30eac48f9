import { RamStore, type EventStateStore, type StoreOp } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { CompositorUnderTest, SimpleStore, type StoreFunction } from './compositor-under-test.ts';

const caps = { sip_event_compositor_max_publications: 4, sip_event_compositor_max_per_aor: 2, sip_event_compositor_secret: 'a secret of all processes' };

/** Some abilities of RAM, as a foreign store. */
function ramWith(...methods: ('list' | 'count')[]): { ram: RamStore; store: EventStateStore } {
  const ram = new RamStore();
  const store: EventStateStore = { get: ram.get.bind(ram), put: ram.put.bind(ram), del: ram.del.bind(ram), delAll: ram.delAll.bind(ram) };
  for (const method of methods) Object.assign(store, { [method]: ram[method].bind(ram) });
  return { ram, store };
}

describe('caps that are not enforced', () => {
  const told = (store?: EventStateStore | StoreFunction): string[] => {
    const service = new CompositorUnderTest({ ...(store && { store }) });
    service.compositor.start();
    return service.logged.filter((line) => line.includes('enforced'));
  };
  const both = 'sip_event_compositor_max_per_aor and sip_event_compositor_max_publications are not enforced on what it keeps';

  it('a start says so of a plain function, and of a store that can neither count nor list', () => {
    for (const store of [() => 'ok', ramWith().store]) expect(told(store).join()).to.include(`The store of 'server' has neither 'count' nor 'list': ${both}.`).and.include("a store that has 'count'");
  });

  it('a start says of a store that only lists that one is not, and nothing of one that counts, nor of RAM', () => {
    expect(told(ramWith('list').store).join()).to.include("The store of 'server' has no 'count': sip_event_compositor_max_publications is not enforced.");
    expect([...told(ramWith('count').store), ...told()]).to.deep.equal([]);
  });

  it('count says that it does not know', async () => {
    expect(await new CompositorUnderTest({ store: () => 'ok' }).compositor.count()).to.equal('unknown');
    expect(await new CompositorUnderTest().compositor.count()).to.equal(0);
  });
});

describe('caps', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  const stores: readonly (readonly [string, () => EventStateStore | undefined, boolean])[] = [
    ['RAM', () => undefined, true],
    ['a store that counts', () => ramWith('count').store, true],
    ['a store that only lists', () => ramWith('list').store, false],
  ];
  for (const [name, make, all] of stores) {
    it(`${name}: beyond sip_event_compositor_max_per_aor 403, and what is stored stays`, async () => {
      const store = make();
      const service = new CompositorUnderTest({ options: caps, ...(store && { store }) });
      const tags = [await service.stored({ body: '1' }), await service.stored({ body: '2', expires: 10 })];
      expect(await service.publish({ body: '3' })).to.include({ code: '403: Too Many Publications for This Address' });
      expect(await service.textOf(tags[0])).to.equal('1');
      expect(await service.publish({ ifMatch: tags[0]!, body: 'changed' })).to.include({ code: 'ok' });
      expect(await service.publish({ body: 'x', expires: 0 })).to.include({ code: 'ok' });
      expect(await service.publish({ type: 'text/plain', body: '3' })).to.include({ code: '415: Unsupported Media Type application/pidf+xml' });
      clock.tick(10_000);
      expect(await service.publish({ body: '3' })).to.include({ code: 'ok' });
    });

    if (all) it(`${name}: beyond sip_event_compositor_max_publications 503 with Retry-After, and what is stored stays`, async () => {
      const store = make();
      const service = new CompositorUnderTest({ options: caps, ...(store && { store }) });
      const tags = [];
      for (let i = 0; i < 4; i++) tags.push(await service.stored({ uri: `sip:u${i}@example.com`, body: String(i) }));
      expect(await service.publish({ uri: 'sip:u4@example.com', body: '4' })).to.include({ code: '503: Too Many Publications 5' });
      for (let i = 0; i < 4; i++) expect(await service.textOf(tags[i], `sip:u${i}@example.com`)).to.equal(String(i));
      expect(await service.publish({ uri: 'sip:u0@example.com', ifMatch: tags[0]!, expires: 0 })).to.include({ code: 'ok' });
      expect(await service.publish({ uri: 'sip:u4@example.com', body: '4' })).to.include({ code: 'ok' });
    });

    it(`${name}: a repeat of the request that took the last room, in another process, is no new publication`, async () => {
      const shared = make() ?? new RamStore();
      const [first, second] = [new CompositorUnderTest({ options: caps, store: shared }), new CompositorUnderTest({ options: caps, store: shared })];
      await first.stored();
      const { tag } = await first.publish({ body: 'x', transaction: 1 });
      expect(await second.publish({ body: 'x', transaction: 1 })).to.include({ code: 'ok', tag });
      expect(await second.publish({ body: 'x', transaction: 2 })).to.include({ code: '403: Too Many Publications for This Address' });
    });
  }

  it("a store whose count of the service is 'unknown' holds the cap of an address only", async () => {
    const { ram, store } = ramWith('count');
    const service = new CompositorUnderTest({ options: caps, store: { ...store, count: (srvId, aor) => aor === undefined ? 'unknown' : ram.count(srvId, aor) } });
    for (let i = 0; i < 5; i++) expect(await service.publish({ uri: `sip:u${i}@example.com`, body: 'x' })).to.include({ code: 'ok' });
    expect(await service.publish({ uri: 'sip:u0@example.com', body: 'x' })).to.include({ code: 'ok' });
    expect(await service.publish({ uri: 'sip:u0@example.com', body: 'x' })).to.include({ code: '403: Too Many Publications for This Address' });
    expect(service.faults).to.deep.equal([]);
  });

  it('count RAM also behind a callback that continues', async () => {
    const service = new CompositorUnderTest({ options: caps, store: () => 'continue' });
    await service.stored();
    await service.stored();
    expect(await service.publish({ body: 'x' })).to.include({ code: '403: Too Many Publications for This Address' });
  });

  it('ask nothing of a store that can neither list nor count', async () => {
    const ops: StoreOp['type'][] = [];
    const store = new SimpleStore();
    const service = new CompositorUnderTest({ options: caps, store: (op, srvId) => { ops.push(op.type); return store.callback(op, srvId); } });
    for (let i = 0; i < 6; i++) expect(await service.publish({ body: 'x' })).to.include({ code: 'ok' });
    expect(ops).to.deep.equal(new Array(6).fill('put'));
  });

  it('a count or a list that fails is a fault of the store', async () => {
    const { store } = ramWith();
    const counts: readonly (readonly [EventStateStore['count'], string])[] = [
      [() => { throw new Error('disk'); }, 'internal_error: Service Error'], [() => Promise.reject(new Error('disk')), 'internal_error: Service Error'],
      [() => NaN, 'internal_error: Callback Invalid Response'], [() => new Promise<number>(() => {}), 'internal_error: Store Timeout'],
    ];
    for (const [count, answer] of counts) {
      const service = new CompositorUnderTest({ store: { ...store, ...(count && { count }) } });
      const published = service.publish({ body: 'x' });
      await clock.tickAsync(5000);
      expect(await published).to.include({ code: answer });
    }
    const list = async function* (): AsyncIterable<never> { throw new Error('disk'); };
    expect(await new CompositorUnderTest({ store: { ...store, list } }).publish({ body: 'x' })).to.include({ code: 'internal_error: Service Error' });
  });

  it('413 beyond sip_event_compositor_max_body, after 415 and before 400', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_max_body: 10 } });
    expect(await service.publish({ body: 'x'.repeat(10) })).to.include({ code: 'ok' });
    expect(await service.publish({ body: 'x'.repeat(11) })).to.include({ code: '413: ' });
    expect(await service.publish({ body: 'x'.repeat(11), type: 'text/plain' })).to.include({ code: '415: Unsupported Media Type application/pidf+xml' });
    expect(await service.publish({ body: 'x'.repeat(11), ifMatch: 'wrong' })).to.include({ code: 'conditional_request_failed' });
  });
});
