import { parseCredentials } from '@nksip-ts/sip';
import { expect } from 'chai';
import { challengeLines } from '../../packages/core/src/digest/challenge.ts';
import { areFor, readCredentials, wrongSecret } from '../../packages/core/src/digest/check.ts';
import { makeHa1 } from '../../packages/core/src/digest/ha1.ts';
import { KnownChallenges, type KnownChallenge } from '../../packages/core/src/digest/known-challenges.ts';
import { signInFor } from '../../packages/core/src/digest/passwords.ts';
import { chooseChallenges, readChallenge, respond, type Challenge } from '../../packages/core/src/digest/respond.ts';
import { credentialsFor } from './credentials.ts';

const answering = { user: 'alice', password: 'secret', method: 'PUBLISH', uri: 'sip:alice@example.com', cnonce: '0a4f113b', count: 1 };

function challengeOf(text: string): Challenge {
  const challenge = readChallenge(text);
  if (challenge === undefined) throw new Error(`cannot be answered: ${text}`);
  return challenge;
}

describe('challenges and their answers', () => {
  it('D32 D33 RFC 3261 25.1: one challenge for each algorithm, quoted as the grammar has it', () => {
    const parts = { realm: 'a "b"', nonce: 'n', algorithms: ['SHA-512-256', 'MD5'], stale: false } as const;
    expect(challengeLines('WWW-Authenticate', parts)).to.equal(
      'WWW-Authenticate: Digest realm="a \\"b\\"", nonce="n", algorithm=SHA-512-256, qop="auth"\r\n'
      + 'WWW-Authenticate: Digest realm="a \\"b\\"", nonce="n", algorithm=MD5, qop="auth"\r\n');
    expect(challengeLines('Proxy-Authenticate', { ...parts, algorithms: ['MD5'], stale: true })).to.equal('Proxy-Authenticate: Digest realm="a \\"b\\"", nonce="n", algorithm=MD5, qop="auth", stale=true\r\n');
  });

  for (const algorithm of ['MD5', 'SHA-256', 'SHA-512-256']) {
    it(`B14 D35 RFC 3261 25.1: credentials for ${algorithm} are what somebody else computes, quoted as the grammar has it`, () => {
      const text = `Digest realm="r", nonce="n", algorithm=${algorithm}, qop="auth,auth-int"`;
      const value = respond(challengeOf(text), answering);
      expect(parseCredentials(value ?? '')).to.deep.equal(parseCredentials(credentialsFor(text)));
      expect(value).to.match(new RegExp(`^Digest username="alice", realm="r", nonce="n", uri="sip:alice@example.com", response="[0-9a-f]{32,64}", algorithm=${algorithm}, cnonce="0a4f113b", qop=auth, nc=00000001$`));
    });
  }

  it('RFC 3261 22.4: opaque is given back, and nc is eight letters of hex', () => {
    const value = respond(challengeOf('Digest realm="r", nonce="n", opaque="", qop="auth"'), { ...answering, count: 0x1abcdef });
    expect(value).to.include('opaque=""').and.to.include('nc=01abcdef').and.to.include('algorithm=MD5');
  });

  it('RFC 2617 3.2.2.1: a challenge without qop is answered without', () => {
    const value = respond(challengeOf('Digest realm="r", nonce="n"'), answering);
    expect(value).not.to.match(/qop|nc=|cnonce/);
  });

  it('D35 passes over what it does not know', () => {
    for (const text of ['', 'Basic realm="r"', 'Bearer scope="x"', 'Digest realm="r", nonce="n", algorithm=AKAv1-MD5', 'Digest realm="r", nonce="n", algorithm=MD5-sess',
      'Digest realm="r", nonce="n", qop="auth-int"', 'Digest realm="r"', 'Digest nonce="n"', 'Digest realm="r" nonce="n"']) {
      expect(readChallenge(text), text).to.equal(undefined);
    }
  });

  it('D35 takes the topmost challenge that it supports, one for each realm that it has a password for', () => {
    const texts = ['a SHA-1', 'a SHA-256', 'a MD5', 'b MD5', 'b SHA-512-256', 'c MD5'].map((text) => {
      const [realm, algorithm] = text.split(' ');
      return `Digest realm="${realm}", nonce="n", algorithm=${algorithm}`;
    });
    const chosen = (passwords: Parameters<typeof chooseChallenges>[1]): readonly string[] => chooseChallenges(texts, passwords).map(({ realm, algorithm }) => `${realm} ${algorithm}`);
    expect(chosen('secret')).to.deep.equal(['a SHA-256', 'b MD5', 'c MD5']);
    expect(chosen({ a: 'one', b: 'two' })).to.deep.equal(['a SHA-256', 'b MD5']);
    expect(chosen([['b', makeHa1('alice', 'b', 'two', 'SHA-512-256')]])).to.deep.equal(['b SHA-512-256']);
    expect(chosen({ a: makeHa1('alice', 'a', 'one') })).to.deep.equal(['a MD5']);
    expect(chosen({ toString: 'x' })).to.deep.equal([]);
    expect(signInFor({}, 'toString')).to.equal(undefined);
  });

  it('D32 credentials that lack something, or have what is not known, are none', () => {
    const text = 'Digest realm="r", nonce="n", algorithm=MD5';
    const read = (change: Readonly<Record<string, string | undefined>>) => readCredentials(parseCredentials(credentialsFor(text, { change })) ?? { scheme: '', params: new Map() }, false);
    for (const name of ['username', 'realm', 'nonce', 'uri', 'response', 'cnonce', 'qop', 'nc']) expect(read({ [name]: undefined }), name).to.equal(undefined);
    for (const change of [{ nc: '1' }, { nc: '000000001' }, { nc: '0000000g' }, { qop: 'auth-int' }, { algorithm: 'MD5-sess' }, { algorithm: 'token' }]) expect(read(change), JSON.stringify(change)).to.equal(undefined);
    expect(read({ algorithm: undefined })?.algorithm).to.equal('MD5');
    expect(read({ nc: '0000001A' })?.count).to.equal(26);
    expect(read({ qop: '"auth"' })?.user).to.equal('alice');
  });

  it('D32 credentials are for an equivalent URI, and the response for method, uri and algorithm', () => {
    const read = (parts: Parameters<typeof credentialsFor>[1]) => {
      const credentials = readCredentials(parseCredentials(credentialsFor('Digest realm="r", nonce="n", algorithm=SHA-256', parts)) ?? { scheme: '', params: new Map() }, false);
      if (credentials === undefined) throw new Error('none');
      return credentials;
    };
    const uri = { scheme: 'sip', user: 'alice', domain: 'example.com', params: new Map() };
    expect(['sip:alice@example.com', 'SIP:%61lice@EXAMPLE.com', 'sip:alice@example.com;odd=1'].map((text) => areFor(read({ uri: text }), uri))).to.deep.equal([true, true, true]);
    expect(['sip:bob@example.com', 'sips:alice@example.com', 'sip:alice@example.com:5060', 'alice', ''].map((text) => areFor(read({ uri: text }), uri))).to.deep.equal([false, false, false, false, false]);
    expect(wrongSecret(read({}), 'PUBLISH', 'secret')).to.equal(undefined);
    expect(wrongSecret(read({}), 'PUBLISH', makeHa1('alice', 'r', 'secret', 'SHA-256'))).to.equal(undefined);
    for (const secret of ['Secret', '', makeHa1('alice', 'r', 'secret'), makeHa1('bob', 'r', 'secret', 'SHA-256')]) expect(wrongSecret(read({}), 'PUBLISH', secret), secret).to.be.a('string');
    expect(wrongSecret(read({}), 'SUBSCRIBE', 'secret')).to.be.a('string');
    expect(wrongSecret(read({ response: '' }), 'PUBLISH', 'secret')).to.be.a('string');
  });
});

describe('challenges that were answered', () => {
  const known: KnownChallenge = { field: 'Authorization', challenge: challengeOf('Digest realm="r", nonce="n"'), user: 'alice', count: 1 };

  it('B14 are kept by target, so many at most', () => {
    const challenges = new KnownChallenges(2);
    for (const target of ['a', 'b', 'a', 'c']) challenges.keep(target, [known]);
    expect(['a', 'b', 'c'].map((target) => challenges.of(target).length)).to.deep.equal([1, 0, 1]);
    challenges.keep('a', []);
    expect(challenges.of('a')).to.deep.equal([]);
  });
});
