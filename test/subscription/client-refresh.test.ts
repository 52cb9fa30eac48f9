import { subscriptions, uac } from '@nksip-ts/core';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import type { MessageText } from '../kit/received-text.ts';
import { closeAll } from '../wire/running.ts';
import { subscribing, type Client } from './client.ts';
import { Notifier, type NotifyParts } from './notifier.ts';

describe('a subscription of ours, in time', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  interface Scene extends Client {
    readonly notifier: Notifier;
    readonly first: MessageText;
    readonly handle: string;
  }

  /** Subscribed and notified once. */
  async function subscribed(options: object = {}, granted = 100, notify: NotifyParts | 'none' = {}): Promise<Scene> {
    const client = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(client.service, notifier.uri, { event: 'presence', expires: 100, ...options });
    const first = await notifier.next();
    notifier.grant(first, granted);
    const { subscription = '' } = await result;
    if (notify !== 'none') await notifier.notify(first, { state: `active;expires=${granted}`, ...notify });
    return { ...client, notifier, first, handle: subscription };
  }

  it('RFC 6665 4.1.2.2 is refreshed in time, and asks for what was asked for first, not for what was granted, nor for 0, and for the same package (JsSIP 819, pjsip 4302)', async () => {
    const { notifier, first, told } = await subscribed({ accept: 'application/pidf+xml', body: 'filter', content_type: 'text/plain' }, 50);
    await clock.tickAsync(25_000);
    expect(told).to.deep.equal(['start', 'init', 'active', 'middle_timer']);
    expect(notifier.waiting).to.deep.equal([]);
    await clock.tickAsync(15_000);
    const second = await notifier.next();
    expect([second.one('Expires'), second.one('Accept'), second.one('Event'), second.body]).to.deep.equal(['100', 'application/pidf+xml', 'presence', '']);
    expect(second.one('To')).to.equal(`${first.one('To')};tag=n1`);
    notifier.grant(second, 50);
    await notifier.notify(first, { state: 'active;expires=50' });
    await clock.tickAsync(40_000);
    expect((await notifier.next()).one('Expires')).to.equal('100');
    expect(told.slice(4)).to.deep.equal(['middle_timer']);
  });

  it('RFC 6665 4.1.2.4 the NOTIFY of a refresh may come before its 2xx: it stays subscribed, for the shorter time', async () => {
    const { service, notifier, first, handle, told } = await subscribed();
    const refreshed = uac.subscribe(service, handle);
    const second = await notifier.next();
    await notifier.notify(first, { state: 'active;expires=50' });
    notifier.grant(second, 100);
    await refreshed;
    await clock.tickAsync(40_000);
    expect((await notifier.next()).one('Expires')).to.equal('100');
    expect(told.slice(3)).to.deep.equal(['middle_timer']);
  });

  it('RFC 6665 4.1.2.2 refresh: false leaves that to the application: half of the time is told, and its end', async () => {
    const { notifier, told } = await subscribed({ refresh: false });
    await clock.tickAsync(50_000);
    expect(told.slice(3)).to.deep.equal(['middle_timer']);
    await clock.tickAsync(49_000);
    expect(told.slice(4)).to.deep.equal([]);
    await clock.tickAsync(6000);
    expect(told.slice(4)).to.deep.equal(['terminated timeout', 'stop']);
    expect(notifier.waiting).to.deep.equal([]);
    expect(clock.countTimers()).to.be.lessThan(5);
  });

  it('RFC 6665 4.1.3 the time in a NOTIFY shortens it, and never lengthens it', async () => {
    const { service, notifier, first, handle } = await subscribed({}, 100, { state: 'active;expires=4000' });
    expect(await subscriptions.get(service, handle)).to.include({ expires: 100 });
    await notifier.notify(first, { state: 'active;expires=20' });
    expect(await subscriptions.get(service, handle)).to.include({ expires: 20 });
    await clock.tickAsync(16_000);
    notifier.grant(await notifier.next(), 100);
    await notifier.notify(first, { state: 'active;expires=100' });
    expect(await subscriptions.get(service, handle)).to.include({ expires: 100 });
  });

  it('RFC 6665 4.1.3 an active NOTIFY without expires, as old Asterisk sends, changes no time; a state that nobody knows changes nothing', async () => {
    const { service, told, notifier, first, handle } = await subscribed({}, 100, { state: 'active' });
    for (const state of ['waiting;expires=90', '', ';;', 'active;expires=soon']) expect(await notifier.notify(first, { state })).to.equal('SIP/2.0 200 OK');
    expect(await subscriptions.get(service, handle)).to.include({ status: 'active', expires: 90 });
    expect(told).to.deep.equal(['start', 'init', 'active']);
  });

  it('RFC 6665 4.1.2.4 Timer N: without a NOTIFY within 64*T1 it is over, and one that comes later is 481', async () => {
    const { told, notifier, first } = await subscribed({ expires: 3600 }, 3600, 'none');
    await clock.tickAsync(31_900);
    expect(told).to.deep.equal(['start', 'init']);
    await clock.tickAsync(200);
    expect(told.slice(2)).to.deep.equal(['terminated timeout', 'stop']);
    expect(await notifier.notify(first)).to.match(/^SIP\/2.0 481 /);
  });

  it('RFC 6665 4.1.2.2 Timer N holds for a refresh, too', async () => {
    const { told, service, handle, notifier } = await subscribed({ expires: 3600 }, 3600);
    const refreshed = uac.subscribe(service, handle);
    notifier.grant(await notifier.next(), 3600);
    await refreshed;
    await clock.tickAsync(32_100);
    expect(told.slice(3)).to.deep.equal(['terminated timeout', 'stop']);
  });

  it('RFC 6665 4.1.2.3 an end without its last NOTIFY is over after Timer N', async () => {
    const { told, service, handle, notifier } = await subscribed({ expires: 3600 }, 3600);
    const ended = uac.subscribe(service, handle, { expires: 0 });
    notifier.grant(await notifier.next(), 0);
    expect(await ended).to.deep.include({ ok: true, meta: { expires: 0 } });
    await clock.tickAsync(31_000);
    expect(told.slice(3)).to.deep.equal([]);
    await clock.tickAsync(1100);
    expect(told.slice(3)).to.deep.equal(['terminated timeout', 'stop']);
  });

  it('RFC 6665 4.1.2.3 a notifier that does not say that it is over is not waited for', async () => {
    const { told, service, handle, notifier, first } = await subscribed({ expires: 3600 }, 3600);
    const ended = uac.subscribe(service, handle, { expires: 0 });
    notifier.grant(await notifier.next(), 0);
    await ended;
    await notifier.notify(first, { state: 'active;expires=3600' });
    await clock.tickAsync(5000);
    expect(told.slice(3)).to.deep.equal(['terminated timeout', 'stop']);
  });

  it('RFC 6665 4.1.2.4 a 2xx behind the last NOTIFY leaves nothing that is due', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 100 });
    const subscribe = await notifier.next();
    await notifier.notify(subscribe, { state: 'terminated;reason=rejected' });
    notifier.grant(subscribe, 100);
    expect(await result).to.deep.include({ ok: true, meta: { expires: 100 } });
    await clock.tickAsync(90_000);
    expect(notifier.waiting).to.deep.equal([]);
    await clock.tickAsync(20_000);
    expect(await notifier.notify(subscribe)).to.match(/^SIP\/2.0 481 /);
  });

  for (const code of [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]) {
    it(`RFC 6665 4.1.2.2, RFC 5057 5.1 a refresh that is answered ${code} ends it${code === 481 ? ' (freeswitch PR 3056)' : ''}`, async () => {
      const { service, handle, notifier, told } = await subscribed();
      const refreshed = uac.subscribe(service, handle);
      notifier.answer(await notifier.next(), `${code} Over`);
      expect(await refreshed).to.include({ ok: false, code });
      expect(told.slice(3)).to.deep.equal([`terminated code ${code}`, 'stop']);
    });
  }

  for (const code of [400, 403, 408, 421, 500, 503, 603]) {
    it(`RFC 6665 4.1.2.2 a refresh that is answered ${code} leaves it as it is, and is tried again`, async () => {
      const { notifier, told, first } = await subscribed();
      await clock.tickAsync(80_000);
      notifier.answer(await notifier.next(), `${code} Not Now`);
      expect(await notifier.notify(first, { state: 'active;expires=20' })).to.equal('SIP/2.0 200 OK');
      await clock.tickAsync(10_000);
      notifier.grant(await notifier.next(), 100);
      await notifier.notify(first, { state: 'active;expires=100' });
      expect(told).to.deep.equal(['start', 'init', 'active', 'middle_timer']);
    });
  }

  it('RFC 3261 20.33 a refresh that failed is tried again after its Retry-After', async () => {
    const { service, handle, notifier } = await subscribed();
    const refreshed = uac.subscribe(service, handle);
    notifier.answer(await notifier.next(), '503 Service Unavailable', ['Retry-After: 17']);
    expect(await refreshed).to.deep.include({ ok: false, code: 503, meta: { retry_after: 17 } });
    await clock.tickAsync(16_900);
    expect(notifier.waiting).to.deep.equal([]);
    await clock.tickAsync(200);
    expect((await notifier.next()).startLine).to.match(/^SUBSCRIBE /);
  });

  it('a refresh asks with what it is told, and the next one for the same time', async () => {
    const { service, handle, notifier, first } = await subscribed();
    const refreshed = uac.subscribe(service, handle, { expires: 200 });
    const second = await notifier.next();
    expect(second.one('Expires')).to.equal('200');
    notifier.grant(second, 200);
    expect(await refreshed).to.deep.include({ meta: { expires: 200 } });
    await notifier.notify(first, { state: 'active;expires=200' });
    await clock.tickAsync(160_000);
    expect((await notifier.next()).one('Expires')).to.equal('200');
  });

  it('a notifier that says each time that it is over now is asked once a second', async () => {
    const { notifier, first } = await subscribed({}, 100, { state: 'active;expires=0' });
    for (let i = 0; i < 3; i++) {
      await clock.tickAsync(980);
      expect(notifier.waiting).to.deep.equal([]);
      await clock.tickAsync(20);
      notifier.grant(await notifier.next(), 100);
      await notifier.notify(first, { state: 'active;expires=0' });
    }
  });

  it('the end of the service ends it, and no timer is left', async () => {
    const before = clock.countTimers();
    const { service, told } = await subscribed();
    await service.stop();
    expect(told.slice(3)).to.deep.equal(['terminated forced', 'stop']);
    expect(clock.countTimers()).to.equal(before);
  });
});
