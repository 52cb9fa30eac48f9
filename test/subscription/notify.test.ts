import { expect } from 'chai';
import { subscriptions, uac, type Notified, type NotifyOptions, type Service, type SipRequest } from '@nksip-ts/core';
import { faultOf } from '../kit/caught.ts';
import { closeAll, overStream, overUdp } from '../wire/running.ts';
import { notifier, Watcher } from './subscriber.ts';

/** Somebody with a subscription, over TCP: nothing is sent twice there. */
async function subscribed(module: object = {}, spec: Readonly<Record<string, unknown>> = {}): Promise<{ readonly service: Service; readonly watcher: Watcher; readonly handle: string; notify(options?: NotifyOptions): Promise<Notified> }> {
  const service = await notifier(module, spec);
  const watcher = new Watcher(await overStream(service), 'TCP');
  await watcher.subscribe({ expires: 600 });
  const handle = `U_${watcher.toTag}`;
  return { service, watcher, handle, notify: (options = {}) => uac.notify(service, handle, options) };
}

describe('uac.notify', () => {
  afterEach(closeAll);

  it('C05 C07 C17 C25 sends NOTIFYs within the dialog, whose texts are equal byte for byte to those of the SUBSCRIBE', async () => {
    const service = await notifier();
    const watcher = new Watcher(await overStream(service), 'TCP');
    const from = `"W\u00e4tcher"   <sip:watcher@example.com;x=y>;Tag=${watcher.fromTag};more="a b"`;
    const response = await watcher.subscribe({ from, event: 'weather ; Id=aB-1;other=z', expires: 600 });
    expect(response.code).to.equal(200);
    const outcome = uac.notify(service, `U_${watcher.toTag}`, { body: 'sunny \u00e4', content_type: 'text/x-weather' });
    const notify = await watcher.notified();
    expect(await outcome).to.deep.include({ ok: true, code: 200 });
    expect([notify.method, notify.uri]).to.deep.equal(['NOTIFY', `sip:watcher@127.0.0.1:${watcher.peer.port}`]);
    expect(notify.one('From')).to.equal(response.one('To'));
    expect(notify.one('To')).to.equal(Buffer.from(from).toString('latin1'));
    expect(notify.one('Call-ID')).to.equal(watcher.callId);
    expect(notify.one('CSeq')).to.equal('1 NOTIFY');
    expect(notify.one('Event')).to.equal('weather;id=aB-1');
    expect(notify.one('Subscription-State')).to.equal('active;expires=600');
    expect(notify.one('Contact')).to.equal(response.one('Contact'));
    expect([notify.one('Content-Type'), notify.body, notify.one('Max-Forwards')]).to.deep.equal(['text/x-weather', Buffer.from('sunny \u00e4').toString('latin1'), '70']);
    expect(notify.all('Via')).to.have.length(1);
    const second = uac.notify(service, `U_${watcher.toTag}`, { subscription_state: ['pending', 20] });
    const pending = await watcher.notified();
    expect([pending.one('CSeq'), pending.one('Subscription-State'), pending.one('Content-Length'), pending.all('Content-Type')]).to.deep.equal(['2 NOTIFY', 'pending;expires=20', '0', []]);
    await second;
    expect(await subscriptions.get(service, `U_${watcher.toTag}`)).to.deep.include({ event: 'weather', event_id: 'aB-1', status: 'pending', local_seq: 2, expires: 20 });
  });

  it('sends a body as it was when notify was called, over UDP too, where it leaves at the end of the turn', async () => {
    for (const over of ['TCP', 'UDP'] as const) {
      const service = await notifier();
      const watcher = new Watcher(await (over === 'TCP' ? overStream(service) : overUdp(service)), over);
      await watcher.subscribe({ expires: 600 });
      const body = Buffer.from('sunny');
      const outcomes = [uac.notify(service, `U_${watcher.toTag}`, { body }), uac.notify(service, `U_${watcher.toTag}`, { body })];
      body.fill('X');
      expect([(await watcher.notified()).body, (await watcher.notified()).body]).to.deep.equal(['sunny', 'sunny']);
      await Promise.all(outcomes);
    }
  });

  it('RFC 3261 12.2.1.1 has the route set in Route, in its order; behind a strict router the target comes last', async () => {
    for (const [lines, uri, route] of [
      [['Record-Route: <sip:a.example.com;lr>, "B" <sip:b.example.com;lr>;x=y'], 'target', ['<sip:a.example.com;lr>', '"B" <sip:b.example.com;lr>;x=y']],
      [['Record-Route: <sip:a.example.com;x=y>', 'Record-Route: <sip:b.example.com;lr>'], 'sip:a.example.com;x=y', ['<sip:b.example.com;lr>', '<target>']],
    ] as const) {
      const watcher = new Watcher(await overStream(await notifier({ sip_subscribe: (req: SipRequest) => {
        void uac.notify(req.service, subscriptions.handleOf(req), {});
        return ['reply', 'ok'];
      } })), 'TCP');
      const target = `sip:watcher@127.0.0.1:${watcher.peer.port}`;
      await watcher.subscribe({ headers: lines });
      const notify = await watcher.notified();
      expect(notify.uri).to.equal(uri.replace('target', target));
      expect(notify.all('Route')).to.deep.equal(route.map((text) => text.replace('target', target)));
    }
  });

  it('C23 never overtakes the 200, nor the 200 of a refresh, nor the NOTIFY before it', async () => {
    const say = async (req: SipRequest, body: string): Promise<void> => { await uac.notify(req.service, subscriptions.handleOf(req), { body }); };
    const service = await notifier({
      sip_subscribe: async (req: SipRequest) => {
        void say(req, 'one');
        void say(req, 'two');
        await new Promise((resolve) => { setTimeout(resolve, 20); });
        return ['reply', 'ok'];
      },
      sip_resubscribe: async (req: SipRequest) => {
        void say(req, 'three');
        await new Promise((resolve) => { setTimeout(resolve, 20); });
        return ['reply', 'ok'];
      },
    });
    const watcher = new Watcher(await overUdp(service));
    expect((await watcher.subscribe()).code).to.equal(200);
    const one = await watcher.request();
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect([one.body, watcher.peer.inbox.waiting], 'the second waits for the answer to the first').to.deep.equal(['one', []]);
    watcher.answer(one);
    expect((await watcher.notified()).body).to.equal('two');
    expect((await watcher.subscribe()).code).to.equal(200);
    expect((await watcher.notified()).body).to.equal('three');
  });

  it('rejects with subscription_not_found where the SUBSCRIBE is refused, and for a handle that nobody has', async () => {
    let waits: Promise<unknown> = Promise.resolve();
    const service = await notifier({ sip_subscribe: (req: SipRequest) => {
      waits = faultOf(uac.notify(req.service, subscriptions.handleOf(req), {}));
      return ['reply', 'forbidden'];
    } });
    await new Watcher(await overUdp(service)).subscribe();
    expect(await waits).to.deep.include({ code: 'subscription_not_found' });
    expect(await faultOf(uac.notify(service, 'U_nobody', {}))).to.deep.include({ code: 'subscription_not_found' });
  });

  it('says what is wrong with its options', async () => {
    const { notify } = await subscribed();
    const wrong: readonly (readonly [object, string, string])[] = [
      [{ bdy: 'x' }, 'unknown_option', "Did you mean 'body'?"],
      [{ body: 1 }, 'invalid_option', 'The option \'body\' cannot be 1'],
      [{ subscription_state: 'terminated' }, 'invalid_option', 'subscription_state'],
      [{ subscription_state: ['terminated', 'whim'] }, 'invalid_option', 'subscription_state'],
      [{ subscription_state: ['active', -1] }, 'invalid_option', 'subscription_state'],
      [{ content_type: 'text/plain\r\nX: y' }, 'invalid_option', 'content_type'],
      [{ sip_pass: 7 }, 'invalid_option', 'sip_pass'],
      [{ timeout: 0 }, 'invalid_option', 'timeout'],
      [{ on_timeout: 'never' }, 'invalid_option', 'on_timeout'],
      [[], 'invalid_argument', 'options'],
    ];
    for (const [options, code, text] of wrong) {
      const fault = await faultOf(notify(options));
      expect([fault.code, fault.message.includes(text)], fault.message).to.deep.equal([code, true]);
    }
  });

  it('C10 404, 405, 410, 416, 480 to 485, 489, 501 and 604 end the subscription, and what waits is told', async () => {
    for (const code of [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]) {
      const told: unknown[] = [];
      const { service, watcher, handle, notify } = await subscribed({ sip_dialog_update: (update: unknown) => { told.push(Array.isArray(update) ? update[1] : update); } });
      const outcome = notify();
      const next = faultOf(notify());
      await watcher.notified(code);
      expect(await outcome).to.deep.include({ ok: false, code });
      expect((await next).code).to.equal('subscription_not_found');
      expect(await subscriptions.get(service, handle)).to.equal('not_found');
      expect(told).to.deep.equal(['start', 'init', 'active', ['terminated', ['code', code]], 'stop']);
      expect((await watcher.subscribe()).code).to.equal(481);
    }
  });

  it('C10 C12 any other response ends nothing, and Retry-After is told', async () => {
    const { service, watcher, handle, notify } = await subscribed();
    for (const code of [400, 401, 403, 407, 408, 486, 488, 500, 503, 600, 302]) {
      const outcome = notify();
      await watcher.notified(code, code === 503 ? ['Retry-After: 7 (busy)'] : []);
      expect(await outcome).to.deep.include({ ok: false, code, meta: code === 503 ? { retry_after: 7 } : {} });
      expect(await subscriptions.get(service, handle)).to.not.equal('not_found');
    }
  });

  it('C11 without a response the subscription ends, unless it is to be kept', async () => {
    for (const on_timeout of ['remove', 'keep'] as const) {
      const service = await notifier({}, { sip_timer_t1: 2, sip_timer_t2: 4 });
      const watcher = new Watcher(await overUdp(service));
      await watcher.subscribe({ expires: 600 });
      const outcome = await uac.notify(service, `U_${watcher.toTag}`, { on_timeout });
      expect(outcome).to.deep.include({ ok: false, code: 408, local: 'timeout' });
      expect(await subscriptions.get(service, `U_${watcher.toTag}`) === 'not_found').to.equal(on_timeout === 'remove');
    }
  });

  it('a timeout of its own counts from the call, and one that waits is given up without an end', async () => {
    const { service, watcher, handle, notify } = await subscribed();
    const first = notify();
    expect(await notify({ timeout: 0.02 })).to.deep.include({ ok: false, code: 408, local: 'timeout' });
    await watcher.notified();
    expect((await first).ok).to.equal(true);
    expect(await notify({ timeout: 0.02, on_timeout: 'keep' })).to.deep.include({ code: 408 });
    expect(await subscriptions.get(service, handle)).to.deep.include({ local_seq: 2 });
  });

  it('C25 a challenge is answered with the next CSeq, and without a password it ends nothing', async () => {
    const { watcher, notify } = await subscribed();
    const outcome = notify({ sip_pass: 'secret', body: 'sunny' });
    const challenged = await watcher.notified(401, ['WWW-Authenticate: Digest realm="r", nonce="n"']);
    const signed = await watcher.notified();
    expect([challenged.one('CSeq'), signed.one('CSeq')]).to.deep.equal(['1 NOTIFY', '2 NOTIFY']);
    expect(signed.one('Authorization')).to.match(/^Digest username="alice", ?realm="r"/);
    expect([signed.one('From'), signed.one('Event'), signed.body, signed.one('Subscription-State')]).to.deep.equal([challenged.one('From'), 'weather', 'sunny', 'active;expires=600']);
    expect((await outcome).ok).to.equal(true);
    const refused = notify({});
    await watcher.notified(407, ['Proxy-Authenticate: Digest realm="r", nonce="n"']);
    expect(await refused).to.deep.include({ ok: false, code: 407 });
    const next = notify();
    expect((await watcher.notified()).one('CSeq')).to.equal('4 NOTIFY');
    await next;
  });

  it('C05 terminated is the last one: it has a reason and no expires, and what comes behind it is refused', async () => {
    const told: unknown[] = [];
    const { service, watcher, handle, notify } = await subscribed({ sip_dialog_update: (update: unknown) => { told.push(Array.isArray(update) ? update[1] : update); } });
    const last = notify({ subscription_state: ['terminated', 'probation', 30], body: 'bye' });
    const behind = await faultOf(notify());
    const notify1 = await watcher.request();
    expect([notify1.one('Subscription-State'), notify1.body]).to.deep.equal(['terminated;reason=probation;retry-after=30', 'bye']);
    expect((await watcher.subscribe()).code, 'it is over').to.equal(481);
    watcher.answer(notify1);
    expect([(await last).ok, behind.code]).to.deep.equal([true, 'subscription_not_found']);
    expect(await subscriptions.get(service, handle)).to.equal('not_found');
    expect(told).to.deep.equal(['start', 'init', ['terminated', 'probation', 30], 'stop']);
  });
});
