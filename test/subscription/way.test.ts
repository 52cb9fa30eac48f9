import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { subscriptions, uac, type Notified, type NotifyOptions, type Service } from '@nksip-ts/core';
import { RequestText } from '../kit/received-text.ts';
import { closeAll, later, overStream, overUdp, overWebSocket, portOf } from '../wire/running.ts';
import { Inbox, UdpPeer } from '../wire/peers.ts';
import { notifier, Watcher } from './subscriber.ts';

function notify(service: Service, watcher: Watcher, options: NotifyOptions = {}): Promise<Notified> {
  return uac.notify(service, `U_${watcher.toTag}`, options);
}

/** Somebody who hears datagrams at an address from which they send nothing. */
async function listener(address = '127.0.0.1'): Promise<{ readonly port: number; readonly inbox: Inbox; readonly socket: Socket }> {
  const socket = createSocket('udp4');
  const inbox = new Inbox();
  socket.on('message', (bytes) => { inbox.put(bytes.toString('latin1')); });
  later(() => { socket.close(); });
  socket.bind(0, address);
  await once(socket, 'listening');
  return { port: socket.address().port, inbox, socket };
}

/** Somebody who takes TCP connections. */
async function tcpListener(port = 0): Promise<{ readonly port: number; readonly inbox: Inbox }> {
  const inbox = new Inbox();
  const server = createServer((socket) => {
    later(() => { socket.destroy(); });
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head < 0 || text.length < head + 4 + Number(/^Content-Length: (\d+)/m.exec(text)?.[1])) return;
      inbox.put(text);
      const copied = text.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq): /.test(line));
      socket.write(['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '', ''].join('\r\n'));
      text = '';
    });
  });
  later(() => { server.close(); });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, inbox };
}

/** A watcher over UDP at a port that is free for TCP as well, which somebody else on this machine may have. */
async function watcherOverBoth(service: Service): Promise<{ readonly watcher: Watcher; readonly listen: () => Promise<Inbox> }> {
  for (;;) {
    const watcher = new Watcher(await overUdp(service));
    const { port } = watcher.peer;
    const held = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      held.once('error', () => resolve(false));
      held.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    held.close();
    return { watcher, listen: async () => (await tcpListener(port)).inbox };
  }
}

describe('the way of a NOTIFY', () => {
  afterEach(closeAll);

  it('RFC 6665 4.2.1.2 it goes again, with the next CSeq, where its subscriber has moved before it was answered', async () => {
    const service = await notifier({}, { sip_listen: 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws' });
    for (const [open, transport] of [[overUdp, 'UDP'], [overStream, 'TCP'], [overWebSocket, 'WS']] as const) {
      const watcher = new Watcher(await open(service), transport);
      await watcher.subscribe();
      const notified = notify(service, watcher, { body: 'sunny' });
      const unanswered = await watcher.request();
      const again = watcher.elsewhere(await open(service));
      await again.subscribe();
      const moved = await again.notified();
      expect([moved.one('CSeq'), moved.body], transport).to.deep.equal(['2 NOTIFY', unanswered.body]);
      expect((await notified).ok, transport).to.equal(true);
    }
  });

  it('RFC 6665 4.2.1.2 it stays where it is if its subscriber has sent a SUBSCRIBE from there', async () => {
    const service = await notifier();
    for (const [open, transport] of [[overUdp, 'UDP'], [overStream, 'TCP']] as const) {
      const watcher = new Watcher(await open(service), transport);
      await watcher.subscribe();
      const notified = notify(service, watcher);
      const unanswered = await watcher.request();
      await watcher.subscribe();
      watcher.answer(unanswered);
      expect((await notified).ok, transport).to.equal(true);
      void notify(service, watcher, { body: 'next' });
      expect((await watcher.notified()).one('CSeq'), transport).to.equal('2 NOTIFY');
    }
  });

  it('C61 over UDP it leaves from the socket that the SUBSCRIBE came to, to the port that it came from where rport was asked', async () => {
    const service = await notifier({}, { sip_listen: 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=udp' });
    for (const address of service.addresses.filter((uri) => uri.endsWith('transport=udp'))) {
      const peer = await overUdp({ ...service, addresses: [address] });
      const watcher = new Watcher(peer);
      await watcher.subscribe({ contact: '<sip:watcher@192.0.2.1:9>' });
      void notify(service, watcher);
      const came = await watcher.notified();
      expect([came.uri, peer.from.at(-1)?.port]).to.deep.equal(['sip:watcher@192.0.2.1:9', portOf({ ...service, addresses: [address] }, 'udp')]);
    }
  });

  it('C61 without rport it goes to the source address, and the port of the Contact', async () => {
    const service = await notifier();
    const peer = await overUdp(service);
    const watcher = new Watcher(peer);
    const there = await listener();
    await watcher.subscribe({ via: [`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK1`], contact: `<sip:watcher@192.0.2.1:${there.port}>` });
    void notify(service, watcher);
    expect(await there.inbox.next()).to.match(/^NOTIFY sip:watcher@192\.0\.2\.1/);
  });

  it('C61 over TCP, TLS and a WebSocket it goes back on the connection of the last SUBSCRIBE (siphon-sip PR 90)', async () => {
    const service = await notifier({}, { sip_listen: 'sip:127.0.0.1:0;transport=tcp, sip:127.0.0.1:0;transport=ws, sips:127.0.0.1:0;transport=tls' });
    const peers = [[await overStream(service), 'TCP'], [await overStream(service, 'tls'), 'TLS'], [await overWebSocket(service), 'WS']] as const;
    for (const [peer, transport] of peers) {
      const watcher = new Watcher(peer, transport);
      await watcher.subscribe({ contact: '<sip:watcher@df7jal23ls0d.invalid;transport=ws>' });
      const outcome = notify(service, watcher);
      const came = await watcher.notified();
      expect((await outcome).ok, transport).to.equal(true);
      expect(came.one('Via').startsWith(`SIP/2.0/${transport} `)).to.equal(true);
      expect(came.uri).to.equal('sip:watcher@df7jal23ls0d.invalid;transport=ws');
    }
  });

  it('C61 when its connection is gone TCP is opened anew to the Contact, and a WebSocket is not: the next SUBSCRIBE brings another one', async () => {
    const service = await notifier({}, { sip_listen: 'sip:127.0.0.1:0;transport=tcp, sip:127.0.0.1:0;transport=ws' });
    const peer = await overStream(service);
    const there = await tcpListener();
    const overTcp = new Watcher(peer, 'TCP');
    await overTcp.subscribe({ contact: `<sip:watcher@127.0.0.1:${there.port};transport=tcp>` });
    peer.close();
    await peer.closed;
    expect((await notify(service, overTcp)).ok).to.equal(true);
    expect(new RequestText(await there.inbox.next()).one('CSeq')).to.match(/^\d NOTIFY$/);
    const first = await overWebSocket(service);
    const watcher = new Watcher(first, 'WS');
    await watcher.subscribe();
    first.close();
    let outcome = await notify(service, watcher, { timeout: 5 });
    while (outcome.ok || outcome.local === undefined) outcome = await notify(service, watcher, { timeout: 5 });
    expect(outcome).to.deep.include({ code: 503, local: 'transport' });
    expect(await subscriptions.get(service, `U_${watcher.toTag}`)).to.not.equal('not_found');
    const second = new Watcher(await overWebSocket(service), 'WS');
    Object.assign(second, { callId: watcher.callId, fromTag: watcher.fromTag, toTag: watcher.toTag, cseq: watcher.cseq });
    expect((await second.subscribe()).code).to.equal(200);
    const again = notify(service, second);
    await second.notified();
    expect((await again).ok).to.equal(true);
  });

  it('RFC 3261 12.2.1.1 a proved address behind a proxy: it goes to the first Route, from the socket of the SUBSCRIBE', async () => {
    const service = await notifier({}, { sip_trusted_proxies: '127.0.0.1' });
    const peer = await overUdp(service);
    const proxy = await listener();
    const watcher = new Watcher(peer);
    await watcher.subscribe({ via: [watcher.via, 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx'], headers: [`Record-Route: <sip:127.0.0.1:${proxy.port};lr>`] });
    void notify(service, watcher);
    const came = new RequestText(await proxy.inbox.next());
    expect([came.uri, came.one('Route')]).to.deep.equal([`sip:watcher@127.0.0.1:${peer.port}`, `<sip:127.0.0.1:${proxy.port};lr>`]);
    expect(came.one('Via')).to.contain(`SIP/2.0/UDP 127.0.0.1:${portOf(service, 'udp')};`);
  });

  it('C22 C61 to an address of which nothing is proved nothing goes but to the source: not to its Route, once, and once again', async () => {
    const service = await notifier({}, { sip_timer_t1: 4, sip_timer_t2: 8 });
    const peer = await overUdp(service);
    const victim = await listener();
    const watcher = new Watcher(peer);
    await watcher.subscribe({ headers: [`Record-Route: <sip:127.0.0.1:${victim.port};lr>`], contact: `<sip:victim@127.0.0.1:${victim.port}>` });
    expect(await notify(service, watcher)).to.deep.include({ local: 'timeout' });
    expect(victim.inbox.waiting).to.deep.equal([]);
    expect(peer.inbox.waiting.map((text) => text.slice(0, 7))).to.deep.equal(['NOTIFY ', 'NOTIFY ']);
  });

  it('C22 whoever has answered at its own address proves nothing of another one that its Record-Route names', async () => {
    const service = await notifier({}, { sip_timer_t1: 4, sip_timer_t2: 8 });
    const victim = await listener('127.0.0.2');
    const watcher = new Watcher(await overUdp(service));
    const subscribe = { headers: [`Record-Route: <sip:127.0.0.2:${victim.port};lr>`] };
    const size = watcher.text(subscribe).length;
    await watcher.subscribe(subscribe);
    const first = notify(service, watcher);
    await watcher.notified();
    expect((await first).ok).to.equal(true);
    for (let i = 0; i < 3; i++) await notify(service, watcher, { body: 'x'.repeat(500), on_timeout: 'keep' });
    expect(victim.inbox.waiting.length).to.be.within(1, 6);
    expect(victim.inbox.waiting.reduce((sum, text) => sum + text.length, 0)).to.be.at.most(3 * Math.max(300, size));
    const asked = notify(service, watcher, { body: 'x'.repeat(500), on_timeout: 'keep', timeout: 1 });
    expect((await asked).ok).to.equal(false);
  });

  it('C22 an address of Record-Route that has answered once gets all that follows', async () => {
    const service = await notifier();
    const proxy = await UdpPeer.open(portOf(service, 'udp'), '127.0.0.1', '127.0.0.2');
    later(() => { proxy.close(); });
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe({ headers: [`Record-Route: <sip:127.0.0.2:${proxy.port};lr>`] });
    const first = notify(service, watcher);
    await watcher.notified();
    await first;
    const body = 'x'.repeat(1200);
    const outcome = notify(service, watcher, { body });
    const behind = new Watcher(proxy);
    expect((await behind.notified()).body, 'asked first').to.equal('');
    expect((await behind.notified()).body).to.equal(body);
    expect((await outcome).ok).to.equal(true);
    const next = notify(service, watcher, { body });
    expect((await behind.notified()).body).to.equal(body);
    await next;
  });

  it('C22 what is more than three times what came waits: a NOTIFY without a body goes first, and who answers it gets all', async () => {
    const service = await notifier();
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe();
    const body = 'x'.repeat(1250);
    const outcome = notify(service, watcher, { body, subscription_state: 'pending' });
    const first = await watcher.notified();
    expect([first.body, first.one('Subscription-State'), first.one('CSeq')]).to.deep.equal(['', 'pending;expires=3600', '1 NOTIFY']);
    const whole = await watcher.notified();
    expect([whole.body, whole.one('Subscription-State'), whole.one('CSeq')]).to.deep.equal([body, 'pending;expires=3600', '2 NOTIFY']);
    expect((await outcome).ok).to.equal(true);
    const next = notify(service, watcher, { body });
    expect((await watcher.notified()).body, 'it is proved now').to.equal(body);
    await next;
  });

  it('C22 an answer from one address proves no other one that the last SUBSCRIBE came from', async () => {
    const service = await notifier();
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe();
    const first = notify(service, watcher, { timeout: 0.2, on_timeout: 'keep' });
    const unanswered = await watcher.request();
    const elsewhere = watcher.elsewhere(await overUdp(service, '127.0.0.1', '127.0.0.2'));
    expect((await elsewhere.subscribe()).code).to.equal(200);
    watcher.answer(unanswered);
    await elsewhere.request();
    expect((await first).ok, 'what answers is not where it went').to.equal(false);
    void notify(service, elsewhere, { body: 'x'.repeat(1250), timeout: 1, on_timeout: 'keep' });
    expect((await elsewhere.notified()).body).to.equal('');
    expect((await elsewhere.notified()).body).to.have.length(1250);
  });

  it('C22 what an answer proved while a refresh waits for its 200 stays proved', async () => {
    let release = (): void => undefined;
    const service = await notifier({ sip_resubscribe: () => new Promise((resolve) => { release = () => resolve(['reply', 'ok']); }) });
    const watcher = new Watcher(await overUdp(service));
    await watcher.subscribe();
    const first = notify(service, watcher);
    const unanswered = await watcher.request();
    watcher.peer.send(watcher.text());
    watcher.answer(unanswered);
    expect((await first).ok).to.equal(true);
    release();
    expect((await watcher.peer.next()).code).to.equal(200);
    void notify(service, watcher, { body: 'x'.repeat(900) });
    expect((await watcher.notified()).body).to.have.length(900);
  });

  it('C22 all that is sent to it for one SUBSCRIBE is at most three times what came, however often it is tried', async () => {
    const service = await notifier({}, { sip_timer_t1: 2, sip_timer_t2: 4 });
    const watcher = new Watcher(await overUdp(service));
    const subscribe = watcher.text();
    await watcher.peer.ask(subscribe);
    const [handle] = [...(await handlesOf(service))];
    for (let i = 0; i < 5; i++) await uac.notify(service, handle ?? '', { body: 'x'.repeat(300), on_timeout: 'keep' });
    const sent = watcher.peer.inbox.waiting.reduce((sum, text) => sum + text.length, 0);
    expect(watcher.peer.inbox.waiting.length).to.be.above(0);
    expect(sent).to.be.at.most(3 * Math.max(300, subscribe.length));
  });

  async function handlesOf(service: Service): Promise<readonly string[]> {
    const handles: string[] = [];
    for await (const { handle } of subscriptions.all(service)) handles.push(handle);
    return handles;
  }

  it('RFC 3261 17.1.2.2 over UDP it is sent again as often as the options say', async () => {
    const service = await notifier({}, { sip_trusted_proxies: '127.0.0.1', sip_timer_t1: 4, sip_timer_t2: 8 });
    for (const [retransmissions, sent] of [[0, 1], [3, 4]] as const) {
      const watcher = new Watcher(await overUdp(service));
      await watcher.subscribe();
      expect(await notify(service, watcher, { retransmissions })).to.deep.include({ local: 'timeout' });
      expect(watcher.peer.inbox.waiting).to.have.length(sent);
    }
  });

  it('C60 above sip_udp_max_size it goes over TCP to the Contact', async () => {
    const service = await notifier({}, { sip_trusted_proxies: '127.0.0.1' });
    const { watcher, listen } = await watcherOverBoth(service);
    const inbox = await listen();
    await watcher.subscribe();
    const body = 'x'.repeat(1400);
    expect((await notify(service, watcher, { body })).ok).to.equal(true);
    const came = new RequestText(await inbox.next());
    expect([came.body, came.one('Via').slice(0, 12)]).to.deep.equal([body, 'SIP/2.0/TCP ']);
    const small = notify(service, watcher, { body: 'x' });
    expect((await watcher.notified()).body).to.equal('x');
    await small;
  });

  it('C60 where TCP is refused it goes over UDP, and so do those after it', async () => {
    const service = await notifier({}, { sip_trusted_proxies: '127.0.0.1' });
    const { watcher, listen } = await watcherOverBoth(service);
    await watcher.subscribe();
    const body = 'x'.repeat(1400);
    const first = notify(service, watcher, { body });
    expect([(await watcher.notified()).body, (await first).ok]).to.deep.equal([body, true]);
    const inbox = await listen();
    const second = notify(service, watcher, { body });
    expect([(await watcher.notified()).one('CSeq'), (await second).ok]).to.deep.equal(['2 NOTIFY', true]);
    expect(inbox.waiting).to.deep.equal([]);
    const other = new Watcher(watcher.peer);
    await other.subscribe({ contact: `<sip:watcher@127.0.0.1:${watcher.peer.port};transport=udp>` });
    const named = notify(service, other, { body });
    expect([(await other.notified()).body, (await named).ok, inbox.waiting], 'a Contact that names UDP').to.deep.equal([body, true, []]);
  });

  it('C61 several subscriptions behind one connection have a line each: who answers nothing holds up nobody', async () => {
    const service = await notifier();
    const peer = await overStream(service);
    const [slow, fast] = [new Watcher(peer, 'TCP'), new Watcher(peer, 'TCP')];
    await slow.subscribe();
    await fast.subscribe();
    void notify(service, slow, { body: 'slow' }).catch(() => undefined);
    await slow.request();
    const outcome = notify(service, fast, { body: 'fast' });
    expect((await fast.notified()).body).to.equal('fast');
    expect((await outcome).ok).to.equal(true);
  });
});
