import { makeHa1, uac, update, type AuthEntry, type NksipError, type Service, type SipRequest } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { type MessageText, responseTo } from '../kit/received-text.ts';
import { closeAll, later, LogRecorder, portOf, running } from '../wire/running.ts';
import { tcpPeer, udpPeer, type Peer, type Script } from './scripted-peer.ts';

function challenge(parts: { readonly realm?: string; readonly nonce?: string; readonly stale?: boolean; readonly algorithm?: string; readonly field?: string } = {}): string {
  const { realm = 'r', nonce = 'n1', stale = false, algorithm = 'MD5', field = 'WWW-Authenticate' } = parts;
  return `${field}: Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`;
}

const parameterOf = (value: string | undefined, name: string): string | undefined => new RegExp(`[ ,]${name}="?([^",]*)`).exec(value ?? '')?.[1];
const valuesOf = (requests: readonly MessageText[], name: string, field = 'Authorization') => requests.map((request) => parameterOf(request.all(field)[0], name));
const ok = (request: MessageText): string => responseTo(request, '200 OK', ['SIP-ETag: e1', 'Expires: 60']);
const unauthorized = (request: MessageText, ...challenges: readonly string[]): string => responseTo(request, '401 Unauthorized', challenges);

/** Lets pass who answers its challenge, whatever the answer is. */
const asksOnce: Script = (request) => request.all('Authorization').length > 0 ? ok(request) : unauthorized(request, challenge());

describe('digest at the client', () => {
  afterEach(closeAll);

  async function peer(script: Script, transport: 'udp' | 'tcp' = 'udp'): Promise<Peer & { readonly uri: string }> {
    const made = await (transport === 'udp' ? udpPeer(script) : tcpPeer(script));
    later(() => made.close());
    return { ...made, uri: `sip:alice@127.0.0.1:${made.port};transport=${transport}` };
  }

  const client = (options: Readonly<Record<string, unknown>> = {}): Promise<Service> => running({ sip_from: 'sip:alice@example.com', sip_timer_t1: 50, ...options });
  const publication = { event: 'presence', body: 'x', sip_pass: 'secret' };

  for (const transport of ['udp', 'tcp'] as const) {
    it(`B14 D50 over ${transport}: a challenge is answered once, with a new branch and the next CSeq, and the same Call-ID, From and To`, async () => {
      const server = await peer(asksOnce, transport);
      expect(await uac.publish(await client(), server.uri, publication)).to.deep.include({ ok: true, code: 200, meta: { sip_etag: 'e1', expires: 60 } });
      const [first, second, ...others] = server.requests;
      if (first === undefined || second === undefined) throw new Error('too few');
      expect(others).to.deep.equal([]);
      expect(first.all('Authorization')).to.deep.equal([]);
      expect(second.branch).to.match(/^z9hG4bK/).and.not.to.equal(first.branch);
      expect(Number.parseInt(second.one('CSeq'), 10)).to.equal(Number.parseInt(first.one('CSeq'), 10) + 1);
      for (const name of ['Call-ID', 'From', 'To', 'Event']) expect(second.one(name), name).to.equal(first.one(name));
      expect([second.startLine, second.body]).to.deep.equal([first.startLine, 'x']);
      expect(second.one('Authorization')).to.include('username="alice"').and.to.include(`uri="${server.uri}"`).and.to.include('nc=00000001');
    });
  }

  it('B14 a challenge without sip_pass is the result, and so is one of a realm that there is no password for', async () => {
    const server = await peer(asksOnce);
    const service = await client();
    for (const sip_pass of [undefined, { other: 'secret' }, [['other', 'secret']] as const, makeHa1('alice', 'r', 'secret', 'SHA-256')]) {
      expect(await uac.publish(service, server.uri, { event: 'presence', body: 'x', sip_pass })).to.include({ ok: false, code: 401 });
    }
    expect(server.requests).to.have.length(4);
  });

  it('B14 a realm that refuses twice ends it: the second 401 is the result', async () => {
    const server = await peer((request, count) => unauthorized(request, challenge({ nonce: `n${count}` })));
    expect(await uac.publish(await client(), server.uri, publication)).to.include({ ok: false, code: 401 });
    expect(server.requests).to.have.length(2);
  });

  it('B14 a stale nonce is answered again with the new one, but not without end', async () => {
    const server = await peer((request, count) => count === 3 ? ok(request) : unauthorized(request, challenge({ nonce: `n${count}`, stale: count > 1 })));
    expect(await uac.publish(await client(), server.uri, publication)).to.include({ ok: true });
    expect(valuesOf(server.requests, 'nonce')).to.deep.equal([undefined, 'n1', 'n2']);
    expect(valuesOf(server.requests, 'nc')).to.deep.equal([undefined, '00000001', '00000001']);
    const mad = await peer((request, count) => unauthorized(request, challenge({ nonce: `n${count}`, stale: true })));
    expect(await uac.publish(await client(), mad.uri, publication)).to.include({ ok: false, code: 401 });
    expect(mad.requests).to.have.length(5);
    const cseqs = mad.requests.map((request) => Number.parseInt(request.one('CSeq'), 10));
    expect(cseqs).to.deep.equal(cseqs.map((_, at) => (cseqs[0] ?? 0) + at));
    expect(new Set(mad.requests.map((request) => request.branch)).size).to.equal(5);
  });

  it('B14 the nonce serves the next request to the same target, with a higher nc; when it is refused the new one does', async () => {
    let nonce = 'n1';
    const server = await peer((request) => parameterOf(request.all('Authorization')[0], 'nonce') === nonce ? ok(request) : unauthorized(request, challenge({ nonce })));
    const service = await client();
    for (let i = 0; i < 3; i++) expect(await uac.publish(service, server.uri, publication)).to.include({ ok: true });
    nonce = 'n2';
    expect(await uac.publish(service, server.uri, publication)).to.include({ ok: true });
    expect(valuesOf(server.requests, 'nonce')).to.deep.equal([undefined, 'n1', 'n1', 'n1', 'n1', 'n2']);
    expect(valuesOf(server.requests, 'nc')).to.deep.equal([undefined, '00000001', '00000002', '00000003', '00000004', '00000001']);
    const cnonces = valuesOf(server.requests, 'cnonce').slice(1);
    expect(new Set(cnonces).size).to.equal(cnonces.length);
    await uac.publish(service, server.uri.replace('alice@', 'bob@'), publication);
    await uac.publish(service, server.uri, { ...publication, from: 'sip:carol@example.com' });
    await uac.publish(service, server.uri, { event: 'presence', body: 'x' });
    expect(valuesOf(server.requests, 'nonce').slice(6)).to.deep.equal([undefined, 'n2', undefined, 'n2', undefined]);
  });

  it('B14 a proxy with 407 and the server with 401 are both answered, each in its own field', async () => {
    const server = await peer((request) => {
      if (request.all('Proxy-Authorization').length === 0) return responseTo(request, '407 Proxy Authentication Required', [challenge({ realm: 'p', field: 'Proxy-Authenticate' })]);
      return request.all('Authorization').length === 0 ? unauthorized(request, challenge()) : ok(request);
    });
    const service = await client({ sip_pass: { r: 'one', p: 'two' } });
    for (let i = 0; i < 2; i++) expect(await uac.publish(service, server.uri, { event: 'presence', body: 'x' })).to.include({ ok: true });
    expect(valuesOf(server.requests, 'realm', 'Proxy-Authorization')).to.deep.equal([undefined, 'p', 'p', 'p']);
    expect(valuesOf(server.requests, 'realm')).to.deep.equal([undefined, undefined, 'r', 'r']);
    expect(valuesOf(server.requests, 'nc', 'Proxy-Authorization')).to.deep.equal([undefined, '00000001', '00000002', '00000003']);
  });

  it('D35 the topmost algorithm that is known is taken; what is not is passed over', async () => {
    const offered = ['AKAv2-MD5', 'SHA-512-256', 'MD5'].map((algorithm) => challenge({ algorithm }));
    const server = await peer((request) => request.all('Authorization').length > 0 ? ok(request) : unauthorized(request, 'WWW-Authenticate: Bearer scope="sip"', ...offered));
    const service = await client();
    expect(await uac.publish(service, server.uri, publication)).to.include({ ok: true });
    expect(await uac.options(service, server.uri, { sip_pass: makeHa1('alice', 'r', 'secret'), from: 'sip:alice@elsewhere' })).to.include({ ok: true });
    expect(valuesOf(server.requests, 'algorithm')).to.deep.equal([undefined, 'SHA-512-256', undefined, 'MD5']);
  });

  it('B14 sip_pass names another user than that of From, for any realm or for one, and no nonce of one user serves another', async () => {
    const server = await peer(asksOnce);
    const service = await client();
    const shapes = [
      { user: 'desk', pass: 'secret' }, { realm: 'r', user: 'desk', pass: 'secret' }, { realm: 'r', pass: 'secret' }, { pass: 'secret' },
      [['other', 'x'], { realm: 'other', user: 'x', pass: 'x' }, { user: 'desk', pass: 'secret' }], [['r', 'secret'], { user: 'desk', pass: 'x' }],
    ] as const;
    for (const sip_pass of shapes) expect(await uac.publish(service, server.uri, { event: 'presence', body: 'x', sip_pass })).to.include({ ok: true });
    const signed = server.requests.filter((request) => request.all('Authorization').length > 0);
    expect(valuesOf(signed, 'username')).to.deep.equal(['desk', 'desk', 'alice', 'alice', 'desk', 'alice']);
    expect(valuesOf(signed, 'nc')).to.deep.equal(['00000001', '00000002', '00000001', '00000002', '00000001', '00000001']);
    expect(signed[0]?.one('From')).to.include('sip:alice@example.com');
  });

  it('B14 sip_pass of a request goes before that of the service, and everything ends with the timeout', async () => {
    const server = await peer((request, count) => count === 1 ? unauthorized(request, challenge()) : undefined);
    const service = await client({ sip_pass: 'of the service' });
    expect(await uac.publish(service, server.uri, { event: 'presence', body: 'x', timeout: 0.2 })).to.include({ ok: false, code: 408, local: 'timeout' });
    expect(server.requests.length).to.be.greaterThan(1);
    const none = await peer(asksOnce);
    expect(await uac.publish(service, none.uri, { event: 'presence', body: 'x', sip_pass: {} })).to.include({ code: 401 });
  });

  it('B14 a step of the wall clock while the challenge is answered does not end the request', async () => {
    const service = await client({ sip_pass: 'secret' });
    const clock = sinon.useFakeTimers({ toFake: ['Date', 'performance'] });
    try {
      const server = await peer((request) => {
        if (request.all('Authorization').length > 0) return ok(request);
        clock.setSystemTime(Date.now() + 3_600_000);
        return unauthorized(request, challenge());
      });
      expect(await uac.publish(service, server.uri, publication)).to.include({ ok: true });
    } finally {
      clock.restore();
    }
  });

  it('a challenge that sip_pass has no answer to is told beside the response', async () => {
    const server = await peer((request) => unauthorized(request, challenge()));
    const service = await client();
    const told = async (sip_pass: string | Readonly<Record<string, string>>): Promise<unknown> => {
      const answers = [await uac.publish(service, server.uri, { event: 'presence', body: 'x', sip_pass }), await uac.options(service, server.uri, { sip_pass })];
      expect(answers.map(({ code }) => code)).to.deep.equal([401, 401]);
      const [one, other] = answers.map((answer) => answer.ok ? undefined : answer.error?.message);
      expect(one).to.equal(other);
      return one;
    };
    expect(await told({ elsewhere: 'x' })).to.equal("The request was not signed in: no password in sip_pass for realm 'r'.");
    expect(await told(makeHa1('alice', 'r', 'secret', 'SHA-256'))).to.equal("The request was not signed in: the HA1 in sip_pass for realm 'r' is of another algorithm than MD5.");
    expect(await told('wrong')).to.equal(undefined);
  });

  it('B14 with a cseq_num of its own a request goes on from there, as far as numbers go', async () => {
    const server = await peer(asksOnce);
    const service = await client();
    expect(await uac.publish(service, server.uri, { ...publication, cseq_num: 7 })).to.include({ ok: true });
    expect(server.requests.map((request) => request.one('CSeq'))).to.deep.equal(['7 PUBLISH', '8 PUBLISH']);
    expect(await uac.publish(service, server.uri, { ...publication, from: 'sip:bob@x', cseq_num: 2 ** 31 - 1 })).to.include({ code: 401 });
  });

  it('a wrong sip_pass is refused without being told', async () => {
    const service = await client();
    for (const sip_pass of [7, { usr: 'a', pass: 'secret' }, [{ user: 'secret' }], { realm: { secret: 'secret' } }, ['realm', 'secret'], [['realm', 'secret', 'secret']]]) {
      const faults = await Promise.all([
        uac.publish(service, 'sip:alice@127.0.0.1', { event: 'presence', sip_pass: sip_pass as never }).then(() => undefined, (error: NksipError) => error),
        client({ sip_pass }).then(() => undefined, (error: NksipError) => error),
      ]);
      for (const fault of faults) {
        expect(fault?.code).to.equal('invalid_option');
        expect(`${fault?.message}${JSON.stringify(fault?.details)}${String(fault?.cause)}`).not.to.match(/'secret'|"secret"|\b7\b/);
      }
    }
  });
});

describe('options that are secret', () => {
  afterEach(closeAll);

  it('are told by no error, neither at start nor in an update', async () => {
    const service = await running({ tls_password: 'before' });
    const faults = await Promise.all([update(service, { tls_password: ['secret'] } as Readonly<Record<string, unknown>>), running({ tls_password: 4711 })].map((one: Promise<unknown>) => one.then(() => undefined, (error: NksipError) => error)));
    for (const fault of faults) {
      expect(fault?.details).to.include({ option: 'tls_password' });
      expect(`${fault?.message}${JSON.stringify(fault?.details)}`).not.to.match(/secret|4711|before/);
    }
  });
});

describe('digest between a client and a server', () => {
  afterEach(closeAll);

  const authorize = (authList: readonly AuthEntry[], req: SipRequest) =>
    authList.length === 0 || req.digestUsers.size === 0 ? 'authenticate' : req.digestUsers.get('example.com') === req.ruri.user ? 'ok' : 'forbidden';

  async function server(options: Readonly<Record<string, unknown>> = {}): Promise<Service> {
    return await running({ plugins: ['event-compositor'], sip_events: 'presence', sip_from: 'sip:example.com', sip_listen: 'sip:127.0.0.1:0', ...options }, {
      sip_authorize: authorize, sip_get_user_pass: (user: string, realm: string) => `${user} of ${realm}`,
    });
  }

  for (const algorithm of ['MD5', 'SHA-256', 'SHA-512-256'] as const) {
    it(`A35 B14 a publication is made, refreshed and removed with ${algorithm}; no password and no credentials are logged`, async () => {
      const logger = new LogRecorder();
      const service = await server({ sip_digest_algorithms: [algorithm], logger, sip_trace: true });
      const client = await running({ sip_from: 'sip:alice@example.com', sip_pass: 'alice of example.com', logger, sip_trace: true });
      const uri = `sip:alice@127.0.0.1:${portOf(service, 'udp')}`;
      const made = await uac.publish(client, uri, { event: 'presence', body: 'x' });
      if (!made.ok) throw new Error(String(made.code));
      expect(await uac.publish(client, uri, { event: 'presence', sip_if_match: made.meta.sip_etag })).to.include({ ok: true });
      expect(await uac.publish(client, uri, { event: 'presence', sip_if_match: made.meta.sip_etag, expires: 0 })).to.include({ ok: true });
      const text = JSON.stringify(logger.lines);
      expect(text).not.to.match(/alice of|response=|cnonce=/);
      expect(text.split('sent to').length - 1, 'one challenge for three requests, each logged where it is sent').to.equal(2 * 8);
    });
  }

  it('A37 a wrong password is 401, and publishing to somebody else 403', async () => {
    const service = await server();
    const client = await running({ sip_from: 'sip:alice@example.com' });
    const to = (user: string): string => `sip:${user}@127.0.0.1:${portOf(service, 'tcp')};transport=tcp`;
    expect(await uac.publish(client, to('alice'), { event: 'presence', body: 'x', sip_pass: 'wrong' })).to.include({ ok: false, code: 401 });
    expect(await uac.publish(client, to('bob'), { event: 'presence', body: 'x', sip_pass: 'alice of example.com' })).to.include({ ok: false, code: 403 });
    expect(await uac.publish(client, to('alice'), { event: 'presence', body: 'x', sip_pass: 'alice of example.com' })).to.include({ ok: true });
  });

  it('B14 many requests at once share a nonce, each with its own nc', async () => {
    const service = await server();
    const client = await running({ sip_from: 'sip:alice@example.com', sip_pass: 'alice of example.com' });
    const uri = `sip:alice@127.0.0.1:${portOf(service, 'tcp')};transport=tcp`;
    await uac.publish(client, uri, { event: 'presence', body: 'x' });
    const results = await Promise.all(Array.from({ length: 20 }, () => uac.publish(client, uri, { event: 'presence', body: 'x' })));
    expect(results.map(({ code }) => code)).to.deep.equal(results.map(() => 200));
  });

  it('B24 digest goes over TLS to a sips URI as well', async () => {
    const service = await server({ sip_listen: 'sips:127.0.0.1:0' });
    const client = await running({ sip_from: 'sips:alice@example.com', sip_pass: { 'example.com': 'alice of example.com' }, tls_verify: false });
    expect(await uac.publish(client, `sips:alice@127.0.0.1:${portOf(service, 'tls')}`, { event: 'presence', body: 'x' })).to.include({ ok: true });
  });

  it('B14 a server that forgot its nonces asks again, and is answered', async () => {
    const first = await server();
    const client = await running({ sip_from: 'sip:alice@example.com', sip_pass: 'alice of example.com' });
    const port = portOf(first, 'udp');
    const uri = `sip:alice@127.0.0.1:${port}`;
    expect(await uac.publish(client, uri, { event: 'presence', body: 'x' })).to.include({ ok: true });
    await first.stop();
    await server({ sip_listen: `sip:127.0.0.1:${port}` });
    expect(await uac.publish(client, uri, { event: 'presence', body: 'x' })).to.include({ ok: true });
  });
});
