import { expect } from 'chai';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, overStream, overUdp } from '../wire/running.ts';
import { alice, cseqOf, fast, nothingMore, present, subscribed, watchedService, watcherCount } from './watched-service.ts';

describe('what watchers answer to a NOTIFY, on the wire', () => {
  afterEach(closeAll);

  it('C12 RFC 6665 4.2.2 a 3xx is not followed, and ends nothing: the next change goes where the last one went', async () => {
    const service = await watchedService(fast);
    const elsewhere = await overUdp(service);
    for (const code of [300, 301, 302, 305, 380]) {
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, alice);
      const first = await watcher.notified(code, [`Contact: <sip:w@127.0.0.1:${elsewhere.port}>`]);
      const tag = await present(service, 'open');
      const second = await watcher.notified();
      expect([second.uri, cseqOf(second), second.body.includes('open')], String(code)).to.deep.equal([first.uri, cseqOf(first) + 1, true]);
      await present(service, 'closed', { tag });
      expect((await watcher.notified()).body).to.include('closed');
    }
    expect(elsewhere.inbox.waiting).to.deep.equal([]);
  });

  it('C12 an answer that comes twice is one: the second ends nothing and takes nothing, whatever it says', async () => {
    const service = await watchedService(fast);
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    const first = await watcher.notified();
    watcher.answer(first);
    watcher.answer(first, 481);
    watcher.answer(first, 500);
    await present(service, 'open');
    const second = await watcher.notified();
    expect([cseqOf(second) - cseqOf(first), second.body.includes('open')]).to.deep.equal([1, true]);
    watcher.answer(first, 481);
    watcher.answer(second, 481);
    await nothingMore(watcher);
    expect((await watcher.subscribe({ ...alice, event: 'presence' })).code).to.equal(200);
  });

  it('C11 an answer that comes when nobody waits any more changes nothing, and with keep the state goes again (opensips 380)', async () => {
    const service = await watchedService({ ...fast, sip_event_notifier_on_timeout: 'keep', sip_timer_t1: 5, sip_timer_t2: 10 });
    const watcher = new Watcher(await overStream(service), 'TCP');
    const failed = new Promise((resolve) => { service.events.once('event_notifier:failed', (_, how) => { resolve(how.code); }); });
    await subscribed(watcher, alice);
    const late = await watcher.request();
    expect(await failed).to.equal(408);
    watcher.answer(late, 481);
    await nothingMore(watcher);
    await present(service, 'open');
    expect((await watcher.notified()).body).to.include('open');
    expect((await watcher.subscribe({ ...alice, event: 'presence' })).code).to.equal(200);
  });

  it('C11 with remove who answers late is none any more: 481 to what it sends then', async () => {
    const service = await watchedService({ ...fast, sip_timer_t1: 5, sip_timer_t2: 10 });
    const watcher = new Watcher(await overStream(service), 'TCP');
    const ended = new Promise((resolve) => { service.events.once('event_notifier:terminated', (_, reason) => { resolve(reason); }); });
    await subscribed(watcher, alice);
    const late = await watcher.request();
    expect(await ended).to.deep.equal(['code', 408]);
    watcher.answer(late);
    await present(service, 'open');
    await nothingMore(watcher);
    expect((await watcher.subscribe({ ...alice, event: 'presence' })).code).to.equal(481);
    expect(await watcherCount(service)).to.equal(0);
  });
});
