import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { drain, stop, uac } from '@nksip-ts/core';
import { eventNotifier } from '@nksip-ts/event-notifier';
import type { RequestText } from '../kit/received-text.ts';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, later, overStream, overUdp, overWebSocket, portOf } from '../wire/running.ts';
import { dialog, dialogInfo, pidf, tuple } from './documents.ts';
import { alice, cseqOf, fast, nothingMore, present, publish, subscribed, watchedService, watcherCount, withoutConnections } from './watched-service.ts';

const DIALOG = { event: 'dialog', type: 'application/dialog-info+xml' };

describe('watchers on the wire', () => {
  afterEach(closeAll);

  describe('over UDP', () => {
    it('C04 C05 C06 C23 get 200 and then, from the same socket, a NOTIFY with the state, in one dialog (siphon-sip PR 448, drachtio 31, SIP.js 366, Liberty 23650, jsip PR 83)', async () => {
      const service = await watchedService();
      await present(service, 'open');
      const watcher = new Watcher(await overUdp(service));
      const response = await subscribed(watcher, { ...alice, expires: 300 });
      expect([response.code, response.one('Expires'), response.one('Allow-Events')]).to.deep.equal([200, '300', 'presence, dialog, message-summary, weather']);
      const notify = await watcher.notified();
      expect(notify.method).to.equal('NOTIFY');
      expect(notify.one('Event')).to.equal('presence');
      expect(notify.one('Subscription-State')).to.match(/^active;expires=(300|299)$/);
      expect(notify.one('Content-Type')).to.equal('application/pidf+xml');
      expect(notify.one('From')).to.equal(`<sip:alice@example.com>;tag=${response.toTag}`);
      expect(notify.one('To')).to.equal(`"W" <sip:watcher@example.com>;tag=${watcher.fromTag}`);
      expect(notify.body).to.equal(pidf(tuple('t', 'open')));
    });

    it('C17 have the id of Event in each NOTIFY byte for byte (linphone-sdk 109)', async () => {
      const service = await watchedService();
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, { ...alice, event: 'presence;id=7.A%' });
      expect((await watcher.notified()).one('Event')).to.equal('presence;id=7.A%');
    });

    it('C07 have one plain Contact of ours in the 200 and in each NOTIFY, and the 481 after a restart (opensips 290, freeswitch PR 3056)', async () => {
      const service = await watchedService();
      const watcher = new Watcher(await overUdp(service));
      const response = await subscribed(watcher, alice);
      const notify = await watcher.notified();
      expect(notify.one('Contact')).to.equal(response.one('Contact'));
      expect(response.one('Contact')).to.equal(`<sip:alice@127.0.0.1:${portOf(service, 'udp')}>`);
      const again = new Watcher(await overUdp(await watchedService()));
      Object.assign(again, { callId: watcher.callId, fromTag: watcher.fromTag, toTag: watcher.toTag, cseq: watcher.cseq });
      expect((await again.subscribe({ ...alice, event: 'presence' })).code).to.equal(481);
    });

    it('C26 C30 see somebody who is offline where nobody publishes, of the address that was asked for (Browser-Phone 370)', async () => {
      const service = await watchedService();
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, { uri: 'sip:carol@127.0.0.1:5999;transport=udp' });
      const { body } = await watcher.notified();
      expect(body).to.include('entity="sip:carol@127.0.0.1"').and.to.include('<basic>closed</basic>');
    });

    it('C07 C25 see CSeq rise by one with each NOTIFY, and the version of dialog-info (sprout PR 1999)', async () => {
      const service = await watchedService(fast);
      const [one, other] = [new Watcher(await overUdp(service)), new Watcher(await overUdp(service))];
      const seen: (readonly [number, string | undefined])[] = [];
      const see = (notify: RequestText): unknown => seen.push([cseqOf(notify), /version="(\d+)"/.exec(notify.body)?.[1]]);
      await subscribed(one, { ...alice, event: 'dialog' });
      see(await one.notified());
      await subscribed(other, { ...alice, event: 'dialog' });
      await other.notified();
      let tag: string | undefined;
      for (const state of ['early', 'confirmed']) {
        tag = await publish(service, dialogInfo(dialog('1', state)), { ...DIALOG, ...(tag !== undefined && { tag }) });
        see(await one.notified());
        await other.notified();
      }
      await subscribed(one, { ...alice, event: 'dialog' });
      see(await one.notified());
      const [[first] = [0]] = seen;
      expect(seen).to.deep.equal([[first, '0'], [first + 1, '1'], [first + 2, '2'], [first + 3, '3']]);
    });

    it('C10 C12 hear nothing more after a 481, and go on after 401, 407 and 500 (freeswitch 1110, kamailio 1489, pjsip 2164, pjsip 2226)', async () => {
      const service = await watchedService(fast);
      const peers = await Promise.all([481, 401, 407, 500].map(async (code) => [code, new Watcher(await overUdp(service))] as const));
      for (const [, watcher] of peers) {
        await subscribed(watcher, alice);
        await watcher.notified();
      }
      const tag = await present(service, 'open');
      for (const [code, watcher] of peers) await watcher.notified(code);
      await present(service, 'closed', { tag });
      for (const [code, watcher] of peers) {
        if (code === 481) await nothingMore(watcher);
        else expect((await watcher.notified()).body).to.include('closed');
      }
      const left: string[] = [];
      for await (const { contact } of eventNotifier.watchers(service)) left.push(contact);
      expect(left).to.have.length(3);
      expect((await peers[0]![1].subscribe({ ...alice, event: 'presence' })).code).to.equal(481);
    });

    it('C13 hear once that their time is over, and their dialog is gone', async () => {
      const service = await watchedService();
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, { ...alice, expires: 1 });
      await watcher.notified();
      const last = await watcher.notified();
      expect(last.one('Subscription-State')).to.equal('terminated;reason=timeout');
      expect(last.body).to.include('closed');
      expect((await watcher.subscribe({ ...alice, event: 'presence' })).code).to.equal(481);
      await nothingMore(watcher);
    });

    it('C19 fetch with Expires 0: 200, one NOTIFY with the state, and nothing is left', async () => {
      const service = await watchedService();
      await present(service, 'open');
      const watcher = new Watcher(await overUdp(service));
      expect((await subscribed(watcher, { ...alice, expires: 0 })).one('Expires')).to.equal('0');
      const notify = await watcher.notified();
      expect([notify.one('Subscription-State'), notify.body]).to.deep.equal(['terminated;reason=timeout', pidf(tuple('t', 'open'))]);
      await nothingMore(watcher);
      expect(service.usage().parts['watchers']).to.equal(0);
    });

    it('C04 C19 end with Expires 0: 200, and the state once more, terminated', async () => {
      const service = await watchedService();
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, alice);
      await watcher.notified();
      await subscribed(watcher, { ...alice, expires: 0 });
      const notify = await watcher.notified();
      expect(notify.one('Subscription-State')).to.equal('terminated;reason=timeout');
      expect(notify.body).to.include('closed');
      await nothingMore(watcher);
    });

    it('C15 C27 C29 are pending, then active, then rejected', async () => {
      const service = await watchedService({ sip_event_notifier_default_decision: 'confirm' });
      await present(service, 'open');
      const watcher = new Watcher(await overUdp(service));
      expect((await subscribed(watcher, alice)).code).to.equal(200);
      const pending = await watcher.notified();
      expect(pending.one('Subscription-State')).to.match(/^pending;expires=\d+$/);
      expect(pending.body).to.include('closed');
      const id = `U_${watcher.toTag}`;
      expect(await eventNotifier.decide(service, id, 'allow')).to.equal('ok');
      const active = await watcher.notified();
      expect([/^\w+/.exec(active.one('Subscription-State'))?.[0], active.body]).to.deep.equal(['active', pidf(tuple('t', 'open'))]);
      expect(await eventNotifier.decide(service, id, 'block')).to.equal('ok');
      const last = await watcher.notified();
      expect([last.one('Subscription-State'), last.body]).to.deep.equal(['terminated;reason=rejected', '']);
    });

    it('C14 are asked for credentials with 401, and refused with 403', async () => {
      const service = await watchedService({}, {
        sip_authorize: (list: readonly unknown[], req: { readonly method: string }) => req.method !== 'SUBSCRIBE' || list.length > 0 ? 'ok' : 'authenticate',
      });
      const response = await new Watcher(await overUdp(service)).subscribe({ ...alice, event: 'presence' });
      expect([response.code, response.one('WWW-Authenticate').startsWith('Digest')]).to.deep.equal([401, true]);
      const closed = await watchedService({ sip_event_notifier_default_decision: 'block' });
      expect((await new Watcher(await overUdp(closed)).subscribe({ ...alice, event: 'presence' })).code).to.equal(403);
    });

    it('C21 C01 C03 C20 are refused with 406, 489 and 423, and get the usual time', async () => {
      const service = await watchedService({ sip_event_notifier_min_expires: 60, sip_event_notifier_max_expires: 4000 });
      const peer = await overUdp(service);
      const ask = async (parts: object): Promise<string> => {
        const response = await new Watcher(peer).subscribe({ ...alice, event: 'presence', ...parts });
        return `${response.code} ${response.code === 423 ? response.one('Min-Expires') : ''}`.trim();
      };
      expect(await ask({ headers: ['Accept: text/plain', 'Accept: application/xpidf+xml'] })).to.equal('406');
      expect(await ask({ event: 'conference' })).to.equal('489');
      expect(await ask({ expires: 59 })).to.equal('423 60');
      expect(await ask({ headers: ['Content-Type: application/simple-filter+xml'], body: '<filter/>' })).to.equal('415');
      expect((await new Watcher(await overUdp(service)).subscribe({ ...alice, event: 'dialog' })).one('Expires')).to.equal('3600');
    });

    it('C44 C46 get all dialogs of an address, and a 400 for what is no dialog-info (kamailio 441)', async () => {
      const service = await watchedService(fast);
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, { ...alice, event: 'dialog' });
      await watcher.notified();
      await publish(service, dialogInfo(dialog('1', 'confirmed')), DIALOG);
      await watcher.notified();
      await publish(service, dialogInfo(dialog('2', 'early')), DIALOG);
      const { body } = await watcher.notified();
      expect(body).to.include('id="1"').and.to.include('id="2"').and.to.include('state="full"');
      const bad = await uac.publish(service, `sip:alice@127.0.0.1:${portOf(service, 'udp')}`, { event: 'dialog', body: '<x>', content_type: DIALOG.type });
      expect([bad.code, bad.ok ? '' : bad.response?.reason]).to.have.property('0', 400);
      await nothingMore(watcher);
    });

    it('C47 C48 get message summaries, hard state where nobody publishes, and are told when it has changed', async () => {
      let waiting = 'no';
      const service = await watchedService(fast, {
        sip_event_notifier_state: (_: unknown, event: string) => event === 'message-summary' ? { data: Buffer.from(`Messages-Waiting: ${waiting}\r\n`), content_type: 'application/simple-message-summary' } : 'none',
      });
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, { ...alice, event: 'message-summary' });
      expect((await watcher.notified()).body).to.equal('Messages-Waiting: no\r\n');
      waiting = 'yes';
      expect(await eventNotifier.changed(service, 'sip:alice@127.0.0.1', 'message-summary')).to.equal('ok');
      const notify = await watcher.notified();
      expect([notify.body, notify.one('Content-Type')]).to.deep.equal(['Messages-Waiting: yes\r\n', 'application/simple-message-summary']);
    });

    it('C22 hold no more subscriptions than ten with one Contact: the oldest ends (opensips 3514)', async () => {
      const service = await watchedService();
      const peer = await overUdp(service);
      const watchers: Watcher[] = [];
      for (let n = 0; n < 13; n++) {
        const watcher = new Watcher(peer);
        await subscribed(watcher, alice);
        watchers.push(watcher);
        const notifies = [await watcher.notified(), ...(n < 10 ? [] : [await watcher.notified()])];
        expect(notifies.map((notify) => `${notify.one('Call-ID')} ${notify.one('Subscription-State').replace(/;expires=.*/, '')}`)).to.have.members([
          `${watcher.callId} active`, ...(n < 10 ? [] : [`${watchers[n - 10]?.callId} terminated;reason=deactivated`]),
        ]);
      }
      expect(await watcherCount(service)).to.equal(10);
    });

    it('C16 are told each reason, with retry-after where it belongs', async () => {
      const service = await watchedService();
      const seen: string[] = [];
      for (const [reason, retryAfter] of [['deactivated'], ['probation', 30], ['rejected'], ['timeout'], ['giveup', 5], ['noresource'], ['invariant']] as const) {
        const watcher = new Watcher(await overUdp(service));
        await subscribed(watcher, alice);
        await watcher.notified();
        await eventNotifier.terminate(service, `U_${watcher.toTag}`, reason, retryAfter);
        seen.push((await watcher.notified()).one('Subscription-State'));
      }
      expect(seen).to.deep.equal([
        'terminated;reason=deactivated', 'terminated;reason=probation;retry-after=30', 'terminated;reason=rejected', 'terminated;reason=timeout',
        'terminated;reason=giveup;retry-after=5', 'terminated;reason=noresource', 'terminated;reason=invariant',
      ]);
    });

    it('C59 C16 are told deactivated when the service drains, and new ones get a 503', async () => {
      const service = await watchedService();
      const [watcher, silent, late] = [new Watcher(await overUdp(service)), new Watcher(await overUdp(service)), new Watcher(await overUdp(service))];
      for (const one of [watcher, silent]) {
        await subscribed(one, alice);
        await one.notified();
      }
      const began = performance.now();
      const drained = drain(service.id);
      expect((await watcher.notified()).one('Subscription-State')).to.equal('terminated;reason=deactivated');
      expect((await late.subscribe({ ...alice, event: 'presence' })).code).to.equal(503);
      expect(await drained).to.equal('ok');
      expect(performance.now() - began).to.be.within(400, 3000);
      const goodbyes = silent.peer.inbox.waiting.map((text) => /Subscription-State: (\S+)/.exec(text)?.[1]);
      expect(goodbyes).to.deep.equal(['terminated;reason=deactivated', 'terminated;reason=deactivated']);
    });

    it('C59 are told once when it stops, with the time after which to come back if that is set', async () => {
      const service = await watchedService({ sip_event_notifier_drain_retry_after: 20 });
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, alice);
      await watcher.notified();
      await stop(service.id);
      expect((await watcher.request()).one('Subscription-State')).to.equal('terminated;reason=probation;retry-after=20');
      expect(watcher.peer.inbox.waiting).to.have.length(0);
    });

    it('C60 get a large document over TCP, if they listen there (freeswitch 1720)', async () => {
      const service = await watchedService(fast, { sip_authorize: () => 'ok' });
      const listener = createServer();
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      later(() => { listener.close(); });
      const { port } = listener.address() as { port: number };
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, { ...alice, event: 'dialog', contact: `<sip:w@127.0.0.1:${port}>` });
      await watcher.notified();
      const accepted = once(listener, 'connection') as Promise<[Socket]>;
      await publish(service, dialogInfo(Array.from({ length: 20 }, (_, n) => dialog(String(n), 'confirmed')).join('')), DIALOG);
      const [socket] = await accepted;
      later(() => { socket.destroy(); });
      const [bytes] = await once(socket, 'data') as [Buffer];
      expect(bytes.toString()).to.match(/^NOTIFY sip:w@127\.0\.0\.1/);
    });
  });

  describe('over connections', () => {
    it('C61 C23 are notified over the WebSocket on which they subscribed, whatever their Contact (freeswitch 398, SIP.js 184, SIP.js 366)', async () => {
      const service = await watchedService(fast);
      const watcher = new Watcher(await overWebSocket(service), 'WS');
      await subscribed(watcher, { ...alice, contact: '<sip:x@abc.invalid;transport=ws>' });
      expect((await watcher.notified()).body).to.include('closed');
      await present(service, 'open');
      const notify = await watcher.notified();
      expect(notify.uri).to.equal('sip:x@abc.invalid;transport=ws');
      expect(notify.body).to.include('open');
    });

    it('C61 go on over another WebSocket where they refresh on it', async () => {
      const service = await watchedService(fast);
      const first = await overWebSocket(service);
      const watcher = new Watcher(first, 'WS');
      await subscribed(watcher, { ...alice, contact: '<sip:x@abc.invalid;transport=ws>' });
      await watcher.notified();
      first.close();
      await withoutConnections(service);
      const tag = await present(service, 'open');
      const again = watcher.elsewhere(await overWebSocket(service));
      await subscribed(again, { ...alice, contact: '<sip:x@def.invalid;transport=ws>' });
      expect((await again.notified()).body).to.include('open');
      await present(service, 'closed', { tag });
      expect((await again.notified()).uri).to.equal('sip:x@def.invalid;transport=ws');
    });

    it('C61 RFC 6665 4.2.1.2 go on where they refresh on another WebSocket before the first one is known to be dead, with a NOTIFY in it', async () => {
      const service = await watchedService(fast);
      const first = await overWebSocket(service);
      const watcher = new Watcher(first, 'WS');
      await subscribed(watcher, { ...alice, contact: '<sip:x@abc.invalid;transport=ws>' });
      const unanswered = await watcher.request();
      const again = watcher.elsewhere(await overWebSocket(service));
      await subscribed(again, { ...alice, contact: '<sip:x@def.invalid;transport=ws>' });
      const moved = await again.notified();
      expect([moved.uri, cseqOf(moved) - cseqOf(unanswered)]).to.deep.equal(['sip:x@def.invalid;transport=ws', 1]);
      expect((await again.notified()).one('Event')).to.equal('presence');
      first.close();
      await present(service, 'open');
      expect((await again.notified()).body).to.include('open');
    });

    it('C61 RFC 6665 4.2.1.2 go on where they refresh from another port while a NOTIFY waits for an answer from the old one', async () => {
      const service = await watchedService({ ...fast, sip_timer_t1: 50, sip_timer_t2: 100 });
      const ended: unknown[] = [];
      service.events.on('event_notifier:terminated', (_, reason) => { ended.push(reason); });
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, alice);
      await watcher.request();
      const again = watcher.elsewhere(await overUdp(service));
      await subscribed(again, alice);
      await again.notified();
      await again.notified();
      await new Promise((resolve) => { setTimeout(resolve, 64 * 50 + 200); });
      await present(service, 'open');
      expect((await again.notified()).body).to.include('open');
      expect(ended).to.deep.equal([]);
    });

    it('C61 are reached over a new connection where theirs is gone (kamailio 11, opensips 30)', async () => {
      const service = await watchedService(fast);
      const listener = createServer();
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      later(() => { listener.close(); });
      const { port } = listener.address() as { port: number };
      const peer = await overStream(service);
      const watcher = new Watcher(peer, 'TCP');
      await subscribed(watcher, { ...alice, contact: `<sip:w@127.0.0.1:${port};transport=tcp>` });
      await watcher.notified();
      peer.close();
      await withoutConnections(service);
      const accepted = once(listener, 'connection') as Promise<[Socket]>;
      await present(service, 'open');
      const [socket] = await accepted;
      later(() => { socket.destroy(); });
      const [bytes] = await once(socket, 'data') as [Buffer];
      expect(bytes.toString()).to.match(/^NOTIFY /).and.to.include('<basic>open</basic>');
    });

    it('hold up nobody where they read nothing', async () => {
      const service = await watchedService(fast);
      const stuck = await overStream(service);
      const watcher = new Watcher(stuck, 'TCP');
      await subscribed(watcher, alice);
      await watcher.notified();
      stuck.socket.pause();
      const alive = new Watcher(await overUdp(service));
      await subscribed(alive, alice);
      await alive.notified();
      let tag = await present(service, 'open');
      await alive.notified();
      for (const basic of ['closed', 'open', 'closed'] as const) {
        tag = await present(service, basic, { tag });
        expect((await alive.notified()).body).to.include(basic);
      }
    });
  });
});
