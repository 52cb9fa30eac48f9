import { createHash } from 'node:crypto';
import type { ServiceFault } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { InjectedSource } from '../../packages/core/src/service/inject.ts';
import { fresh, publishText, requestText } from '../kit/request-text.ts';
import type { ResponseText } from '../kit/received-text.ts';
import type { UdpPeer } from '../wire/peers.ts';
import { closeAll, later, overStream, overUdp, running } from '../wire/running.ts';

const udp = { sip_listen: 'sip:127.0.0.1:0;transport=udp' };
const viaOf = (peer: UdpPeer, branch = fresh('z9hG4bK')): string => `SIP/2.0/UDP 127.0.0.1:${peer.port};branch=${branch}`;

async function several(peer: UdpPeer, count: number): Promise<readonly ResponseText[]> {
  const responses: ResponseText[] = [];
  while (responses.length < count) responses.push(await peer.next());
  return responses;
}

describe('a request that comes again', () => {
  afterEach(closeAll);

  for (const [kind, reply, code] of [['200', ['ok', { sip_etag: 'tag1' }], 200], ['412', 'conditional_request_failed', 412]] as const) {
    it(`D01 D03 five copies of one datagram: the callback is asked once, and five times the same ${kind}`, async () => {
      let asked = 0;
      const service = await running(udp, { sip_publish: () => { asked++; return ['reply', reply]; } });
      const peer = await overUdp(service);
      const text = publishText({ via: [viaOf(peer)] });
      for (let i = 0; i < 5; i++) peer.send(text);
      const responses = await several(peer, 5);
      expect(responses[0]?.code).to.equal(code);
      expect(new Set(responses.map((response) => response.text)).size).to.equal(1);
      expect(asked).to.equal(1);
    });
  }

  it('D01 D03 is absorbed while it is being worked on, and answered with the same bytes afterwards', async () => {
    let finish: (reply: unknown) => void = () => undefined;
    let asked = 0;
    const service = await running(udp, { sip_publish: () => { asked++; return new Promise((resolve) => { finish = resolve; }); } });
    const peer = await overUdp(service);
    const text = publishText({ via: [viaOf(peer)] });
    for (let i = 0; i < 3; i++) peer.send(text);
    // Datagrams of one socket come in order: this one is behind the copies.
    expect((await peer.ask(requestText({ method: 'OPTIONS', via: [viaOf(peer)] }))).one('CSeq')).to.equal('1 OPTIONS');
    finish(['reply', ['ok', { sip_etag: 'late' }]]);
    const response = await peer.next();
    expect(response.one('SIP-ETag')).to.equal('late');
    expect((await peer.ask(text)).text).to.equal(response.text);
    expect(asked).to.equal(1);
  });

  it('D01 over a stream is another request: nothing is lost there, and timer J is zero', async () => {
    let asked = 0;
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=tcp' }, { sip_publish: () => { asked++; return ['reply', 'ok']; } });
    const peer = await overStream(service);
    const text = publishText({ via: ['SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKtcp'] });
    expect((await peer.ask(text)).code).to.equal(200);
    expect((await peer.ask(text)).code).to.equal(200);
    expect(asked).to.equal(2);
  });

  it('D02 the same branch from another sent-by, or of another call or method, is another request', async () => {
    let asked = 0;
    const reply = () => { asked++; return ['reply', 'ok']; };
    const service = await running({}, { sip_publish: reply, sip_message: reply });
    const via = (sentBy: string) => [`SIP/2.0/UDP ${sentBy};branch=z9hG4bKsame`];
    expect((await service.inject(publishText({ callId: 'mine', via: via('one.example.com') })))?.code).to.equal(200);
    expect((await service.inject(publishText({ callId: 'yours', via: via('two.example.com') })))?.code).to.equal(200);
    expect((await service.inject(publishText({ callId: 'yours', via: via('one.example.com'), cseq: '2 PUBLISH' })))?.code).to.equal(200);
    expect((await service.inject(requestText({ method: 'MESSAGE', callId: 'mine', via: via('one.example.com') })))?.code).to.equal(200);
    expect(asked).to.equal(4);
  });

  it('D02 without the magic cookie RFC 2543 says what is the same', async () => {
    let asked = 0;
    const service = await running({}, { sip_publish: () => { asked++; return ['reply', ['ok', { sip_etag: fresh('tag') }]]; } });
    const old = publishText({ via: ['SIP/2.0/UDP 192.0.2.1:5060'], callId: 'old' });
    const first = await service.inject(old);
    expect((await service.inject(old))?.header('SIP-ETag')).to.deep.equal(first?.header('SIP-ETag'));
    expect(asked).to.equal(1);
    expect((await service.inject(old.replace('CSeq: 1', 'CSeq: 2')))?.code).to.equal(200);
    expect(asked).to.equal(2);
  });

  it('D06 over another way it is merged: 482, while the first is being worked on and after it is finished', async () => {
    let finish: (reply: unknown) => void = () => undefined;
    let asked = 0;
    const service = await running({}, { sip_publish: () => { asked++; return new Promise((resolve) => { finish = resolve; }); } });
    const way = (branch: string) => publishText({ callId: 'forked', via: [`SIP/2.0/UDP proxy.example.com;branch=z9hG4bK${branch}`] });
    const first = service.inject(way('one'));
    const merged = await service.inject(way('two'));
    expect([merged?.code, merged?.reason]).to.deep.equal([482, 'Request Merged']);
    finish(['reply', 'ok']);
    expect((await first)?.code).to.equal(200);
    const after = await service.inject(way('two'));
    expect([after?.code, after?.header('To')]).to.deep.equal([482, merged?.header('To')]);
    expect((await service.inject(way('one')))?.code, 'the first way still has its 200').to.equal(200);
    expect(asked).to.equal(1);
  });

  it('D57 D18 refused without a transaction it gets the same answer again, To tag included', async () => {
    const service = await running(udp);
    const peer = await overUdp(service);
    const text = publishText({ via: [viaOf(peer)], cseq: '1 OPTIONS' });
    const first = await peer.ask(text);
    expect(first.code).to.equal(400);
    expect(first.toTag).to.match(/^[0-9a-f]{16}$/);
    expect((await peer.ask(text)).text).to.equal(first.text);
    const other = await peer.ask(publishText({ via: [viaOf(peer)], cseq: '1 OPTIONS' }));
    expect(other.toTag).not.to.equal(first.toTag);
  });

  it('D57 To tags cannot be told in advance: each service has its own', async () => {
    const text = publishText({ callId: 'told', via: ['SIP/2.0/UDP x;branch=z9hG4bKtold'] });
    const tags: unknown[] = [];
    for (let i = 0; i < 2; i++) tags.push((await (await running()).inject(text))?.header('To')[0]);
    expect(tags[0]).not.to.equal(tags[1]);
    expect(tags[0]).not.to.include(createHash('sha256').update('told').digest('hex').slice(0, 16));
  });

  it('D30 beyond sip_max_calls it is 503 with Retry-After; what is under way is still answered, and so are OPTIONS', async () => {
    const finish: ((reply: unknown) => void)[] = [];
    const service = await running({ sip_max_calls: 2 }, { sip_publish: () => new Promise((resolve) => { finish.push(resolve); }) });
    const under = [publishText(), publishText()].map((text) => service.inject(text));
    const refused = await service.inject(publishText());
    expect([refused?.code, ...refused?.header('Retry-After') ?? []]).to.deep.equal([503, '5']);
    expect((await service.inject(requestText({ method: 'OPTIONS' })))?.code, 'a monitor still hears us').to.equal(200);
    for (const resolve of finish) resolve(['reply', 'ok']);
    expect((await Promise.all(under)).map((response) => response?.code)).to.deep.equal([200, 200]);
    const next = service.inject(publishText());
    finish.at(-1)?.(['reply', 'ok']);
    expect((await next)?.code).to.equal(200);
  });
});

describe('a request whose answer takes long', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  /** Injects, and keeps every response that the service sends, provisional ones too. */
  function watched(): string[] {
    const sent: string[] = [];
    const reply = sinon.stub(InjectedSource.prototype, 'reply').callsFake(function keep(this: InjectedSource, bytes: Uint8Array) {
      sent.push(Buffer.from(bytes).toString());
      reply.wrappedMethod.call(this, bytes);
    });
    later(() => { reply.restore(); });
    return sent;
  }

  it('D04 D48 RFC 4320 4.1: gets no 100 when it took 1 s, one with its Timestamp and without a To tag when it took 5 s', async () => {
    const sent = watched();
    const service = await running({}, { sip_publish: (req: { header(name: string): readonly string[] }) => new Promise((resolve) => { setTimeout(() => { resolve(['reply', 'ok']); }, 1000 * Number(req.header('X-Seconds')[0])); }) });
    const quick = service.inject(publishText({ headers: ['X-Seconds: 1'] }));
    await clock.tickAsync(5000);
    expect((await quick)?.code).to.equal(200);
    expect(sent.map((text) => text.slice(8, 11))).to.deep.equal(['200']);
    const slow = publishText({ headers: ['X-Seconds: 5', 'Timestamp: 54.5'] });
    const answered = service.inject(slow);
    await clock.tickAsync(3499);
    expect(sent.length).to.equal(1);
    await clock.tickAsync(251);
    expect(sent.length).to.equal(2);
    expect(sent[1]).to.match(/^SIP\/2\.0 100 Trying\r\n/);
    expect(sent[1]?.match(/^Timestamp: .*$/gm)).to.deep.equal(['Timestamp: 54.5']);
    expect(sent[1]).to.match(/^To: <sip:alice@example\.com>\r$/m);
    expect(await service.inject(slow), 'a retransmission gets the 100 again').to.equal(undefined);
    expect(sent[2]).to.equal(sent[1]);
    await clock.tickAsync(2000);
    expect((await answered)?.code).to.equal(200);
    expect(sent.map((text) => text.slice(8, 11))).to.deep.equal(['200', '100', '100', '200']);
  });

  it('D04 sip_no_100: gets no 100 at all', async () => {
    const sent = watched();
    const service = await running({ sip_no_100: true }, { sip_publish: () => new Promise((resolve) => { setTimeout(() => { resolve(['reply', 'ok']); }, 10_000); }) });
    const answered = service.inject(publishText());
    await clock.tickAsync(10_000);
    expect((await answered)?.code).to.equal(200);
    expect(sent.length).to.equal(1);
  });

  it('D05 RFC 4320 4.2: gets no answer after 64*T1, no 408 either; the fault is told, and what the callback says later is ignored', async () => {
    const sent = watched();
    let finish: (reply: unknown) => void = () => undefined;
    const service = await running({ sip_no_100: true }, { sip_publish: () => new Promise((resolve) => { finish = resolve; }) });
    const faults: ServiceFault[] = [];
    service.events.on('error', (fault) => { faults.push(fault); });
    const answered = service.inject(publishText());
    await clock.tickAsync(32_500);
    expect(faults.map(({ error }) => error.code)).to.deep.equal(['timeout']);
    expect(faults[0]?.error.message).to.include('PUBLISH').and.include('32 seconds');
    finish(['reply', 'ok']);
    await clock.tickAsync(1000);
    expect(await answered).to.equal(undefined);
    expect(sent).to.deep.equal([]);
  });

  it('D04 D05 one that was answered at once is never late, nor given up', async () => {
    const sent = watched();
    const service = await running({}, { sip_publish: () => ['reply', 'ok'] });
    const faults: ServiceFault[] = [];
    service.events.on('error', (fault) => { faults.push(fault); });
    await service.inject(publishText());
    await clock.tickAsync(40_000);
    expect([sent.length, faults.length]).to.deep.equal([1, 0]);
  });

  it('RFC 3261 17.2.1: an INVITE that came again meanwhile has one transaction', async () => {
    const sent = watched();
    let asked = 0;
    let finish: (result: unknown) => void = () => undefined;
    const service = await running({}, { sip_authorize: () => { asked++; return new Promise((resolve) => { finish = resolve; }); } });
    for (const [transport, before] of [['udp', []], ['tcp', ['100', '100']]] as const) {
      const invite = requestText({ method: 'INVITE' });
      const answers = [service.inject(invite, { transport }), service.inject(invite, { transport })];
      finish('ok');
      expect((await Promise.all(answers)).map((response) => response?.code)).to.deep.equal([405, undefined]);
      expect(sent.map((text) => text.slice(8, 11)), 'a 100 at once over a connection, and again for the repetition').to.deep.equal([...before, '405']);
      expect((await service.inject(invite, { transport }))?.code, 'and at once for one that comes later').to.equal(405);
      expect(sent.at(-1)).to.equal(sent.at(-2));
      sent.length = 0;
    }
    expect(asked).to.equal(2);
  });

  it('D30 the twins of requests under way are bounded as well', async () => {
    let finish: (result: unknown) => void = () => undefined;
    const allowed = new Promise((resolve) => { finish = resolve; });
    const service = await running({ sip_max_calls: 100 }, { sip_authorize: () => allowed, sip_publish: () => ['reply', 'ok'] });
    const twin = (index: number) => service.inject(publishText({ callId: 'twins', via: [`SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${index}`] }));
    const answers = Array.from({ length: 100 }, (_, index) => twin(index));
    expect((await twin(100))?.code).to.equal(503);
    finish('ok');
    const codes = (await Promise.all(answers)).map((response) => response?.code);
    expect([codes[0], new Set(codes.slice(1))]).to.deep.equal([200, new Set([482])]);
    expect((await twin(101))?.code, 'there is room again').to.equal(482);
  });

  it('D05 RFC 4320 4.2: a twin, and an INVITE, that get their answer too late get none, and leave room for others', async () => {
    const service = await running({ sip_max_calls: 2, sip_timer_t1: 100 }, { sip_authorize: (_: unknown, req: { method: string }) => req.method === 'OPTIONS' ? 'ok' : new Promise(() => undefined) });
    const faults: ServiceFault[] = [];
    service.events.on('error', (fault) => { faults.push(fault); });
    const sent = watched();
    void service.inject(requestText({ method: 'INVITE', callId: 'a' }), { transport: 'tcp' });
    void service.inject(requestText({ method: 'INVITE', callId: 'a', via: ['SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKtwin'] }), { transport: 'tcp' });
    expect((await service.inject(requestText({ method: 'INVITE', callId: 'b' })))?.code).to.equal(503);
    await clock.tickAsync(7_000);
    expect(faults.map(({ error }) => error.code)).to.deep.equal(['timeout', 'timeout']);
    expect(sent.map((text) => text.slice(8, 11))).to.deep.equal(['100', '100', '503']);
    void service.inject(requestText({ method: 'INVITE', callId: 'c' }), { transport: 'tcp' });
    expect(sent.at(-1)?.slice(8, 11)).to.equal('100');
  });

  it('D01 timer J: the answer is kept for 64*T1 of the service', async () => {
    let asked = 0;
    const service = await running({ sip_timer_t1: 100 }, { sip_publish: () => { asked++; return ['reply', 'ok']; } });
    const text = publishText();
    await service.inject(text);
    await clock.tickAsync(6300);
    await service.inject(text);
    expect(asked).to.equal(1);
    await clock.tickAsync(500);
    await service.inject(text);
    expect(asked).to.equal(2);
  });
});
