import { subscriptions, uac } from '@nksip-ts/core';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { closeAll } from '../wire/running.ts';
import { subscribing } from './client.ts';
import { Notifier } from './notifier.ts';

describe('a SUBSCRIBE of ours that is forked', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  it('RFC 6665 4.4.1 each notifier makes a dialog of its own, with a handle of its own', async () => {
    const { service, told, handles, notified } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    await notifier.notify(subscribe, { tag: 'n2', cseq: 40, body: 'second' });
    notifier.grant(subscribe, 60, 'n1');
    const { subscription = '' } = await result;
    await notifier.notify(subscribe, { tag: 'n1', cseq: 1, body: 'first' });
    await notifier.notify(subscribe, { tag: 'n3', cseq: 9, state: 'pending;expires=60', body: 'third' });
    expect(told).to.deep.equal(['start', 'init', 'active', 'start', 'init', 'active', 'start', 'init', 'pending']);
    expect(new Set(handles).size).to.equal(3);
    expect(handles[1]).to.equal(subscription);
    expect(notified.map(({ request }) => subscriptions.handleOf(request))).to.deep.equal(handles);
    const all: string[] = [];
    for await (const { remote_tag, remote_seq } of subscriptions.all(service, subscribe.one('Call-ID'))) all.push(`${remote_tag} ${remote_seq}`);
    expect(all.sort()).to.deep.equal(['n1 1', 'n2 40', 'n3 9']);
    // Each is ended for itself.
    const ended = uac.subscribe(service, handles[0] ?? '', { expires: 0 });
    const end = await notifier.next();
    expect(end.one('To')).to.include(';tag=n2');
    notifier.grant(end, 0);
    await ended;
    await notifier.notify(subscribe, { tag: 'n2', cseq: 41, state: 'terminated;reason=timeout' });
    expect(await notifier.notify(subscribe, { tag: 'n2', cseq: 42 })).to.match(/^SIP\/2.0 481 /);
    expect(await notifier.notify(subscribe, { tag: 'n1', cseq: 2 })).to.equal('SIP/2.0 200 OK');
  });

  it('RFC 6665 4.1.2.4 after Timer N no other notifier makes one', async () => {
    const { service, handles } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 3600 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 3600);
    await result;
    await notifier.notify(subscribe, { state: 'active;expires=3600' });
    await clock.tickAsync(32_100);
    expect(await notifier.notify(subscribe, { tag: 'late' })).to.match(/^SIP\/2.0 481 /);
    expect(await notifier.notify(subscribe, { tag: 'n1' })).to.equal('SIP/2.0 200 OK');
    expect(handles).to.have.length(1);
  });

  it('each fork is refreshed for itself', async () => {
    const { service } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 100 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 100);
    await result;
    for (const tag of ['n1', 'n2']) await notifier.notify(subscribe, { tag, state: 'active;expires=100' });
    await clock.tickAsync(80_000);
    const tags = [await notifier.next(), await notifier.next()].map((request) => /tag=(\w+)/.exec(request.one('To'))?.[1]);
    expect(tags.sort()).to.deep.equal(['n1', 'n2']);
  });

  it('sixteen notifiers may answer one SUBSCRIBE, and those beyond are 481', async () => {
    const { service, handles } = await subscribing();
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    for (let i = 2; i <= 16; i++) expect(await notifier.notify(subscribe, { tag: `n${i}` })).to.equal('SIP/2.0 200 OK');
    expect(await notifier.notify(subscribe, { tag: 'n17' })).to.match(/^SIP\/2.0 481 /);
    await notifier.notify(subscribe, { tag: 'n16', state: 'terminated;reason=giveup' });
    expect(await notifier.notify(subscribe, { tag: 'n18' })).to.match(/^SIP\/2.0 481 /);
    expect(handles).to.have.length(16);
  });

  it('forks count among sip_max_calls, too, until they are over', async () => {
    const { service, handles } = await subscribing({ sip_max_calls: 2 });
    const notifier = await Notifier.open('udp');
    const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 60 });
    const subscribe = await notifier.next();
    notifier.grant(subscribe, 60);
    await result;
    expect(await notifier.notify(subscribe, { tag: 'n2' })).to.equal('SIP/2.0 200 OK');
    expect(await notifier.notify(subscribe, { tag: 'n3' })).to.match(/^SIP\/2.0 481 /);
    await notifier.notify(subscribe, { tag: 'n2', state: 'terminated;reason=giveup' });
    expect(await notifier.notify(subscribe, { tag: 'n3' })).to.equal('SIP/2.0 200 OK');
    expect(handles).to.have.length(3);
  });
});
