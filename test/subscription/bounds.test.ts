import { expect } from 'chai';
import { drain, smallestMemory, subscriptions, uac, type SipRequest } from '@nksip-ts/core';
import { mostWaiting } from '../../packages/core/src/subscription/line.ts';
import { faultOf } from '../kit/caught.ts';
import { RequestText } from '../kit/received-text.ts';
import { requestText } from '../kit/request-text.ts';
import { closeAll, overStream, overUdp } from '../wire/running.ts';
import { subscribing } from './client.ts';
import { Notifier } from './notifier.ts';
import { notifier, Watcher } from './subscriber.ts';

describe('what subscriptions hold', () => {
  afterEach(closeAll);

  it('counts in the memory account until they end, with what waits to be sent', async () => {
    const service = await notifier();
    const held = (): number => service.usage().parts['subscriptions'] ?? 0;
    const watcher = new Watcher(await overStream(service), 'TCP');
    expect(held()).to.equal(0);
    await watcher.subscribe();
    const one = held();
    expect(one).to.be.within(400, 700);
    const notifies = [1, 2].map(() => uac.notify(service, `U_${watcher.toTag}`, { body: 'x'.repeat(5000) }));
    expect(held()).to.be.above(one + 10_000);
    await watcher.notified();
    await watcher.notified(481);
    await Promise.all(notifies);
    expect(held()).to.equal(0);
  });

  it('counts a NOTIFY with what it costs: more while it is under way, less while it waits', async () => {
    const service = await notifier();
    const held = (): number => service.usage().parts['subscriptions'] ?? 0;
    const watcher = new Watcher(await overStream(service), 'TCP');
    await watcher.subscribe();
    const costs: number[] = [held()];
    const notifies = [1, 2].map(() => {
      const outcome = uac.notify(service, `U_${watcher.toTag}`, {});
      costs.push(held());
      return outcome;
    });
    const [none = 0, one = 0, two = 0] = costs;
    expect(one - none, 'measured: 2,600').to.be.within(2300, 3000);
    expect(two - one, 'measured: 1,200').to.be.within(1000, 1400);
    await watcher.notified();
    await notifies[0];
    expect(held() - none).to.equal(one - none);
    await watcher.notified();
    await notifies[1];
    expect(held()).to.equal(none);
  });

  it('counts a subscription of ours from its SUBSCRIBE on, each fork, and the texts of its dialog', async () => {
    const { service } = await subscribing();
    const held = (): number => service.usage().parts['subscriptions'] ?? 0;
    const remote = await Notifier.open('udp');
    const refused = uac.subscribe(service, remote.uri, { event: 'weather' });
    remote.answer(await remote.next(), '404 Not Found');
    await refused;
    expect(held()).to.equal(0);
    const granted = uac.subscribe(service, remote.uri, { event: 'weather', expires: 60 });
    const subscribe = await remote.next();
    expect(held(), 'measured: 3,600').to.be.within(3000, 4200);
    remote.grant(subscribe, 60);
    await granted;
    const one = held();
    expect(one, 'measured: 5,300').to.be.within(4700, 5900);
    await remote.notify(subscribe);
    const short = held();
    await remote.notify(subscribe, { contact: `sip:${'a'.repeat(1000)}@127.0.0.1` });
    expect(held() - short).to.be.within(900, 1000);
    await remote.notify(subscribe, { contact: remote.uri });
    expect(held()).to.equal(short);
    await remote.notify(subscribe, { tag: 'n2' });
    expect(held() - short, 'measured: 1,500').to.be.within(1300, 1700);
    await remote.notify(subscribe, { tag: 'n2', state: 'terminated' });
    expect(held()).to.equal(short);
    await service.stop();
    expect(held()).to.equal(0);
  });

  it('counts a subscription once, and forgets it, where its SUBSCRIBE comes again after its transaction and before the answer to its last NOTIFY', async () => {
    const service = await notifier({}, { sip_max_transaction_bytes: 65_536 });
    const others = await overUdp(service);
    const watcher = new Watcher(await overUdp(service));
    const text = watcher.text({ expires: 0 });
    const notifies: RequestText[] = [];
    while (notifies.length < 2) {
      watcher.peer.send(text);
      for (const known = notifies.length; notifies.length === known;) {
        const came = await watcher.peer.inbox.next();
        if (came.startsWith('NOTIFY ') && notifies.every(({ branch }) => branch !== new RequestText(came).branch)) notifies.push(new RequestText(came));
      }
      // So many that the first one is forgotten.
      for (let n = 0; n < 300; n++) await others.ask(requestText({ method: 'OPTIONS', port: others.port }));
    }
    for (const notify of notifies) watcher.answer(notify);
    watcher.peer.send(requestText({ method: 'OPTIONS', port: watcher.peer.port }));
    // A NOTIFY may have been sent again before its answer.
    while (!(await watcher.peer.inbox.next()).startsWith('SIP/2.0 '));
    expect(service.usage().parts['subscriptions']).to.equal(0);
  });

  it('a refresh with a longer Contact counts what it adds', async () => {
    const service = await notifier();
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ contact: '<sip:a@127.0.0.1>' });
    const before = service.usage().parts['subscriptions'] ?? 0;
    await watcher.subscribe({ contact: `<sip:${'a'.repeat(101)}@127.0.0.1>` });
    expect((service.usage().parts['subscriptions'] ?? 0) - before).to.equal(100);
  });

  it('what waits for one peer is bounded: beyond it notify rejects with queue_full, and one document always fits', async () => {
    const service = await notifier();
    const watcher = new Watcher(await overStream(service), 'TCP');
    await watcher.subscribe();
    const handle = `U_${watcher.toTag}`;
    const first = uac.notify(service, handle, { body: 'first' });
    const large = uac.notify(service, handle, { body: 'x'.repeat(mostWaiting) });
    expect(await faultOf(uac.notify(service, handle, {}))).to.deep.include({ code: 'queue_full' });
    await watcher.notified();
    expect((await watcher.notified()).body).to.have.length(mostWaiting);
    expect([(await first).ok, (await large).ok]).to.deep.equal([true, true]);
    const small = [...Array(2000).keys()].map(() => uac.notify(service, handle, { timeout: 0.02, on_timeout: 'keep' }).then(() => 'sent', () => 'refused'));
    expect((await Promise.all(small)).filter((outcome) => outcome === 'refused')).to.have.length.above(1000);
  });

  it('a new one is 503 where there is no memory for it, and what is there is refreshed', async () => {
    const service = await notifier({}, { sip_max_memory: smallestMemory });
    const peer = await overStream(service);
    const codes: number[] = [];
    const route = `Record-Route: <sip:${'r'.repeat(7000)}.example.com;lr>`;
    const first = new Watcher(peer, 'TCP');
    await first.subscribe();
    while (codes.at(-1) !== 503 && codes.length < 3000) codes.push((await new Watcher(peer, 'TCP').subscribe({ headers: [route] })).code);
    expect([codes.at(-1), codes.length > 100]).to.deep.equal([503, true]);
    expect((await first.subscribe({ expires: 60 })).code).to.equal(200);
  });

  it('while the service drains a new one is 503, one that ends is served, and drain waits for its NOTIFY', async () => {
    const service = await notifier({ sip_resubscribe: (req: SipRequest) => {
      void uac.notify(req.service, subscriptions.handleOf(req), { body: 'bye' });
      return ['reply', 'ok'];
    } });
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe();
    const underWay = uac.notify(service, `U_${watcher.toTag}`, {});
    const notify = await watcher.request();
    const drained = drain(service);
    expect((await new Watcher(watcher.peer).subscribe()).code).to.equal(503);
    expect((await watcher.subscribe({ expires: 60 })).code, 'a refresh that goes on').to.equal(503);
    expect((await watcher.subscribe({ expires: 0 })).code).to.equal(200);
    watcher.answer(notify);
    const last = await watcher.notified();
    expect([last.one('Subscription-State'), last.body]).to.deep.equal(['terminated;reason=timeout', 'bye']);
    expect([await drained, (await underWay).ok]).to.deep.equal(['ok', true]);
  });
});
