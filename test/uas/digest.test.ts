import { makeHa1, update, type AuthEntry, type NksipError, type Service, type SipRequest } from '@nksip-ts/core';
import { find, list } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { credentialsFor, credentialsWithoutQop, parameter, type CredentialParts } from '../digest/credentials.ts';
import { injected } from '../kit/injected.ts';
import { fresh, publishText, type RequestParts, requestText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, overStream, overUdp, running } from '../wire/running.ts';

interface Reply {
  readonly code: number;
  /** Values of WWW-Authenticate and Proxy-Authenticate, in order. */
  readonly challenges: readonly string[];
}

async function ask(service: Service, text: string): Promise<Reply> {
  const response = await injected(service, text);
  return { code: response.code, challenges: [...response.header('WWW-Authenticate'), ...response.header('Proxy-Authenticate')] };
}

function withAuthorization(value: string | readonly string[], parts: RequestParts = {}): string {
  const values = typeof value === 'string' ? [value] : value;
  return requestText({ ...parts, headers: [...values.map((one) => `Authorization: ${one}`), ...(parts.headers ?? [])] });
}

async function challengeOf(service: Service, parts: RequestParts = {}): Promise<string> {
  const { code, challenges: [challenge] } = await ask(service, requestText(parts));
  if (challenge === undefined) throw new Error(`no challenge in a ${code}`);
  return challenge;
}

const held = (authList: readonly AuthEntry[]): boolean => authList.some((entry) => entry[1] === true);

/** A service that lets alice (secret) publish, and keeps what it was told of the credentials. */
async function guarded(options: Readonly<Record<string, unknown>> = {}, module: object = {}) {
  const lists: (readonly AuthEntry[])[] = [];
  const users: (readonly [string, string][])[] = [];
  const asked: string[] = [];
  const service = await running(options, {
    sip_authorize: (authList: readonly AuthEntry[], req: SipRequest) => {
      lists.push(authList);
      users.push([...req.digestUsers]);
      return held(authList) ? 'ok' : 'authenticate';
    },
    sip_get_user_pass: (user: string, realm: string) => {
      asked.push(`${user}@${realm}`);
      return user === 'alice' && 'secret';
    },
    sip_publish: () => ['reply', 'ok'],
    sip_message: () => ['reply', 'ok'],
    ...module,
  });
  return { service, lists, users, asked, challenge: () => challengeOf(service) };
}

describe('digest at the server', () => {
  afterEach(closeAll);

  it('A34 A35 D32 a request without credentials is challenged, and let pass with the right ones', async () => {
    const { service, lists, users, asked } = await guarded();
    const first = await ask(service, requestText());
    expect(first.code).to.equal(401);
    expect(first.challenges).to.have.length(1);
    expect(first.challenges[0]).to.match(/^Digest realm="nksip", nonce="[0-9a-f]+", algorithm=MD5, qop="auth"$/);
    expect((await ask(service, withAuthorization(credentialsFor(first.challenges[0] ?? '')))).code).to.equal(200);
    expect(lists).to.deep.equal([[], [[['digest', 'nksip'], true]]]);
    expect(users).to.deep.equal([[], [['nksip', 'alice']]]);
    expect(asked).to.deep.equal(['alice@nksip']);
  });

  it('D32 D33 one challenge for each algorithm, as sip_digest_algorithms has them, all with one nonce; each can be answered', async () => {
    const { service } = await guarded({ sip_digest_algorithms: ['SHA-512-256', 'SHA-256', 'MD5', 'MD5'], sip_from: '"S" <sip:server@example.org>' });
    const { challenges } = await ask(service, requestText());
    expect(challenges.map((text) => parameter(text, 'algorithm'))).to.deep.equal(['SHA-512-256', 'SHA-256', 'MD5']);
    expect(new Set(challenges.map((text) => parameter(text, 'nonce'))).size).to.equal(1);
    expect(new Set(challenges.map((text) => parameter(text, 'realm')))).to.deep.equal(new Set(['example.org']));
    for (const [index, challenge] of challenges.entries()) {
      expect((await ask(service, withAuthorization(credentialsFor(challenge, { nc: `0000000${index + 1}` })))).code, challenge).to.equal(200);
    }
  });

  it('D32 an algorithm that was not offered is refused though its response is right', async () => {
    const { service, challenge } = await guarded({ sip_digest_algorithms: ['SHA-256'] });
    const offered = await challenge();
    expect((await ask(service, withAuthorization(credentialsFor(offered.replace('SHA-256', 'MD5'))))).code).to.equal(401);
    expect((await ask(service, withAuthorization(credentialsFor(offered)))).code).to.equal(200);
  });

  it('D33 proxy_authenticate is 407 with Proxy-Authenticate, answered in Proxy-Authorization; a realm may be named', async () => {
    const service = await running({}, {
      sip_authorize: (authList: readonly AuthEntry[]) => held(authList) ? 'ok' : ['proxy_authenticate', 'p\u00f6st "x"'],
      sip_get_user_pass: (_user: string, realm: string) => realm === 'p\u00f6st "x"' && 'secret', sip_publish: () => ['reply', 'ok'],
    });
    const response = await service.inject(requestText());
    expect([response?.code, response?.header('WWW-Authenticate').length]).to.deep.equal([407, 0]);
    const [challenge = ''] = response?.header('Proxy-Authenticate') ?? [];
    expect(challenge).to.include('realm="p\u00f6st \\"x\\""');
    const value = credentialsFor(challenge.replaceAll('\\"', ''), { realm: 'p\u00f6st "x"', change: { realm: '"p\u00f6st \\"x\\""' } });
    expect((await ask(service, requestText({ headers: [`Proxy-Authorization: ${value}`] }))).code).to.equal(200);
  });

  it('D33 of several Authorization headers each realm gets its own entry, from the first one that answers a challenge of ours, and another scheme none', async () => {
    let realm = 'one';
    const { service, lists, users, asked } = await guarded({}, { sip_authorize: (authList: readonly AuthEntry[], req: SipRequest) => {
      lists.push(authList);
      users.push([...req.digestUsers]);
      return authList.length === 0 ? ['authenticate', realm] : 'ok';
    } });
    const one = await challengeOf(service);
    realm = 'two';
    const two = await challengeOf(service);
    lists.length = users.length = 0;
    const values = [
      'Basic YWxpY2U6c2VjcmV0', credentialsFor(one, { user: 'bob', change: { nonce: '"abcdef"' } }), credentialsFor(one, { user: 'bob', change: { algorithm: 'SHA-256' } }),
      credentialsFor(one), credentialsFor(one, { user: 'carol', nc: '00000002' }),
      credentialsFor(two, { password: 'wrong' }), credentialsFor(one, { realm: 'three' }), 'Digest realm="x', 'Digest',
    ];
    expect((await ask(service, withAuthorization(values))).code).to.equal(200);
    expect(lists).to.deep.equal([[[['digest', 'one'], true], [['digest', 'two'], false], [['digest', 'three'], false]]]);
    expect(users).to.deep.equal([[['one', 'alice']]]);
    expect(asked).to.deep.equal(['alice@one', 'alice@two']);
  });

  it('A34 one request is one guess at a password in each realm, the first one', async () => {
    const { service, challenge, asked } = await guarded();
    const offered = await challenge();
    const guesses = Array.from({ length: 100 }, (_, at) => credentialsFor(offered, { password: String(at), nc: (at + 1).toString(16).padStart(8, '0') }));
    expect((await ask(service, withAuthorization(guesses))).code).to.equal(401);
    expect((await ask(service, withAuthorization([credentialsFor(offered, { password: 'wrong' }), credentialsFor(offered)]))).code).to.equal(401);
    expect(asked).to.have.length(2);
  });

  const wrong: Readonly<Record<string, CredentialParts>> = {
    'another password': { password: 'Secret' },
    'an unknown user': { user: 'bob' },
    'another method': { method: 'MESSAGE' },
    'no cnonce': { change: { cnonce: undefined } },
    'qop auth-int': { change: { qop: 'auth-int' } },
    'a short nc': { nc: '1' },
    'an nc that is no hex': { nc: '0000000g' },
    'a made-up nonce': { change: { nonce: '"abcdef"' } },
    'another realm': { realm: 'other' },
    'a response cut short': { response: 'ab' },
    'no response': { change: { response: undefined } },
    'an algorithm nobody knows': { change: { algorithm: 'MD5-sess' } },
  };
  for (const [name, parts] of Object.entries(wrong)) {
    it(`D32 credentials with ${name} are refused, and not called stale`, async () => {
      const { service, challenge, lists } = await guarded();
      const { code, challenges } = await ask(service, withAuthorization(credentialsFor(await challenge(), parts)));
      expect(code).to.equal(401);
      expect(challenges[0]).not.to.include('stale');
      expect(lists[1]).to.deep.equal([[['digest', parts.realm ?? 'nksip'], false]]);
    });
  }

  for (const [name, uri] of [['another Request-URI', 'sip:bob@example.com'], ['the host alone', 'sip:127.0.0.1:5070'], ['a uri that is none', 'alice']] as const) {
    it(`D32 RFC 7616 3.4.6: credentials for ${name} are 400, with a reason; sip_digest_uri 'ignore' takes them`, async () => {
      for (const [options, code] of [[{}, 400], [{ sip_digest_uri: 'ignore' }, 200]] as const) {
        const { service, challenge } = await guarded(options);
        const response = await service.inject(withAuthorization(credentialsFor(await challenge(), { uri })));
        expect([response?.code, response?.reason]).to.deep.equal([code, code === 400 ? 'Digest URI Is Not the Request-URI' : 'OK']);
      }
    });
  }

  it('D32 credentials for another URI that answer nobody\'s challenge here are only asked for again', async () => {
    const { challenge } = await guarded();
    const { service, asked } = await guarded();
    expect((await ask(service, withAuthorization(credentialsFor(await challenge(), { uri: 'sip:bob@example.com' })))).code).to.equal(401);
    expect(asked).to.deep.equal([]);
  });

  describe('RFC 3261 22.4(8): credentials without qop', () => {
    it('sign in with MD5, each nonce once; then it is stale, with qop too', async () => {
      const { service, challenge, users } = await guarded();
      const offered = await challenge();
      expect((await ask(service, withAuthorization(credentialsWithoutQop(offered)))).code).to.equal(200);
      expect(users.at(-1)).to.deep.equal([['nksip', 'alice']]);
      for (const again of [credentialsWithoutQop(offered), credentialsFor(offered, { nc: 'ffffffff' })]) {
        const { code, challenges } = await ask(service, withAuthorization(again));
        expect([code, challenges[0]?.includes('stale=true')]).to.deep.equal([401, true]);
      }
      expect((await ask(service, withAuthorization(credentialsWithoutQop(await challenge())))).code).to.equal(200);
    });

    it('do not sign in with another password or another algorithm, nor where sip_digest_without_qop refuses them', async () => {
      const { service, challenge } = await guarded({ sip_digest_algorithms: ['MD5', 'SHA-256'] });
      const offered = await challenge();
      expect((await ask(service, withAuthorization(credentialsWithoutQop(offered, { password: 'wrong' })))).code).to.equal(401);
      expect((await ask(service, withAuthorization(credentialsWithoutQop(offered, { change: { algorithm: 'SHA-256' } })))).code).to.equal(401);
      const strict = await guarded({ sip_digest_without_qop: 'refuse' });
      expect((await ask(strict.service, withAuthorization(credentialsWithoutQop(await strict.challenge())))).code).to.equal(401);
    });
  });

  it('A36 RFC 7616 3.3: right credentials for a nonce of before a restart are stale; wrong ones are a failed sign-in', async () => {
    const { challenge } = await guarded();
    const { service, asked } = await guarded();
    const old = await challenge();
    const { code, challenges: [fresh = ''] } = await ask(service, withAuthorization(credentialsFor(old)));
    expect([code, fresh.includes('stale=true')]).to.deep.equal([401, true]);
    expect((await ask(service, withAuthorization(credentialsFor(fresh)))).code).to.equal(200);
    for (let i = 0; i < 10; i++) expect((await ask(service, withAuthorization(credentialsFor(old, { password: String(i) })))).challenges[0]).not.to.include('stale');
    expect((await ask(service, withAuthorization(credentialsFor(old)))).code).to.equal(503);
    expect(asked).to.have.length(12);
  });

  it('A36 nobody gets a password looked up in a realm that is none of the service, nor fails there', async () => {
    const { service, challenge, asked } = await guarded();
    const value = credentialsFor(await challenge(), { realm: 'proxy.example', password: 'of the proxy' });
    for (let i = 0; i < 20; i++) expect((await ask(service, withAuthorization(value))).code).to.equal(401);
    expect(asked).to.deep.equal([]);
  });

  it('D32 a uri that is equivalent to the Request-URI will do, and algorithm may be left out for MD5', async () => {
    const { service, challenge } = await guarded();
    expect((await ask(service, withAuthorization(credentialsFor(await challenge(), { uri: 'SIP:%61lice@EXAMPLE.COM' })))).code).to.equal(200);
    expect((await ask(service, withAuthorization(credentialsFor(await challenge(), { change: { algorithm: undefined } })))).code).to.equal(200);
  });

  it('D32 users may have letters of any kind', async () => {
    const user = 'J\u00e4s\u00f8n Doe';
    const { service, challenge, users } = await guarded({}, { sip_get_user_pass: (asked: string) => asked === user && 'S\u00e4cret' });
    expect((await ask(service, withAuthorization(credentialsFor(await challenge(), { user, password: 'S\u00e4cret' })))).code).to.equal(200);
    expect(users.at(-1)).to.deep.equal([['nksip', user]]);
  });

  it('A36 a nonce can be used again with a rising nc; the same or a lower one is refused as stale', async () => {
    const { service, challenge } = await guarded();
    const offered = await challenge();
    const codes: (readonly [number, boolean])[] = [];
    for (const nc of ['00000001', '00000002', '00000002', '00000001', '00000009', '00000003', '0000000A', '00000000']) {
      const { code, challenges } = await ask(service, withAuthorization(credentialsFor(offered, { nc })));
      codes.push([code, challenges[0]?.includes('stale=true') ?? false]);
    }
    expect(codes).to.deep.equal([[200, false], [200, false], [401, true], [401, true], [200, false], [401, true], [200, false], [401, true]]);
  });

  it('A36 a nonce that is too old makes right credentials stale; wrong ones are only wrong', async () => {
    const clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    try {
      const { service, challenge } = await guarded({ sip_nonce_timeout: 5 });
      const offered = await challenge();
      clock.tick(5001);
      const right = await ask(service, withAuthorization(credentialsFor(offered)));
      expect(right.code).to.equal(401);
      expect(right.challenges[0]).to.include('stale=true');
      expect((await ask(service, withAuthorization(credentialsFor(offered, { password: 'wrong' })))).challenges[0]).not.to.include('stale');
      expect((await ask(service, withAuthorization(credentialsFor(right.challenges[0] ?? '')))).code).to.equal(200);
    } finally {
      clock.restore();
    }
  });

  it('A36 nonces are those of their service; an update keeps them, and what was used stays used', async () => {
    const { service, challenge } = await guarded();
    const { service: other } = await guarded();
    const offered = await challenge();
    expect((await ask(other, withAuthorization(credentialsFor(offered)))).code).to.equal(401);
    await update(service, { sip_nonce_timeout: 60 });
    expect((await ask(service, withAuthorization(credentialsFor(offered)))).code).to.equal(200);
    await update(service, { sip_nonce_timeout: 90 });
    expect((await ask(service, withAuthorization(credentialsFor(offered)))).code).to.equal(401);
  });

  for (const transport of ['udp', 'tcp'] as const) {
    it(`A36 over ${transport}: a request that was recorded and is sent again is 401 and changes nothing`, async () => {
      const { service } = await guarded({ plugins: ['event-compositor'], sip_events: 'nkpublish', sip_listen: 'sip:127.0.0.1:0' }, { sip_publish: () => 'continue' });
      const peer = await (transport === 'udp' ? overUdp(service) : overStream(service));
      const viaWith = (branch: string): string => `SIP/2.0/${transport.toUpperCase()} 127.0.0.1:${peer.port};branch=z9hG4bK${branch}`;
      const unsigned = publishText({ body: 'one', via: [viaWith(fresh('branch'))] });
      const refused = await peer.ask(unsigned);
      expect(refused.code).to.equal(401);
      const via = viaWith(fresh('branch'));
      const signed = publishText({ body: 'one', via: [via], headers: [`Authorization: ${credentialsFor(refused.one('WWW-Authenticate'))}`] });
      const done = await peer.ask(signed);
      const tag = done.one('SIP-ETag');
      if (transport === 'udp') {
        expect((await peer.ask(unsigned)).text, 'a retransmission').to.equal(refused.text);
        expect((await peer.ask(signed)).text, 'a retransmission').to.equal(done.text);
      }
      // Recorded by somebody on the way, and sent in a transaction of its own.
      const replayed = await peer.ask(signed.replace(via, viaWith('replay')).replace(/Call-ID: .*/, 'Call-ID: replay').replace('\r\n\r\none', '\r\n\r\ntwo'));
      expect([replayed.code, replayed.all('SIP-ETag').length]).to.deep.equal([401, 0]);
      expect(replayed.one('WWW-Authenticate')).to.include('stale=true');
      const kept: string[] = [];
      for await (const publication of list(service)) kept.push(`${publication.tag} ${Buffer.from(publication.record.data).toString()}`);
      expect(kept).to.deep.equal([`${tag} one`]);
      expect(await find(service, 'sip:alice@example.com', tag)).to.include({ event: 'nkpublish' });
    });
  }

  it('A36 what SIP.js and baresip sent to somebody else is refused here, and no password is looked up for it', async () => {
    const { service, asked } = await guarded();
    const recorded = [
      ['sip:erin@127.0.0.1', 'Digest algorithm=MD5, username="erin", realm="127.0.0.1", nonce="abcdef", uri="sip:erin@127.0.0.1", response="a56de8c8d0fe6b8e16d0818b3f1c12b4", qop=auth, cnonce="89j4ipbpllf4", nc=00000001'],
      ['sip:alice@127.0.0.1:15160', 'Digest username="alice", realm="127.0.0.1", nonce="69db038cd75f9648", uri="sip:alice@127.0.0.1:15160", response="170b802259f564d8351ab9e5c7674040", cnonce="419b39d015c438cb", qop=auth, nc=00000001'],
    ] as const;
    for (const [uri, value] of recorded) expect((await ask(service, withAuthorization(value, { uri }))).code).to.equal(401);
    expect(asked).to.deep.equal([]);
  });

  it('A37 only the owner of an address publishes to it: 403 for anybody else, whatever From says', async () => {
    const { service } = await guarded({}, {
      sip_authorize: (_authList: readonly AuthEntry[], req: SipRequest) => {
        const user = req.digestUsers.get('nksip');
        return user === undefined ? 'authenticate' : user === req.ruri.user ? 'ok' : 'forbidden';
      },
      sip_get_user_pass: () => 'secret',
    });
    const offered = await challengeOf(service);
    const code = async (parts: CredentialParts, from?: string): Promise<number> =>
      (await ask(service, withAuthorization(credentialsFor(offered, parts), from === undefined ? {} : { from }))).code;
    expect(await code({ nc: '00000001' })).to.equal(200);
    expect(await code({ nc: '00000002' }, '<sip:alice@elsewhere:16060>;tag=1')).to.equal(200);
    expect(await code({ nc: '00000003', user: 'bob' })).to.equal(403);
    expect(await code({ nc: '00000004', user: 'bob' }, '<sip:alice@example.com>;tag=1')).to.equal(403);
  });

  it('A34 two credentials in one request do not make somebody else of their owner', async () => {
    const { service, users } = await guarded({}, { sip_get_user_pass: (user: string) => user === 'bob' && 'secret' });
    const offered = await challengeOf(service);
    const alice = credentialsFor(offered, { user: 'alice', password: '' });
    expect((await ask(service, withAuthorization([credentialsFor(offered, { user: 'bob' }), alice]))).code).to.equal(200);
    expect(users.at(-1)).to.deep.equal([['nksip', 'bob']]);
    expect((await ask(service, withAuthorization([alice, credentialsFor(offered, { user: 'bob', nc: '00000002' })]))).code).to.equal(401);
    expect(users.at(-1)).to.deep.equal([]);
  });

  it('sip_get_user_pass may answer a HA1, or true to want no password; it is not asked where nobody asked for credentials', async () => {
    const answers: unknown[] = [makeHa1('alice', 'nksip', 'secret'), makeHa1('alice', 'nksip', 'secret', 'SHA-256'), true, 'other', false];
    const { service, challenge } = await guarded({}, { sip_get_user_pass: async () => answers.shift() });
    const codes: number[] = [];
    while (answers.length > 0) codes.push((await ask(service, withAuthorization(credentialsFor(await challenge())))).code);
    expect(codes).to.deep.equal([200, 401, 200, 401, 401]);
    let count = 0;
    const open = await running({}, { sip_get_user_pass: () => (count++, false), sip_publish: () => ['reply', 'ok'] });
    expect((await ask(open, withAuthorization(credentialsFor(await challenge())))).code).to.equal(200);
    expect(count).to.equal(0);
  });

  it('core itself knows no user but anonymous', async () => {
    const service = await running({}, { sip_authorize: (authList: readonly AuthEntry[]) => held(authList) ? 'ok' : 'authenticate', sip_publish: () => ['reply', 'ok'] });
    for (const [user, code] of [['alice', 401], ['anonymous', 200]] as const) {
      expect((await ask(service, withAuthorization(credentialsFor(await challengeOf(service), { user, password: '' })))).code, user).to.equal(code);
    }
  });

  it('A34 a callback that fails, or answers nonsense, lets nobody pass; passwords and credentials are in no log and no error', async () => {
    const logger = new LogRecorder();
    const faults: NksipError[] = [];
    const answers: unknown[] = [undefined, 4711471147114711, { password: 'secret' }, Promise.reject(new Error('the database is down'))];
    const { service, challenge } = await guarded({ logger, sip_trace: true }, { sip_get_user_pass: () => answers.shift() });
    service.events.on('error', ({ error }) => faults.push(error));
    const offered = await challenge();
    while (answers.length > 0) expect((await ask(service, withAuthorization(credentialsFor(offered)))).code).to.equal(500);
    expect(faults.map(({ code, details }) => `${code} ${String(details['callback'])}`)).to.deep.equal([...Array.from({ length: 3 }, () => 'callback_error sip_get_user_pass'), 'callback_failed sip_get_user_pass']);
    const told = JSON.stringify(logger.lines) + faults.map(({ message, details }) => message + JSON.stringify(details)).join();
    for (const secret of ['4711471147114711', 'secret', 'response=', 'cnonce=']) expect(told).not.to.include(secret);
  });

  it('A34 any callback may ask for credentials, in the place of an answer', async () => {
    const service = await running({}, { sip_publish: () => ['reply', ['authenticate', 'here']], sip_message: () => ['reply', 'proxy_authenticate'] });
    expect(parameter(await challengeOf(service), 'realm')).to.equal('here');
    expect((await ask(service, requestText({ method: 'MESSAGE' }))).code).to.equal(407);
  });

  it('D34 ACK and CANCEL are never challenged; an INVITE is, and its ACK ends it', async () => {
    const { service, lists } = await guarded({ sip_listen: 'sip:127.0.0.1:0' });
    const peer = await overUdp(service);
    const parts = { callId: fresh('call'), port: peer.port, branch: fresh('branch') };
    const invited = await peer.ask(requestText({ ...parts, method: 'INVITE', cseq: '1 INVITE' }));
    expect([invited.code, invited.all('WWW-Authenticate').length]).to.deep.equal([401, 1]);
    const cancelled = await peer.ask(requestText({ ...parts, method: 'CANCEL', cseq: '1 CANCEL' }));
    expect([cancelled.code, cancelled.all('WWW-Authenticate').length]).to.deep.equal([200, 0]);
    peer.send(requestText({ ...parts, method: 'ACK', cseq: '1 ACK', to: invited.one('To') }));
    expect((await ask(service, requestText({ method: 'CANCEL' }))).code).to.equal(481);
    expect(lists).to.have.length(1);
  });
});
