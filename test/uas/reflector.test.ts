import type { AuthEntry } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { InjectedSource, type InjectedFrom } from '../../packages/core/src/service/inject.ts';
import { credentialsFor } from '../digest/credentials.ts';
import { fresh, type RequestParts, requestText } from '../kit/request-text.ts';
import { ResponseText } from '../kit/received-text.ts';
import { closeAll, later, overStream, overUdp, running } from '../wire/running.ts';

/** Bytes that may be sent for a request to an address that nothing proves. */
const most = (text: string): number => 3 * Math.max(300, Buffer.byteLength(text));

/** Every response that the service makes for an injected request. */
function watched(): Buffer[] {
  const sent: Buffer[] = [];
  const reply = sinon.stub(InjectedSource.prototype, 'reply').callsFake(function keep(this: InjectedSource, bytes: Uint8Array) {
    sent.push(Buffer.from(bytes));
    reply.wrappedMethod.call(this, bytes);
  });
  later(() => { reply.restore(); });
  return sent;
}

const sizeOf = (sent: readonly Buffer[]): number => sent.reduce((sum, { length }) => sum + length, 0);

/** A short request: few headers, nothing that could be left out but Max-Forwards. */
function short(method: string, parts: RequestParts = {}): string {
  return requestText({ method, callId: fresh('c'), via: [`SIP/2.0/UDP a.example;branch=z9hG4bK${fresh('b')}`], ...parts }).replace('Max-Forwards: 70\r\n', '');
}

const algorithms = ['SHA-512-256', 'SHA-256', 'MD5'];
const challengedFor = (realm: string) => ({ sip_authorize: (list: readonly AuthEntry[]) => list.some(([, held]) => held) ? 'ok' : ['authenticate', realm], sip_get_user_pass: () => 'secret' });
const challenged = challengedFor('example.com');

describe('what is sent to an address that nothing proves', () => {
  afterEach(closeAll);

  it('D17 goes nowhere else: maddr counts only where it is the source', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp' });
    const [peer, victim] = [await overUdp(service), await overUdp(service, '127.0.0.1', '127.0.0.2')];
    const via = (maddr: string, port: number): string => `SIP/2.0/UDP 127.0.0.1:${port};maddr=${maddr};branch=z9hG4bK${fresh('b')}`;
    expect((await peer.ask(requestText({ method: 'OPTIONS', via: [via('127.0.0.2', peer.port)] }))).code).to.equal(200);
    expect((await peer.ask(requestText({ method: 'OPTIONS', via: [`${via('127.0.0.2', victim.port)};rport`] }))).code).to.equal(200);
    const other = await overUdp(service);
    peer.send(requestText({ method: 'OPTIONS', via: [`${via('127.0.0.1', other.port)};rport`] }));
    expect((await other.next()).code, 'its own address, and the port of sent-by').to.equal(200);
    // An answer to the victim would be there by now: it would have been sent before this one.
    expect((await victim.ask(requestText({ method: 'OPTIONS', via: [`SIP/2.0/UDP 127.0.0.2:${victim.port};branch=z9hG4bK${fresh('b')}`] }))).code).to.equal(200);
    expect(victim.inbox.waiting).to.deep.equal([]);
  });

  for (const method of ['OPTIONS', 'PUBLISH', 'MESSAGE', 'REGISTER', 'INVITE', 'BYE', 'CANCEL', 'NONSENSE']) {
    for (const length of [0, 400, 2000]) {
      it(`D17 is at most three times what came: ${method}, ${length} bytes more, challenged with three algorithms`, async () => {
        const service = await running({ sip_digest_algorithms: algorithms }, challengedFor(`a realm with a name of some length, ${'x'.repeat(80)}`));
        const text = short(method, { headers: length === 0 ? [] : [`X: ${'x'.repeat(length)}`] });
        const sent = watched();
        for (let i = 1; i <= 3; i++) {
          await service.inject(text);
          expect(sent.length).to.equal(i);
          expect(sizeOf(sent)).to.be.at.most(i * most(text));
        }
      });
    }
  }

  it('A36 D17 RFC 8760 2.3: has as many challenges as fit, the preferred one first', async () => {
    const challengesOf = async (realm: number, padding: number) => {
      const service = await running({ sip_digest_algorithms: algorithms }, challengedFor('x'.repeat(realm)));
      const response = await service.inject(short('OPTIONS', { headers: [`X: ${'x'.repeat(padding)}`] }));
      expect(response?.code).to.equal(401);
      return response?.header('WWW-Authenticate').map((one) => /algorithm=([^,]*)/.exec(one)?.[1]);
    };
    expect(await challengesOf(10, 0)).to.deep.equal(['SHA-512-256', 'SHA-256', 'MD5']);
    expect(await challengesOf(120, 0)).to.deep.equal(['SHA-512-256', 'SHA-256']);
    expect(await challengesOf(250, 0)).to.deep.equal(['SHA-512-256']);
    expect(await challengesOf(250, 400), 'a longer request').to.deep.equal(['SHA-512-256', 'SHA-256', 'MD5']);
  });

  it('D17 is a 500 where the answer is too large, and a 200 with nothing in it for OPTIONS', async () => {
    const large = ['reply', ['ok', { add: { 'X-Large': 'x'.repeat(1000) } }]];
    const service = await running({ sip_listen: 'sip:127.0.0.1:0' }, { sip_message: () => large, sip_options: () => large });
    for (const [method, code] of [['MESSAGE', 500], ['OPTIONS', 200]] as const) {
      const text = short(method);
      const response = await service.inject(text);
      expect([response?.code, response?.header('X-Large')]).to.deep.equal([code, []]);
      expect((await service.inject(text))?.code, 'again').to.equal(code);
      expect((await service.inject(short(method, { headers: [`X: ${'x'.repeat(600)}`] })))?.header('X-Large').length, 'to a longer request').to.equal(1);
      const stream = await overStream(service);
      expect((await stream.ask(short(method))).all('X-Large').length, 'over a connection').to.equal(1);
    }
  });

  it('D32 D17 is as large as it has to be for whoever has the password, and the same for a retransmission', async () => {
    const service = await running({}, { ...challenged, sip_message: () => ['reply', ['ok', { add: { 'X-Large': 'x'.repeat(5000) } }]] });
    const challenge = (await service.inject(short('MESSAGE')))?.header('WWW-Authenticate')[0] ?? '';
    const text = short('MESSAGE', { headers: [`Authorization: ${credentialsFor(challenge, { method: 'MESSAGE' })}`] });
    for (let i = 0; i < 2; i++) expect((await service.inject(text))?.header('X-Large').length).to.equal(1);
  });

  it('D32 D17 no password is no proof', async () => {
    const service = await running({}, {
      ...challenged, sip_get_user_pass: () => true, sip_message: () => ['reply', ['ok', { add: { 'X-Large': 'x'.repeat(5000) } }]],
    });
    const challenge = (await service.inject(short('MESSAGE')))?.header('WWW-Authenticate')[0] ?? '';
    expect((await service.inject(short('MESSAGE', { headers: [`Authorization: ${credentialsFor(challenge, { method: 'MESSAGE' })}`] })))?.code).to.equal(500);
  });

  it('D03 an answer to a long request is not given to a short one that is the same otherwise', async () => {
    const service = await running();
    const via = [`SIP/2.0/UDP a.example;branch=z9hG4bK${fresh('b')}`];
    const ids: RequestParts = { callId: fresh('c'), via };
    const sent = watched();
    const long = short('OPTIONS', { ...ids, via: [...via, `SIP/2.0/UDP ${'b'.repeat(2000)}.example`] });
    expect((await service.inject(long))?.code).to.equal(200);
    expect(await service.inject(short('OPTIONS', ids))).to.equal(undefined);
    expect((await service.inject(long))?.code).to.equal(200);
    expect(sent.length).to.equal(2);
  });

  it('D17 has no bound for a trusted proxy, whose address nobody else can send from', async () => {
    const sent = watched();
    const service = await running({ sip_trusted_proxies: '10.0.0.0/8' }, { sip_message: () => ['reply', ['ok', { add: { 'X-Large': 'x'.repeat(8000) } }]] });
    const text = requestText({ method: 'MESSAGE' });
    expect((await service.inject(text, { address: '10.0.0.1' }))?.code).to.equal(200);
    expect(sizeOf(sent)).to.be.above(8000);
    sent.length = 0;
    expect((await service.inject(text, { address: '192.0.2.1' }))?.code).to.equal(500);
    expect(sizeOf(sent)).to.be.at.most(most(text));
  });

  it('D17 RFC 3261 21.4: so are refusals of what cannot be read', async () => {
    const service = await running();
    const sent = watched();
    const texts = [
      'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n', 'OPTIONS sip:a SIP/3.0\r\nv: SIP/2.0/UDP a\r\n\r\n', `OPTIONS sip:a SIP/2.0\n${'Via: SIP/2.0/UDP a\n'.repeat(200)}\n`,
      short('OPTIONS').replace(/^CSeq.*$/m, 'CSeq: x'), short('OPTIONS', { headers: ['Content-Length: 99'] }),
    ];
    for (const text of texts) {
      sent.length = 0;
      await service.inject(text);
      expect(sent.length).to.equal(1);
      expect(sizeOf(sent)).to.be.at.most(most(text));
    }
  });
});

describe('an INVITE over UDP', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  const codes = (sent: readonly Buffer[]): string[] => sent.map((bytes) => new ResponseText(bytes.toString('latin1')).code.toString());

  async function refused(from: InjectedFrom = {}) {
    const service = await running({ sip_digest_algorithms: algorithms }, challenged);
    const sent = watched();
    const invite = requestText({ method: 'INVITE', body: 'v=0' });
    const response = await service.inject(invite, from);
    const ack = (to: string, parts: readonly [string, string] = ['', '']): string =>
      invite.replaceAll('INVITE', 'ACK').replace(/^To: .*$/m, `To: ${to}`).replace('Content-Length: 3\r\n\r\nv=0', 'Content-Length: 0\r\n\r\n').replace(...parts);
    return { service, sent, invite, ack, tagged: response?.header('To')[0] ?? '' };
  }

  it('D63 RFC 3261 17.2.1: its refusal is sent again only when it comes again, and no more after the ACK with our To tag', async () => {
    const { service, sent, invite, ack, tagged } = await refused();
    await clock.tickAsync(10_000);
    expect(codes(sent)).to.deep.equal(['401']);
    await service.inject(invite);
    expect(codes(sent)).to.deep.equal(['401', '401']);
    expect(sent[1]).to.deep.equal(sent[0]);
    const branch = /branch=([^;\r]*)/.exec(invite)?.[1] ?? '';
    for (const wrong of [ack('<sip:alice@example.com>'), ack('<sip:alice@example.com>;tag=0123456789abcdef'), ack(tagged, [branch, `${branch}x`])]) await service.inject(wrong);
    await service.inject(ack(tagged), { address: '192.0.2.7' });
    await service.inject(invite);
    expect(sent.length, 'none of these was its ACK').to.equal(3);
    await service.inject(ack(tagged));
    await service.inject(ack(tagged));
    await service.inject(invite);
    await clock.tickAsync(4000);
    await service.inject(invite);
    expect(sent.length, 'absorbed for T4').to.equal(3);
    expect(sizeOf(sent)).to.be.at.most(3 * most(invite));
  });

  it('D63 an INVITE within a dialog that is not there is acknowledged with the tag that it had', async () => {
    const service = await running();
    const sent = watched();
    const invite = requestText({ method: 'INVITE', to: '<sip:alice@example.com>;tag=theirs' });
    await service.inject(invite);
    await service.inject(invite);
    expect(sent.length).to.equal(2);
    await service.inject(invite.replaceAll('INVITE', 'ACK'));
    await service.inject(invite);
    expect(sent.length).to.equal(2);
  });

  it('D63 gets no 100, for after that a client sends it no more, and nobody would send the refusal again; over a connection it does', async () => {
    let finish: (result: unknown) => void = () => undefined;
    const service = await running({}, { sip_authorize: () => new Promise((resolve) => { finish = resolve; }) });
    const sent = watched();
    for (const [transport, expected] of [['udp', ['405']], ['tcp', ['100', '405']]] as const) {
      sent.length = 0;
      const answered = service.inject(requestText({ method: 'INVITE' }), { transport });
      await clock.tickAsync(5000);
      finish('ok');
      await answered;
      expect(codes(sent), transport).to.deep.equal(expected);
    }
  });

  it('D04 D17 RFC 4320 4.1: a late 100 and the final response are together no more than three times what came', async () => {
    const service = await running({ sip_digest_algorithms: algorithms }, { sip_authorize: () => new Promise((resolve) => { setTimeout(resolve, 5000, ['authenticate', 'a realm with a name']); }) });
    const sent = watched();
    const text = short('OPTIONS', { headers: [`Timestamp: 1`] });
    const answered = service.inject(text);
    await clock.tickAsync(4000);
    expect(codes(sent)).to.deep.equal(['100']);
    await clock.tickAsync(1000);
    const response = await answered;
    expect(codes(sent)).to.deep.equal(['100', '401']);
    expect(sizeOf(sent)).to.be.at.most(most(text));
    expect(response?.header('WWW-Authenticate').length).to.be.within(1, 2);
  });
});
