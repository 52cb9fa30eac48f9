import { expect } from 'chai';
import '@nksip-ts/event-notifier';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, overUdp, portOf } from '../wire/running.ts';
import { dialog, dialogInfo } from './documents.ts';
import { alice, present, publish, subscribed, watchedService } from './watched-service.ts';

// Clients that are not here send what these send, as was seen on the wire (docs/phones.md).
describe('phones and clients that send or read', () => {
  afterEach(closeAll);

  it('C61 a Contact at 0.0.0.0 and a Via without rport (Finch 2.14) are notified at their address, at the port of the Contact', async () => {
    const service = await watchedService();
    const watcher = new Watcher(await overUdp(service));
    const contact = `sip:finch@0.0.0.0:${watcher.peer.port}`;
    await subscribed(watcher, { ...alice, contact: `<${contact}>`, via: [watcher.via.replace(';rport', '')] });
    const notify = await watcher.notified();
    expect([notify.uri, notify.body.includes('<tuple ')]).to.deep.equal([contact, true]);
  });

  it('C61 a Contact at the address of the server (Jami 13) are notified where they are, and not the server', async () => {
    const service = await watchedService({ sip_event_notifier_min_interval: 0 });
    const watcher = new Watcher(await overUdp(service));
    const contact = `sip:jami@127.0.0.1:${portOf(service, 'udp')}`;
    await subscribed(watcher, { ...alice, contact: `<${contact}>` });
    expect((await watcher.notified()).uri).to.equal(contact);
    await present(service, 'open');
    expect((await watcher.notified()).body).to.include('open');
  });

  it('RFC 5367 4 Require: recipient-list-subscribe (Linphone 5.1) get a 420 that names it, and watch each friend', async () => {
    const service = await watchedService();
    const watcher = new Watcher(await overUdp(service));
    const list = await watcher.subscribe({ ...alice, event: 'presence', headers: ['Require: recipient-list-subscribe', 'Supported: eventlist'] });
    expect([list.code, list.one('Unsupported')]).to.deep.equal([420, 'recipient-list-subscribe']);
    const friend = new Watcher(watcher.peer);
    await subscribed(friend, { ...alice, contact: `<sip:linphone@127.0.0.1:${watcher.peer.port}>;+sip.instance="<urn:uuid:1>";expires=120` });
    expect((await friend.notified()).one('Subscription-State')).to.match(/^active;expires=(?:600|599)$/);
  });

  it('C46 no more than one dialog (Linksys) get one, with identities, targets, call-id and tags as they were published (Yealink, Snom)', async () => {
    const service = await watchedService({ sip_event_notifier_min_interval: 0, sip_event_notifier_dialog_single: 'early-first' });
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, { ...alice, event: 'dialog' });
    expect((await watcher.notified()).body).to.match(/<dialog id="0"><state>terminated<\/state><\/dialog>/);
    const ringing = '<dialog id="r" call-id="c" local-tag="l" remote-tag="r"><state>early</state><remote><identity>sip:bob@example.com</identity><target uri="sip:bob@10.0.0.9"/></remote></dialog>';
    await publish(service, dialogInfo(dialog('1', 'confirmed')), { event: 'dialog', type: 'application/dialog-info+xml' });
    await watcher.notified();
    await publish(service, dialogInfo(ringing), { event: 'dialog', type: 'application/dialog-info+xml' });
    const { body } = await watcher.notified();
    expect(body).to.include(ringing).and.not.to.include('confirmed');
  });
});
