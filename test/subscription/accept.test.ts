import { expect } from 'chai';
import { subscriptions, uac, type SipRequest, type Subscription } from '@nksip-ts/core';
import { closeAll, overStream, overUdp, running } from '../wire/running.ts';
import { notifier, Watcher } from './subscriber.ts';

async function allOf(service: string): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  for await (const one of subscriptions.all(service)) found.push(one);
  return found;
}

describe('SUBSCRIBE', () => {
  afterEach(closeAll);

  it('is 405 and absent from Allow where nobody implements sip_subscribe, and INVITE is everywhere', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0', sip_events: 'weather' }, { sip_message: () => ['reply', 'ok'], sip_resubscribe: () => ['reply', 'ok'] });
    const watcher = new Watcher(await overUdp(service));
    const refused = await watcher.subscribe();
    expect([refused.code, refused.one('Allow')]).to.deep.equal([405, 'OPTIONS, MESSAGE']);
    const other = new Watcher(await overUdp(await notifier()));
    expect((await other.subscribe({ method: 'INVITE', cseq: '1 INVITE' })).code).to.equal(405);
  });

  it('C02 C06 C18 gets a 200 with Expires, never longer than asked, Contact, and Allow-Events', async () => {
    const expires: (number | undefined)[] = [600, 100_000, undefined];
    const service = await notifier({ sip_subscribe: () => ['reply', ['ok', { ...(expires[0] !== undefined && { expires: expires.shift() }) }]] }, { sip_events: 'weather, presence', sip_event_expires: 1800 });
    const peer = await overUdp(service);
    const first = await new Watcher(peer).subscribe({ expires: 3600 });
    expect([first.code, first.one('Expires'), first.one('Allow-Events')]).to.deep.equal([200, '600', 'weather, presence']);
    expect(first.one('Contact')).to.equal(`<sip:alice@127.0.0.1:${service.addresses[0]?.match(/:(\d+);/)?.[1]}>`);
    expect((await new Watcher(peer).subscribe({ expires: 3000 })).one('Expires')).to.equal('3000');
    expect((await new Watcher(peer).subscribe({ expires: 3000 })).one('Expires')).to.equal('3000');
    expect((await new Watcher(peer).subscribe()).one('Expires'), 'where nobody says').to.equal('1800');
  });

  it('RFC 3261 12.2.1.1 within a dialog it names our Contact, which is ours whatever sip_domains lists', async () => {
    const service = await notifier({}, { sip_domains: 'example.com' });
    const watcher = new Watcher(await overUdp(service));
    const { toTag } = await watcher.subscribe({ expires: 60 });
    expect((await watcher.subscribe({ uri: 'sip:alice@127.0.0.1', expires: 30 })).code).to.equal(200);
    for (const to of ['<sip:alice@example.com>', `<sip:alice@example.com>;tag=not${toTag}`]) {
      expect((await new Watcher(watcher.peer).subscribe({ uri: 'sip:alice@127.0.0.1', to })).code).to.equal(404);
    }
  });

  it('C07 is answered with the Record-Route lines as they came, and makes a dialog of them', async () => {
    const service = await notifier();
    const watcher = new Watcher(await overUdp(service));
    const lines = ['Record-Route: <sip:a.example.com;lr>,  <sip:b.example.com;lr>', 'Record-Route: "C" <sip:c.example.com;lr>;x=y'];
    const response = await watcher.subscribe({ headers: lines, expires: 60 });
    expect(response.text).to.contain(lines.join('\r\n'));
    const [made, ...others] = await allOf(service.id);
    expect(others).to.deep.equal([]);
    expect(made).to.deep.include({
      class: 'uas', status: 'init', event: 'weather', call_id: watcher.callId, local_tag: watcher.toTag, remote_tag: watcher.fromTag, local_seq: 0, remote_seq: 1, expires: 60,
      local_uri: `<sip:alice@example.com>;tag=${watcher.toTag}`, remote_uri: `"W" <sip:watcher@example.com>;tag=${watcher.fromTag}`,
      remote_target: `sip:watcher@127.0.0.1:${watcher.peer.port}`, route_set: ['<sip:a.example.com;lr>', '<sip:b.example.com;lr>', '"C" <sip:c.example.com;lr>;x=y'],
    });
    expect(await subscriptions.get(service, made?.handle ?? '')).to.deep.equal(made);
    expect(await subscriptions.get(service, 'U_none')).to.equal('not_found');
  });

  it('C01 is 489 with Allow-Events without Event or with another one, 400 with several or a malformed one', async () => {
    const service = await notifier();
    const peer = await overUdp(service);
    for (const event of [null, 'presence', 'Weather']) {
      const response = await new Watcher(peer).subscribe({ event });
      expect([response.code, response.one('Allow-Events')], String(event)).to.deep.equal([489, 'weather']);
    }
    expect((await new Watcher(peer).subscribe({ headers: ['Event: weather'] })).code).to.equal(400);
    expect((await new Watcher(peer).subscribe({ event: '"weather"' })).code).to.equal(400);
    expect(await allOf(service.id)).to.deep.equal([]);
  });

  it('C08 is 400 unless it has exactly one Contact that can be read', async () => {
    const peer = await overUdp(await notifier());
    for (const contact of [null, '*', '<sip:a@b.example>, <sip:c@d.example>', '<nonsense>', '<tel:+123>']) {
      expect((await new Watcher(peer).subscribe({ contact })).code, String(contact)).to.equal(400);
    }
  });

  it('C08 RFC 3261 25.1 is 400 where the Contact is no UTF-8: nobody would take it as the Request-URI of a NOTIFY', async () => {
    const peer = await overUdp(await notifier());
    const text = new Watcher(peer).text({ contact: '<sip:a@127.0.0.1;x\u00b3y=1>' });
    expect((await peer.ask(Buffer.from(text, 'latin1'))).code).to.equal(400);
  });

  it('RFC 6665 4.2.1.1 is 400 with an Expires that is malformed', async () => {
    const peer = await overUdp(await notifier());
    for (const expires of ['soon', '-1', '4294967296']) expect((await new Watcher(peer).subscribe({ expires })).code, expires).to.equal(400);
    expect((await new Watcher(peer).subscribe({ expires: 60, headers: ['Expires: 60'] })).code).to.equal(400);
  });

  it('makes nothing of it where the callback refuses or fails', async () => {
    const replies = [['reply', 'forbidden'], ['reply', 'nonsense'], ['reply', ['interval_too_brief', 60]]];
    const service = await notifier({ sip_subscribe: () => replies.shift() });
    const peer = await overUdp(service);
    const codes = [(await new Watcher(peer).subscribe()).code, (await new Watcher(peer).subscribe()).code, (await new Watcher(peer).subscribe()).code];
    expect(codes).to.deep.equal([403, 500, 423]);
    expect(await allOf(service.id)).to.deep.equal([]);
  });

  it('C09 is 481 within a dialog that is not there, and any other request with a To tag as well', async () => {
    const service = await notifier({ sip_message: () => ['reply', 'ok'], sip_notify: () => ['reply', 'ok'] });
    const watcher = new Watcher(await overUdp(service));
    watcher.toTag = 'none';
    expect((await watcher.subscribe()).code).to.equal(481);
    watcher.toTag = '';
    await watcher.subscribe();
    for (const method of ['MESSAGE', 'NOTIFY', 'OPTIONS']) expect((await watcher.subscribe({ method, cseq: `9 ${method}` })).code, method).to.equal(481);
    const stranger = new Watcher(watcher.peer);
    stranger.toTag = watcher.toTag;
    expect((await stranger.subscribe()).code, 'another Call-ID').to.equal(481);
    expect((await watcher.subscribe({ from: '<sip:watcher@example.com>;tag=other' })).code, 'another From tag').to.equal(481);
    expect((await watcher.subscribe({ event: 'weather;id=2' })).code, 'another subscription').to.equal(481);
    expect((await watcher.subscribe()).code).to.equal(200);
  });

  it('C17 gives back the id of Event, not one that stands in the quotes of another parameter', async () => {
    const service = await notifier({ sip_subscribe: async (req: SipRequest) => { void uac.notify(service, subscriptions.handleOf(req), {}); return ['reply', 'ok']; } });
    const watcher = new Watcher(await overUdp(service));
    expect((await watcher.subscribe({ event: 'weather;x="a;id=evil;";id=good' })).code).to.equal(200);
    expect((await watcher.notified()).one('Event')).to.equal('weather;id=good');
  });

  it('C09 NOTIFY without a subscription is 481, unless sip_unsolicited_notify lets it through (pjsip 982, siphon-ai PR 487, ivoz PR 902)', async () => {
    const module = { sip_notify: () => ['reply', 'ok'] };
    for (const [spec, code] of [[{}, 481], [{ sip_unsolicited_notify: true }, 200]] as const) {
      const watcher = new Watcher(await overUdp(await notifier(module, spec)));
      const response = await watcher.subscribe({ method: 'NOTIFY', cseq: '1 NOTIFY', headers: ['Subscription-State: active'] });
      expect(response.code).to.equal(code);
    }
  });

  it('C24 with a lower CSeq than the last one in its dialog is 500, and a retransmission gets the same response', async () => {
    let asked = 0;
    const service = await notifier({ sip_resubscribe: () => { asked++; return ['reply', 'ok']; } });
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe();
    const refresh = watcher.text({ expires: 600 });
    const response = await watcher.peer.ask(refresh);
    expect((await watcher.peer.ask(refresh)).text).to.equal(response.text);
    expect((await watcher.subscribe({ cseq: '1 SUBSCRIBE' })).code).to.equal(500);
    expect(asked).to.equal(1);
  });

  it('C07 refreshes: sip_resubscribe is asked, 200 unless it says otherwise, and Contact changes the target', async () => {
    const told: unknown[] = [];
    const handles: string[] = [];
    const service = await notifier({
      sip_subscribe: (req: SipRequest) => { handles.push(subscriptions.handleOf(req)); return ['reply', 'ok']; },
      sip_resubscribe: (req: SipRequest) => { handles.push(subscriptions.handleOf(req)); return 'continue'; },
      sip_dialog_update: (update: unknown) => { told.push(Array.isArray(update) ? update.slice(0, 2) : update); },
    });
    const watcher = new Watcher(await overStream(service), 'TCP');
    await watcher.subscribe({ expires: 600 });
    const again = await watcher.subscribe({ contact: '<sip:elsewhere@127.0.0.1:9>', expires: 60 });
    expect([again.code, again.one('Expires'), again.toTag]).to.deep.equal([200, '60', watcher.toTag]);
    const [made] = await allOf(service.id);
    expect(made).to.deep.include({ remote_target: 'sip:elsewhere@127.0.0.1:9', expires: 60, remote_seq: 2 });
    expect(handles).to.deep.equal([made?.handle, made?.handle]);
    expect((await watcher.subscribe({ contact: null })).code, 'a refresh needs no Contact').to.equal(200);
    expect(told).to.deep.equal(['start', ['subscription_status', 'init'], 'target_update']);
  });

  it('a refresh that is refused leaves the subscription as it was', async () => {
    const service = await notifier({ sip_resubscribe: () => ['reply', 'forbidden'] });
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ expires: 600 });
    expect((await watcher.subscribe({ expires: 0, contact: '<sip:elsewhere@127.0.0.1:9>' })).code).to.equal(403);
    const [made] = await allOf(service.id);
    expect(made).to.deep.include({ expires: 600, remote_target: `sip:watcher@127.0.0.1:${watcher.peer.port}` });
  });
});
