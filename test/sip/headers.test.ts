import {
  formatMediaType, formatNameAddr, formatVia, Header, headerIdOf, headerName, isToken, parseCSeq, parseDeltaSeconds, parseDisposition, parseEvent, parseMediaRangeList, parseMediaType,
  parseNameAddr, parseNameAddrList, parseRetryAfter, parseToken, parseTokenList, parseVia, parseViaList, quote, splitCommaList, unquote,
} from '@nksip-ts/sip';
import { expect } from 'chai';

describe('header names', () => {
  it('D24 are known in any case and in their compact forms', () => {
    for (const [compact, id] of Object.entries({
      v: Header.Via, f: Header.From, t: Header.To, i: Header.CallId, m: Header.Contact, l: Header.ContentLength, c: Header.ContentType, e: Header.ContentEncoding,
      o: Header.Event, u: Header.AllowEvents, s: Header.Subject, k: Header.Supported, r: Header.ReferTo, b: Header.ReferredBy, x: Header.SessionExpires,
      y: Header.Identity, j: Header.RejectContact, d: Header.RequestDisposition, a: Header.AcceptContact, n: Header.IdentityInfo,
    })) {
      expect(headerIdOf(compact)).to.equal(id);
      expect(headerIdOf(compact.toUpperCase())).to.equal(id);
    }
    for (const id of Object.values(Header)) expect(headerIdOf(headerName(id).toUpperCase())).to.equal(id);
    for (const name of ['', 'q', 'Vi', 'Viaa', '__proto__', 'toString']) expect(headerIdOf(name)).to.equal(undefined);
  });

  it('are spelt on the wire as the registry has them', () => {
    expect([Header.SipETag, Header.SipIfMatch, Header.CallId, Header.CSeq, Header.AllowEvents, Header.WwwAuthenticate, Header.MinExpires, Header.MimeVersion].map(headerName))
      .to.deep.equal(['SIP-ETag', 'SIP-If-Match', 'Call-ID', 'CSeq', 'Allow-Events', 'WWW-Authenticate', 'Min-Expires', 'MIME-Version']);
  });

  it('have numbers without gaps', () => {
    expect(Object.values(Header)).to.deep.equal(Object.values(Header).map((_, index) => index));
  });
});

describe('name-addr', () => {
  it('D51 reads display names, URIs in <> with all that they hold, and header parameters', () => {
    expect(parseNameAddr('"Bell, \\"A\\"" <sip:a@b;x=y?z=1>;tag=t;Flag; q="1;2"')).to.deep.equal({
      displayName: 'Bell, "A"', uri: 'sip:a@b;x=y?z=1', params: new Map([['tag', 't'], ['flag', ''], ['q', '1;2']]),
    });
    expect(parseNameAddr('A. B  C<sip:a@b>')).to.deep.equal({ displayName: 'A. B  C', uri: 'sip:a@b', params: new Map() });
    expect(parseNameAddr('""<sip:a@b>')).to.deep.equal({ uri: 'sip:a@b', params: new Map() });
  });

  it('D51 without <> parameters belong to the header', () => {
    expect(parseNameAddr(' sip:u@h;params=1 ; tag = x ')).to.deep.equal({ uri: 'sip:u@h', params: new Map([['params', '1'], ['tag', 'x']]) });
    for (const text of ['sip:u@h?a=b', 'sip:u,v@h', 'sip:u@h, sip:v@h', 'sip:u@h;a=1?b=2;;']) expect(parseNameAddr(text), text).to.equal(undefined);
  });

  it('lists over lines, with commas in quotes and in <> left alone', () => {
    const list = parseNameAddrList(['"a,b" <sip:a,b@c>;q=1, sip:d@e;expires=5', '<sip:f@g>']);
    expect(list).to.have.length(3);
    expect(parseNameAddrList('*')).to.equal('*');
    expect(parseNameAddrList(['*', 'sip:a@b'])).to.equal(undefined);
    expect(parseNameAddrList([])).to.deep.equal([]);
  });

  it('is written with <>, the name quoted where it is no token', () => {
    for (const [text, again] of [['sip:a@b;tag=x', '<sip:a@b>;tag=x'], ['"Al" <sip:a@b>', 'Al <sip:a@b>'], ['"A \\"B\\\\" <sip:a@b>;x="y z";f', '"A \\"B\\\\" <sip:a@b>;x="y z";f']] as const) {
      expect(formatNameAddr(parseNameAddr(text)!)).to.equal(again);
    }
  });
});

describe('Via', () => {
  it('reads protocol, sent-by and the parameters that matter', () => {
    const via = parseVia('SIP / 2.0 / tls  Host.Example.COM : 5061 ; Branch=z9hG4bK==;RPORT;received=[2001:db8::1];maddr=239.0.0.1;ttl=16');
    expect(via).to.include({ transport: 'TLS', host: 'host.example.com', port: 5061, branch: 'z9hG4bK==', rport: true, received: '[2001:db8::1]', maddr: '239.0.0.1' });
    expect([...via!.params.keys()]).to.deep.equal(['branch', 'rport', 'received', 'maddr', 'ttl']);
    expect(parseVia('SIP/2.0/WS x7.invalid;rport=5062')).to.include({ transport: 'WS', host: 'x7.invalid', rport: 5062 });
    expect(parseVia('SIP/2.0/UDP 192.0.2.1')).to.not.have.any.keys('port', 'branch', 'rport', 'received', 'maddr');
  });

  it('D53 reads IPv6 references', () => {
    expect(parseVia('SIP/2.0/UDP [2001:DB8::9:1]:5070;received=2001:db8::9:255;branch=z9hG4bKas3')).to.include({ host: '[2001:db8::9:1]', port: 5070, received: '2001:db8::9:255' });
    expect(parseVia('SIP/2.0/UDP 2001:db8::9:1')).to.equal(undefined);
  });

  it('is undefined for what is malformed and for lists', () => {
    for (const text of ['', 'SIP/2.0/UDP', 'SIP/2.0/UDP a, SIP/2.0/UDP b', 'SIP/2.0/UDP a;;', 'SIP/2.0/UDP a;branch=1;branch=2', 'SIP/2.0/UDP a;rport=70000', 'SIP/2.0/UDPa', 'SIP/2.0/UDP a:']) {
      expect(parseVia(text), text).to.equal(undefined);
    }
  });

  it('lists over lines', () => {
    expect(parseViaList(['SIP/2.0/UDP a;x="1,2", SIP/2.0/TCP b', 'SIP/2.0/TLS c'])?.map((via) => via.host)).to.deep.equal(['a', 'b', 'c']);
    expect(parseViaList(['SIP/2.0/UDP a', 'nothing'])).to.equal(undefined);
  });

  it('is written as it was read', () => {
    const text = 'SIP/2.0/UDP [::1]:5060;branch=z9hG4bK==;rport;received=::1;x="a b"';
    expect(formatVia(parseVia(text)!)).to.equal(text);
  });

  it('RFC 3261 25.1 a Via parameter that is not ASCII is written in quotes, as it must be read', () => {
    for (const value of ['¹', 'a é', 'a\x7f']) {
      const text = `SIP/2.0/UDP h;x="${value}";y=[::1]`;
      expect(formatVia(parseVia(text)!)).to.equal(text);
    }
  });
});

describe('CSeq', () => {
  it('D08 is a number below 2^31 and a method', () => {
    expect(parseCSeq(' 0042 \r\n PUBLISH ')).to.deep.equal({ number: 42, method: 'PUBLISH' });
    expect(parseCSeq('2147483647 X')?.number).to.equal(2147483647);
    for (const text of ['', '1', 'X', '1X', '2147483648 X', '1 X Y', '-1 X', '1 "X"']) expect(parseCSeq(text), text).to.equal(undefined);
  });
});

describe('Event', () => {
  it('RFC 6665 8.2.1 keeps the package byte for byte and its parameters apart', () => {
    expect(parseEvent('presence.winfo ; ID=7')).to.deep.equal({ package: 'presence.winfo', params: new Map([['id', '7']]) });
    expect(parseEvent('Presence')?.package).to.equal('Presence');
    for (const text of ['', ';id=1', 'a b', 'a,b', 'a;', 'a;x=1;X=2', '"a"']) expect(parseEvent(text), text).to.equal(undefined);
  });
});

describe('tokens', () => {
  it('RFC 3903 11.3 one token and nothing else', () => {
    expect(parseToken(' abc-1.2!%*_+`\'~ ')).to.equal("abc-1.2!%*_+`'~");
    for (const text of ['', ' ', 'a b', 'a, b', 'a,', '"a"', 'W/a', 'é', 'a;b']) expect(parseToken(text), text).to.equal(undefined);
    expect(parseToken('*')).to.equal('*');
  });

  it('lists of tokens over lines', () => {
    expect(parseTokenList(['100rel, timer', 'path,'])).to.deep.equal(['100rel', 'timer', 'path']);
    expect(parseTokenList('')).to.deep.equal([]);
    expect(parseTokenList(['a', 'b c'])).to.equal(undefined);
  });

  it('isToken', () => {
    expect(isToken('a')).to.equal(true);
    for (const text of ['', ' a', 'a\n', 'ā', '\u0161', 'a\u0161']) expect(isToken(text), text).to.equal(false);
  });
});

describe('seconds', () => {
  it('RFC 3261 20.19 are decimal, 0 to 2^32 - 1', () => {
    expect(parseDeltaSeconds(' 0 ')).to.equal(0);
    expect(parseDeltaSeconds('4294967295')).to.equal(4294967295);
    expect(parseDeltaSeconds(`${'0'.repeat(300)}60`)).to.equal(60);
    for (const text of ['', 'abc', '-1', '+1', '4294967296', '1e3', '1.5', '1 2', '0x10', '9'.repeat(400), '٣', '1;x']) expect(parseDeltaSeconds(text), text).to.equal(undefined);
  });

  it('RFC 3261 20.33 Retry-After has a comment and a duration', () => {
    expect(parseRetryAfter('18000;duration=3600')).to.deep.equal({ seconds: 18000, duration: 3600 });
    expect(parseRetryAfter('120 (I am (in) a \\) meeting)')).to.deep.equal({ seconds: 120 });
    expect(parseRetryAfter('5')).to.deep.equal({ seconds: 5 });
    for (const text of ['', 'x', '5 (', '5 x', '-5', '5 (a))']) expect(parseRetryAfter(text), text).to.equal(undefined);
  });
});

describe('media types', () => {
  it('are lower-cased, parameters apart', () => {
    expect(parseMediaType('Application / PIDF+xml ; Charset="UTF-8"')).to.deep.equal({ type: 'application/pidf+xml', params: new Map([['charset', 'UTF-8']]) });
    for (const text of ['', 'text', 'text/', '/plain', 'text/plain x', 'a/b, c/d', 'text/plain;']) expect(parseMediaType(text), text).to.equal(undefined);
  });

  it('are written as they are read', () => {
    for (const text of ['text/plain', 'application/pidf+xml;charset=UTF-8', 'multipart/mixed;boundary="a b;c";x']) expect(formatMediaType(parseMediaType(text)!)).to.equal(text);
  });

  it('RFC 3261 20.1 Accept has ranges with q', () => {
    expect(parseMediaRangeList(['text/*;q=0.5, */*;q=0', 'a/b'])?.map(({ type, q }) => [type, q])).to.deep.equal([['text/*', 0.5], ['*/*', 0], ['a/b', 1]]);
    expect(parseMediaRangeList('')).to.deep.equal([]);
    for (const text of ['text', 'a/b;q=2', 'a/b;q=x', 'a/b;q=-1', 'a/b;q=0.1234']) expect(parseMediaRangeList(text), text).to.equal(undefined);
  });

  it('RFC 3261 20.11 Content-Disposition', () => {
    expect(parseDisposition('Render ; handling=optional')).to.deep.equal({ type: 'render', params: new Map([['handling', 'optional']]) });
    for (const text of ['', ';handling=optional', 'a b', 'render;']) expect(parseDisposition(text), text).to.equal(undefined);
  });
});

describe('quoting and lists', () => {
  it('D53 quote and unquote are inverse', () => {
    for (const text of ['', 'a', 'a "b" \\ c', '\\', '"', 'é', '\0']) expect(unquote(quote(text))).to.equal(text);
    expect(unquote('"a\\bc"')).to.equal('abc');
    expect(unquote('plain')).to.equal('plain');
    expect(unquote('"')).to.equal('"');
    expect(quote('a\r\nb: c')).to.equal('"a  b: c"');
  });

  it('splitCommaList respects quotes and <>, and leaves empty elements out', () => {
    expect(splitCommaList('a, "b,\\",c" ,<d,e>;f,,  ,g')).to.deep.equal(['a', '"b,\\",c"', '<d,e>;f', 'g']);
    expect(splitCommaList('')).to.deep.equal([]);
    expect(splitCommaList('"never closed, a')).to.deep.equal(['"never closed, a']);
  });
});
