import { expect } from 'chai';
import sinon from 'sinon';
import { RamStore, type StateChange } from '@nksip-ts/event-compositor';
import { CompositorUnderTest, SimpleStore } from './compositor-under-test.ts';

const aor = 'sip:user1@example.com';

function short(change: StateChange): string {
  if (change.reason === 'clear') return 'clear';
  if (change.reason === 'unknown') return `unknown ${change.aor?.user ?? 'all'}`;
  const { reason, aor: { user }, oldTag, newTag, record } = change;
  return `${reason} ${user} ${oldTag === undefined ? 'new' : 'old'} ${newTag === undefined ? 'gone' : 'there'} ${Buffer.from(record.data).toString()}`;
}

describe('what the compositor offers to plugins', () => {
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => { clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'Date', 'performance'] }); });
  afterEach(() => { clock.restore(); });

  it('a feed tells where nobody knows whether the store has carried something out, but not where it could not be read', async () => {
    const told: string[] = [];
    const test = new CompositorUnderTest({ store: ({ type }) => Promise.reject(new Error(type)) });
    test.compositor.onChange((change) => { told.push(short(change)); });
    const { code } = await test.publish({ uri: aor, body: 'x' });
    expect(code).to.include('internal_error');
    expect((await test.publish({ uri: aor, ifMatch: 'tag' })).code).to.include('internal_error');
    await test.compositor.clear().catch(() => undefined);
    expect(told).to.deep.equal(['unknown user1', 'unknown all']);
  });

  it('a feed asks whether a change is wanted, and spares it while nobody does', async () => {
    const service = new CompositorUnderTest();
    const told: string[] = [];
    let isWanted = false;
    service.compositor.onChange((change) => told.push(short(change)), () => isWanted);
    await service.stored({ body: 'one' });
    isWanted = true;
    await service.stored({ body: 'two' });
    expect(told).to.deep.equal(['initial user1 new there two']);
  });

  it('a feed tells every change once, in order, when the store has it and before the response', async () => {
    const service = new CompositorUnderTest();
    const told: string[] = [];
    const end = service.compositor.onChange((change) => told.push(short(change)));
    const reply = service.now({ body: 'one', expires: 60 });
    expect(told, 'at once').to.deep.equal(['initial user1 new there one']);
    const [, { sip_etag: tag = '' }] = reply as unknown as [string, { sip_etag?: string }];
    await service.publish({ ifMatch: tag, expires: 60 });
    await service.publish({ ifMatch: tag, body: 'two', expires: 60 });
    const record = await service.compositor.find(aor, tag);
    await service.publish({ ifMatch: tag, expires: 0 });
    if (record === 'not_found') throw new Error('it is gone');
    expect(await service.compositor.restore({ aor: { scheme: 'sip', user: 'user1', domain: 'example.com' }, tag, record })).to.equal('stored');
    await clock.tickAsync(62_000);
    await service.stored({ body: 'three' });
    await service.compositor.clear();
    expect(told.slice(1)).to.deep.equal([
      'refresh user1 old there one', 'modify user1 old there two', 'remove user1 old gone two', 'restore user1 new there two', 'expired user1 old gone two', 'initial user1 new there three', 'clear',
    ]);
    end();
    await service.stored();
    expect(told).to.have.length(8);
    await service.compositor.close();
  });

  it('what a listener of the feed throws is a fault, and changes neither the response nor what others are told', async () => {
    const service = new CompositorUnderTest();
    const told: string[] = [];
    service.compositor.onChange(() => { throw new Error('as the test wants it'); });
    service.compositor.onChange((change) => told.push(change.reason));
    expect((await service.publish({ body: 'x' })).code).to.equal('ok');
    expect([told, service.faults.map(({ error }) => error.code)]).to.deep.equal([['initial'], ['internal']]);
    await service.compositor.close();
  });

  it('a check of bodies is asked at the step of the body: after 489, 412, 423, 415 and 413, and its sentence is a 400', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_min_expires: 10, sip_event_compositor_max_body: 20 } });
    const seen: string[] = [];
    const end = service.compositor.checkBody(({ aor: { user }, event, data, content_type }) => {
      seen.push(`${user} ${event} ${content_type}`);
      return Buffer.from(data).includes('bad') ? 'Malformed XML' : undefined;
    });
    const refused = [{ event: 'nobody' }, { ifMatch: 'unknown' }, { expires: 5 }, { type: 'text/plain' }, { body: 'bad'.repeat(10) }];
    const codes = await Promise.all(refused.map(async (parts) => (await service.publish({ body: 'bad', ...parts })).code.split(':')[0]));
    expect([codes, seen]).to.deep.equal([['bad_event', 'conditional_request_failed', 'interval_too_brief', '415', '413'], []]);
    expect((await service.publish({ body: 'bad' })).code).to.equal('invalid_request: Malformed XML');
    const tag = await service.stored({ body: 'good' });
    expect((await service.publish({ ifMatch: tag, body: 'bad' })).code).to.equal('invalid_request: Malformed XML');
    expect(await service.textOf(tag)).to.equal('good');
    expect((await service.publish({ ifMatch: tag })).code, 'a refresh has no body').to.equal('ok');
    expect(seen).to.deep.equal(Array(3).fill('user1 presence application/pidf+xml'));
    end();
    expect((await service.publish({ body: 'bad' })).code).to.equal('ok');
    await service.compositor.close();
  });

  it('remove takes one publication, or all of an address, and tells of each', async () => {
    const service = new CompositorUnderTest();
    const told: string[] = [];
    const tags = [await service.stored({ body: 'one' }), await service.stored({ body: 'two' }), await service.stored({ body: 'three' })];
    await service.stored({ uri: 'sip:user2@example.com' });
    service.compositor.onChange((change) => told.push(short(change)));
    service.events.on('event_compositor:del', ({ reason }) => told.push(reason));
    expect(await service.compositor.remove(aor, tags[0])).to.equal(1);
    expect(await service.compositor.remove(aor, tags[0])).to.equal(0);
    expect(told).to.deep.equal(['remove user1 old gone one', 'remove']);
    expect(await service.compositor.remove('sip:user1@example.com:5070;x=y')).to.equal(2);
    expect(await service.compositor.count()).to.equal(1);
    expect((await service.publish({ ifMatch: tags[1] ?? '', body: 'x' })).code).to.equal('conditional_request_failed');
    for (const [wrong, code] of [[service.compositor.remove('nobody'), 'invalid_aor'], [service.compositor.remove(aor, 5 as unknown as string), 'invalid_argument']] as const) {
      expect(await wrong.catch((error: unknown) => error)).to.include({ code });
    }
    await service.compositor.close();
  });

  it('remove waits for its turn at the address, and needs a list only for all of one', async () => {
    const ram = new RamStore();
    let release: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => { release = resolve; });
    const service = new CompositorUnderTest({ store: {
      get: (...of) => ram.get(...of), put: async (srvId, address, tag, record, ttl) => { await slow; ram.put(srvId, address, tag, record, ttl); }, del: (srvId, address, tag) => ram.del(srvId, address, tag), delAll: (of) => { ram.delAll(of); },
      list: (...of) => ram.list(...of), count: (...of) => ram.count(...of),
    } });
    const published = service.publish({ body: 'x' });
    const removed = service.compositor.remove(aor);
    release();
    expect([(await published).code, await removed, await service.compositor.count()]).to.deep.equal(['ok', 1, 0]);
    await service.compositor.close();
    await ram.close();
    const simple = new CompositorUnderTest({ store: new SimpleStore().callback });
    const tag = await simple.stored();
    expect(await simple.compositor.remove(aor).catch((error: unknown) => error)).to.include({ code: 'list_not_supported' });
    expect(await simple.compositor.remove(aor, tag)).to.equal(1);
    await simple.compositor.close();
  });
});
