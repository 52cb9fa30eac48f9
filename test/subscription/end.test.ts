import { EventEmitter, once } from 'node:events';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { subscriptions, uac, type DialogUpdate, type SipRequest, type Subscription } from '@nksip-ts/core';
import { ResponseText } from '../kit/received-text.ts';
import { closeAll, overStream, overUdp } from '../wire/running.ts';
import { notifier, Watcher } from './subscriber.ts';

describe('the end of a subscription', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  /** What is told, with the part of it that matters. */
  function recorder(also: (update: DialogUpdate, subscription: Subscription) => void = () => undefined): { readonly told: unknown[]; readonly module: object } {
    const told: unknown[] = [];
    return { told, module: { sip_dialog_update: (update: DialogUpdate, _call: unknown, subscription: Subscription) => {
      told.push(typeof update === 'string' ? update : update[1]);
      also(update, subscription);
    } } };
  }

  it('C13 C05 its time is over: one NOTIFY without a body says so, then its dialog is gone', async () => {
    const { told, module } = recorder();
    const service = await notifier(module);
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ expires: 100 });
    clock.tick(99_000);
    expect(watcher.peer.inbox.waiting).to.deep.equal([]);
    clock.tick(1250);
    const last = await watcher.notified();
    expect([last.one('Subscription-State'), last.body]).to.deep.equal(['terminated;reason=timeout', '']);
    expect((await watcher.subscribe()).code).to.equal(481);
    expect(await subscriptions.get(service, `U_${watcher.toTag}`)).to.equal('not_found');
    expect(told).to.deep.equal(['start', 'init', ['terminated', 'timeout'], 'stop']);
    expect(watcher.peer.inbox.waiting).to.deep.equal([]);
  });

  it('C13 what the application sends when it is told is the last one, and says terminated whatever it was to say', async () => {
    const { module } = recorder((update, { handle }) => {
      if (Array.isArray(update) && Array.isArray(update[1])) void uac.notify(serviceId, handle, { body: 'the last state' });
    });
    const service = await notifier(module);
    const serviceId = service.id;
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ expires: 100 });
    clock.tick(99_000);
    expect(watcher.peer.inbox.waiting).to.deep.equal([]);
    clock.tick(1250);
    const last = await watcher.notified();
    expect([last.one('Subscription-State'), last.body]).to.deep.equal(['terminated;reason=timeout', 'the last state']);
    expect((await watcher.subscribe()).code).to.equal(481);
    expect(watcher.peer.inbox.waiting).to.deep.equal([]);
  });

  it('C19 a fetch: 200 with Expires 0, and one NOTIFY with the state, which says terminated', async () => {
    const { told, module } = recorder();
    const service = await notifier({ ...module, sip_subscribe: (req: SipRequest) => {
      void uac.notify(req.service, subscriptions.handleOf(req), { body: 'sunny' });
      return ['reply', 'ok'];
    } });
    const watcher = new Watcher(await overUdp(service));
    const response = await watcher.subscribe({ expires: 0 });
    expect([response.code, response.one('Expires')]).to.deep.equal([200, '0']);
    const only = await watcher.notified();
    expect([only.one('Subscription-State'), only.body]).to.deep.equal(['terminated;reason=timeout', 'sunny']);
    expect((await watcher.subscribe()).code).to.equal(481);
    expect(watcher.peer.inbox.waiting).to.deep.equal([]);
    expect(told).to.deep.equal(['start', 'init', ['terminated', 'timeout'], 'stop']);
  });

  it('C19 a fetch of which the application says nothing gets its NOTIFY all the same', async () => {
    const watcher = new Watcher(await overUdp(await notifier()));
    await watcher.subscribe({ expires: 0 });
    const only = await watcher.notified();
    expect([only.one('Subscription-State'), only.body, only.one('CSeq')]).to.deep.equal(['terminated;reason=timeout', '', '1 NOTIFY']);
  });

  it('RFC 6665 4.2.1.4 a SUBSCRIBE with Expires 0 ends it behind the NOTIFY that is under way; what the application sends in that turn is the last', async () => {
    const service = await notifier({ sip_resubscribe: (req: SipRequest) => {
      req.afterReply(() => { void uac.notify(req.service, subscriptions.handleOf(req), { body: 'last' }); });
      return ['reply', 'ok'];
    } });
    const watcher = new Watcher(await overStream(service), 'TCP');
    await watcher.subscribe({ expires: 600 });
    void uac.notify(service, `U_${watcher.toTag}`, { body: 'first' });
    const first = await watcher.request();
    expect((await watcher.subscribe({ expires: 0 })).one('Expires')).to.equal('0');
    watcher.answer(first);
    const last = await watcher.notified();
    expect([first.one('Subscription-State'), last.one('Subscription-State'), last.body]).to.deep.equal(['active;expires=600', 'terminated;reason=timeout', 'last']);
    expect((await watcher.subscribe()).code).to.equal(481);
  });

  it('RFC 3261 12.2.2 a refresh that is still being decided when the time is over gets a 481, and then comes the last NOTIFY', async () => {
    const deciding = new EventEmitter();
    const asked = once(deciding, 'asked');
    const service = await notifier({ sip_resubscribe: async () => {
      const decided = once(deciding, 'decided');
      deciding.emit('asked');
      await decided;
      return ['reply', 'ok'];
    } });
    const watcher = new Watcher(await overStream(service), 'TCP');
    await watcher.subscribe({ expires: 10 });
    const refresh = watcher.subscribe({ expires: 10 });
    await asked;
    clock.tick(9000);
    clock.tick(1250);
    expect((await refresh).code).to.equal(100);
    deciding.emit('decided');
    const { code, text } = new ResponseText(await watcher.peer.inbox.next());
    expect([code, text.includes('Expires')]).to.deep.equal([481, false]);
    expect((await watcher.notified()).one('Subscription-State')).to.equal('terminated;reason=timeout');
  });

  it('a refresh moves its end', async () => {
    const service = await notifier();
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ expires: 10 });
    await watcher.subscribe({ expires: 30 });
    clock.tick(28_000);
    expect(await uac.notify(service, `U_${watcher.toTag}`, { timeout: 0.01, on_timeout: 'keep' })).to.deep.include({ local: 'timeout' });
    expect(watcher.peer.inbox.waiting.map((text) => text.includes('active;expires=2'))).to.deep.equal([true]);
    expect(await subscriptions.get(service, `U_${watcher.toTag}`)).to.deep.include({ expires: 2 });
  });

  it("the service stops: it is told 'forced', and a NOTIFY under way fails", async () => {
    const { told, module } = recorder();
    const service = await notifier(module);
    const watcher = new Watcher(await overStream(service), 'TCP');
    await watcher.subscribe({ expires: 600 });
    const outcome = uac.notify(service, `U_${watcher.toTag}`, {});
    await watcher.request();
    await service.stop();
    expect(await outcome).to.deep.include({ ok: false, local: 'transport' });
    expect(told).to.deep.equal(['start', 'init', 'active', ['terminated', 'forced'], 'stop']);
  });

  it('what sip_dialog_update throws is a fault of the service, and the others are told', async () => {
    const { told, module } = recorder(() => { throw new Error('as the test wants it'); });
    const service = await notifier(module);
    const faults: unknown[] = [];
    service.events.on('error', ({ error }) => faults.push(error.code));
    await new Watcher(await overUdp(service)).subscribe({ expires: 600 });
    expect([told, faults]).to.deep.equal([['start', 'init'], ['callback_failed', 'callback_failed']]);
  });
});
