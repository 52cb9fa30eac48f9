import { expect } from 'chai';
import { uac } from '@nksip-ts/core';
import { notifier, Watcher } from '../subscription/subscriber.ts';
import { closeAll, overStream } from '../wire/running.ts';

describe('a NOTIFY whose connection breaks', () => {
  afterEach(closeAll);

  it('RFC 6665 4.1.3 a NOTIFY that goes again over another connection, that of a refresh, says how long the subscription lasts by then', async () => {
    const service = await notifier();
    const watcher = new Watcher(await overStream(service), 'TCP');
    await watcher.subscribe({ expires: 3600 });
    void uac.notify(service, `U_${watcher.toTag}`, {});
    await watcher.request();
    const again = watcher.elsewhere(await overStream(service));
    await again.subscribe({ expires: 60 });
    const came = await again.request();
    expect(came.one('Subscription-State')).to.match(/^active;expires=(60|59)$/);
  });
});
