import { objects } from '@nksip-ts/admin';
import { use } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import '@nksip-ts/registrar';
import { expect } from 'chai';
import { registerText } from '../registrar/register-text.ts';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, later, overUdp } from '../wire/running.ts';
import { desk, publish } from './desk.ts';
import { EventStream } from './event-stream.ts';

describe('the events of the desk', () => {
  afterEach(closeAll);

  it('a sample comes at once and then each second, with what /api/usage has', async () => {
    const { url } = await desk();
    const stream = await reading(url);
    for (let i = 0; i < 2; i++) expect(objects.usage.parse((await stream.next(({ event }) => event === 'sample')).data).counts.publications).to.equal(0);
  });

  it('a publication is told when it is made, refreshed, changed and removed, within a second', async () => {
    const one = await desk();
    const stream = await reading(one.url);
    await stream.next(({ event }) => event === 'sample');
    const tag = await publish(one, 'alice', 'here');
    await publish(one, 'alice', '', { etag: tag });
    await publish(one, 'alice', 'there', { etag: tag });
    await publish(one, 'alice', '', { etag: tag, expires: 0 });
    for (const kind of ['published', 'refreshed', 'modified', 'removed']) {
      const { data } = await stream.next(({ event }) => event === 'publication');
      expect(data).to.include({ kind, uri: 'sip:alice@example.com', event: 'nkpublish', tag });
    }
  });

  it('a refusal is told with its reason, and a watcher when it begins and ends', async () => {
    const one = await desk({ plugins: ['event-compositor', 'event-notifier', 'admin'], sip_event_notifier_default_decision: 'allow' });
    const stream = await reading(one.url);
    await stream.next(({ event }) => event === 'sample');
    await one.peer.ask(registerText({ method: 'PUBLISH', uri: 'sip:alice@example.com', headers: ['Event: nothing'] }));
    expect((await stream.next(({ event }) => event === 'refusal')).data).to.include({ code: 489, event: 'nothing' });
    const watcher = new Watcher(await overUdp(one.service));
    await watcher.subscribe({ event: 'nkpublish', expires: 600 });
    await watcher.notified();
    await watcher.subscribe({ event: 'nkpublish', expires: 0 });
    for (const kind of ['started', 'ended']) expect((await stream.next(({ event }) => event === 'watcher')).data).to.include({ kind, uri: 'sip:alice@example.com', transport: 'udp', source: `127.0.0.1:${watcher.peer.port}` });
  });

  it('what is registered for an address is told when it changes, and when all of it is gone', async () => {
    const one = await desk({ plugins: ['registrar', 'admin'] });
    const stream = await reading(one.url);
    await stream.next(({ event }) => event === 'sample');
    await one.peer.ask(registerText({ contact: ['<sip:alice@192.0.2.1>', '<sip:alice@192.0.2.2>'] }));
    expect((await stream.next(({ event }) => event === 'registration')).data).to.deep.equal({ kind: 'changed', uri: 'sip:alice@example.com', contacts: 2 });
    await use(one.service, 'registrar').clear();
    expect((await stream.next(({ event }) => event === 'registration')).data).to.deep.equal({ kind: 'cleared' });
  });

  it('while nobody reads, nobody listens: the service puts no change into words', async () => {
    const one = await desk();
    const names = ['event_compositor:put', 'event_compositor:refresh', 'event_compositor:expired', 'event_notifier:start', 'registrar:changed'] as const;
    const listeners = (): number => names.reduce((sum, name) => sum + one.service.events.listenerCount(name), 0);
    expect(listeners()).to.equal(0);
    const streams = [await reading(one.url), await reading(one.url)];
    await streams[0]?.next(({ event }) => event === 'sample');
    expect(listeners()).to.equal(names.length);
    for (const stream of streams) stream.close();
    while (listeners() > 0) await new Promise(setImmediate);
  });
});

async function reading(url: string): Promise<EventStream> {
  const stream = await EventStream.open(url);
  later(() => { stream.close(); });
  return stream;
}
