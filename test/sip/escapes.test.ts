import { aorKey, canonicalAor, escapeUser, formatAor, formatUri, parse, parseAor, parseUri, sameUri } from '@nksip-ts/sip';
import { expect } from 'chai';
import fc from 'fast-check';
import { bytesOf, publishLines } from './message-text.ts';

const runs = { seed: 19_1_4, numRuns: 3000 };

/** Octets of which many make letters, percent signs and the digits behind them. */
const octets = fc.array(fc.oneof(
  fc.constantFrom('%', '2', '5', '%25', 'E9', 'e9', '\xc3', '\xa9', 'é', '\ufffd', '\ufeff', 'a', 'A', '4', '1', '\xed\xa0\x80', '\xc0\xaf', '\xf0\x9f\x98\x80', '\xf4\x90\x80\x80', '\0').map((text) => (
    /[é\ufffd\ufeff]/.test(text) ? Buffer.from(text) : Buffer.from(text, 'latin1')
  )),
  fc.uint8Array({ minLength: 1, maxLength: 2 }),
), { minLength: 1, maxLength: 8 }).map((pieces) => Buffer.concat(pieces));

/** Every octet as an escape. */
const escaped = (bytes: Buffer): string => bytes.toString('hex').replace(/../g, '%$&');
const inUri = (bytes: Buffer): string => `sip:${escaped(bytes)}@h`;
const octetsOf = (part: string): Buffer => Buffer.from(part.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))), 'latin1');
const requestUri = (uri: string): string | undefined => {
  const result = parse(bytesOf([`PUBLISH ${uri} SIP/2.0`, ...publishLines.slice(1)]));
  return result.message?.uri?.user;
};

describe('the octets of a URI', () => {
  for (const [part, text] of [
    ['Andr%E9', 'Andr%E9'], ['Andr%e9', 'Andr%E9'], ['%FF%fe', '%FF%FE'], ['%C3%A9', 'é'], ['%c3%e9%C3%A9', '%C3%E9é'], ['%ED%A0%80', '%ED%A0%80'], ['%C0%AF', '%C0%AF'], ['%61', 'a'],
    ['50%25', '50%'], ['50%2525', '50%25'], ['a%2520b', 'a%20b'], ['%2541', '%41'], ['%25E9', '%25E9'], ['%25e9', '%25e9'], ['%2525E9', '%2525E9'], ['%2525', '%25'], ['%25%E9', '%%E9'], ['%2525%E9', '%25%E9'],
    ['%25C3%25A9', '%25C3%25A9'], ['%25C3%A9', '%25C3%A9'], ['%EF%BF%BD', '\ufffd'], ['%EF%BB%BFa', '\ufeffa'],
  ] as const) {
    it(`D52 RFC 3261 25.1 ${part} is the user ${JSON.stringify(text)}, in the request-URI, too, and is written with upper case`, () => {
      expect([parseUri(`sip:${part}@h`)?.user, requestUri(`sip:${part}@h`)]).to.deep.equal([text, text]);
      expect(octetsOf(formatAor(parseAor(`sip:${part}@h`)!))).to.deep.equal(octetsOf(`sip:${part}@h`));
      expect(formatUri({ scheme: 'sip', user: text, domain: 'h', params: new Map() })).to.match(/^sip:([A-Za-z0-9]|%[0-9A-F]{2})+@h$/);
    });
  }

  it('RFC 3261 25.1 a percent sign with anything else behind it is malformed', () => {
    for (const part of ['%', '%4', '%zz', 'a%\xe94', '%E9%']) expect(parseUri(`sip:${part}@h`), part).to.equal(undefined);
  });

  it('D52 octets, text, octets is the identity: for users, passwords, parameters and addresses of record', () => {
    fc.assert(fc.property(octets, octets, (user, other) => {
      const uri = parseUri(`sip:${escaped(user)}:${escaped(other)}@h;p=${escaped(other)}?h=${escaped(user)}`);
      const [, first, second, third] = /^sip:(.*):(.*)@h;p=(.*)\?/.exec(formatUri(uri!))!;
      expect([first, second, third].map((part) => octetsOf(part!))).to.deep.equal([user, other, other]);
      expect(parseUri(formatUri(uri!))).to.deep.equal(uri);
      const aor = parseAor(inUri(user))!;
      expect(parseAor(aorKey(aor))).to.deep.equal(aor);
      expect(canonicalAor(aor)).to.deep.equal(aor);
      expect(octetsOf(/^sip:(.*)@h$/.exec(aorKey(aor))![1]!)).to.deep.equal(user);
      expect(Buffer.from(aor.user).toString()).to.equal(aor.user);
    }), runs);
  });

  it('D52 users are the same where their octets are: as texts, as keys, as URIs', () => {
    fc.assert(fc.property(octets, octets, (one, other) => {
      const isSame = one.equals(other);
      const [first, second] = [parseUri(inUri(one))!, parseUri(inUri(other))!];
      expect(first.user === second.user).to.equal(isSame);
      expect(aorKey(parseAor(inUri(one))!) === aorKey(parseAor(inUri(other))!)).to.equal(isSame);
      expect(sameUri(first, second)).to.equal(isSame);
      const [left, right] = [one, other].map((value) => parseUri(`sip:a:${escaped(value)}@h`)!);
      expect(sameUri(left!, right!)).to.equal(isSame);
      const [before, behind] = [one, other].map((value) => parseUri(`sip:a@h?x=${escaped(value)}`)!);
      expect(sameUri(before!, behind!)).to.equal(isSame);
    }), runs);
  });

  it('D52 whatever user a program gives is one address of record, and is read again as that', () => {
    const anyText = fc.oneof(fc.string({ unit: fc.constantFrom('%', '2', '5', 'E', '9', 'e', 'é', 'C3', 'A9', '@', ':') }), fc.string({ unit: 'grapheme' }));
    fc.assert(fc.property(anyText, (user) => {
      const aor = canonicalAor({ scheme: 'sip', user, domain: 'h' })!;
      expect(canonicalAor(aor)).to.deep.equal(aor);
      expect(aorKey(aor)).to.equal(aorKey({ scheme: 'sip', user, domain: 'h' }));
      if (!/%(25)*[89a-f][\da-f]/i.test(user)) expect(aor.user).to.equal(user);
    }), runs);
    const users = ['50%', '50%25', '%E9', '%e9', '%25E9', '%C3%A9', 'é'].map((user) => canonicalAor({ scheme: 'sip', user, domain: 'h' })!);
    expect(users.map(({ user }) => user)).to.deep.equal(['50%', '50%25', '%E9', '%E9', '%25E9', 'é', 'é']);
    expect(users.map(aorKey)).to.deep.equal(['sip:50%25@h', 'sip:50%2525@h', 'sip:%E9@h', 'sip:%E9@h', 'sip:%25E9@h', 'sip:%C3%A9@h', 'sip:%C3%A9@h']);
  });

  it('RFC 3261 19.1.1 names of parameters are the same in any case, and no two octets are one name', () => {
    const uri = parseUri('sip:a@h;%E9=1;%25E9=2;%e8=3;X%2dY=4;%C3%A9=%E9');
    expect(formatUri(uri!)).to.equal('sip:a@h;%E9=1;%25e9=2;%E8=3;x-y=4;%C3%A9=%E9');
    expect(parseUri('sip:a@h;%E9;%e9')).to.equal(undefined);
  });

  it('D52 RFC 3261 19.1.4 an octet in a value stays in it: headers are not taken for others', () => {
    const same = (one: string, other: string): boolean => sameUri(parseUri(one)!, parseUri(other)!);
    expect(same('sip:a@h?b=x%0A%0Ac%0Ay', 'sip:a@h?b=x&c=y')).to.equal(false);
    expect(same('sip:a@h?b=x%26c=y', 'sip:a@h?b=x&c=y')).to.equal(false);
    expect(same('sip:a@h?b=%E9&C=y', 'sip:a@h?c=%79&b=%e9')).to.equal(true);
    expect(same('sip:a@h;p=%C9', 'sip:a@h;p=%E9')).to.equal(false);
  });

  it('a user that is of no URI is escaped as it is: what looks like an escape is none', () => {
    expect(['é', '%C3%A9', '%E9', '50%', 'a@b:'].map(escapeUser)).to.deep.equal(['%C3%A9', '%25C3%25A9', '%25E9', '50%25', 'a%40b%3A']);
  });

  it('RFC 3261 25.1 bytes of From that are not UTF-8 make two addresses of record of two users', () => {
    const fromOf = (user: string): string | undefined => parse(bytesOf([...publishLines.slice(0, 2), `From: <sip:${user}@Example.com;x=y>;tag=1`, ...publishLines.slice(3)])).message?.fromAor;
    expect(['\xe9', '\xe8', '%e9', '\xc3\xa9', '%C3%A9'].map(fromOf)).to.deep.equal(['%E9', '%E8', '%E9', '%C3%A9', '%C3%A9'].map((user) => `sip:${user}@example.com`));
  });
});
