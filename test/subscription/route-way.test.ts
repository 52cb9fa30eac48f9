import { expect } from 'chai';
import { uac, type Service } from '@nksip-ts/core';
import type { MessageText } from '../kit/received-text.ts';
import { closeAll, overStream, overUdp, overWebSocket } from '../wire/running.ts';
import { Notifier } from './notifier.ts';
import { notifier, Watcher } from './subscriber.ts';

/** Whoever takes connections, and answers the NOTIFY that comes. */
async function proxy(): Promise<{ readonly route: string; notify(): Promise<MessageText> }> {
  const there = await Notifier.open('tcp');
  return {
    route: `<sip:127.0.0.1:${there.port};transport=tcp;lr>`,
    notify: async () => {
      const came = await there.next();
      there.answer(came, '200 OK');
      return came;
    },
  };
}

async function withoutConnections(service: Service): Promise<void> {
  while (service.usage().parts['connections'] !== 0) await new Promise((resolve) => { setImmediate(resolve); });
}

describe('the way of a NOTIFY with a Route that names TCP', () => {
  afterEach(closeAll);

  it('RFC 3261 12.2.1.1 a connection is opened to the Route where that of the SUBSCRIBE is gone, and one that is there carries the next (opensips 2280, opensips 1616)', async () => {
    const service = await notifier();
    const { route, notify } = await proxy();
    const peer = await overStream(service);
    const watcher = new Watcher(peer, 'TCP');
    await watcher.subscribe({ headers: [`Record-Route: ${route}`], contact: '<sip:watcher@192.0.2.1:9>' });
    peer.close();
    await withoutConnections(service);
    for (const cseq of [1, 2]) {
      const outcome = uac.notify(service, `U_${watcher.toTag}`, {});
      const came = await notify();
      expect([came.startLine, came.one('Route'), came.one('CSeq'), came.one('Via').slice(0, 12)]).to.deep.equal(['NOTIFY sip:watcher@192.0.2.1:9 SIP/2.0', route, `${cseq} NOTIFY`, 'SIP/2.0/TCP ']);
      expect((await outcome).ok).to.equal(true);
    }
  });

  it('RFC 3261 12.2.1.1 it goes over TCP although the SUBSCRIBE came over UDP, from a proxy that is trusted (opensips 1616)', async () => {
    const service = await notifier({}, { sip_trusted_proxies: '127.0.0.1' });
    const { route, notify } = await proxy();
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ via: [watcher.via, 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx'], headers: [`Record-Route: ${route}`] });
    const outcome = uac.notify(service, `U_${watcher.toTag}`, {});
    expect((await notify()).one('Route')).to.equal(route);
    expect([(await outcome).ok, watcher.peer.inbox.waiting]).to.deep.equal([true, []]);
  });

  it('RFC 7118 a WebSocket that is there carries it, whatever the Route names (kamailio 11)', async () => {
    const service = await notifier({}, { sip_listen: 'sip:127.0.0.1:0;transport=ws' });
    const { route } = await proxy();
    const watcher = new Watcher(await overWebSocket(service), 'WS');
    await watcher.subscribe({ headers: [`Record-Route: ${route}`], contact: '<sip:x@abc.invalid;transport=ws>' });
    const outcome = uac.notify(service, `U_${watcher.toTag}`, {});
    expect((await watcher.notified()).one('Route')).to.equal(route);
    expect((await outcome).ok).to.equal(true);
  });
});
