import { expect } from 'chai';
import { start, stop, subscriptions, uac, type Call, type DialogUpdate, type SipRequest, type Subscription } from '@nksip-ts/core';
import { closeAll, later, overStream, overUdp, portOf, running } from '../wire/running.ts';
import { Watcher } from './subscriber.ts';

// The scenarios of NkSIP's own tests of events (basic, refresh, dialog, out of order), for the notifier.

/** What sip_dialog_update told, as NkSIP's test application notes it. */
class Notes {
  readonly all: unknown[] = [];

  readonly update = (update: DialogUpdate, call: Call, subscription: Subscription): void => {
    this.all.push(Array.isArray(update) ? ['subs', update[1], subscription.handle] : [update, call.callId]);
  };

  take(): readonly unknown[] {
    return this.all.splice(0);
  }
}

describe("NkSIP's events", () => {
  afterEach(closeAll);

  it('basic: one with id and one without are told apart, and each ends by its own', async () => {
    const notes = new Notes();
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=tcp', sip_events: 'myevent1, myevent2, myevent3' }, {
      sip_subscribe: (req: SipRequest) => req.header('Event')[0]?.startsWith('myevent4') === true ? ['reply', 'forbidden'] : ['reply', ['ok', { expires: 1 }]],
      sip_dialog_update: notes.update,
    });
    const peer = await overStream(service);
    const refused = await new Watcher(peer, 'TCP').subscribe({ event: 'myevent4' });
    expect([refused.code, refused.one('Allow-Events')]).to.deep.equal([489, 'myevent1, myevent2, myevent3']);
    const [one, two] = [new Watcher(peer, 'TCP'), new Watcher(peer, 'TCP')];
    expect((await one.subscribe({ event: 'myevent1;id=1', expires: 5 })).one('Expires')).to.equal('1');
    expect((await two.subscribe({ event: 'myevent1', expires: 5 })).one('Expires')).to.equal('1');
    const handles = [`U_${one.toTag}`, `U_${two.toTag}`];
    expect(notes.take()).to.deep.equal([['start', one.callId], ['subs', 'init', handles[0]], ['start', two.callId], ['subs', 'init', handles[1]]]);
    const notified = uac.notify(service, handles[0] ?? '', { subscription_state: 'pending', body: 'notify1' });
    expect((await one.notified()).one('Event')).to.equal('myevent1;id=1');
    await notified;
    const active = uac.notify(service, handles[0] ?? '', { body: 'notify2' });
    await one.notified();
    await active;
    expect(notes.take()).to.deep.equal([['subs', 'pending', handles[0]], ['subs', 'active', handles[0]]]);
    const ended = uac.notify(service, handles[0] ?? '', { subscription_state: ['terminated', 'giveup', 5] });
    expect((await one.notified()).one('Subscription-State')).to.equal('terminated;reason=giveup;retry-after=5');
    await ended;
    expect(notes.take()).to.deep.equal([['subs', ['terminated', 'giveup', 5], handles[0]], ['stop', one.callId]]);
    const [, ...others] = await Promise.all([two.notified(), ...handles.map((handle) => subscriptions.get(service, handle))]);
    expect([others[0], notes.take()[0]]).to.deep.equal(['not_found', ['subs', ['terminated', 'timeout'], handles[1]]]);
  });

  it('refresh: each SUBSCRIBE in the dialog is asked for, its Expires is granted anew, and 0 ends it', async () => {
    const asked: (string | undefined)[] = [];
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'myevent4' }, {
      sip_subscribe: () => ['reply', 'ok'],
      sip_resubscribe: (req: SipRequest) => { asked.push(req.header('Expires')[0]); return 'continue'; },
    });
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ event: 'myevent4;id=4', expires: 500 });
    const handle = `U_${watcher.toTag}`;
    expect(await subscriptions.get(service, handle)).to.deep.include({ expires: 500, remote_seq: 1 });
    expect((await watcher.subscribe({ event: 'myevent4;id=4', expires: 800 })).one('Expires')).to.equal('800');
    expect(await subscriptions.get(service, handle)).to.deep.include({ expires: 800, remote_seq: 2 });
    expect((await watcher.subscribe({ event: 'myevent4;id=4', expires: 0 })).code).to.equal(200);
    expect((await watcher.notified()).one('Event')).to.equal('myevent4;id=4');
    expect(asked).to.deep.equal(['800', '0']);
  });

  it('dialog: the snapshot has the dialog of both sides, and all of a Call-ID are found', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'myevent5' }, { sip_subscribe: () => ['reply', 'ok'] });
    const peer = await overUdp(service);
    const [one, two] = [new Watcher(peer), new Watcher(peer)];
    await one.subscribe({ event: 'myevent5', headers: ['Record-Route: <sip:127.0.0.1:5900;lr>'] });
    await two.subscribe({ event: 'myevent5', callId: one.callId });
    const found: Subscription[] = [];
    for await (const subscription of subscriptions.all(service, one.callId)) found.push(subscription);
    expect(found.map(({ local_tag }) => local_tag)).to.have.members([one.toTag, two.toTag]);
    expect(found.find(({ local_tag }) => local_tag === one.toTag)).to.deep.include({ call_id: one.callId, remote_tag: one.fromTag, route_set: ['<sip:127.0.0.1:5900;lr>'], remote_target: `sip:watcher@127.0.0.1:${peer.port}` });
    for await (const other of subscriptions.all(service, 'nobody')) expect.fail(`found ${other.handle}`);
  });

  it('out of order: what is sent within sip_subscribe comes behind the 200, however long that takes', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'myevent4' }, {
      sip_subscribe: async (req: SipRequest) => {
        void uac.notify(req.service, subscriptions.handleOf(req), { body: 'early' });
        await new Promise((resolve) => { setImmediate(resolve); });
        return ['reply', 'ok'];
      },
    });
    const watcher = new Watcher(await overUdp(service));
    expect((await watcher.subscribe({ event: 'myevent4' })).code).to.equal(200);
    expect((await watcher.notified()).body).to.equal('early');
  });

  it('by hand, as the documentation has it: the application answers and notifies itself, and what it sends leaves after the 200', async () => {
    const service = await start('by-hand', { sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'weather', log_level: 'silent' }, {
      sip_subscribe(req) {
        void uac.notify('by-hand', subscriptions.handleOf(req), { body: 'sunny', content_type: 'text/plain' });
        return ['reply', 'ok'];
      },
    });
    later(() => stop('by-hand'));
    const watcher = new Watcher(await overUdp(service));
    expect(portOf(service, 'udp')).to.be.above(0);
    expect((await watcher.subscribe()).code).to.equal(200);
    const notify = await watcher.notified();
    expect([notify.body, notify.one('Content-Type')]).to.deep.equal(['sunny', 'text/plain']);
  });
});
