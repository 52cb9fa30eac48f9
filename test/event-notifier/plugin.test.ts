import { expect } from 'chai';
import { drain, NksipError, start, uac, update, use } from '@nksip-ts/core';
import { RamStore, storeCallback } from '@nksip-ts/event-compositor';
import * as eventNotifier from '@nksip-ts/event-notifier';
import { Watcher } from '../subscription/subscriber.ts';
import { fresh } from '../kit/request-text.ts';
import { faultOf, faultThrownBy } from '../kit/caught.ts';
import { closeAll, LogRecorder, overUdp, running } from '../wire/running.ts';
import { alice, present, publish, subscribed, watchedService } from './watched-service.ts';

describe('the plugin event-notifier', () => {
  afterEach(closeAll);

  it('loads the compositor, and adds SUBSCRIBE to Allow', async () => {
    const service = await running({ plugins: ['event-notifier'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence' });
    expect(service.chain('sip_subscribe')).to.deep.equal(['event-notifier', 'core']);
    expect(service.chain('sip_publish')).to.include('event-compositor');
  });

  it('refuses, in a sentence, a store that cannot list', async () => {
    const fault = await faultOf(() => start(fresh('service'), { plugins: ['event-notifier'], sip_events: 'presence', log_level: 'silent' } as object, { sip_event_compositor_store: () => 'not_found' } as object));
    expect(fault.code).to.equal('plugin_failed');
    expect(fault.message).to.include('cannot list');
  });

  it('warns once of a store that other processes may write to', async () => {
    const warned = async (module: object): Promise<readonly string[]> => {
      const logger = new LogRecorder();
      await running({ plugins: ['event-notifier'], sip_events: 'presence', logger }, module);
      return logger.lines.filter(({ level, message }) => level === 'warn' && message.includes('Other processes')).map(({ message }) => message);
    };
    expect(await warned({})).to.deep.equal([]);
    expect(await warned({ sip_event_compositor_store: storeCallback(new RamStore()) })).to.have.length(1);
  });

  it('refuses options that contradict each other, and what is no event package', async () => {
    const refused = async (given: object): Promise<string> => {
      const fault = await faultOf(() => start(fresh('service'), { plugins: ['event-notifier'], log_level: 'silent', ...given } as object));
      return `${fault.code} ${fault.message} ${fault.cause instanceof NksipError ? fault.cause.message : ''}`;
    };
    expect(await refused({ sip_event_notifier_min_expires: 700 })).to.include('must not be below sip_event_notifier_min_expires');
    expect(await refused({ sip_event_notifier_packages: [{ name: 'x' }] })).to.include('sip_event_notifier_packages').and.to.include('media types');
    expect(await refused({ sip_event_notifier_default_decision: 'maybe' })).to.include('sip_event_notifier_default_decision');
  });

  it('lets the service answer some SUBSCRIBEs itself, and notify by hand', async () => {
    const service = await watchedService({}, {
      sip_subscribe: (req: { readonly ruri: { readonly user: string } }) => req.ruri.user === 'own' ? ['reply', 'ok'] : 'continue',
    });
    const own = new Watcher(await overUdp(service));
    await own.subscribe({ uri: 'sip:own@127.0.0.1', event: 'presence', expires: 60 });
    void uac.notify(service, `U_${own.toTag}`, { body: 'by hand', content_type: 'text/plain' });
    expect((await own.notified()).body).to.equal('by hand');
    expect((await own.subscribe({ uri: 'sip:own@127.0.0.1', event: 'presence', expires: 60 })).code).to.equal(200);
    const other = new Watcher(await overUdp(service));
    await subscribed(other, alice);
    expect((await other.notified()).body).to.include('closed');
  });

  it('processes what a service hands to request, and nothing that is not of a service with it', async () => {
    const service = await watchedService({}, { sip_subscribe: async (req: never) => ['reply', await eventNotifier.request(req)] });
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    expect((await watcher.notified()).body).to.include('closed');
    const bare = await running();
    expect((await faultOf(eventNotifier.stateOf(bare, 'sip:a@b', 'presence'))).code).to.equal('plugin_not_in_service');
    expect((await faultOf(eventNotifier.changed('nobody', 'sip:a@b', 'presence'))).code).to.equal('service_not_found');
    expect((await faultOf(eventNotifier.decide(undefined as never, '', 'allow'))).code).to.equal('service_not_found');
  });

  it('refuses arguments that mean nothing', async () => {
    const service = await watchedService();
    const codes = await Promise.all([
      eventNotifier.decide(service, 'U_1', 'maybe' as 'allow'), eventNotifier.terminate(service, 'U_1', 'bored' as 'giveup'), eventNotifier.terminate(service, 'U_1', 'rejected', 5),
      eventNotifier.terminate(service, 'U_1', 'giveup', -1), eventNotifier.changed(service, 'alice', 'presence'), eventNotifier.changed(service, 'sip:a@b', 'conference'), eventNotifier.refresh(service, ''),
    ].map(async (work) => (await faultOf(work)).code));
    expect(codes).to.deep.equal(['invalid_argument', 'invalid_argument', 'invalid_argument', 'invalid_argument', 'invalid_aor', 'invalid_argument', 'invalid_aor']);
    expect(await eventNotifier.decide(service, 'U_1', 'allow')).to.equal('not_found');
    expect(await eventNotifier.terminate(service, 'U_1')).to.equal('not_found');
    expect(faultThrownBy(() => eventNotifier.definePackage({} as never)).code).to.equal('invalid_argument');
  });

  it('tells who watches (kamailio 2188)', async () => {
    const service = await watchedService();
    for (const event of ['presence', 'dialog']) await subscribed(new Watcher(await overUdp(service)), { ...alice, event });
    await subscribed(new Watcher(await overUdp(service)), { uri: 'sip:carol@127.0.0.1' });
    const found = async (filter?: Parameters<typeof eventNotifier.watchers>[1]): Promise<readonly string[]> => {
      const list: string[] = [];
      for await (const { aor, event } of eventNotifier.watchers(service, filter)) list.push(`${aor.user} ${event}`);
      return list.sort();
    };
    expect(await found()).to.deep.equal(['alice dialog', 'alice presence', 'carol presence']);
    expect(await found({ aor: 'sip:alice@127.0.0.1' })).to.deep.equal(['alice dialog', 'alice presence']);
    expect(await found({ aor: 'sip:alice@127.0.0.1', event: 'dialog' })).to.deep.equal(['alice dialog']);
    expect(await found({ event: 'presence' })).to.deep.equal(['alice presence', 'carol presence']);
    expect([...use(service.id, 'event-notifier').watchers()]).to.have.length(3);
  });

  it('tells its events with the watcher, the last one with the reason', async () => {
    const told: string[] = [];
    const service = await watchedService({ sip_event_notifier_default_decision: 'confirm' });
    for (const name of ['start', 'pending', 'notified', 'refresh', 'terminated'] as const) {
      service.events.on(`event_notifier:${name}` as 'event_notifier:terminated', (watcher, reason: unknown) => { told.push(`${name} ${watcher.from} ${watcher.decision}${reason === undefined ? '' : ` ${String(reason)}`}`); });
    }
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    await watcher.notified();
    await subscribed(watcher, alice);
    await watcher.notified();
    await subscribed(watcher, { ...alice, expires: 0 });
    await watcher.notified();
    const bob = 'sip:watcher@example.com confirm';
    expect(told.filter((text) => !text.startsWith('notified'))).to.deep.equal([`start ${bob}`, `pending ${bob}`, `refresh ${bob}`, `terminated ${bob} timeout`]);
    expect(told).to.include(`notified ${bob}`);
  });

  it('follows an update of its options and of sip_events', async () => {
    const service = await watchedService({ sip_event_notifier_min_interval: 0 });
    await publish(service, '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@127.0.0.1"><tuple id="1"><status><basic>open</basic></status></tuple></presence>');
    await present(service, 'closed');
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    expect((await watcher.notified()).body).to.include('open').and.to.include('closed');
    await update(service, { sip_event_notifier_presence_compose: 'latest', sip_event_notifier_max_expires: 100 } as object);
    expect((await subscribed(watcher, { ...alice, expires: 200 })).one('Expires')).to.equal('100');
    const last = [await watcher.notified()];
    if (last[0]!.body.includes('open')) last.push(await watcher.notified());
    expect(last.at(-1)?.body).to.include('closed').and.not.to.include('open');
  });

  it('tells watchers at once what an update of its options makes of their documents', async () => {
    const service = await watchedService({ sip_event_notifier_min_interval: 0 });
    await present(service, 'open');
    await present(service, 'closed');
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    expect((await watcher.notified()).body).to.include('open').and.to.include('closed');
    await update(service, { sip_event_notifier_presence_compose: 'latest' } as object);
    expect((await watcher.notified()).body).to.include('closed').and.not.to.include('open');
  });

  it('refuses, while the service drains, whom sip_event_notifier_authorize was still asked about: nothing would follow its 200', async () => {
    let allow = (): void => undefined;
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => { isAsked = resolve; });
    const service = await watchedService({}, { sip_event_notifier_authorize: () => new Promise((resolve) => { allow = () => { resolve('allow'); }; isAsked(); }) });
    const watcher = new Watcher(await overUdp(service));
    watcher.peer.send(watcher.text({ ...alice, event: 'presence' }));
    await asked;
    const drained = drain(service.id);
    allow();
    expect((await watcher.peer.next()).code).to.equal(503);
    expect(await drained).to.equal('ok');
  });

  it('serves, while the service drains, whoever ends a subscription', async () => {
    const service = await watchedService();
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    await watcher.notified();
    const drained = drain(service.id);
    const last = await watcher.request();
    expect(last.one('Subscription-State')).to.equal('terminated;reason=deactivated');
    watcher.answer(last);
    expect(await drained).to.equal('ok');
  });
});
