import { update, type AuthEntry, type Service, type SipRequest } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { FailureCounts } from '../../packages/core/src/uas/failure-counts.ts';
import { credentialsFor, type CredentialParts } from '../digest/credentials.ts';
import { injected } from '../kit/injected.ts';
import { requestText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, running } from '../wire/running.ts';

interface Reply {
  readonly code: number;
  readonly retryAfter: string | undefined;
  readonly challenge: string;
}

const here = '192.0.2.1';

describe('passwords that are guessed', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['performance', 'Date'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  async function send(service: Service, headers: readonly string[], address: string): Promise<Reply> {
    const response = await injected(service, requestText({ headers }), { address });
    return { code: response.code, retryAfter: response.header('Retry-After')[0], challenge: response.header('WWW-Authenticate')[0] ?? '' };
  }

  /** A service that lets alice (secret) and bob (secret) publish. */
  async function guarded(options: Readonly<Record<string, unknown>> = {}, module: object = {}) {
    const asked: string[] = [];
    const service = await running(options, {
      sip_authorize: (authList: readonly AuthEntry[]) => authList.some((entry) => entry[1] === true) ? 'ok' : 'authenticate',
      sip_get_user_pass: (user: string) => {
        asked.push(user);
        return (user === 'alice' || user === 'bob') && 'secret';
      },
      sip_publish: () => ['reply', 'ok'],
      ...module,
    });
    const { challenge } = await send(service, [], '192.0.2.99');
    let count = 0;
    const sign = async (parts: CredentialParts = {}, address = here): Promise<Reply> => {
      const nc = (++count).toString(16).padStart(8, '0');
      return send(service, [`Authorization: ${credentialsFor(challenge, { nc, ...parts })}`], address);
    };
    const guess = async (times: number, parts: CredentialParts = {}, address = here): Promise<readonly number[]> => {
      const codes: number[] = [];
      for (let i = 0; i < times; i++) codes.push((await sign({ password: `guess-${i}`, ...parts }, address)).code);
      return codes;
    };
    /** Guesses that were looked at, of two a second. */
    const guessFor = async (seconds: number, userAt: (i: number) => string = () => 'alice'): Promise<number> => {
      const before = asked.length;
      for (let i = 0; i < 2 * seconds; i++, clock.tick(500)) await sign({ password: 'wrong', user: userAt(i) });
      return asked.length - before;
    };
    return { service, asked, sign, guess, guessFor, bare: (address = here) => send(service, [], address) };
  }

  const times = (count: number, code: number): readonly number[] => Array.from({ length: count }, () => code);

  for (const [kind, user] of [['a known', 'alice'], ['an unknown', 'mallory']] as const) {
    it(`sip_max_auth_failures: of ${kind} user's guesses 15 are looked at in the first minute, and two at most in each one after it`, async () => {
      const { guessFor } = await guarded();
      expect(await guessFor(60, () => user)).to.equal(15);
      for (let minute = 2; minute <= 5; minute++) expect(await guessFor(60, () => user)).to.be.within(1, 2);
    });
  }

  it('sip_max_auth_failures: in the pause it is 503 with Retry-After and no password is asked for; after it the right one is 200', async () => {
    const { asked, sign, guess, bare } = await guarded();
    expect(await guess(11)).to.deep.equal([...times(10, 401), 503]);
    expect(await sign()).to.deep.equal({ code: 503, retryAfter: '1', challenge: '' });
    expect(asked).to.have.length(10);
    expect((await bare()).code, 'without credentials').to.equal(401);
    clock.tick(999);
    expect((await sign()).code).to.equal(503);
    clock.tick(1);
    expect((await sign()).code).to.equal(200);
    expect(await guess(11), 'what held has cleared the count').to.deep.equal([...times(10, 401), 503]);
  });

  it('sip_max_auth_failures: each failure after a pause makes the next one twice as long, up to a minute; with time they are forgotten', async () => {
    const { sign, guess } = await guarded();
    await guess(10);
    const pauses: (string | undefined)[] = [];
    for (let i = 0; i < 8; i++) {
      const { retryAfter } = await sign();
      pauses.push(retryAfter);
      clock.tick(1000 * Number(retryAfter));
      await guess(1);
    }
    expect(pauses).to.deep.equal(['1', '2', '4', '8', '16', '32', '32', '60']);
    clock.tick(20 * 60_000);
    expect(await guess(11)).to.deep.equal([...times(10, 401), 503]);
  });

  it('sip_max_auth_failures: the same user from another source is not concerned, nor is another user from there', async () => {
    const { sign, guess } = await guarded();
    await guess(11);
    expect((await sign({}, '192.0.2.2')).code).to.equal(200);
    expect((await sign({ user: 'bob' })).code).to.equal(200);
    expect((await sign()).code).to.equal(503);
  });

  it('sip_max_auth_failures: an IPv6 source is a /64', async () => {
    const { sign, guess } = await guarded();
    await guess(5, {}, '2001:db8::1');
    await guess(5, {}, '2001:db8:0:0:ffff::2');
    expect((await sign({}, '2001:db8::3')).code).to.equal(503);
    expect((await sign({}, '2001:db8:0:1::3')).code).to.equal(200);
  });

  it('sip_max_auth_failures: ten times as many of any users pause the whole source, for a short time', async () => {
    const { asked, sign, guess, guessFor } = await guarded({ sip_nonce_timeout: 3600 });
    for (let i = 0; i < 100; i++) await guess(1, { user: `user-${i}` });
    expect(await sign()).to.deep.equal({ code: 503, retryAfter: '1', challenge: '' });
    expect(asked).to.have.length(100);
    expect((await sign({}, '192.0.2.2')).code).to.equal(200);
    clock.tick(1000);
    expect((await sign()).code).to.equal(200);
    for (let minute = 1; minute <= 5; minute++) expect(await guessFor(60, (i) => `other-${minute}-${i}`)).to.be.within(8, 15);
    clock.tick(16_000);
    expect((await sign()).code, 'no pause of a source is long').to.equal(200);
  });

  it('sip_max_auth_failures: five users of one source who never get it right do not shut out the others', async () => {
    const { sign, guessFor } = await guarded({ sip_nonce_timeout: 3600 });
    await guessFor(10 * 60, (i) => `broken-${i % 5}`);
    expect((await sign()).code).to.equal(200);
  });

  it('sip_trusted_proxies: failures from there count by user alone', async () => {
    const { sign, guess, service } = await guarded({ sip_trusted_proxies: '192.0.2.0/24' });
    for (let i = 0; i < 300; i++) await guess(1, { user: `user-${i}` });
    expect((await sign()).code).to.equal(200);
    expect(await guess(11)).to.deep.equal([...times(10, 401), 503]);
    expect((await sign({ user: 'bob' })).code).to.equal(200);
    await update(service, { sip_trusted_proxies: '' });
    for (let i = 0; i < 100; i++) await guess(1, { user: `other-${i}` });
    expect((await sign({ user: 'bob' })).code).to.equal(503);
    await update(service, { sip_trusted_proxies: here });
    expect((await sign({ user: 'bob' })).code, 'an update counts at once').to.equal(200);
  });

  it('sip_max_auth_failures: one line in the log for each pause, with the user escaped and cut, and where from; no password in it', async () => {
    const logger = new LogRecorder();
    const { sign, guess } = await guarded({ logger });
    const lines = () => logger.lines.filter(({ level }) => level === 'warn');
    await guess(9);
    expect(lines()).to.have.length(0);
    await guess(50);
    expect(lines().map(({ message }) => message)).to.deep.equal(['10 failed sign-ins of "alice" from udp:192.0.2.1:5060: credentials of this user are not looked at there for 1 s']);
    expect(lines()[0]?.fields).to.deep.equal({ user: '"alice"', realm: '"nksip"', from: 'udp:192.0.2.1:5060', failures: 10, seconds: 1 });
    clock.tick(1000);
    await guess(5);
    expect(lines()).to.have.length(2);
    await guess(10, { user: `\u202e\u009b\u00e4${'x'.repeat(5000)}` });
    expect(lines()[2]?.message).to.match(/^10 failed sign-ins of "\\u202e\\u009b\\u00e4x{61}" from/);
    for (let i = 0; lines().length < 4; i++) await guess(1, { user: `user-${i}` });
    await sign();
    expect(lines()[3]?.message).to.equal('100 failed sign-ins from udp:192.0.2.1:5060: no credentials are looked at there for 1 s');
    expect(JSON.stringify(logger.lines)).not.to.match(/guess-|secret|response=/);
  });

  it('sip_max_auth_failures: a nonce that is stale, and credentials for another URI are no failures; wrong ones for a nonce of nobody are', async () => {
    const { sign, guess, asked } = await guarded({ sip_nonce_timeout: 5 });
    for (let i = 0; i < 50; i++) expect((await sign({ nc: '00000001' })).code).to.equal(i === 0 ? 200 : 401);
    expect(await guess(50, { uri: 'sip:other@example.com' })).to.deep.equal(times(50, 400));
    clock.tick(6000);
    for (let i = 0; i < 50; i++) expect((await sign()).code).to.equal(401);
    expect(asked).to.have.length(100);
    expect(await guess(6, { change: { nonce: '"abcdef"' } })).to.deep.equal(times(6, 401));
    expect(await guess(5), 'a wrong one counts however old its nonce is').to.deep.equal([...times(4, 401), 503]);
  });

  it('sip_max_auth_failures: what was overheard and is sent again clears no count', async () => {
    const { sign, guess } = await guarded();
    await sign({ nc: '00000001' });
    expect(await guess(5)).to.deep.equal(times(5, 401));
    expect((await sign({ nc: '00000001' })).code).to.equal(401);
    expect(await guess(6)).to.deep.equal([...times(5, 401), 503]);
  });

  it('sip_max_auth_failures: a look-up that takes long lets no more guesses pass; those who know the password are not concerned', async () => {
    const waiting: (() => void)[] = [];
    const { sign } = await guarded({}, { sip_get_user_pass: (user: string) => new Promise((resolve) => { waiting.push(() => { resolve(user === 'alice' && 'secret'); }); }) });
    const answers = Array.from({ length: 100 }, (_, i) => sign(i < 50 ? {} : { password: `guess-${i}` }));
    while (waiting.length < 100) await new Promise(setImmediate);
    for (const answer of waiting) answer();
    const codes = (await Promise.all(answers)).map(({ code }) => code);
    expect(codes).to.deep.equal([...times(50, 200), ...times(10, 401), ...times(40, 503)]);
  });

  it('sip_max_auth_failures: nor more guesses with many users of one source, of which 100 at once are looked at', async () => {
    const waiting: (() => void)[] = [];
    const { sign } = await guarded({}, { sip_get_user_pass: () => new Promise((resolve) => { waiting.push(() => { resolve('secret'); }); }) });
    const answers = Array.from({ length: 300 }, (_, i) => sign({ user: `user-${i}`, password: 'guess' }));
    while (waiting.length < 300) await new Promise(setImmediate);
    for (const answer of waiting) answer();
    const codes = (await Promise.all(answers)).map(({ code }) => code);
    expect(codes).to.deep.equal([...times(100, 401), ...times(200, 503)]);
    expect((await sign()).retryAfter, 'of the source').to.equal('1');
  });

  it('sip_max_auth_failures: a realm counts for itself, and what holds in one clears nothing in another', async () => {
    const { service, guess, sign } = await guarded({}, {
      sip_authorize: (_list: readonly AuthEntry[], req: SipRequest) => req.digestUsers.size > 0 ? 'ok' : ['authenticate', req.header('X-Realm')[0] ?? 'nksip'],
      sip_get_user_pass: (_user: string, realm: string) => realm === 'mine' && 'secret',
    });
    const { challenge } = await send(service, ['X-Realm: mine'], here);
    await guess(5);
    expect((await send(service, [`Authorization: ${credentialsFor(challenge)}`], here)).code).to.equal(200);
    expect(await guess(6)).to.deep.equal([...times(5, 401), 503]);
    expect((await sign({ realm: 'nksip' })).code).to.equal(503);
    expect((await send(service, [`Authorization: ${credentialsFor(challenge, { nc: '00000002' })}`], here)).code).to.equal(200);
  });

  it('sip_max_auth_failures: 0 counts none, and an update changes it', async () => {
    const { service, guess, sign } = await guarded({ sip_max_auth_failures: 0 });
    expect(await guess(300)).to.deep.equal(times(300, 401));
    await update(service, { sip_max_auth_failures: 2 });
    expect(await guess(3)).to.deep.equal([401, 401, 503]);
    await update(service, { sip_max_auth_failures: 0 });
    expect((await sign()).code).to.equal(200);
  });

  it('sip_max_auth_failures: a step of the wall clock ends no pause', async () => {
    const { sign, guess } = await guarded({ sip_nonce_timeout: 86_400 });
    await guess(10);
    clock.setSystemTime(Date.now() + 3_600_000);
    expect((await sign()).code).to.equal(503);
  });

  it('D26 sip_max_memory counts failures and the nonces that were used, and keeps them within an eighth', async () => {
    const limit = 16 * 1024 * 1024;
    const { service, sign } = await guarded({ sip_max_memory: limit });
    const held = (): number => service.usage().parts['sign-ins'] ?? NaN;
    expect(held()).to.equal(0);
    await sign();
    expect(held(), 'a nonce').to.be.within(130, 200);
    await sign({ password: 'guess' });
    expect(held(), 'a user and a source').to.be.within(450, 700);
    for (let i = 0; i < 5000; i++) await sign({ user: `user-${i}`, password: 'guess' }, `10.0.${i >> 8}.${i & 255}`);
    expect(held()).to.be.within(limit / 16, limit / 8);
  });

  it('D61 a bounded number of failures is counted, those of who failed last; what time has forgotten goes first', () => {
    let now = 0;
    const counts = new FailureCounts(() => now, 1000, 100_000);
    for (let i = 0; i < 100_000; i++) counts.add(`user-${i}`, 2);
    expect(counts.size).to.equal(100_000);
    expect(counts.add('user-0', 2).pause).to.be.greaterThan(0);
    counts.add('one more', 2);
    expect(counts.size).to.equal(100_000);
    expect(counts.pauseOf('user-0'), 'it failed last').to.be.greaterThan(0);
    expect(counts.add('user-1', 2).pause, 'it was forgotten').to.equal(0);
    now = 10_000;
    for (let i = 0; i < 100_000; i++) counts.add('user-0', 1_000_000);
    expect(counts.size).to.equal(1);
  });
});
