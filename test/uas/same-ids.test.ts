import type { AuthEntry, Service, SipRequest } from '@nksip-ts/core';
import { find, list } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { credentialsFor } from '../digest/credentials.ts';
import { publishText, type RequestParts, requestText } from '../kit/request-text.ts';
import type { ResponseText } from '../kit/received-text.ts';
import type { UdpPeer } from '../wire/peers.ts';
import { closeAll, overUdp, running } from '../wire/running.ts';

/** What a client sends that never seeds its random numbers: all of these are the same in each of its homes. */
const ids: RequestParts = { callId: 'unseeded', via: ['SIP/2.0/UDP 192.168.1.2:5060;rport;branch=z9hG4bKunseeded'] };
const texts = { body: 'state', ...ids };
const open = (who: string): string => `<presence><note>${who} is here</note></presence>`;

const aorOf = (user: string): string => `sip:${user}@example.com`;

function publishOf(user: string, parts: Parameters<typeof publishText>[0] = {}): string {
  return publishText({
    ...ids, uri: aorOf(user), from: `<${aorOf(user)}>;tag=1`, to: `<${aorOf(user)}>`, event: 'presence', expires: 600, body: open(user),
    ...parts, headers: [...parts.body === '' ? [] : ['Content-Type: application/pidf+xml'], ...parts.headers ?? []],
  });
}

/** Lets each user publish to the own address alone. */
async function guarded(): Promise<Service> {
  return await running({ plugins: ['event-compositor'], sip_events: 'presence', sip_listen: 'sip:127.0.0.1:0;transport=udp' }, {
    sip_authorize: (_: readonly AuthEntry[], req: SipRequest) => [...req.digestUsers.values()].includes(req.ruri.user) ? 'ok' : ['authenticate', 'example.com'],
    sip_get_user_pass: () => 'secret',
  });
}

/** A PUBLISH without credentials, then the same with the answer to its challenge. */
async function signedIn(peer: UdpPeer, user: string): Promise<{ readonly challenged: ResponseText; readonly text: string; readonly answer: ResponseText }> {
  const challenged = await peer.ask(publishOf(user));
  expect(challenged.code, 'without credentials').to.equal(401);
  const Authorization = credentialsFor(challenged.one('WWW-Authenticate'), { user, uri: aorOf(user) });
  const text = publishOf(user, { cseq: '2 PUBLISH', headers: [`Authorization: ${Authorization}`] });
  return { challenged, text, answer: await peer.ask(text) };
}

async function storedAt(service: Service, user: string, tag: string): Promise<string> {
  const record = await find(service, aorOf(user), tag);
  return record === 'not_found' ? record : Buffer.from(record.data).toString();
}

describe('requests with the same Call-ID, CSeq, From tag, branch and sent-by', () => {
  afterEach(closeAll);

  it('D02 of two homes: each is asked for credentials, and has its own state under a tag of its own', async () => {
    const service = await guarded();
    const [one, other] = [await overUdp(service, '127.0.0.1', '127.0.0.2'), await overUdp(service, '127.0.0.1', '127.0.0.3')];
    const alice = await signedIn(one, 'alice');
    expect(alice.answer.code).to.equal(200);
    // Without credentials, but otherwise with all that the request of the first home had.
    const uninvited = await other.ask(publishOf('alice', { cseq: '2 PUBLISH' }));
    expect([uninvited.code, uninvited.all('SIP-ETag')]).to.deep.equal([401, []]);
    const bob = await signedIn(other, 'bob');
    expect(bob.answer.code).to.equal(200);
    expect(bob.answer.one('From')).to.include('bob');
    const [aliceTag, bobTag] = [alice.answer.one('SIP-ETag'), bob.answer.one('SIP-ETag')];
    expect(bobTag).not.to.equal(aliceTag);
    expect([await storedAt(service, 'alice', aliceTag), await storedAt(service, 'bob', bobTag)]).to.deep.equal([open('alice'), open('bob')]);
    expect((await one.ask(alice.text)).text, 'a retransmission of the first home').to.equal(alice.answer.text);
    expect((await other.ask(bob.text)).text, 'a retransmission of the second home').to.equal(bob.answer.text);
  });

  it('RFC 3261 8.2.2.2 of a proxy that signs in for its user and cannot change CSeq, as uac_auth of Kamailio: it is no merged request', async () => {
    const service = await guarded();
    const peer = await overUdp(service);
    const via = (branch: string) => [`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK${branch}`];
    const challenged = await peer.ask(publishOf('alice', { via: via('one') }));
    expect(challenged.code).to.equal(401);
    const Authorization = credentialsFor(challenged.one('WWW-Authenticate'), { user: 'alice', uri: aorOf('alice') });
    const text = publishOf('alice', { via: via('two'), headers: [`Authorization: ${Authorization}`] });
    const answer = await peer.ask(text);
    expect(answer.code).to.equal(200);
    expect((await peer.ask(text)).text).to.equal(answer.text);
    expect(await storedAt(service, 'alice', answer.one('SIP-ETag'))).to.equal(open('alice'));
    expect((await peer.ask(publishOf('alice', { via: via('three'), headers: [`Authorization: ${Authorization}`] }))).code, 'over a third way: its nonce is used up').to.equal(401);
  });

  it('A25 D02 of a user who starts again with another state: it is stored under another tag', async () => {
    const service = await running({ plugins: ['event-compositor'], sip_events: 'presence', sip_listen: 'sip:127.0.0.1:0;transport=udp' });
    const peer = await overUdp(service);
    const states = ['here', 'away', 'gone'];
    const answers = [];
    for (const state of states) answers.push(await peer.ask(publishOf('alice', { body: open(state) })));
    expect(answers.map(({ code }) => code)).to.deep.equal([200, 200, 200]);
    const tags = answers.map((answer) => answer.one('SIP-ETag'));
    expect(new Set(tags).size).to.equal(3);
    expect(new Set(answers.map(({ toTag }) => toTag)).size).to.equal(3);
    for (const [i, state] of states.entries()) {
      expect(await storedAt(service, 'alice', tags[i] ?? '')).to.equal(open(state));
      expect((await peer.ask(publishOf('alice', { body: open(state) }))).text, 'its own answer again').to.equal(answers[i]?.text);
    }
    let stored = 0;
    for await (const _ of list(service)) stored++;
    expect(stored).to.equal(3);
  });

  it('D02 RFC 3903 4.1 of a device that starts again: a refresh, a removal and another Expires are answered for themselves', async () => {
    const service = await running({ plugins: ['event-compositor'], sip_events: 'presence' });
    const ask = async (parts: Parameters<typeof publishText>[0]) => {
      const response = await service.inject(publishOf('alice', { ...parts, via: [`SIP/2.0/UDP 192.168.1.2;branch=z9hG4bK${parts?.cseq?.at(0) ?? ''}`] }), { address: '192.0.2.1' });
      return { code: response?.code, tag: response?.header('SIP-ETag')[0] ?? '', expires: response?.header('Expires')[0] };
    };
    const later = { cseq: '2 PUBLISH', body: '' };
    const { tag } = await ask({ cseq: '1 PUBLISH' });
    expect(await ask({ ...later, etag: tag, expires: 600 }), 'a refresh').to.deep.equal({ code: 200, tag, expires: '600' });
    expect(await ask({ ...later, etag: tag, expires: 60 }), 'for a shorter time').to.deep.equal({ code: 200, tag, expires: '60' });
    expect(await ask({ ...later, etag: tag, expires: 0 }), 'a removal').to.deep.equal({ code: 200, tag, expires: '0' });
    expect(await storedAt(service, 'alice', tag)).to.equal('not_found');
    // Started again: the same numbers, and the tag of another publication.
    const next = await ask({ cseq: '1 PUBLISH', body: open('alice again') });
    expect(await ask({ ...later, etag: next.tag, expires: 600 }), 'a refresh of the second publication').to.deep.equal({ code: 200, tag: next.tag, expires: '600' });
    expect(await ask({ ...later, etag: tag, expires: 0 }), 'the removal, once more').to.deep.equal({ code: 200, tag, expires: '0' });
    expect(await storedAt(service, 'alice', next.tag)).to.equal(open('alice again'));
  });

  it('D02 a retransmission is one whatever a proxy on the way wrote into Max-Forwards, Record-Route and the lower Vias', async () => {
    let asked = 0;
    const service = await running({}, { sip_message: () => { asked++; return ['reply', ['ok', { add: { 'X-Number': String(asked) } }]]; } });
    const by = 'SIP/2.0/UDP proxy.example.com;branch=z9hG4bKproxy';
    const ask = async (lower: string, headers: readonly string[]) => {
      const response = await service.inject(requestText({ method: 'MESSAGE', ...texts, via: [by, lower], headers }), { address: '192.0.2.1' });
      return response?.header('X-Number')[0];
    };
    expect(await ask('SIP/2.0/UDP host;branch=z9hG4bKhost;received=192.0.2.7;rport=5060', ['Record-Route: <sip:proxy.example.com;lr>'])).to.equal('1');
    expect(await ask('SIP/2.0/UDP host;branch=z9hG4bKhost;received=192.0.2.7;rport=5061', ['Timestamp: 54.1', 'Record-Route: <sip:proxy.example.com;lr;n=2>'])).to.equal('1');
  });

  const callers: readonly (readonly [string, RequestParts, string])[] = [
    ['another source address', {}, '192.0.2.2'],
    ['another Request-URI', { uri: 'sip:bob@example.com' }, '192.0.2.1'],
    ['another From', { from: '<sip:bob@example.com>;tag=a1' }, '192.0.2.1'],
    ['another body', { body: 'another' }, '192.0.2.1'],
    ['another body of the same length', { body: 'tests' }, '192.0.2.1'],
    ['no body', { body: '' }, '192.0.2.1'],
    ['another SIP-If-Match', { headers: ['SIP-If-Match: b'] }, '192.0.2.1'],
    ['another Expires', { headers: ['Expires: 0'] }, '192.0.2.1'],
    ['another Event', { headers: ['o: presence'] }, '192.0.2.1'],
    ['another Content-Type', { headers: ['Content-Type: text/html'] }, '192.0.2.1'],
    ['other credentials', { headers: ['Authorization: Digest username="bob"'] }, '192.0.2.1'],
  ];

  for (const [what, parts, address] of callers) {
    it(`D02 with ${what}: a request of its own, answered for itself, and again when it comes again`, async () => {
      let asked = 0;
      const service = await running({}, { sip_message: () => { asked++; return ['reply', ['ok', { add: { 'X-Number': String(asked) } }]]; } });
      const ask = async (more: RequestParts, from: string) => {
        const response = await service.inject(requestText({ method: 'MESSAGE', ...texts, ...more }), { address: from });
        return [response?.code, response?.header('X-Number')[0]];
      };
      expect(await ask({}, '192.0.2.1')).to.deep.equal([200, '1']);
      expect(await ask(parts, address)).to.deep.equal([200, '2']);
      expect(await ask({}, '192.0.2.1')).to.deep.equal([200, '1']);
      expect(await ask(parts, address)).to.deep.equal([200, '2']);
    });

    it(`D02 with ${what}, while the first is being worked on: a request of its own`, async () => {
      const finish: (() => void)[] = [];
      const service = await running({}, {
        sip_message: () => new Promise((resolve) => { const number = finish.push(() => { resolve(['reply', ['ok', { add: { 'X-Number': String(number) } }]]); }); }),
      });
      const first = service.inject(requestText({ method: 'MESSAGE', ...texts }), { address: '192.0.2.1' });
      const second = service.inject(requestText({ method: 'MESSAGE', ...texts, ...parts }), { address });
      const again = service.inject(requestText({ method: 'MESSAGE', ...texts, ...parts }), { address });
      expect(finish.length, 'requests that the callback was asked about').to.equal(2);
      expect(await again, 'nothing is said to a retransmission yet').to.equal(undefined);
      for (const one of finish) one();
      expect([(await first)?.header('X-Number'), (await second)?.header('X-Number')]).to.deep.equal([['1'], ['2']]);
    });

    it(`D02 RFC 3261 17.2.3 with ${what}: an INVITE has a transaction of its own, with its own answer`, async () => {
      const service = await running({}, { sip_authorize: (_: unknown, req: SipRequest) => ['forbidden', `${req.source.address} ${req.ruri.user} ${/sip:(\w+)@/.exec(req.message.from?.uri ?? '')?.[1] ?? ''}`] });
      const ask = async (more: RequestParts, from: string) => await service.inject(requestText({ method: 'INVITE', ...texts, ...more }), { address: from });
      const [first, second] = [await ask({}, '192.0.2.1'), await ask(parts, address)];
      const tags = [first, second].map((response) => response?.header('To')[0]);
      expect(second?.reason).to.equal(`${address} ${parts.uri === undefined ? 'alice' : 'bob'} ${parts.from === undefined ? 'alice' : 'bob'}`);
      expect((await ask(parts, address))?.reason).to.equal(second?.reason);
      if (what !== 'another source address') expect(tags[1]).not.to.equal(tags[0]);
      // The ACK has no body and none of these headers, and finds its INVITE by the To tag.
      const { body: _body, headers: _headers, ...bodiless } = { ...texts, ...parts };
      await service.inject(requestText({ method: 'ACK', ...bodiless, to: tags[1] ?? '' }), { address });
      expect(await ask(parts, address), 'confirmed').to.equal(undefined);
      expect((await ask({}, '192.0.2.1'))?.reason, 'the other one is not').to.equal(first?.reason);
    });
  }

  it('D02 a NAT that gives a retransmission another port does not make another request of it', async () => {
    let asked = 0;
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp' }, { sip_message: () => { asked++; return ['reply', 'ok']; } });
    const [before, after] = [await overUdp(service), await overUdp(service)];
    const text = requestText({ method: 'MESSAGE', ...texts });
    expect((await before.ask(text)).text).to.equal((await after.ask(text)).text);
    expect(asked).to.equal(1);
  });

  it('D06 another branch or sent-by is merged, whatever else differs, and each is told for itself', async () => {
    const service = await running({}, { sip_message: () => ['reply', 'ok'] });
    const ask = async (more: RequestParts, address = '192.0.2.1') => await service.inject(requestText({ method: 'MESSAGE', ...texts, ...more }), { address });
    const via = ['SIP/2.0/UDP proxy.example.com;branch=z9hG4bKother'];
    expect((await ask({}))?.code).to.equal(200);
    const merged = [await ask({ via }), await ask({ via, body: 'another' }), await ask({ via, from: '<sip:bob@example.com>;tag=a1' }), await ask({ via }, '192.0.2.2')];
    expect(merged.map((response) => response?.code)).to.deep.equal([482, 482, 482, 482]);
    expect(merged[2]?.header('From')).to.deep.equal(['<sip:bob@example.com>;tag=a1']);
  });

  it('D02 one is still known when the one that came before it is forgotten', async () => {
    let asked = 0;
    const finish: (() => void)[] = [];
    const service = await running({}, {
      sip_message: (req: SipRequest) => {
        asked++;
        return req.source.transport === 'tcp' ? new Promise((resolve) => { finish.push(() => { resolve(['reply', 'ok']); }); }) : ['reply', 'ok'];
      },
    });
    // Answers to what came over a connection are not kept.
    const first = service.inject(requestText({ method: 'MESSAGE', ...texts }), { address: '192.0.2.1', transport: 'tcp' });
    const text = requestText({ method: 'MESSAGE', ...texts, body: 'another' });
    expect((await service.inject(text))?.code).to.equal(200);
    for (const one of finish) one();
    expect((await first)?.code).to.equal(200);
    expect((await service.inject(text))?.code).to.equal(200);
    expect(asked).to.equal(2);
  });

  it('RFC 3261 9.2: a CANCEL is matched without its body and what describes it, and never told a tag that another source was given', async () => {
    const service = await running({}, { sip_authorize: () => new Promise(() => undefined) });
    void service.inject(requestText({ method: 'INVITE', ...texts, headers: ['Expires: 60', 'Content-Type: text/plain'] }), { address: '192.0.2.1' });
    const { body: _body, ...bodiless } = texts;
    const cancel = async (address: string) => await service.inject(requestText({ method: 'CANCEL', ...bodiless }), { address });
    const [own, again, other] = [await cancel('192.0.2.1'), await cancel('192.0.2.1'), await cancel('192.0.2.2')];
    expect([own?.code, other?.code]).to.deep.equal([200, 200]);
    expect(again?.header('To')).to.deep.equal(own?.header('To'));
    expect(other?.header('To')).not.to.deep.equal(own?.header('To'));
  });
});
