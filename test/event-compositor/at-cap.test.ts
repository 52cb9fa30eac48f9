import { RamStore, storeCallback, type EventStateStore, type PublicationEvent, type RegPublish } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { type PublishParts, publishRequest } from '../kit/sip-request.ts';
import { answerOf, CompositorUnderTest, type Answer, type Setup } from './compositor-under-test.ts';
import { meddled } from './meddled-store.ts';
import { PlainStore } from './plain-store.ts';
import { VersionedStore, VersionedStoreWithoutReplace } from './versioned-store.ts';

const full = '403: Too Many Publications for This Address';
const options = { sip_event_compositor_max_per_aor: 2, sip_event_compositor_secret: 'a secret of all processes' } as const;

/** A PUBLISH of a user who has signed in. */
async function publishAs(service: CompositorUnderTest, user: string, parts: PublishParts): Promise<Answer> {
  return answerOf(await service.compositor.publish({ ...publishRequest(parts), digestUsers: new Map([['example.com', user]]) }));
}

async function storedAs(service: CompositorUnderTest, user: string, parts: PublishParts): Promise<string> {
  const { code, tag } = await publishAs(service, user, parts);
  expect(code).to.equal('ok');
  return tag!;
}

/** A store without these methods. */
function without(store: EventStateStore, ...methods: ('replace' | 'count' | 'list')[]): EventStateStore {
  return new Proxy(store, { get: (target, name) => methods.some((method) => method === name) ? undefined : Reflect.get(target, name)?.bind?.(target) ?? Reflect.get(target, name) });
}

describe('sip_event_compositor_at_cap', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  const stores: readonly (readonly [string, () => Pick<Setup, 'store'>])[] = [
    ['RAM', () => ({})], ['an asynchronous store', () => ({ store: new PlainStore() })], ['a store without replace', () => ({ store: without(new PlainStore(), 'replace') })],
    ['a store without count', () => ({ store: without(new RamStore(), 'count') })],
  ];
  for (const [name, store] of stores) {
    it(`'replace', ${name}: the oldest publication of the same signed-in user gives way, and each end is told`, async () => {
      const service = new CompositorUnderTest({ options, ...store() });
      const seen: unknown[] = [];
      for (const event of ['event_compositor:put', 'event_compositor:del'] as const) service.events.on(event, ({ reason, oldTag, newTag, record }: PublicationEvent) => seen.push([reason, oldTag, newTag, Buffer.from(record.data).toString()]));
      const first = await storedAs(service, 'alice', { body: '1', expires: 600 });
      clock.tick(1000);
      const second = await storedAs(service, 'alice', { body: '2', expires: 60 });
      clock.tick(1000);
      await publishAs(service, 'alice', { ifMatch: first, expires: 600 });
      seen.length = 0;
      const third = await storedAs(service, 'alice', { body: '3' });
      expect(seen).to.deep.equal([['replaced', first, undefined, '1'], ['initial', undefined, third, '3']]);
      expect(await Promise.all([first, second, third].map((tag) => service.textOf(tag)))).to.deep.equal(['not_found', '2', '3']);
      expect(await service.publish({ ifMatch: first })).to.include({ code: 'conditional_request_failed' });
      expect(service.faults).to.deep.equal([]);
    });

    it(`'replace', ${name}: what others have there stays, and who has nothing there is 403`, async () => {
      const service = new CompositorUnderTest({ options, ...store() });
      const bobs = await storedAs(service, 'bob', { body: 'bob' });
      clock.tick(1000);
      const alices = await storedAs(service, 'alice', { body: 'alice' });
      expect(await publishAs(service, 'carol', { body: 'carol' })).to.include({ code: full });
      await storedAs(service, 'alice', { body: 'again' });
      expect([await service.textOf(bobs), await service.textOf(alices)]).to.deep.equal(['bob', 'not_found']);
    });
  }

  it("'replace' knows nobody who has not signed in, for From can be forged", async () => {
    const service = new CompositorUnderTest({ options });
    const tags = [await service.stored({ body: '1' }), await service.stored({ body: '2' })];
    expect(await service.publish({ body: '3' })).to.include({ code: full });
    expect(await publishAs(service, 'user1', { body: '3' })).to.include({ code: full });
    expect([await service.textOf(tags[0]), await service.textOf(tags[1])]).to.deep.equal(['1', '2']);
  });

  it("'replace' is the default, and 'refuse' answers 403 to all", async () => {
    expect(new CompositorUnderTest().config.sip_event_compositor_at_cap).to.equal('replace');
    const service = new CompositorUnderTest({ options: { ...options, sip_event_compositor_at_cap: 'refuse' } });
    for (const body of ['1', '2']) await storedAs(service, 'alice', { body });
    expect(await publishAs(service, 'alice', { body: '3' })).to.include({ code: full });
  });

  it("'replace' takes a record that does not say since when it is there for the oldest", async () => {
    const service = new CompositorUnderTest({ options });
    const aor = { scheme: 'sip', user: 'user1', domain: 'example.com' };
    const record: RegPublish = { data: Buffer.from('x'), event: 'presence', publisher: 'alice@example.com', expires: 1_700_000_600 };
    await storedAs(service, 'alice', { body: '1' });
    await service.compositor.restore({ aor, tag: 'former', record });
    await storedAs(service, 'alice', { body: '2' });
    expect(await service.textOf('former')).to.equal('not_found');
  });

  it("'replace' needs a store that can list: else 403", async () => {
    const service = new CompositorUnderTest({ options, store: without(new RamStore(), 'list') });
    for (const body of ['1', '2']) await storedAs(service, 'alice', { body });
    expect(await publishAs(service, 'alice', { body: '3' })).to.include({ code: full });
  });

  it("'replace' answers a repeat of what took the last room with its 200, and replaces nothing", async () => {
    const service = new CompositorUnderTest({ options });
    const first = await storedAs(service, 'alice', { body: '1' });
    const second = await storedAs(service, 'alice', { body: '2', transaction: 7 });
    expect(await storedAs(service, 'alice', { body: '2', transaction: 7 })).to.equal(second);
    expect(await service.textOf(first)).to.equal('1');
  });

  for (const [name, make] of [['replace', () => new PlainStore()], ['no replace', () => without(new PlainStore(), 'replace')]] as const) {
    it(`'replace': of processes that want the same place at once each gets one of its own, and the cap holds (a store with ${name})`, async () => {
      const shared = make();
      const processes = Array.from({ length: 2 }, () => new CompositorUnderTest({ options: { ...options, sip_event_compositor_max_per_aor: 3 }, store: shared }));
      const old: string[] = [];
      for (const body of ['1', '2', '3']) {
        old.push(await storedAs(processes[0]!, 'alice', { body }));
        clock.tick(1000);
      }
      const fresh = await Promise.all(processes.map((one, i) => storedAs(one, 'alice', { body: `new ${i}` })));
      const left = await Promise.all([...old, ...fresh].map((tag) => processes[0]!.textOf(tag)));
      expect(left).to.deep.equal(['not_found', 'not_found', '3', 'new 0', 'new 1']);
    });
  }

  for (const moment of ['listed', 'read', 'writes'] as const) {
    for (const [name, Store] of [['versions', VersionedStore], ['versions and no replace', VersionedStoreWithoutReplace]] as const) {
      it(`'replace': what another process modifies is the oldest no more, though it was when it was ${moment} (a store with ${name})`, async () => {
        const shared = new Store();
        const another = new CompositorUnderTest({ options, store: shared });
        const service = new CompositorUnderTest({ options, store: meddled(shared, moment, () => publishAs(another, 'alice', { ifMatch: first, body: 'newer' })) });
        const first = await storedAs(another, 'alice', { body: '1' });
        clock.tick(1000);
        const second = await storedAs(another, 'alice', { body: '2' });
        clock.tick(1000);
        const third = await storedAs(service, 'alice', { body: '3' });
        expect(await Promise.all([first, second, third].map((tag) => another.textOf(tag)))).to.deep.equal(['newer', 'not_found', '3']);
      });
    }
  }

  it("'replace': who is always too late is 503, and nothing was written", async () => {
    const store = new PlainStore();
    const callback = storeCallback(store);
    const late = Object.assign<typeof callback, typeof callback>((op, srvId) => op.type === 'put' && op.previous_tag !== undefined ? 'not_found' : callback(op, srvId), callback);
    const service = new CompositorUnderTest({ options, store: late });
    for (const body of ['1', '2']) await storedAs(service, 'alice', { body });
    expect(await publishAs(service, 'alice', { body: '3' })).to.include({ code: '503: Publication Changed Meanwhile 5' });
    expect(store.rows.size).to.equal(2);
  });

  it('a store that fails while it is listed is a fault of the store, and nothing gives way', async () => {
    const store = new PlainStore();
    store.list = async function* () { throw new Error('disk'); };
    const service = new CompositorUnderTest({ options, store });
    for (const body of ['1', '2']) await storedAs(service, 'alice', { body });
    expect(await publishAs(service, 'alice', { body: '3' })).to.include({ code: 'internal_error: Service Error' });
    expect(store.rows.size).to.equal(2);
  });
});
