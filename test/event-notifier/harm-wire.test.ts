import { expect } from 'chai';
import { find, storeCallback } from '@nksip-ts/event-compositor';
import { aorKey, type Aor } from '@nksip-ts/sip';
import { Watcher, type SubscribeParts } from '../subscription/subscriber.ts';
import { closeAll, overStream, overUdp, overWebSocket } from '../wire/running.ts';
import { SlowStore } from './slow-store.ts';
import { alice, fast, present, subscribed, watchedService, watcherCount } from './watched-service.ts';

describe('watchers who do harm, on the wire', () => {
  afterEach(closeAll);

  it('a store that lists one address slowly delays nobody who watches another one', async () => {
    const lists: (() => void)[] = [];
    const slow = (aor: Aor | undefined): number | Promise<void> => aor !== undefined && aorKey(aor).includes('slow') ? new Promise((resolve) => { lists.push(resolve); }) : 0;
    const service = await watchedService(fast, { sip_event_compositor_store: storeCallback(new SlowStore(slow)) });
    const waits = new Watcher(await overUdp(service));
    waits.peer.send(waits.text({ uri: 'sip:slow@127.0.0.1', event: 'presence' }));
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    await watcher.notified();
    await present(service, 'open');
    expect((await watcher.notified()).body).to.include('<basic>open');
    expect([lists.length, waits.peer.inbox.waiting], 'the other one still waits').to.deep.equal([1, []]);
    while (waits.peer.inbox.waiting.length === 0) {
      for (const go of lists.splice(0)) go();
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    expect((await waits.peer.next()).code).to.equal(200);
  });

  it('no publication is ever harmed by a watcher, whatever that is: all are there afterwards, with their tags', async () => {
    const service = await watchedService({ ...fast, sip_timer_t1: 5, sip_timer_t2: 10, sip_event_notifier_max_per_watcher: 2 });
    const tags: string[] = [];
    for (let n = 0; n < 5; n++) tags.push(await present(service, n % 2 === 0 ? 'open' : 'closed', { expires: 600 }));
    const uri = { uri: 'sip:alice@127.0.0.1' };
    const parts: readonly SubscribeParts[] = [
      {}, { expires: 0 }, { event: 'dialog' }, { event: 'unknown' }, { event: null }, { contact: null }, { contact: '*' }, { contact: '<sip:a@b>, <sip:c@d>' }, { expires: 'soon' }, { expires: 1 },
      { headers: ['Accept: text/html'] }, { headers: ['Accept: ,;='] }, { headers: ['SIP-If-Match: '.concat(tags[0] ?? '')] }, { headers: ['Content-Type: application/pidf+xml'], body: '<presence/>' },
      { to: '<sip:alice@127.0.0.1>;tag=nobodys' }, { headers: ['Record-Route: <sip:192.0.2.1;lr>'] }, { headers: ['Record-Route: <'] },
    ];
    for (const one of parts) {
      const watcher = new Watcher(await overStream(service), 'TCP');
      await watcher.subscribe({ event: 'presence', ...uri, ...one });
      watcher.peer.close();
    }
    for (const code of [481, 404, 500, 503, 302, 407, 604]) {
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, uri);
      await watcher.notified(code, code === 503 ? ['Retry-After: 1'] : []);
    }
    const [silent, gone] = [new Watcher(await overUdp(service)), new Watcher(await overWebSocket(service), 'WS')];
    const ended = new Promise((resolve) => { service.events.on('event_notifier:terminated', ({ id }) => { if (id === `U_${silent.toTag}`) resolve(undefined); }); });
    await subscribed(gone, { ...uri, contact: '<sip:x@abc.invalid;transport=ws>' });
    gone.peer.close();
    await subscribed(silent, uri);
    await present(service, 'open', { user: 'bob' });
    await ended;
    for (const [n, tag] of tags.entries()) {
      const found = await find(service, 'sip:alice@127.0.0.1', tag);
      expect(found === 'not_found' ? found : Buffer.from(found.data).toString()).to.include(n % 2 === 0 ? '<basic>open' : '<basic>closed');
    }
    expect(await present(service, 'closed', { tag: tags[0] ?? '' })).to.be.a('string');
  });

  it('C22 a phone that subscribes 1,000 times, each time with a new Call-ID, holds ten subscriptions, and others are told at once (opensips 3514, kamailio 1489)', async () => {
    const service = await watchedService(fast);
    const alive = new Watcher(await overUdp(service));
    await subscribed(alive, alice);
    await alive.notified();
    const peer = await overStream(service);
    peer.socket.setNoDelay();
    const ends = new Map<string, string>();
    for (let n = 0; n < 1000; n++) {
      const watcher = new Watcher(peer, 'TCP');
      peer.send(watcher.text({ ...alice, event: 'presence', contact: '<sip:phone@192.0.2.7>' }));
      // The 200 and the first NOTIFY, and beyond ten the last one of the oldest.
      for (let left = n < 10 ? 2 : 3; left > 0; left--) {
        const text = await peer.inbox.next();
        if (!text.startsWith('NOTIFY')) continue;
        const callId = /^Call-ID: (.*)\r$/m.exec(text)?.[1] ?? '';
        ends.set(callId, `${ends.get(callId) ?? ''} ${/^Subscription-State: (\w+)/m.exec(text)?.[1]}`);
        peer.send(['SIP/2.0 200 OK', ...text.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq): /.test(line)), 'Content-Length: 0', '', ''].join('\r\n'));
      }
    }
    expect(await watcherCount(service)).to.equal(11);
    const seen = [...ends.values()];
    expect([seen.filter((states) => states === ' active terminated').length, seen.filter((states) => states === ' active').length]).to.deep.equal([990, 10]);
    await present(service, 'open');
    expect((await alive.notified()).body).to.include('<basic>open');
  });
});
