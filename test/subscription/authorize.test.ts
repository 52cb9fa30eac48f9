import { expect } from 'chai';
import { uac, type AuthEntry, type SipRequest } from '@nksip-ts/core';
import { closeAll, overStream, overUdp } from '../wire/running.ts';
import { subscribing } from './client.ts';
import { Notifier } from './notifier.ts';
import { notifier, Watcher } from './subscriber.ts';

describe("the entry 'dialog' of authList", () => {
  afterEach(closeAll);

  /** What sip_authorize was asked, each as its method and the list. */
  function authorizing(): { readonly asked: unknown[]; readonly module: object } {
    const asked: unknown[] = [];
    return { asked, module: { sip_authorize: (list: readonly AuthEntry[], { method }: SipRequest) => { asked.push([method, ...list]); return 'ok'; } } };
  }

  it('is there for a SUBSCRIBE within a dialog from where the last one came, and not for the one that makes it', async () => {
    const { asked, module } = authorizing();
    const service = await notifier(module);
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ expires: 60 });
    await watcher.subscribe({ expires: 60 });
    await watcher.subscribe({ expires: 60 });
    expect(asked).to.deep.equal([['SUBSCRIBE'], ['SUBSCRIBE', 'dialog'], ['SUBSCRIBE', 'dialog']]);
  });

  it('is not there from another port or transport, for another dialog, and for a method that belongs to none', async () => {
    const { asked, module } = authorizing();
    const service = await notifier(module);
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ expires: 60 });
    await (await overUdp(service)).ask(watcher.text());
    await (await overStream(service)).ask(watcher.text());
    await watcher.subscribe({ callId: 'another' });
    await watcher.subscribe({ method: 'OPTIONS', cseq: '9 OPTIONS' });
    expect(asked.slice(1)).to.deep.equal([['SUBSCRIBE'], ['SUBSCRIBE'], ['SUBSCRIBE'], ['OPTIONS']]);
  });

  it('is there for a NOTIFY of a subscription of ours, from the second one on', async () => {
    const { asked, module } = authorizing();
    const { service } = await subscribing({}, module);
    const remote = await Notifier.open('udp');
    const answer = uac.subscribe(service, remote.uri, { event: 'weather', expires: 60 });
    const subscribe = await remote.next();
    remote.grant(subscribe, 60);
    await answer;
    await remote.notify(subscribe);
    await remote.notify(subscribe);
    await remote.notify(subscribe, { tag: 'another' });
    expect(asked).to.deep.equal([['NOTIFY'], ['NOTIFY', 'dialog'], ['NOTIFY']]);
  });
});
