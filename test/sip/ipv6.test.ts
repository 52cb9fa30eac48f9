import { aorKey, checkRequest, Header, parse, parseAor, parseNameAddrList, parseUri, sameUri, type Message } from '@nksip-ts/sip';
import { expect } from 'chai';
import { bytesOf, parsed, refusalOf } from './message-text.ts';

function register(requestUri: string, ...changed: readonly string[]): string[] {
  const lines = [
    `REGISTER ${requestUri} SIP/2.0`, 'To: sip:grace@example.com', 'From: sip:grace@example.com;tag=81x2', 'Call-ID: SSG9559@[2001:db8::9:1]', 'CSeq: 98176 REGISTER',
    'Max-Forwards: 70', 'Contact: "Caller" <sip:caller@[2001:db8::1]>', 'Content-Length: 0',
  ];
  return [...lines, ...(changed.length > 0 ? changed : ['Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111'])];
}

const taken = (lines: readonly string[]): Message => {
  const message = parsed(lines, '');
  expect(checkRequest(message)).to.equal(undefined);
  return message;
};

describe('RFC 5118 messages', () => {
  it('D53 RFC 5118 4.1 takes IPv6 references in request-URI, Via, Call-ID and Contact', () => {
    const message = taken(register('sip:[2001:db8::10]'));
    expect(message.uri).to.include({ user: '', domain: '[2001:db8::10]' });
    expect(message.topVia).to.include({ host: '[2001:db8::9:1]' });
    const [contact] = parseNameAddrList(message.values(Header.Contact)) ?? [];
    expect(typeof contact === 'object' && parseUri(contact.uri)?.domain).to.equal('[2001:db8::1]');
  });

  it('D53 RFC 5118 4.2 refuses an IPv6 address without brackets in the request-URI: 400', () => {
    expect(checkRequest(parsed(register('sip:2001:db8::10'), ''))).to.deep.equal({ code: 400, reason: 'Malformed Request-URI' });
  });

  it('D53 RFC 5118 4.3 takes what may have been meant as a port for a part of the address', () => {
    expect(taken(register('sip:[2001:db8::10:5070]')).uri).to.deep.equal({ scheme: 'sip', user: '', domain: '[2001:db8::10:5070]', params: new Map() });
  });

  it('D53 RFC 5118 4.4 takes the port behind the brackets', () => {
    expect(taken(register('sip:[2001:db8::10]:5070')).uri).to.include({ domain: '[2001:db8::10]', port: 5070 });
  });

  it('D53 RFC 5118 4.5 takes received with and without brackets', () => {
    for (const received of ['[2001:db8::9:255]', '2001:db8::9:255']) {
      const message = taken(register('sip:[2001:db8::10]', `Via: SIP/2.0/UDP [2001:db8::9:1];received=${received};branch=z9hG4bKas3-111`));
      expect(message.topVia).to.include({ received, branch: 'z9hG4bKas3-111' });
    }
  });

  it('D53 RFC 5118 4.7 takes addresses of both families in one message', () => {
    const message = taken(register('sip:grace@192.0.2.10', 'Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111', 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144'));
    expect(message.list(Header.Via)).to.have.length(2);
    expect(message.topVia).to.include({ host: '[2001:db8::9:1]', port: 6050 });
  });

  it('D53 RFC 5118 4.9 takes IPv4-mapped IPv6 addresses', () => {
    const message = taken(register('sip:grace@example.com', 'Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19', 'Via: SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111'));
    expect(message.topVia).to.include({ host: '[::ffff:192.0.2.10]', port: 19823 });
  });

  it('D53 RFC 5118 4.10 takes an IPv4 tail behind two colons', () => {
    expect(taken(register('sip:grace@[2001:db8::192.0.2.1]')).uri?.domain).to.equal('[2001:db8::192.0.2.1]');
    expect(refusalOf(parse(bytesOf(register('sip:grace@[2001:db8::192.0.2.1]'), '')))).to.equal('');
  });
});

describe('RFC 5954', () => {
  const same = (a: string, b: string): boolean => sameUri(parseUri(`sip:a@${a}`)!, parseUri(`sip:a@${b}`)!);

  it('D52 RFC 5954 4.2 compares IPv6 addresses, not their text', () => {
    expect(same('[2001:db8::9:1]', '[2001:DB8:0:0:0:0:9:01]')).to.equal(true);
    expect(same('[::ffff:192.0.2.1]', '[::FFFF:c000:201]')).to.equal(true);
    expect(same('[::]', '[0:0:0:0:0:0:0:0]')).to.equal(true);
    expect(same('[1::]', '[::1]')).to.equal(false);
    expect(same('[::1]', 'example.com')).to.equal(false);
    expect(same('[::ffff:192.0.2.1]', '192.0.2.1')).to.equal(false);
  });

  it('D52 RFC 5954 4.2 an address of record has one key for an IPv6 address in all its spellings, that of RFC 5952', () => {
    for (const [canonical, ...others] of [
      ['[::1]', '[0:0:0:0:0:0:0:1]', '[::0001]', '[0::1]', '[::0.0.0.1]'], ['[::]', '[0:0:0:0:0:0:0:0]', '[0::]'],
      ['[2001:db8::9:1]', '[2001:DB8:0:0:0:0:9:01]'], ['[2001:db8::1:0:0:1]', '[2001:db8:0:0:1::1]'], ['[1:0:2:3:4:5:6:7]', '[1::2:3:4:5:6:7]'], ['[1::]', '[1:0::0]'],
      ['[0:0:1::]', '[::1:0:0:0:0:0]'], ['[::ffff:c000:201]', '[::FFFF:192.0.2.1]'],
    ] as const) {
      for (const spelling of [canonical, ...others]) {
        const aor = parseAor(`sip:a@${spelling}:5060`);
        expect(aor && [aor.domain, aorKey(aor)], spelling).to.deep.equal([canonical, `sip:a@${canonical}`]);
      }
    }
  });

  it('an IPv4 tail has numbers up to 255', () => {
    for (const tail of ['::ffff:256.0.0.1', '::1.2.3.999']) expect(parseUri(`sip:a@[${tail}]`), tail).to.equal(undefined);
  });
});
