import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import type { Service } from '@nksip-ts/core';
import { RequestText } from '../kit/received-text.ts';
import { Watcher } from '../subscription/subscriber.ts';
import { Inbox, type Peer } from '../wire/peers.ts';
import { closeAll, later, overStream, overUdp, overWebSocket } from '../wire/running.ts';
import { alice, fast, present, subscribed, watchedService, watcherCount, withoutConnections } from './watched-service.ts';

/** Where a phone hears for connections of ours; each request that comes is answered 200. */
async function phone(): Promise<{ readonly contact: string; readonly inbox: Inbox }> {
  const inbox = new Inbox();
  const server = createServer((socket: Socket) => {
    later(() => { socket.destroy(); });
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      inbox.put(text);
      socket.write(['SIP/2.0 200 OK', ...text.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq): /.test(line)), 'Content-Length: 0', '', ''].join('\r\n'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(() => { server.close(); });
  return { contact: `<sip:w@127.0.0.1:${(server.address() as AddressInfo).port};transport=tcp>`, inbox };
}

/** A callback that answers when it is told to. */
function gate(): { readonly asked: Promise<unknown>; open(): void; authorize(): Promise<'allow'> } {
  const door = new EventEmitter();
  let isOpen = false;
  const opened = new Promise<'allow'>((resolve) => { door.once('open', () => { resolve('allow'); }); });
  return {
    asked: once(door, 'asked'),
    open: () => { isOpen = true; door.emit('open'); },
    authorize: () => { door.emit('asked'); return isOpen ? Promise.resolve('allow') : opened; },
  };
}

type Step = 'before the 200' | 'between the 200 and the NOTIFY' | 'while a NOTIFY is under way' | 'after a NOTIFY';
const steps: readonly Step[] = ['before the 200', 'between the 200 and the NOTIFY', 'while a NOTIFY is under way', 'after a NOTIFY'];

/** Subscribes, and has the connection break at this step. */
async function breakAt(step: Step, service: Service, watcher: Watcher, contact: string, { asked, open }: Pick<ReturnType<typeof gate>, 'asked' | 'open'>): Promise<void> {
  const { peer } = watcher;
  if (step === 'before the 200') {
    peer.send(watcher.text({ ...alice, event: 'presence', contact }));
    await asked;
  } else {
    open();
    if (step === 'between the 200 and the NOTIFY') peer.send(watcher.text({ ...alice, event: 'presence', contact }));
    else await subscribed(watcher, { ...alice, contact });
    if (step === 'between the 200 and the NOTIFY') await peer.next();
    if (step === 'while a NOTIFY is under way') await watcher.request();
    if (step === 'after a NOTIFY') await watcher.notified();
  }
  peer.close();
  // Over TCP there is another one at once where something was under way.
  if (watcher.transport === 'WS' || step === 'before the 200' || step === 'after a NOTIFY') await withoutConnections(service);
  open();
}

describe('a connection that breaks', () => {
  afterEach(closeAll);

  for (const step of steps) {
    it(`C61 TCP, ${step}: the state comes over a connection to the Contact, and others are told at once`, async () => {
      const door = gate();
      const other = new Set<string>();
      const service = await watchedService(fast, { sip_event_notifier_authorize: ({ contact }: { readonly contact: string }) => other.has(contact) ? 'allow' : door.authorize() });
      const alive = new Watcher(await overUdp(service));
      other.add(`sip:watcher@127.0.0.1:${alive.peer.port}`);
      await subscribed(alive, alice);
      await alive.notified();
      const { contact, inbox } = await phone();
      await breakAt(step, service, new Watcher(await overStream(service), 'TCP'), contact, door);
      await present(service, 'open');
      expect((await alive.notified()).body).to.include('open');
      let notify = new RequestText(await inbox.next());
      // The first one, which was under way, may come again before.
      while (!notify.body.includes('<basic>open')) notify = new RequestText(await inbox.next());
      expect(notify.one('Subscription-State')).to.match(/^active;/);
      expect(await watcherCount(service)).to.equal(2);
    });

    it(`C61 a WebSocket, ${step}: the service goes on, and a SUBSCRIBE over another one brings the state`, async () => {
      const door = gate();
      const service = await watchedService(fast, { sip_event_notifier_authorize: () => door.authorize() });
      const broken = new Watcher(await overWebSocket(service), 'WS');
      await breakAt(step, service, broken, '<sip:x@abc.invalid;transport=ws>', door);
      await present(service, 'open');
      const again: Peer = await overWebSocket(service);
      const watcher = new Watcher(again, 'WS');
      if (broken.toTag !== '') Object.assign(watcher, { callId: broken.callId, fromTag: broken.fromTag, toTag: broken.toTag, cseq: broken.cseq });
      await subscribed(watcher, { ...alice, contact: '<sip:x@def.invalid;transport=ws>' });
      expect((await watcher.notified()).body).to.include('<basic>open');
    });
  }
});
