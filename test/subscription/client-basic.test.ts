import { subscriptions, uac } from '@nksip-ts/core';
import { expect } from 'chai';
import { faultOf } from '../kit/caught.ts';
import { closeAll, overUdp } from '../wire/running.ts';
import { fresh, requestText } from '../kit/request-text.ts';
import { subscribing } from './client.ts';
import { Notifier } from './notifier.ts';

describe('a subscription of ours', () => {
  afterEach(closeAll);

  for (const transport of ['udp', 'tcp'] as const) {
    it(`RFC 6665 4.1.2.1 over ${transport} has a new Call-ID and From tag, and lasts until it is ended`, async () => {
      const { service, told, handles, notified } = await subscribing();
      const notifier = await Notifier.open(transport);
      const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60, accept: 'application/pidf+xml' });
      const first = await notifier.next();
      expect(first.startLine).to.equal(`SUBSCRIBE ${notifier.uri} SIP/2.0`);
      expect([first.one('Event'), first.one('Expires'), first.one('Accept')]).to.deep.equal(['presence', '60', 'application/pidf+xml']);
      expect(first.one('From')).to.match(/^<sip:bob@example.com>;tag=[0-9a-f]{16}$/);
      expect(first.one('Contact')).to.match(/^<sip:bob@127\.0\.0\.1:\d+/);
      notifier.grant(first, 50);
      const subscribed = await result;
      expect(subscribed).to.deep.include({ ok: true, code: 200, meta: { expires: 50 } });
      const handle = subscribed.subscription ?? '';
      expect(await notifier.notify(first, { body: 'one', state: 'active;expires=50' })).to.equal('SIP/2.0 200 OK');
      expect(notified.map(({ body }) => body)).to.deep.equal(['one']);
      expect(subscriptions.handleOf(notified[0]!.request)).to.equal(handle);
      expect(handles).to.deep.equal([handle]);
      expect(await subscriptions.get(service, handle)).to.deep.include({
        handle, class: 'uac', status: 'active', event: 'presence', call_id: first.one('Call-ID'), remote_tag: 'n1', remote_seq: 1, remote_target: notifier.uri, route_set: [],
      });
      const end = uac.subscribe(service, handle, { expires: 0 });
      const last = await notifier.next();
      expect([last.one('Call-ID'), last.one('From'), last.one('To'), last.one('Expires')]).to.deep.equal([first.one('Call-ID'), first.one('From'), `${first.one('To')};tag=n1`, '0']);
      expect(Number.parseInt(last.one('CSeq'), 10)).to.equal(Number.parseInt(first.one('CSeq'), 10) + 1);
      notifier.grant(last, 0);
      expect(await end).to.deep.include({ ok: true, meta: { expires: 0 } });
      expect(await notifier.notify(first, { state: 'terminated;reason=timeout' })).to.equal('SIP/2.0 200 OK');
      expect(told).to.deep.equal(['start', 'init', 'active', 'terminated timeout', 'stop']);
      expect(await subscriptions.get(service, handle)).to.equal('not_found');
      expect((await faultOf(uac.subscribe(service, handle, {}))).code).to.equal('subscription_not_found');
    });
  }

  it('RFC 6665 4.1.3 a NOTIFY after the last one is 481 (pjsip 911)', async () => {
    const { service, told, notified } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    expect(await notifier.notify(subscribe, { state: 'terminated;reason=noresource' })).to.equal('SIP/2.0 200 OK');
    expect(await notifier.notify(subscribe, { state: 'active;expires=60' })).to.match(/^SIP\/2.0 481 /);
    expect(notified).to.have.length(1);
    expect(told.slice(2)).to.deep.equal(['terminated noresource', 'stop']);
  });

  it('RFC 6665 4.1.3, 8.2.1 a NOTIFY with another To tag, Call-ID, package or id is 481', async () => {
    const { service, notified } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence;id=a', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    for (const parts of [{ toTag: 'other' }, { callId: fresh('other') }, { event: 'dialog;id=a' }, { event: 'presence' }, { event: 'presence;id=A' }, { event: '' }]) {
      expect(await notifier.notify(subscribe, parts), JSON.stringify(parts)).to.match(/^SIP\/2.0 481 /);
    }
    expect(notified).to.have.length(0);
    expect(await notifier.notify(subscribe, { event: 'presence;x=y;id=a' })).to.equal('SIP/2.0 200 OK');
  });

  it('RFC 6665 8.3.1 takes a 202 for a 200', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    notifier.answer(await notifier.next(), '202 Accepted', ['Expires: 60', `Contact: <${notifier.uri}>`]);
    expect(await result).to.deep.include({ ok: true, code: 202, meta: { expires: 60 } });
  });

  it('RFC 6665 4.1.2.1 a 200 without Expires grants what was asked for, and one without Contact is reached where the SUBSCRIBE went (SIP.js 232)', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    notifier.answer(await notifier.next(), '200 OK');
    const subscribed = await result;
    expect(subscribed).to.deep.include({ ok: true, meta: { expires: 60 } });
    void uac.subscribe(service, subscribed.subscription ?? '');
    expect((await notifier.next()).startLine).to.equal(`SUBSCRIBE ${notifier.uri} SIP/2.0`);
  });

  it('RFC 6665 4.4.1 who subscribes again after the end has another Call-ID and tag (SIP.js 234)', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const seen = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
      const subscribe = await notifier.next();
      notifier.grant(subscribe, 60);
      await result;
      await notifier.notify(subscribe, { state: 'terminated;reason=deactivated' });
      seen.add(subscribe.one('Call-ID')).add(subscribe.one('From'));
    }
    expect(seen.size).to.equal(4);
  });

  it('RFC 6665 4.4.3 a fetch is a SUBSCRIBE with Expires 0 outside a dialog, one NOTIFY, and over', async () => {
    const { service, told, notified } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 0 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 0);
    expect(await result).to.deep.include({ ok: true, meta: { expires: 0 } });
    expect(await notifier.notify(subscribe, { state: 'terminated;reason=timeout', body: 'state' })).to.equal('SIP/2.0 200 OK');
    expect(notified.map(({ body }) => body)).to.deep.equal(['state']);
    expect(told).to.deep.equal(['start', 'init', 'terminated timeout', 'stop']);
  });

  it('RFC 6665 4.1.2.1 a 423 is answered with its Min-Expires', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 10 });
    const first = await notifier.next();
    notifier.answer(first, '423 Interval Too Brief', ['Min-Expires: 120']);
    const second = await notifier.next();
    expect(second.one('Expires')).to.equal('120');
    expect(second.one('Call-ID')).to.equal(first.one('Call-ID'));
    expect(Number.parseInt(second.one('CSeq'), 10)).to.equal(Number.parseInt(first.one('CSeq'), 10) + 1);
    notifier.grant(second, 120);
    expect(await result).to.deep.include({ ok: true, meta: { expires: 120 } });
  });

  it('RFC 3261 22.2 a challenge is answered, outside and within the dialog, and CSeq rises each time', async () => {
    const { service } = await subscribing({ sip_pass: 'secret' });
    const notifier = await Notifier.open('udp');
    const challenge = (nonce: string): readonly string[] => [`WWW-Authenticate: Digest realm="example.com", nonce="${nonce}"`];
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const numbers: number[] = [];
    const next = async () => {
      const request = await notifier.next();
      numbers.push(Number.parseInt(request.one('CSeq'), 10));
      return request;
    };
    notifier.answer(await next(), '401 Unauthorized', challenge('one'));
    const signed = await next();
    expect(signed.one('Authorization')).to.include('nonce="one"');
    notifier.grant(signed, 60);
    const { subscription = '' } = await result;
    const again = uac.subscribe(service, subscription);
    notifier.answer(await next(), '407 Proxy Authentication Required', ['Proxy-Authenticate: Digest realm="proxy", nonce="two"']);
    const second = await next();
    expect(second.one('Proxy-Authorization')).to.include('nonce="two"');
    notifier.grant(second, 60);
    expect(await again).to.include({ ok: true });
    expect(numbers.map((number) => number - numbers[0]!)).to.deep.equal([0, 1, 2, 3]);
    expect(await subscriptions.get(service, subscription)).to.include({ local_seq: numbers[3] });
  });

  it('RFC 6665 4.1.3 a NOTIFY is 200 although nobody implements sip_notify, and 405 if it belongs to nothing', async () => {
    const { service } = await subscribing({}, { sip_notify: undefined });
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    expect(await notifier.notify(subscribe)).to.equal('SIP/2.0 200 OK');
    expect(await notifier.notify(subscribe, { toTag: 'other' })).to.match(/^SIP\/2.0 405 /);
    const peer = await overUdp(service);
    const options = await peer.ask(requestText({ method: 'OPTIONS', via: [`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK${fresh('branch')}`] }));
    expect(options.text).not.to.include('NOTIFY');
  });

  it('RFC 3261 12.2.1.1 a NOTIFY names our Contact, which is ours whatever sip_domains lists', async () => {
    const { service } = await subscribing({ sip_domains: 'example.com' });
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    expect(await notifier.notify(subscribe)).to.equal('SIP/2.0 200 OK');
    expect(await notifier.notify(subscribe, { toTag: 'other' })).to.match(/^SIP\/2.0 404 /);
  });

  it('a refusal is a value, and leaves nothing', async () => {
    const { service, told } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.answer(subscribe, '403 Forbidden');
    expect(await result).to.deep.include({ ok: false, code: 403, meta: {} });
    expect(await notifier.notify(subscribe)).to.match(/^SIP\/2.0 481 /);
    expect(told).to.deep.equal([]);
  });

  it('what is wrong on this side is said before anything is sent', async () => {
    const { service } = await subscribing();
    const code = async (target: string, options: object): Promise<string> => (await faultOf(uac.subscribe(service, target, options as { event: string }))).code;
    expect(await code('sip:a@127.0.0.1', {})).to.equal('invalid_option');
    expect(await code('nonsense', { event: 'presence' })).to.equal('invalid_uri');
    expect(await code('sip:a@127.0.0.1', { event: 'presence', sip_if_match: 'x' })).to.equal('unknown_option');
    expect(await code('C_none_0123456789ab', {})).to.equal('subscription_not_found');
    expect(await code('C_none_0123456789ab', { event: 'presence' })).to.equal('unknown_option');
  });

  it('there are at most sip_max_calls of them', async () => {
    const { service } = await subscribing({ sip_max_calls: 2 });
    const notifier = await Notifier.open('udp');
    for (let i = 0; i < 2; i++) {
      const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
      notifier.grant(await notifier.next(), 60);
      expect(await result).to.include({ ok: true });
    }
    expect((await faultOf(uac.subscribe(service, notifier.uri, { event: 'presence' }))).code).to.equal('queue_full');
  });
});
