import type { PublicationEvent } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { CompositorUnderTest, SimpleStore, type Setup } from './compositor-under-test.ts';

const names = ['event_compositor:put', 'event_compositor:refresh', 'event_compositor:modify', 'event_compositor:del', 'event_compositor:expired'] as const;

function watched(setup: Setup = {}): { service: CompositorUnderTest; seen: [string, PublicationEvent][] } {
  const service = new CompositorUnderTest(setup);
  const seen: [string, PublicationEvent][] = [];
  for (const name of names) service.events.on(name, (event) => seen.push([name, event]));
  return { service, seen };
}

describe('watching the compositor', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  for (const etag of ['keep', 'renew'] as const) {
    it(`tells what was done, with both tags (${etag})`, async () => {
      const { service, seen } = watched({ options: { sip_event_compositor_etag: etag } });
      const tags = [await service.stored({ body: 'one', expires: 10 })];
      for (const parts of [{ expires: 20 }, { expires: 30, body: 'two' }, { expires: 0 }]) tags.push((await service.publish({ ...parts, ifMatch: tags.at(-1)! })).tag!);
      expect(seen.map(([name, { reason, service: id, event, aor, oldTag, newTag, record }]) =>
        [name, reason, id, event, aor.user, tags.indexOf(oldTag!), newTag && tags.lastIndexOf(newTag), Buffer.from(record.data).toString(), record.expires - 1_700_000_000])).to.deep.equal(etag === 'renew' ? [
        ['event_compositor:put', 'initial', 'server', 'presence', 'user1', -1, 0, 'one', 10],
        ['event_compositor:refresh', 'refresh', 'server', 'presence', 'user1', 0, 1, 'one', 20],
        ['event_compositor:modify', 'modify', 'server', 'presence', 'user1', 1, 2, 'two', 30],
        ['event_compositor:del', 'remove', 'server', 'presence', 'user1', 2, undefined, 'two', 30],
      ] : [
        ['event_compositor:put', 'initial', 'server', 'presence', 'user1', -1, 3, 'one', 10],
        ['event_compositor:refresh', 'refresh', 'server', 'presence', 'user1', 0, 3, 'one', 20],
        ['event_compositor:modify', 'modify', 'server', 'presence', 'user1', 0, 3, 'two', 30],
        ['event_compositor:del', 'remove', 'server', 'presence', 'user1', 0, undefined, 'two', 30],
      ]);
    });
  }

  it('tells nothing of what was refused, stored for 0 seconds or lost to another process', async () => {
    const store = new SimpleStore();
    let lose = false;
    const { service, seen } = watched({
      options: { sip_event_compositor_etag: 'renew' },
      store: (op, srvId) => lose && op.type === 'del' ? 'not_found' : store.callback(op, srvId),
    });
    const tag = await service.stored();
    seen.length = 0;
    lose = true;
    for (const parts of [{ ifMatch: 'wrong' }, {}, { body: 'x', expires: 0 }, { body: 'x', type: 'a/b' }, { ifMatch: tag, body: 'new' }, { ifMatch: tag, expires: 0 }]) await service.publish(parts);
    expect(seen).to.deep.equal([]);
  });

  it('A47 tells what is over, with its last record, and then nothing', async () => {
    const { service, seen } = watched();
    const tag = await service.stored({ body: 'last', expires: 1 });
    clock.tick(1500);
    expect(seen.slice(1).map(([name, { reason, aor, event, oldTag, newTag, record }]) => [name, reason, aor, event, oldTag, newTag, Buffer.from(record.data).toString()])).to.deep.equal([
      ['event_compositor:expired', 'expired', { scheme: 'sip', user: 'user1', domain: 'example.com' }, 'presence', tag, undefined, 'last'],
    ]);
    clock.tick(10_000);
    expect(seen).to.have.length(2);
    await service.compositor.close();
  });

  it('tells that everything was cleared', async () => {
    const service = new CompositorUnderTest();
    const cleared: unknown[] = [];
    service.events.on('event_compositor:clear', (event) => cleared.push(event));
    const tag = await service.stored();
    expect(await service.compositor.clear()).to.equal('ok');
    expect(cleared).to.deep.equal([{ service: 'server', reason: 'clear' }]);
    expect(await service.textOf(tag)).to.equal('not_found');
  });

  it('a listener that throws changes nothing', async () => {
    const service = new CompositorUnderTest();
    service.events.on('event_compositor:put', () => { throw new Error('mine'); });
    expect(await service.publish({ body: 'x' })).to.include({ code: 'ok' });
    expect(service.logged.at(-1)).to.match(/mine/);
  });

  it('a listener may publish to the same address', async () => {
    const service = new CompositorUnderTest();
    let second: Promise<{ code: string }> | undefined;
    service.events.on('event_compositor:put', () => { second ??= service.publish({ body: 'second' }); });
    await service.stored();
    expect(await second).to.include({ code: 'ok' });
  });
});
