import { RamStore, type EventStateStore, type Publication, type PublicationEvent } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { CompositorUnderTest, SimpleStore, type Setup } from './compositor-under-test.ts';
import { meddled } from './meddled-store.ts';
import { VersionedStore, VersionedStoreWithoutReplace } from './versioned-store.ts';

const uri = 'sip:user1@example.com';
const renew = { sip_event_compositor_etag: 'renew' } as const;

function withGrace(setup: Setup = {}): CompositorUnderTest {
  return new CompositorUnderTest({ ...setup, options: { sip_event_compositor_grace: 5, ...setup.options } });
}

async function tagsOf(publications: AsyncIterable<Publication>): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const { tag } of publications) tags.push(tag);
  return tags;
}

describe('A47 sip_event_compositor_grace', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  const stores: readonly (readonly [string, () => Pick<Setup, 'store'>])[] = [
    ['RAM', () => ({})],
    ['a simple store', () => ({ store: new SimpleStore().callback })],
    ['a store with versions', () => ({ store: new VersionedStore() })],
  ];
  for (const [name, store] of stores) {
    for (const etag of ['keep', 'renew'] as const) {
      it(`${name}, ${etag}: serves a refresh, a modify and a removal until the grace is over, and none after it`, async () => {
        for (const late of [{}, { body: 'new' }, { expires: 0 }]) {
          const service = withGrace({ ...store(), options: { sip_event_compositor_etag: etag } });
          const tag = await service.stored({ body: 'old', expires: 9 });
          clock.tick(9000);
          expect(await service.textOf(tag), 'find').to.equal('not_found');
          clock.tick(4999);
          const { code, tag: next, expires } = await service.publish({ ifMatch: tag, expires: 9, ...late });
          expect([code, expires]).to.deep.equal(['ok', late.expires ?? 9]);
          expect(await service.textOf(next)).to.equal(late.expires === 0 ? 'not_found' : late.body ?? 'old');
          clock.tick(14_000);
          expect(await service.publish({ ifMatch: next!, ...late })).to.include({ code: 'conditional_request_failed' });
        }
      });
    }
  }

  it('of 0 answers 412 to a refresh that comes just when the time is over', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored({ expires: 9 });
    clock.tick(9000);
    expect(await service.publish({ ifMatch: tag })).to.include({ code: 'conditional_request_failed' });
  });

  it('is added to the ttl of each put, and to nothing that a client or a record is told', async () => {
    const puts: (readonly [number, number])[] = [];
    const store = new SimpleStore();
    const service = withGrace({ options: renew, store: (op, srvId) => {
      if (op.type === 'put') puts.push([op.ttl, op.record.expires - Date.now() / 1000]);
      return store.callback(op, srvId);
    } });
    const tag = await service.stored({ body: 'x', expires: 60 });
    expect(await service.publish({ ifMatch: tag, expires: 30 })).to.include({ expires: 30 });
    expect(puts).to.deep.equal([[65, 60], [35, 30]]);
  });

  it('makes no ttl longer than a store takes', async () => {
    let ttl = 0;
    const service = withGrace({ options: { sip_event_compositor_max_expires: 4_294_967_295 }, store: (op) => { if (op.type === 'put') ({ ttl } = op); return 'ok'; } });
    await service.publish({ body: 'x', expires: 4_294_967_295 });
    expect(ttl).to.equal(4_294_967_295);
  });

  it('is not for list', async () => {
    const service = withGrace();
    await service.stored({ expires: 9 });
    const stays = await service.stored({ expires: 60 });
    clock.tick(9000);
    expect(await tagsOf(service.compositor.list())).to.deep.equal([stays]);
    expect(await tagsOf(service.compositor.list(uri))).to.deep.equal([stays]);
    expect(await tagsOf(service.compositor.list(undefined, 'stored'))).to.have.length(2);
  });

  it('delays the event of the end, and a refresh in it lets none come', async () => {
    const service = withGrace();
    const ended: [string, number][] = [];
    service.events.on('event_compositor:expired', ({ oldTag }: PublicationEvent) => ended.push([oldTag ?? '', Math.floor(Date.now() / 1000) - 1_700_000_000]));
    const [gone, stays] = [await service.stored({ expires: 9 }), await service.stored({ expires: 9 })];
    clock.tick(12_000);
    expect(ended).to.deep.equal([]);
    await service.publish({ ifMatch: stays, expires: 60 });
    clock.tick(10_000);
    expect(ended).to.deep.equal([[gone, 14]]);
    await service.compositor.close();
  });

  it('of a tag of another event package is none', async () => {
    const service = withGrace();
    const tag = await service.stored({ expires: 9 });
    clock.tick(10_000);
    expect(await service.publish({ ifMatch: tag, event: 'dialog' })).to.include({ code: 'conditional_request_failed' });
  });

  it('that is shortened holds for what is stored already', async () => {
    const service = withGrace();
    const tag = await service.stored({ expires: 9 });
    clock.tick(10_000);
    service.config = { ...service.config, sip_event_compositor_grace: 0 };
    expect(await service.publish({ ifMatch: tag })).to.include({ code: 'conditional_request_failed' });
  });

  it('is kept by what moves to another store', async () => {
    const [from, into, without] = [withGrace(), withGrace(), new CompositorUnderTest()];
    const tag = await from.stored({ body: 'x', expires: 9 });
    clock.tick(10_000);
    for await (const publication of from.compositor.list(undefined, 'stored')) {
      expect(await into.compositor.restore(publication)).to.equal('stored');
      expect(await into.compositor.restore(publication)).to.equal('same');
      expect(await without.compositor.restore(publication)).to.equal('over');
    }
    clock.tick(3000);
    expect(await into.publish({ ifMatch: tag, expires: 9 })).to.include({ code: 'ok', tag });
  });

  describe('at the cap of an address', () => {
    const caps = { sip_event_compositor_max_per_aor: 2, sip_event_compositor_at_cap: 'refuse' } as const;
    const ram = (...methods: ('list' | 'count' | 'replace')[]): EventStateStore => {
      const store = new RamStore();
      return { get: store.get.bind(store), put: store.put.bind(store), del: store.del.bind(store), delAll: store.delAll.bind(store), ...Object.fromEntries(methods.map((method) => [method, store[method].bind(store)])) };
    };
    const kinds: readonly (readonly [string, Pick<Setup, 'store'>])[] = [
      ['RAM', {}], ['a store that lists and counts', { store: ram('list', 'count') }], ['a store that only lists', { store: ram('list') }],
    ];
    for (const [name, store] of kinds) {
      it(`${name}: what is over does not count, and the first to be over makes room, so that no more are stored than the cap`, async () => {
        const service = withGrace({ options: caps, ...store });
        const ended: string[] = [];
        service.events.on('event_compositor:expired', ({ oldTag }: PublicationEvent) => ended.push(oldTag ?? ''));
        const [second, first] = [await service.stored({ body: '2', expires: 9 }), await service.stored({ body: '1', expires: 8 })];
        expect(await service.publish({ body: '3' })).to.include({ code: '403: Too Many Publications for This Address' });
        clock.tick(10_000);
        const third = await service.stored({ body: '3' });
        expect(ended).to.deep.equal([first]);
        expect(await tagsOf(service.compositor.list(uri, 'stored'))).to.have.members([second, third]);
        expect(await service.publish({ ifMatch: first })).to.include({ code: 'conditional_request_failed' });
        expect(await service.publish({ ifMatch: second })).to.include({ code: 'ok' });
        expect(await service.publish({ body: '4' })).to.include({ code: '403: Too Many Publications for This Address' });
        await service.compositor.close();
      });
    }

    for (const moment of ['listed', 'read', 'writes'] as const) {
      for (const [name, Store] of [['versions', VersionedStore], ['versions and no replace', VersionedStoreWithoutReplace]] as const) {
        it(`what another process refreshes out of its grace stays, though it was over when it was ${moment} (a store with ${name})`, async () => {
          const store = new Store();
          const another = withGrace({ options: caps, store });
          const service = withGrace({ options: caps, store: meddled(store, moment, async () => {
            expect(await another.publish({ ifMatch: first, expires: 60 })).to.include({ code: 'ok' });
          }) });
          const ended: string[] = [];
          for (const one of [service, another]) one.events.on('event_compositor:expired', ({ oldTag }: PublicationEvent) => ended.push(oldTag ?? ''));
          const first = await another.stored({ body: '1', expires: 8 });
          const second = await another.stored({ body: '2', expires: 9 });
          clock.tick(10_000);
          const third = await service.stored({ body: '3' });
          expect(await Promise.all([first, second, third].map((tag) => another.textOf(tag)))).to.deep.equal(['1', 'not_found', '3']);
          expect(ended).to.deep.equal([second]);
          expect(await tagsOf(service.compositor.list(uri, 'stored'))).to.have.members([first, third]);
        });
      }
    }

    it('a grace that was set to 0 lets what has expired count until its store removes it', async () => {
      const service = withGrace({ options: caps });
      for (const body of ['1', '2']) await service.stored({ body, expires: 9 });
      service.config = { ...service.config, sip_event_compositor_grace: 0 };
      clock.tick(10_000);
      expect(await service.publish({ body: '3' })).to.include({ code: '403: Too Many Publications for This Address' });
      clock.tick(4000);
      expect(await service.publish({ body: '3' })).to.include({ code: 'ok' });
      await service.compositor.close();
    });

    it('on a store that cannot list what has expired counts until it is removed', async () => {
      const service = withGrace({ options: caps, store: ram('count', 'replace') });
      for (const body of ['1', '2']) await service.stored({ body, expires: 9 });
      clock.tick(10_000);
      expect(await service.publish({ body: '3' })).to.include({ code: '403: Too Many Publications for This Address' });
      clock.tick(4000);
      expect(await service.publish({ body: '3' })).to.include({ code: 'ok' });
    });
  });
});
