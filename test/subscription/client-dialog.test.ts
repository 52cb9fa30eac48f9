import { subscriptions, uac, type DialogUpdate, type Subscription } from '@nksip-ts/core';
import { expect } from 'chai';
import { closeAll } from '../wire/running.ts';
import { faultOf } from '../kit/caught.ts';
import { subscribing } from './client.ts';
import { Notifier } from './notifier.ts';

describe('the dialog of a subscription of ours', () => {
  afterEach(closeAll);

  it('RFC 3261 12.1.2 the route set is Record-Route of the 2xx in reverse order, and the target its Contact: so a refresh has the route (SIP.js 1045)', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const via = `<sip:127.0.0.1:${notifier.port};lr>`;
    notifier.answer(await notifier.next(), '200 OK', ['Expires: 60', 'Contact: <sip:device@192.0.2.9:5070>', 'Record-Route: <sip:second.example.com;lr>', `Record-Route: ${via}`]);
    const { subscription = '' } = await result;
    expect(await subscriptions.get(service, subscription)).to.deep.include({ route_set: [via, '<sip:second.example.com;lr>'], remote_target: 'sip:device@192.0.2.9:5070' });
    void uac.subscribe(service, subscription);
    const second = await notifier.next();
    expect(second.startLine).to.equal('SUBSCRIBE sip:device@192.0.2.9:5070 SIP/2.0');
    expect(second.all('Route')).to.deep.equal([via, '<sip:second.example.com;lr>']);
  });

  it('RFC 6665 4.4.1 the first NOTIFY makes the dialog: its route set and target count (opensips 2696)', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.answer(subscribe, '200 OK', ['Expires: 60', `Contact: <${notifier.uri}>`, 'Record-Route: <sip:elsewhere.example.com;lr>']);
    const { subscription = '' } = await result;
    const via = `<sip:127.0.0.1:${notifier.port};lr>`;
    const headers = [`Record-Route: ${via}`, 'Record-Route: <sip:far.example.com;lr>'];
    expect(await notifier.notify(subscribe, { contact: 'sip:device@192.0.2.9', headers })).to.equal('SIP/2.0 200 OK');
    void uac.subscribe(service, subscription);
    const second = await notifier.next();
    expect(second.startLine).to.equal('SUBSCRIBE sip:device@192.0.2.9 SIP/2.0');
    expect(second.all('Route')).to.deep.equal([via, '<sip:far.example.com;lr>']);
  });

  it('RFC 3261 12.2.2 a later NOTIFY moves the target and not the route set', async () => {
    const { service, told, handles } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    await notifier.notify(subscribe);
    await notifier.notify(subscribe, { contact: 'sip:moved@192.0.2.9', headers: ['Record-Route: <sip:late.example.com;lr>'] });
    expect(await subscriptions.get(service, handles[0] ?? '')).to.deep.include({ remote_target: 'sip:moved@192.0.2.9', route_set: [] });
    expect(told).to.deep.equal(['start', 'init', 'active', 'target_update']);
  });

  it('RFC 3261 12.2.2 a NOTIFY with a lower CSeq is 500, and changes nothing', async () => {
    const { service, told, notified } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    expect(await notifier.notify(subscribe, { cseq: 7, body: 'new' })).to.equal('SIP/2.0 200 OK');
    expect(await notifier.notify(subscribe, { cseq: 6, body: 'old', state: 'terminated;reason=giveup' })).to.match(/^SIP\/2.0 500 /);
    expect(await notifier.notify(subscribe, { cseq: 8, body: 'newer' })).to.equal('SIP/2.0 200 OK');
    expect(notified.map(({ body }) => body)).to.deep.equal(['new', 'newer']);
    expect(told).to.deep.equal(['start', 'init', 'active']);
  });

  for (const transport of ['udp', 'tcp'] as const) {
    it(`RFC 6665 4.1.2.4 over ${transport} a NOTIFY that is here before its 2xx is taken, and both are one subscription (SIP.js 366, Liberty 23650, jsip PR 83)`, async () => {
      const { service, told, handles, notified } = await subscribing();
      const notifier = await Notifier.open(transport);
      const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
      const subscribe = await notifier.next();
      expect(await notifier.notify(subscribe, { body: 'early', state: 'pending;expires=30' })).to.equal('SIP/2.0 200 OK');
      expect(told).to.deep.equal(['start', 'init', 'pending']);
      notifier.grant(subscribe, 60);
      const { subscription = '' } = await result;
      expect(handles).to.deep.equal([subscription]);
      expect(await subscriptions.get(service, subscription)).to.include({ status: 'pending', expires: 30 });
      await notifier.notify(subscribe, { state: 'active;expires=30' });
      expect(told).to.deep.equal(['start', 'init', 'pending', 'active']);
      expect(notified).to.have.length(2);
    });
  }

  it('RFC 6665 4.1.2.4 what a NOTIFY began ends if the SUBSCRIBE is refused', async () => {
    const { service, told } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    await notifier.notify(subscribe);
    notifier.answer(subscribe, '403 Forbidden');
    expect(await result).to.include({ ok: false, code: 403 });
    expect(told.slice(3)).to.deep.equal(['terminated code 403', 'stop']);
    expect(await notifier.notify(subscribe)).to.match(/^SIP\/2.0 481 /);
  });

  it('RFC 6665 4.1.2.4 the last NOTIFY may come before the 2xx, which begins nothing then', async () => {
    const { service, told } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    await notifier.notify(subscribe, { state: 'terminated;reason=rejected' });
    notifier.grant(subscribe, 60);
    const { subscription = '' } = await result;
    expect(await subscriptions.get(service, subscription)).to.equal('not_found');
    expect(told).to.deep.equal(['start', 'init', 'terminated rejected', 'stop']);
  });

  it('nothing leaves in a dialog before the answer to what went before', async () => {
    let early: Promise<unknown> | undefined;
    const { service } = await subscribing({}, {
      sip_dialog_update: (update: DialogUpdate, _call: unknown, { handle }: Subscription) => {
        if (update === 'start') early = uac.subscribe(service, handle, { expires: 30 });
      },
    });
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const first = await notifier.next();
    expect(await notifier.notify(first)).to.equal('SIP/2.0 200 OK');
    expect(notifier.waiting).to.deep.equal([]);
    notifier.grant(first, 60);
    const { subscription = '' } = await result;
    const second = await notifier.next();
    expect(second.one('Expires')).to.equal('30');
    const third = uac.subscribe(service, subscription, { expires: 20 });
    // An answer to something else has passed both ways meanwhile.
    expect(await notifier.notify(first)).to.equal('SIP/2.0 200 OK');
    expect(notifier.waiting).to.deep.equal([]);
    notifier.grant(second, 30);
    await early;
    const last = await notifier.next();
    expect(last.one('Expires')).to.equal('20');
    notifier.grant(last, 20);
    expect(await third).to.deep.include({ ok: true, meta: { expires: 20 } });
  });

  it('what waits for its turn in a dialog is bounded', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    notifier.grant(await notifier.next(), 60);
    const { subscription = '' } = await result;
    const asked = Array.from({ length: 17 }, () => uac.subscribe(service, subscription));
    expect((await faultOf(asked.pop() ?? Promise.resolve())).code).to.equal('queue_full');
    const over = Promise.allSettled(asked);
    await service.stop();
    await over;
  });

  for (const reason of ['deactivated', 'probation', 'rejected', 'timeout', 'giveup', 'noresource', 'invariant', 'unheard-of', '']) {
    it(`C16 RFC 6665 4.1.3 terminated${reason === '' ? ' without a reason' : `;reason=${reason}`} ends it with its retry-after`, async () => {
      const { service, told } = await subscribing();
      const notifier = await Notifier.open('udp');
      const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
      const subscribe = await notifier.next();
      notifier.grant(subscribe, 60);
      await result;
      expect(await notifier.notify(subscribe, { state: `terminated${reason === '' ? '' : `;reason=${reason}`};retry-after=5` })).to.equal('SIP/2.0 200 OK');
      expect(told.slice(2)).to.deep.equal([`terminated ${reason === '' || reason === 'unheard-of' ? 'timeout' : reason} 5`, 'stop']);
    });
  }

  it('RFC 3261 12.1.1 a NOTIFY that would make a dialog and cannot, since its Contact or Record-Route cannot be read, is 481', async () => {
    const { service, notified, told } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    expect(await notifier.notify(subscribe, { headers: ['Record-Route: nonsense'] })).to.match(/^SIP\/2.0 481 /);
    expect(await notifier.notify(subscribe, { contact: '' })).to.match(/^SIP\/2.0 481 /);
    expect(told).to.deep.equal([]);
    notifier.grant(subscribe, 60);
    await result;
    // What the 2xx said holds.
    expect(await notifier.notify(subscribe, { headers: ['Record-Route: nonsense'] })).to.equal('SIP/2.0 200 OK');
    expect(notified).to.have.length(1);
  });

  it('RFC 6665 4.1.3 what a NOTIFY says holds whatever sip_notify answers, once that is sent', async () => {
    const seen: string[] = [];
    const { service, told } = await subscribing({}, {
      sip_notify: () => {
        seen.push(told.at(-1) ?? '');
        if (seen.length > 1) throw new Error('broken');
        return ['reply', 'forbidden'];
      },
    });
    service.events.on('error', () => undefined);
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    expect(await notifier.notify(subscribe)).to.match(/^SIP\/2.0 403 /);
    expect(await notifier.notify(subscribe, { state: 'terminated;reason=giveup' })).to.match(/^SIP\/2.0 500 /);
    expect(seen).to.deep.equal(['init', 'active']);
    expect(told).to.deep.equal(['start', 'init', 'active', 'terminated giveup', 'stop']);
  });

  for (const transport of ['udp', 'tcp'] as const) {
    it(`a service that listens nowhere hears its NOTIFYs where its SUBSCRIBE came from, over ${transport}`, async () => {
      const { service, notified } = await subscribing({ sip_listen: undefined });
      const notifier = await Notifier.open(transport);
      const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
      const subscribe = await notifier.next();
      notifier.grant(subscribe, 60);
      await result;
      expect(await notifier.notify(subscribe, { body: 'here' })).to.equal('SIP/2.0 200 OK');
      expect(notified.map(({ body }) => body)).to.deep.equal(['here']);
    });
  }

  it('RFC 6665 4.1.3 a NOTIFY of any type, or of none, is a matter of the application (pjsip 1156, pjsip 1367)', async () => {
    const { service, notified } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    expect(await notifier.notify(subscribe, { body: 'not XML' })).to.equal('SIP/2.0 200 OK');
    expect(await notifier.notify(subscribe)).to.equal('SIP/2.0 200 OK');
    expect(notified.map(({ body }) => body)).to.deep.equal(['not XML', '']);
  });
});
