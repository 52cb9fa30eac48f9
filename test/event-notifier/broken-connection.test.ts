import { expect } from 'chai';
import { uac } from '@nksip-ts/core';
import { Notifier } from '../subscription/notifier.ts';
import { notifier, Watcher } from '../subscription/subscriber.ts';
import { closeAll, overStream } from '../wire/running.ts';

describe('a NOTIFY whose connection breaks', () => {
  afterEach(closeAll);

  it('RFC 6665 4.1.3 a NOTIFY that goes again over another connection says how long the subscription lasts by then', async () => {
    const service = await notifier();
    const there = await Notifier.open('tcp');
    const contact = `<sip:w@127.0.0.1:${there.port};transport=tcp>`;
    const first = await overStream(service);
    const watcher = new Watcher(first, 'TCP');
    await watcher.subscribe({ expires: 3600, contact });
    void uac.notify(service, `U_${watcher.toTag}`, {});
    await watcher.request();
    const again = new Watcher(await overStream(service), 'TCP');
    Object.assign(again, { callId: watcher.callId, fromTag: watcher.fromTag, toTag: watcher.toTag, cseq: watcher.cseq });
    await again.subscribe({ expires: 60, contact });
    first.close();
    const came = await there.next();
    expect(came.one('Subscription-State')).to.match(/^active;expires=(60|59)$/);
  });
});
