import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { makeHa1, type AuthEntry, type Service } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { SignInLog } from '../../packages/core/src/uas/sign-in-log.ts';
import { credentialsFor, type CredentialParts } from '../digest/credentials.ts';
import { requestText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, running } from '../wire/running.ts';

const from = 'udp:192.0.2.1:5060';

describe('what the log has of sign-ins', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['performance', 'Date'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  const send = async (service: Service, headers: readonly string[]): Promise<string> => {
    const response = await service.inject(requestText({ headers }), { address: '192.0.2.1' });
    return response?.header('WWW-Authenticate')[0] ?? '';
  };

  async function guarded(level: 'info' | 'debug', options: object = {}) {
    const logger = new LogRecorder(level);
    const service = await running({ logger, ...options }, {
      sip_authorize: (authList: readonly AuthEntry[]) => authList.some((entry) => entry[1] === true) ? 'ok' : 'authenticate',
      sip_get_user_pass: (user: string) => user === 'hashed' ? makeHa1('hashed', 'nksip', 'secret', 'SHA-256') : user === 'alice' && 'secret',
      sip_publish: () => ['reply', 'ok'],
    });
    const challenge = await send(service, []);
    let nc = 0;
    const sign = (parts: CredentialParts = {}): Promise<string> =>
      send(service, [`Authorization: ${credentialsFor(challenge, { nc: (++nc).toString(16).padStart(8, '0'), ...parts })}`]);
    const lines = (): readonly string[] => logger.lines.filter(({ message }) => /sign-in|credentials/.test(message)).map(({ level, message }) => `${level}: ${message}`);
    return { service, logger, sign, lines };
  }

  it('a failed sign-in is a line at info with user and source, for whoever bans, and no more', async () => {
    const { sign, lines, logger } = await guarded('info');
    await sign({ password: 'guess' });
    await sign({ user: 'nobody\\" from udp:6.6.6.6:1' });
    await sign();
    expect(lines()).to.deep.equal([
      `info: failed sign-in of "alice" from ${from}`,
      `info: failed sign-in of "nobody\\" from udp:6.6.6.6:1" from ${from}`,
    ]);
    expect(logger.lines.find(({ message }) => message.startsWith('failed'))?.fields).to.deep.equal({ user: '"alice"', realm: '"nksip"', from });
    expect(JSON.stringify(logger.lines)).not.to.match(/guess|secret|response=/);
  });

  it('a HA1 of another algorithm is a warning, once', async () => {
    const { sign, logger } = await guarded('info');
    await sign({ user: 'hashed' });
    await sign({ user: 'hashed' });
    expect(logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).to.deep.equal([
      'sip_get_user_pass returned a HA1 of another algorithm than MD5, which a client has used: nobody can sign in with that. '
        + "Make it with makeHa1(user, realm, password, 'MD5'), or leave MD5 out of sip_digest_algorithms.",
    ]);
  });

  const reasons: readonly (readonly [string, CredentialParts, string])[] = [
    ['a wrong password', { password: 'guess' }, 'the password is wrong'],
    ['an unknown user', { user: 'nobody' }, 'there is no such user'],
    ['a HA1 of another algorithm', { user: 'hashed' }, 'its algorithm is MD5, and sip_get_user_pass returned a HA1 of another one'],
    ['another URI', { uri: 'sip:bob@example.com' }, 'its uri is not the Request-URI (sip_digest_uri)'],
    ['a nonce of somebody else', { change: { nonce: '"0123456789abcdef"' } }, 'the password is wrong'],
    ['an nc that was there before', { nc: '00000000' }, 'its nc was there before, or a higher one: it is a replay'],
    ['an algorithm that is not offered', { change: { algorithm: 'SHA-256' } }, 'its algorithm is SHA-256, which sip_digest_algorithms does not have'],
    ['a realm that nobody asked for', { realm: 'elsewhere' }, 'nobody here asked for this realm'],
    ['a missing parameter', { change: { cnonce: undefined } }, 'a parameter is missing, its algorithm or qop is not known, or it has no qop and cannot sign in so (sip_digest_without_qop)'],
  ];
  for (const [what, parts, why] of reasons) {
    it(`${what} is told at debug`, async () => {
      const { sign, lines } = await guarded('debug');
      await sign(parts);
      const { user = 'alice', realm = 'nksip' } = parts;
      expect(lines().filter((line) => line.startsWith('debug'))).to.deep.equal([`debug: credentials of "${user}" for realm "${realm}" from ${from} do not hold: ${why}`]);
    });
  }

  it('a nonce that is too old, another scheme than Digest, and a pause are told at debug', async () => {
    const { sign, lines, service } = await guarded('debug', { sip_max_auth_failures: 2 });
    clock.tick(60_000);
    await sign();
    await send(service, ['Authorization: Basic YTpi']);
    for (let i = 0; i < 3; i++) await sign({ password: 'guess' });
    const told = lines().filter((line) => line.startsWith('debug')).map((line) => line.split(' do not hold: ')[1]);
    expect(told).to.deep.equal([
      'its nonce is too old (sip_nonce_timeout)', 'they are no Digest credentials with a realm', 'the password is wrong', 'the password is wrong',
      'too many sign-ins failed, and there is a pause (sip_max_auth_failures)',
    ]);
  });

  it('a wrong password costs as many hashes as a right one, for nobody reads why', async () => {
    const { sign } = await guarded('info');
    const hash = sinon.spy(crypto, 'hash');
    syncBuiltinESMExports();
    try {
      const hashes = async (password: string): Promise<number> => {
        hash.resetHistory();
        await sign({ password });
        return hash.args.filter(([algorithm, text]) => algorithm === 'md5' && /^alice:nksip:/.test(String(text))).length;
      };
      expect([await hashes('secret'), await hashes('guess')]).to.deep.equal([1, 1]);
    } finally {
      hash.restore();
      syncBuiltinESMExports();
    }
  });

  it('a flood of failed sign-ins is bounded, and what has no line is counted', () => {
    const logger = new LogRecorder();
    const signIns = new SignInLog(() => performance.now(), logger);
    const fail = (times: number): void => { for (let i = 0; i < times; i++) signIns.failed({ user: `u${i}`, realm: 'r', source: { transport: 'udp', address: '192.0.2.1', port: 5060 } }, 'why'); };
    fail(1000);
    expect(logger.lines).to.have.length(100);
    clock.tick(1000);
    fail(1000);
    expect(logger.lines).to.have.length(111);
    expect(logger.lines[100]?.message).to.equal('900 more failed sign-ins had no line of their own: there were too many at once');
  });
});
