import { checkRequest, checkResponse, type Refusal } from '@nksip-ts/sip';
import { expect } from 'chai';
import { parsed, publishLines, replaced } from './message-text.ts';

const check = (lines: readonly string[]): Refusal | undefined => checkRequest(parsed(lines));
const changed = (start: string, ...by: readonly string[]): Refusal | undefined => check(replaced(publishLines, start, ...by));
const refusal = (reason: string, code = 400): Refusal => ({ code, reason });

describe('checkRequest', () => {
  it('takes a sound request', () => {
    expect(check(publishLines)).to.equal(undefined);
  });

  it('D13 RFC 3261 21.5.6 another version is 505, whatever else is wrong', () => {
    expect(changed('PUBLISH', 'PUBLISH sip:alice@example.com SIP/3.0')).to.deep.equal(refusal('Version Not Supported', 505));
    expect(check(['PUBLISH sip:alice@example.com SIP/1.0'])).to.deep.equal(refusal('Version Not Supported', 505));
  });

  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    it(`D07 a missing ${name} is 400`, () => {
      expect(changed(`${name}:`)).to.deep.equal(refusal(`Missing ${name}`));
    });
  }

  it('D53 a Request-URI with bytes that are not UTF-8 is 400: two users never become one', () => {
    for (const user of ['\xff', 'a\xe9b', '\xc3', '\xed\xa0\x80', '\xc0\xaf']) {
      expect(changed('PUBLISH', `PUBLISH sip:${user}@example.com SIP/2.0`), user).to.deep.equal(refusal('Malformed Request-URI'));
    }
    const [letter, mark] = ['j\xc3\xb8rn', '\xef\xbb\xbfa'].map((user) => parsed(replaced(publishLines, 'PUBLISH', `PUBLISH sip:${user}@example.com SIP/2.0`)).uri?.user);
    expect([letter, mark]).to.deep.equal(['jørn', '\ufeffa']);
  });

  it('D07 a missing Max-Forwards is tolerated', () => {
    expect(changed('Max-Forwards')).to.equal(undefined);
  });

  for (const [name, line] of [
    ['From', 'f: <sip:other@example.com>;tag=2'], ['To', 't: <sip:other@example.com>'], ['Call-ID', 'i: another'], ['CSeq', 'CSeq: 8 PUBLISH'],
    ['Max-Forwards', 'Max-Forwards: 70'], ['Content-Type', 'c: text/plain'], ['Expires', 'Expires: 60'],
  ] as const) {
    it(`D25 a repeated ${name} is 400`, () => {
      expect(check([...publishLines, line])).to.deep.equal(refusal(`Repeated ${name}`));
    });
  }

  it('D25 headers that are lists may stand in several lines', () => {
    expect(check([...publishLines, 'Supported: a', 'k: b', 'Via: SIP/2.0/UDP 198.51.100.1', 'Accept: x/y', 'Accept: y/z'])).to.equal(undefined);
  });

  for (const value of ['8 INVITE', '8 publish', '8 PUBLISHED']) {
    it(`D08 CSeq "${value}" of a PUBLISH is 400`, () => {
      expect(changed('CSeq', `CSeq: ${value}`)).to.deep.equal(refusal('CSeq Method Does Not Match the Request'));
    });
  }

  for (const value of ['2147483648 PUBLISH', '99999999999999999999 PUBLISH', '-1 PUBLISH', 'PUBLISH', '8', '8PUBLISH', '', '8 PUB(LISH', '8 PUBLISH x', '1.0 PUBLISH']) {
    it(`D08 CSeq "${value}" is 400`, () => {
      expect(changed('CSeq', `CSeq: ${value}`)).to.deep.equal(refusal('Malformed CSeq'));
    });
  }

  it('D08 CSeq may go up to 2147483647', () => {
    for (const value of ['2147483647', '0', '00000000000000000012']) expect(changed('CSeq', `CSeq: ${value}   PUBLISH`)).to.equal(undefined);
  });

  for (const value of ['256', '300', '-1', 'x', '', '7 0', '1.5', '9'.repeat(40)]) {
    it(`D59 Max-Forwards "${value}" is 400`, () => {
      expect(changed('Max-Forwards', `Max-Forwards: ${value}`)).to.deep.equal(refusal('Malformed Max-Forwards'));
    });
  }

  it('D59 Max-Forwards may be 0 to 255', () => {
    for (const value of ['0', '10', '255', '0068', `${'0'.repeat(20)}70`]) expect(changed('Max-Forwards', `Max-Forwards: ${value}`), value).to.equal(undefined);
  });

  it('D60 a From without tag is taken', () => {
    const message = parsed(replaced(publishLines, 'From', 'From: sip:old@example.com'));
    expect(checkRequest(message)).to.equal(undefined);
    expect(message.fromTag).to.equal('');
  });

  it('D60 a To tag is told, for others to answer 481', () => {
    const message = parsed(replaced(publishLines, 'To', 'To: sip:alice@example.com ; TAG = x1'));
    expect(checkRequest(message)).to.equal(undefined);
    expect(message.toTag).to.equal('x1');
  });

  const badAddresses = [
    '', 'alice', 'alice@example.com', '"Alice <sip:a@b>', '<sip:a@b', 'sip:a@b>', '<sip:a@b>;', '<sip:a@b>;;tag=x', '<sip:a@b>;tag=x;tag=y', '<sip:a@b>;tag',
    '<sip:a@b>;tag="x"', '<sip:a@b>;tag=', '<sip:a@b>, <sip:c@d>', 'sip:a@b?x=y', 'Bell, A <sip:a@b>', '< sip:a@b >', '<>', '<sip:>', '*', '<sip:a@b>x',
  ];
  for (const value of badAddresses) {
    it(`RFC 3261 20.20, 20.39 From or To "${value}" is 400`, () => {
      expect(changed('From', `From: ${value}`)).to.deep.equal(refusal('Malformed From'));
      expect(changed('To', `To: ${value}`)).to.deep.equal(refusal('Malformed To'));
    });
  }

  for (const value of ['', 'a b', 'a, b', 'a\tb', 'a\x01b', 'a\x7f']) {
    it(`RFC 3261 20.8 Call-ID ${JSON.stringify(value)} is 400`, () => {
      expect(changed('Call-ID', `Call-ID: ${value}`)).to.deep.equal(refusal('Malformed Call-ID'));
    });
  }

  for (const value of ['SIP/2.0/UDP 192.0.2.4;;', 'SIP/2.0/UDP 192.0.2.4;branch=', 'SIP/2.0/UDP 192.0.2.4;branch=a;branch=b', 'SIP/2.0/UDP 192.0.2.4 x', 'SIP/2.0/UDP 192.0.2.4;rport=x', 'SIP/2.0/UDP', 'UDP 192.0.2.4', '']) {
    it(`RFC 3261 20.42 Via "${value}" is 400`, () => {
      expect(changed('Via', `Via: ${value}`)).to.deep.equal(refusal('Malformed Via'));
    });
  }

  for (const uri of ['<sip:alice@example.com>', 'alice', 'sip:', '*', 'sip:alice@', 'sip:@example.com', 'sip:alice@example.com:port', 'sip:alice@example.com:99999', 'sip:a%zz@b', 'sip:a%f@b', '"sip:a@b"']) {
    it(`RFC 3261 7.1 request-URI "${uri}" is 400`, () => {
      expect(changed('PUBLISH', `PUBLISH ${uri} SIP/2.0`)).to.deep.equal(refusal('Malformed Request-URI'));
    });
  }

  it('RFC 3261 19.1.1 header fields in the request-URI are 400', () => {
    expect(changed('PUBLISH', 'PUBLISH sip:alice@example.com?Subject=x SIP/2.0')).to.deep.equal(refusal('Header Fields in the Request-URI'));
  });

  it('D09 a scheme that is unknown is left to others', () => {
    const message = parsed(replaced(publishLines, 'PUBLISH', 'PUBLISH tel:+358-555-1234567 SIP/2.0'));
    expect(checkRequest(message)).to.equal(undefined);
    expect(message.uri).to.include({ scheme: 'tel', domain: '', opaque: '+358-555-1234567' });
  });

  it('leaves Expires and Event to the method that they belong to', () => {
    expect(changed('Expires', 'Expires: soon')).to.equal(undefined);
    expect(changed('Event', 'Event: ;;')).to.equal(undefined);
  });
});

describe('checkResponse', () => {
  const responseLines = replaced(publishLines, 'PUBLISH', 'SIP/2.0 200 OK');

  it('takes a sound response, whatever method its CSeq names', () => {
    expect(checkResponse(parsed(responseLines))).to.equal(undefined);
    expect(checkResponse(parsed(replaced(responseLines, 'CSeq', 'CSeq: 1 OTHER')))).to.equal(undefined);
  });

  it('refuses one that lacks, repeats or garbles what it is matched by', () => {
    expect(checkResponse(parsed(replaced(responseLines, 'Via')))).to.deep.equal(refusal('Missing Via'));
    expect(checkResponse(parsed([...responseLines, 'CSeq: 7 PUBLISH']))).to.deep.equal(refusal('Repeated CSeq'));
    expect(checkResponse(parsed(replaced(responseLines, 'CSeq', 'CSeq: 2147483648 PUBLISH')))).to.deep.equal(refusal('Malformed CSeq'));
  });
});
