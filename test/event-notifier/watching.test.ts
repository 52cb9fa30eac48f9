import { expect } from 'chai';
import { NksipError } from '@nksip-ts/core';
import { dialog, dialogInfo, pidf, tuple } from './documents.ts';
import { isOk, NotifiersOnFakeClock } from './notifier-under-test.ts';

const DIALOG = 'application/dialog-info+xml';

describe('watching', () => {
  const { make, pass } = new NotifiersOnFakeClock();

  describe('begins', () => {
    it('C04 with 200 and Expires, and then one NOTIFY with the whole state', async () => {
      const test = make();
      await test.present('open');
      const { reply, handle } = await test.ask({ expires: 300 });
      expect(reply).to.have.nested.property('[1].expires', 300);
      await pass();
      expect(test.states(handle)).to.deep.equal(['active']);
      expect(test.bodies(handle)[0]).to.equal(pidf(tuple('t', 'open')));
      expect(test.told).to.deep.equal([`start ${handle}`, `notified ${handle}`]);
    });

    it('C30 with one closed tuple where nobody has published (kamailio 1930)', async () => {
      const test = make();
      const handle = await test.watch();
      await pass();
      expect(test.bodies(handle)[0]).to.include('<basic>closed</basic>').and.to.include('entity="sip:alice@example.com"');
      expect(test.sent[0]?.options.content_type).to.equal('application/pidf+xml');
    });

    it('C44 with a dialog that has ended and version 0 where there is none (kamailio PR 55, opensips PR 1193)', async () => {
      const test = make();
      const handle = await test.watch({ event: 'dialog' });
      await pass();
      expect(test.bodies(handle)[0]).to.include('version="0"').and.to.include('state="full"').and.to.include('<state>terminated</state>');
    });

    it('C48 with Messages-Waiting: no where nobody says anything', async () => {
      const test = make();
      const handle = await test.watch({ event: 'message-summary' });
      await pass();
      expect(test.bodies(handle)).to.deep.equal(['Messages-Waiting: no\r\n']);
    });

    it('C17 with the id of Event byte for byte in what is told of the watcher, and without one where there is none', async () => {
      const test = make();
      const handles = [await test.watch({ event: 'presence;id=A%20b' }), await test.watch()];
      expect(handles.map((handle) => test.watcher(handle).event_id)).to.deep.equal(['A%20b', undefined]);
      expect(test.watcher(handles[0]!).event).to.equal('presence');
    });

    it('with nothing at all where the 200 has not left', async () => {
      const test = make();
      const { req, reply } = (await import('./subscribe-request.ts')).subscribeRequest();
      test.begin(req);
      await test.notifier.subscribe(req);
      expect(test.size).to.equal(1);
      reply(undefined);
      await pass(1000);
      expect(test.size).to.equal(0);
      expect(test.sent).to.deep.equal([]);
      expect(test.told).to.deep.equal([]);
    });

    it('C19 and ends at once with Expires 0: a fetch gets the state once, terminated', async () => {
      const test = make();
      await test.present('open');
      const { reply, handle } = await test.ask({ expires: 0 });
      expect(reply).to.have.nested.property('[1].expires', 0);
      expect(test.states(handle)).to.deep.equal(['terminated;timeout']);
      expect(test.bodies(handle)[0]).to.include('open');
      expect(test.size).to.equal(0);
    });
  });

  describe('tells changes', () => {
    it('C28 at once after a quiet time, then no sooner than 5 seconds, the newest only', async () => {
      const test = make();
      const handle = await test.watch();
      await pass(100);
      const tag = await test.present('open');
      await pass();
      expect(test.sent).to.have.length(2);
      for (const basic of ['closed', 'open', 'closed'] as const) await test.present(basic, { ifMatch: tag });
      await pass(4900);
      expect(test.sent).to.have.length(2);
      await pass(200);
      expect(test.bodies(handle)).to.have.length(3);
      expect(test.bodies(handle)[2]).to.include('closed');
    });

    it('C45 of dialogs no sooner than a second', async () => {
      const test = make();
      const handle = await test.watch({ event: 'dialog' });
      await pass(100);
      const tag = await test.publish(dialogInfo(dialog('1', 'early')), { event: 'dialog', type: DIALOG });
      await pass();
      await test.publish(dialogInfo(dialog('1', 'confirmed')), { event: 'dialog', type: DIALOG, ifMatch: tag });
      await pass(900);
      expect(test.bodies(handle)).to.have.length(2);
      await pass(200);
      expect(test.bodies(handle).map((body) => /version="(\d+)"/.exec(body)?.[1])).to.deep.equal(['0', '1', '2']);
    });

    it('each at once with sip_event_notifier_min_interval 0', async () => {
      const test = make({ options: { sip_event_notifier_min_interval: 0 } });
      const handle = await test.watch();
      await pass();
      let tag: string | undefined;
      for (const basic of ['open', 'closed', 'open'] as const) {
        tag = await test.present(basic, tag === undefined ? {} : { ifMatch: tag });
        await pass();
      }
      expect(test.bodies(handle)).to.have.length(4);
    });

    it('and the answer to a SUBSCRIBE, not paced, does not begin the interval', async () => {
      const test = make();
      const handle = await test.watch();
      await pass();
      const tag = await test.present('open');
      await pass();
      await test.present('closed', { ifMatch: tag });
      await pass(1000);
      await test.refresh(handle);
      await pass();
      expect(test.bodies(handle)).to.have.length(3);
      await pass(10_000);
      expect(test.bodies(handle)).to.have.length(3);
    });

    it('not where nothing has changed: refreshed, published again, gone back', async () => {
      const test = make();
      const handle = await test.watch();
      await pass();
      const tag = await test.present('open');
      await pass(6000);
      await test.compositor.publish({ uri: 'sip:alice@example.com', ifMatch: tag });
      await test.present('open', { ifMatch: tag });
      await pass(6000);
      expect(test.bodies(handle)).to.have.length(2);
      await test.present('closed', { ifMatch: tag });
      await pass();
      await test.present('open', { ifMatch: tag });
      await test.present('closed', { ifMatch: tag });
      await pass(10_000);
      expect(test.bodies(handle)).to.have.length(3);
    });

    it('that come while a NOTIFY is under way afterwards, as one, the newest (kamailio 2540)', async () => {
      const test = make({ options: { sip_event_notifier_min_interval: 0 } });
      test.answers = () => 'later';
      const handle = await test.watch();
      await pass();
      let tag: string | undefined;
      for (let n = 0; n < 20; n++) {
        tag = await test.publish(pidf(tuple(`t${n}`, 'open')), tag === undefined ? {} : { ifMatch: tag });
        await pass(10);
      }
      expect(test.sent).to.have.length(1);
      test.sent[0]?.answer(200);
      await pass();
      expect(test.bodies(handle)).to.have.length(2);
      expect(test.bodies(handle)[1]).to.include('id="t19"');
    });

    it('when a publication is removed with Expires 0, whatever its body says (kamailio 3229)', async () => {
      const test = make();
      const handle = await test.watch({ event: 'dialog' });
      const tag = await test.publish(dialogInfo(dialog('1', 'early')), { event: 'dialog', type: DIALOG });
      await pass(2000);
      expect(test.bodies(handle).at(-1)).to.include('early');
      await test.compositor.publish({ uri: 'sip:alice@example.com', event: 'dialog', type: DIALOG, ifMatch: tag, expires: 0, body: dialogInfo(dialog('1', 'terminated')) });
      await pass(2000);
      expect(test.bodies(handle).at(-1)).to.include('<state>terminated</state>').and.not.to.include('early');
    });

    it('of one of two dialogs, and the other is still busy (kamailio 1427, kamailio 2906)', async () => {
      const test = make();
      const handle = await test.watch({ event: 'dialog' });
      const tag = await test.publish(dialogInfo(dialog('1', 'confirmed')), { event: 'dialog', type: DIALOG });
      await test.publish(dialogInfo(dialog('2', 'confirmed')), { event: 'dialog', type: DIALOG });
      await pass(2000);
      await test.publish(dialogInfo(dialog('1', 'terminated')), { event: 'dialog', type: DIALOG, ifMatch: tag });
      await pass(2000);
      expect(test.bodies(handle).at(-1)).to.include('id="2"').and.to.include('confirmed').and.not.to.include('terminated');
    });

    it('when a publication expires, clear and restore included', async () => {
      const test = make();
      const handle = await test.watch();
      await test.present('open', { expires: 60 });
      await pass(59_000);
      expect(test.bodies(handle).at(-1)).to.include('open');
      await pass(2_500);
      expect(test.bodies(handle).at(-1)).to.include('closed');
      const tag = await test.present('open');
      await pass(6000);
      const found = await test.compositor.compositor.find('sip:alice@example.com', tag);
      if (found === 'not_found') throw new Error('not stored');
      await test.compositor.compositor.clear();
      await pass(6000);
      expect(test.bodies(handle).at(-1)).to.include('closed');
      await test.compositor.compositor.restore({ aor: { scheme: 'sip', user: 'alice', domain: 'example.com' }, tag, record: found });
      await pass(6000);
      expect(test.bodies(handle).at(-1)).to.include('open');
    });

    it('to nobody who watches something else', async () => {
      const test = make();
      const other = await test.watch({ uri: 'sip:carol@example.com' });
      const lamp = await test.watch({ event: 'dialog' });
      await pass(100);
      await test.present('open');
      await pass(6000);
      expect([...test.bodies(other), ...test.bodies(lamp)]).to.have.length(2);
    });
  });

  describe('goes on', () => {
    it('C04 with a NOTIFY for each SUBSCRIBE in the dialog, even if it says nothing new', async () => {
      const test = make();
      const handle = await test.watch({ expires: 100 });
      await pass(50_000);
      expect(await test.refresh(handle, { expires: 200 })).to.have.nested.property('[1].expires', 200);
      await pass();
      expect(test.bodies(handle)).to.have.length(2);
      expect(test.watcher(handle).expires).to.equal(1_800_000_050 + 200);
      expect(test.told).to.include(`refresh ${handle}`);
    });

    it('C07 with the Contact and the source of the last SUBSCRIBE', async () => {
      const test = make();
      const handle = await test.watch();
      await test.refresh(handle, { contact: '<sip:bob@198.51.100.7>', source: { transport: 'tcp', address: '198.51.100.7', port: 999 } });
      expect(test.watcher(handle)).to.include({ contact: 'sip:bob@198.51.100.7', transport: 'tcp' });
    });

    it('as it was where a refresh is refused', async () => {
      const test = make();
      const handle = await test.watch();
      await pass();
      expect(await test.refresh(handle, { accept: ['text/html'] })).to.equal(406);
      await test.present('open');
      await pass();
      expect(test.bodies(handle)).to.have.length(2);
    });
  });

  describe('ends', () => {
    it('C13 with one NOTIFY terminated;reason=timeout when its time is over', async () => {
      const test = make();
      const handle = await test.watch();
      await pass();
      test.end(handle, ['terminated', 'timeout']);
      await pass(60_000);
      expect(test.states(handle)).to.deep.equal(['active', 'terminated;timeout']);
      expect(test.bodies(handle)[1]).to.include('closed');
      expect(test.told.at(-1)).to.equal(`terminated ${handle} "timeout"`);
      expect(test.size).to.equal(0);
    });

    it('C19 with the state and terminated;reason=timeout after Expires 0, and the change that waited is in it', async () => {
      const test = make();
      const handle = await test.watch();
      await pass();
      const tag = await test.present('open');
      await pass();
      await test.publish(pidf(tuple('last', 'closed')), { ifMatch: tag });
      await pass();
      await test.refresh(handle, { expires: 0 });
      await pass(60_000);
      expect(test.states(handle)).to.deep.equal(['active', 'active', 'terminated;timeout']);
      expect(test.bodies(handle)[2]).to.include('id="last"');
    });

    for (const code of [404, 481, 489, 604]) {
      it(`C10 without another NOTIFY where one is answered ${code} (kamailio 1489, freeswitch 1110)`, async () => {
        const test = make({ options: { sip_event_notifier_min_interval: 0 } });
        const handle = await test.watch();
        await pass();
        test.answers = ({ handle: of }) => { test.end(of, ['terminated', ['code', code]]); return code; };
        const tag = await test.present('open');
        await pass();
        await test.present('closed', { ifMatch: tag });
        await pass(60_000);
        expect(test.states(handle)).to.deep.equal(['active', 'active']);
        expect(test.told.at(-1)).to.equal(`terminated ${handle} ["code",${code}]`);
      });
    }

    it('where core knows the subscription no more', async () => {
      const test = make();
      const handle = await test.watch();
      test.answers = () => new NksipError('subscription_not_found', {});
      await pass();
      expect(test.size).to.equal(0);
      expect(test.told).to.include(`terminated ${handle} "forced"`);
      expect(test.faults).to.deep.equal([]);
    });
  });

  describe('goes on where a NOTIFY is not taken', () => {
    it('C12 after Retry-After, or else after 5 seconds, 10 and so on (pjsip 1895)', async () => {
      const test = make();
      const handle = await test.watch();
      test.answers = () => [503, 30];
      await pass(29_000);
      expect(test.sent).to.have.length(1);
      test.answers = () => 500;
      await pass(1500);
      expect(test.sent).to.have.length(2);
      await pass(9_000);
      expect(test.sent).to.have.length(2);
      await pass(2000);
      expect(test.sent).to.have.length(3);
      test.answers = () => 200;
      await pass(20_500);
      expect(test.sent).to.have.length(4);
      await pass(600_000);
      expect(test.sent).to.have.length(4);
      expect(test.watcher(handle).notified).to.equal(1);
      expect(test.logged).to.have.length(3);
      expect(test.told.filter((text) => text.startsWith('failed'))).to.deep.equal([`failed ${handle} {"code":503,"retry_in":30}`, `failed ${handle} {"code":500,"retry_in":10}`, `failed ${handle} {"code":500,"retry_in":20}`]);
    });

    it('C12 with the next change', async () => {
      const test = make();
      const handle = await test.watch();
      await pass();
      test.answers = () => [503, 600];
      const tag = await test.present('open');
      await pass(6000);
      test.answers = () => 200;
      await test.publish(pidf(tuple('other', 'open')), { ifMatch: tag });
      await pass();
      expect(test.bodies(handle)).to.have.length(3);
    });

    it('C11 and nobody answers, where that does not end it (opensips 380)', async () => {
      const test = make({ options: { sip_event_notifier_on_timeout: 'keep' } });
      const handle = await test.watch();
      await pass();
      test.answers = () => 'timeout';
      const tag = await test.present('open');
      await pass();
      expect(test.sent.at(-1)?.options.on_timeout).to.equal('keep');
      test.answers = () => 200;
      await pass(1000);
      await test.present('closed', { ifMatch: tag });
      await pass(6000);
      expect(test.bodies(handle).at(-1)).to.include('closed');
      expect(test.watcher(handle).notified).to.equal(2);
    });

    it('C61 until a WebSocket has been gone for 60 seconds', async () => {
      const test = make();
      const ws = { transport: 'ws', address: '192.0.2.1', port: 4000 } as const;
      const [stays, goes] = [await test.watch({ source: ws }), await test.watch({ source: ws })];
      await pass();
      test.answers = () => 'transport';
      const tag = await test.present('open');
      await pass(30_000);
      await test.present('closed', { ifMatch: tag });
      await pass(10_000);
      expect(test.sent).to.have.length(4);
      test.answers = () => 200;
      await test.refresh(stays, { source: { ...ws, port: 4001 } });
      await pass(30_000);
      expect(test.states(stays)).to.deep.equal(['active', 'active', 'active']);
      expect(test.told.at(-1)).to.equal(`terminated ${goes} "timeout"`);
      expect(test.size).to.equal(1);
    });

    it('and holds up nobody', async () => {
      const test = make({ options: { sip_event_notifier_min_interval: 0, sip_event_notifier_max_per_watcher: 1000 } });
      const dead = await Promise.all(Array.from({ length: 300 }, async () => await test.watch({ source: { transport: 'udp', address: '192.0.2.66', port: 5060 } })));
      const alive = await test.watch();
      await pass();
      test.answers = ({ handle }) => handle === alive ? 200 : 'later';
      test.sent.length = 0;
      await test.present('open');
      await pass(10);
      expect(test.bodies(alive)).to.have.length(1);
      expect(test.sent.filter(({ handle }) => dead.includes(handle))).to.have.length(200);
      for (const one of [...test.sent]) one.answer(200);
      await pass();
      expect(new Set(test.sent.map(({ handle }) => handle)).size).to.equal(301);
    });
  });

  describe('of who may not see', () => {
    it('C15 C29 is pending with the neutral document until decide, and then active with the state', async () => {
      const test = make({ authorize: () => 'confirm' });
      await test.present('open');
      const handle = await test.watch();
      await pass();
      await test.present('open');
      await pass(6000);
      expect(test.states(handle)).to.deep.equal(['pending']);
      expect(test.bodies(handle)[0]).to.include('closed');
      expect(test.notifier.decide(handle, 'allow')).to.equal('ok');
      await pass();
      expect(test.states(handle)).to.deep.equal(['pending', 'active']);
      expect(test.bodies(handle)[1]).to.include('open');
      expect(test.told.slice(0, 2)).to.deep.equal([`start ${handle}`, `pending ${handle}`]);
    });

    it('C15 ends with terminated;reason=rejected where the decision is block', async () => {
      const test = make({ authorize: () => 'confirm' });
      const handle = await test.watch();
      await pass();
      test.notifier.decide(handle, 'block');
      expect(test.states(handle)).to.deep.equal(['pending', 'terminated;rejected']);
      expect(test.bodies(handle)[1]).to.equal('');
      expect(test.notifier.decide(handle, 'allow')).to.equal('not_found');
    });

    it('C29 is, blocked politely, byte for byte like a watcher of somebody who is offline', async () => {
      for (const event of ['presence', 'dialog', 'message-summary']) {
        const test = make({ authorize: ({ from }) => from === 'sip:carol@example.com' ? 'polite_block' : 'allow' });
        const [bob, carol] = [await test.watch({ event }), await test.watch({ event, from: 'sip:carol@example.com' })];
        await pass(100);
        await test.refresh(bob, { event });
        await test.refresh(carol, { event });
        await pass(100);
        await test.refresh(bob, { event, expires: 0 });
        await test.refresh(carol, { event, expires: 0 });
        const plain = (handle: string): unknown => test.sent.filter((one) => one.handle === handle).map(({ options: { body, ...others } }) => ({ ...others, body: Buffer.from(body as Uint8Array).toString() }));
        expect(plain(carol)).to.deep.equal(plain(bob));
        expect(test.states(carol)).to.deep.equal(['active', 'active', 'terminated;timeout']);
      }
    });

    it('C29 hears of no change where it is blocked politely', async () => {
      const test = make({ authorize: () => 'polite_block' });
      const handle = await test.watch();
      await test.present('open');
      await pass(60_000);
      expect(test.bodies(handle)).to.have.length(1);
    });

    it('C14 C27 is refused with 403 where it is blocked', async () => {
      const test = make({ authorize: ({ user }) => user === undefined ? 'block' : 'allow' });
      expect((await test.ask()).text).to.equal('forbidden: Not Authorized To Watch');
      expect(isOk((await test.ask({ user: 'bob' })).reply)).to.equal(true);
      expect([...test.notifier.watchers()].map(({ user, from }) => [user, from])).to.deep.equal([['bob@example.com', 'sip:bob@example.com']]);
    });

    it('is decided anew by refresh, without a request, at once', async () => {
      let decision: 'allow' | 'polite_block' = 'polite_block';
      const requests: unknown[] = [];
      const test = make({ authorize: (_, req) => { requests.push(req?.method); return decision; } });
      await test.present('open');
      const handle = await test.watch();
      await pass();
      decision = 'allow';
      expect(await test.notifier.refresh('sip:alice@example.com')).to.equal('ok');
      await pass();
      expect(requests).to.deep.equal(['SUBSCRIBE', undefined]);
      expect(test.bodies(handle)[1]).to.include('open');
    });

    it('is no watcher where the callback says nothing that it may, and the request is a fault', async () => {
      const test = make({ authorize: () => 'maybe' as 'allow' });
      const error = await test.ask().catch((fault: unknown) => fault);
      expect(error).to.have.property('code', 'callback_error');
      expect(test.size).to.equal(0);
    });
  });
});
