import { defaultLimits, Header, parse } from '@nksip-ts/sip';
import { expect } from 'chai';
import { bytesOf, parsed, pidf, publishLines, refusalOf, replaced, utf8Text } from './message-text.ts';

describe('parse', () => {
  it('tells a request from its start line', () => {
    const message = parsed(publishLines);
    expect(message).to.include({ isRequest: true, method: 'PUBLISH', requestUri: 'sip:alice@example.com', version: '2.0', status: 0, reason: '' });
    expect(message.uri).to.deep.equal({ scheme: 'sip', user: 'alice', domain: 'example.com', params: new Map() });
    expect(Buffer.from(message.body).toString()).to.equal(pidf);
    expect(message.bodyLength).to.equal(pidf.length);
  });

  it('reads the URI of To, in whatever form To has it', () => {
    const uriOf = (to: string): unknown => parsed(replaced(publishLines, 'To: ', `To: ${to}`)).toUri;
    const alice = { scheme: 'sip', user: 'alice', domain: 'example.com', params: new Map() };
    for (const to of ['<sip:alice@example.com>', 'Alice <sip:alice@example.com>;tag=1', '"<Alice>" <sip:%61lice@EXAMPLE.com>', 'sip:alice@example.com;tag=1']) expect(uriOf(to), to).to.deep.equal(alice);
    expect(uriOf('<sip:alice@example.com:5070;a>')).to.deep.equal({ ...alice, port: 5070, params: new Map([['a', '']]) });
    expect([uriOf('<sip:a@>'), uriOf('<sip:alice@example.com>;tag=1;tag=2')]).to.deep.equal([undefined, undefined]);
  });

  it('tells a response from its start line', () => {
    const message = parsed(replaced(publishLines, 'PUBLISH', `SIP/2.0 200 ${utf8Text('schön')}`));
    expect(message).to.include({ isRequest: false, method: '', requestUri: '', status: 200, reason: 'schön' });
    expect(message.uri).to.equal(undefined);
  });

  it('answers a view of the body, not a copy', () => {
    const bytes = bytesOf(publishLines);
    const result = parse(bytes);
    if (!result.ok) throw new Error(result.reason);
    const { body } = result.message;
    expect(body.buffer).to.equal(bytes.buffer);
    bytes[bytes.length - 1] = 0x21;
    expect(body.at(-1)).to.equal(0x21);
  });

  it('reads from a plain Uint8Array that lies somewhere in its buffer', () => {
    const bytes = bytesOf(publishLines);
    const room = new Uint8Array(bytes.length + 7);
    room.set(bytes, 5);
    const result = parse(room.subarray(5, 5 + bytes.length));
    expect(result.ok && result.message.callId).to.equal('c1@192.0.2.4');
    expect(result.ok && Buffer.from(result.message.body).toString()).to.equal(pidf);
  });

  describe('start lines', () => {
    const answerable: readonly (readonly [line: string, why: string])[] = [
      ['PUBLISH  sip:alice@example.com SIP/2.0', 'two SPs'],
      ['PUBLISH sip:alice@example.com  SIP/2.0', 'two SPs'],
      ['PUBLISH sip:alice@example.com SIP/2.0 ', 'an SP at the end'],
      ['PUBLISH sip:alice@example.com SIP/2.0\t', 'a tab at the end'],
      ['PUBLISH\tsip:alice@example.com\tSIP/2.0', 'tabs'],
      [' PUBLISH sip:alice@example.com SIP/2.0', 'an SP at the start'],
      ['PUBLISH sip:alice@example.com', 'no version'],
      ['PUBLISH sip:alice@example.com SIP/2', 'half a version'],
      ['PUBLISH sip:alice@example.com HTTP/1.1', 'another protocol'],
      ['PUBLISH SIP/2.0', 'no request-URI'],
      ['PUBLISH', 'nothing but a method'],
      ['PUB(LISH sip:alice@example.com SIP/2.0', 'a method that is no token'],
      ['PUBLISH sip:al ice@example.com SIP/2.0', 'an SP in the URI'],
    ];
    for (const [line, why] of answerable) {
      it(`RFC 3261 7.1 refuses a request line with ${why}: 400 that can be routed`, () => {
        expect(refusalOf(parse(bytesOf(replaced(publishLines, 'PUBLISH', line))))).to.equal('400 Malformed Request-Line');
      });
    }

    it('RFC 3261 7.1 takes the version in any case', () => {
      expect(parsed(replaced(publishLines, 'PUBLISH', 'PUBLISH sip:alice@example.com sIp/2.0')).version).to.equal('2.0');
    });

    it('D13 takes another version, for checkRequest to answer it', () => {
      expect(parsed(replaced(publishLines, 'PUBLISH', 'PUBLISH sip:alice@example.com SIP/2.1')).version).to.equal('2.1');
    });

    it('D14 takes any token as a method and keeps its case', () => {
      for (const method of ['publish', 'X', "!m-._*+`%'~9"]) {
        expect(parsed(replaced(publishLines, 'PUBLISH', `${method} sip:alice@example.com SIP/2.0`)).method).to.equal(method);
      }
    });

    for (const line of ['SIP/2.0 099 X', 'SIP/2.0 700 X', 'SIP/2.0 20 X', 'SIP/2.0 2000 X', 'SIP/2.0  200 X', 'SIP/2.0 abc X', 'SIP/2.0', 'SIP/3.0 200 OK', 'SIP/2.0 200X']) {
      it(`RFC 3261 7.2 drops a response that begins "${line}"`, () => {
        expect(refusalOf(parse(bytesOf(replaced(publishLines, 'PUBLISH', line))))).to.equal('400 Malformed Status-Line (no way back)');
      });
    }

    it('RFC 3261 7.2 lets the reason be empty, with and without its SP', () => {
      for (const line of ['SIP/2.0 200 ', 'SIP/2.0 200', 'sip/2.0 200 ']) {
        expect(parsed(replaced(publishLines, 'PUBLISH', line))).to.include({ status: 200, reason: '' });
      }
    });
  });

  describe('header fields', () => {
    it('D24 reads names in any case, compact forms, blanks before the colon and folds, in any order', () => {
      const message = parsed([
        'PUBLISH sip:alice@example.com SIP/2.0', 'EVENT\t :\tpresence', 'l: 4', 'c: text/plain', 'K: path,\t', '\toutbound', 'cSEQ: 9', '  PUBLISH',
        'i:c2', 'v: SIP/2.0/UDP 192.0.2.9', ' ;branch=z9hG4bK77', 'F: <sip:a@b>', '\t;tag=x', 't:sip:a@b', 'm: <sip:a@c>', 'e: gzip', 's: hello', ' ', ' world', 'U: presence, dialog',
      ], 'body');
      expect(message.first(Header.Event)).to.equal('presence');
      expect(message.first(Header.ContentType)).to.equal('text/plain');
      expect(message.list(Header.Supported)).to.deep.equal(['path', 'outbound']);
      expect(message.cseq).to.deep.equal({ number: 9, method: 'PUBLISH' });
      expect(message.callId).to.equal('c2');
      expect(message.topVia).to.include({ transport: 'UDP', host: '192.0.2.9', branch: 'z9hG4bK77' });
      expect(message.fromTag).to.equal('x');
      expect(message.toTag).to.equal('');
      expect(message.first(Header.Contact)).to.equal('<sip:a@c>');
      expect(message.first(Header.ContentEncoding)).to.equal('gzip');
      expect(message.first(Header.Subject)).to.equal('hello world');
      expect(message.list(Header.AllowEvents)).to.deep.equal(['presence', 'dialog']);
    });

    it('D24 o is Event', () => {
      expect(parsed(replaced(publishLines, 'Event', 'o: presence')).first(Header.Event)).to.equal('presence');
    });

    it('header() knows all names, compact or long, and decodes UTF-8', () => {
      const message = parsed([...publishLines, `Subject: ${utf8Text('Grüße')}`, 's: two', `X-Odd: ${utf8Text('ŝtrange')}`, 'x-odd:', 'X-Oddity: no']);
      expect(message.header('subject')).to.deep.equal(['Grüße', 'two']);
      expect(message.header('S')).to.deep.equal(['Grüße', 'two']);
      expect(message.header('X-ODD')).to.deep.equal(['ŝtrange', '']);
      expect(message.header('absent')).to.deep.equal([]);
      expect(message.header('event')).to.deep.equal(['presence']);
      expect(message.first(Header.Subject)).to.equal(utf8Text('Grüße'));
    });

    it('D61 holds names that plain objects have as names like any other', () => {
      const message = parsed([...publishLines, '__proto__: a', 'constructor: b', 'hasOwnProperty: c', 'toString: d', 'constructor: e']);
      expect(message.header('__proto__')).to.deep.equal(['a']);
      expect(message.header('Constructor')).to.deep.equal(['b', 'e']);
      expect(message.header('hasownproperty')).to.deep.equal(['c']);
      expect(message.header('valueOf')).to.deep.equal([]);
      expect(({} as Record<string, unknown>)['a']).to.equal(undefined);
    });

    it('copies the lines of several headers in their order, an LF and the body', () => {
      const message = parsed(['PUBLISH sip:a@b SIP/2.0', 'v: SIP/2.0/UDP c', 'f: <sip:a@b>;tag=1', 't: <sip:a@b>', 'X: 1', 'Call-ID: c', 'CSeq: 1 PUBLISH', 'Accept: a/b,', '  c/d', 'accept: e/f'], 'body');
      const into = Buffer.alloc(1000);
      const linesIn = (headers: number): string => into.toString('latin1', 5, message.writeContent(headers, into, 5));
      const bits = (...ids: readonly number[]): number => ids.reduce((all, id) => all | (1 << id), 0);
      expect(linesIn(bits(Header.To, Header.From, Header.Accept))).to.equal('f: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\nAccept: a/b,\r\n  c/d\r\naccept: e/f\r\n\nbody');
      expect(linesIn(bits(Header.Via, Header.CallId))).to.equal('v: SIP/2.0/UDP c\r\nCall-ID: c\r\n\nbody');
      expect(linesIn(bits(Header.Expires))).to.equal('\nbody');
      expect(linesIn(0)).to.equal('\nbody');
    });

    it('counts, lists and copies the lines of a header', () => {
      const message = parsed([...publishLines, 'Accept: a/b,', '  c/d', 'X: 1', 'accept:e/f;x="1,2", <g,h>', 'Accept:']);
      expect(message.count(Header.Accept)).to.equal(3);
      expect(message.values(Header.Accept)).to.deep.equal(['a/b, c/d', 'e/f;x="1,2", <g,h>', '']);
      expect(message.list(Header.Accept)).to.deep.equal(['a/b', 'c/d', 'e/f;x="1,2"', '<g,h>']);
      expect(message.lines(Header.Accept)).to.equal('Accept: a/b,\r\n  c/d\r\naccept:e/f;x="1,2", <g,h>\r\nAccept:\r\n');
      expect(message.count(Header.Warning)).to.equal(0);
      expect(message.lines(Header.Warning)).to.equal('');
      expect(message.first(Header.Warning)).to.equal(undefined);
      expect(message.count(Header.Reason)).to.equal(0);
    });

    it('keeps the bytes of UTF-8 that look like white space at the end of a value', () => {
      const subject = utf8Text('voilà');
      expect(subject.endsWith('\xa0')).to.equal(true);
      expect(parsed([...publishLines, `Subject: ${subject} `]).first(Header.Subject)).to.equal(subject);
      expect(parsed([...publishLines, `Subject: ${subject}`, ` ${subject}`]).first(Header.Subject)).to.equal(`${subject} ${subject}`);
    });

    for (const [line, why] of [['Foobar roobar', 'no colon'], [': value', 'no name'], ['Na(me: x', 'a name that is no token'], ['Na me: x', 'a name of two words']] as const) {
      it(`RFC 3261 8.2.2 ignores a line with ${why}, and what is folded under it`, () => {
        const [start = '', ...rest] = publishLines;
        const message = parsed([start, line, ' Event: dialog', ...rest]);
        expect(message.list(Header.Event)).to.deep.equal(['presence']);
        expect(message.first(Header.CallId)).to.equal(parsed(publishLines).first(Header.CallId));
      });
    }

    it('RFC 3261 7.1 refuses a fold under the start line: 400', () => {
      const [start = '', ...rest] = publishLines;
      expect(refusalOf(parse(bytesOf([start, ' folded start', ...rest])))).to.equal('400 Folded Start Line');
    });

    it('refuses a bare CR and an unescaped NUL in a head', () => {
      expect(refusalOf(parse(bytesOf([...publishLines, 'X: a\rY: b'])))).to.equal('400 Bare CR in the Message Head');
      expect(refusalOf(parse(bytesOf([...publishLines, 'X: a\0b'])))).to.equal('400 NUL in the Message Head');
      expect(refusalOf(parse(bytesOf([...publishLines, 'X\0: ab'])))).to.match(/^400 /);
    });

    it('takes a bare LF for a line end, and gives CRLF back', () => {
      const result = parse(Buffer.from(`${publishLines.join('\n')}\n\n${pidf}`));
      if (!result.ok) throw new Error(result.reason);
      expect(result.message.first(Header.Event)).to.equal('presence');
      expect(result.message.lines(Header.CallId)).to.equal('Call-ID: c1@192.0.2.4\r\n');
      expect(Buffer.from(result.message.body).toString()).to.equal(pidf);
    });
  });

  describe('the topmost Via', () => {
    const second = 'SIP/2.0/TCP 198.51.100.1;branch=z9hG4bKb2';

    it('is parted from others in its line', () => {
      const message = parsed(replaced(publishLines, 'Via', `Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKa1;x="a,b" , ${second}`));
      expect(message.topVia).to.include({ host: '192.0.2.4', branch: 'z9hG4bKa1' });
      expect(message.topVia?.params.get('x')).to.equal('a,b');
      expect(message.viaText).to.equal('SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKa1;x="a,b"');
      expect(message.viaRest).to.equal(`, ${second}`);
      expect(message.list(Header.Via)).to.have.length(2);
    });

    it('is alone in its line most of the time', () => {
      const message = parsed([...publishLines, `Via: ${second}`]);
      expect(message.viaText).to.equal('SIP/2.0/UDP 192.0.2.4:5062;branch=z9hG4bKa1;rport');
      expect(message.viaRest).to.equal('');
      expect(message.isViaSound).to.equal(true);
    });

    it('is the only one where no proxy has passed the request on', () => {
      const hasOne = (...lines: readonly string[]): boolean => parsed([...publishLines.slice(0, 1), ...lines, ...publishLines.slice(2)]).hasOneVia;
      expect([hasOne('Via: SIP/2.0/UDP a;branch=z9hG4bK1'), hasOne('Via: SIP/2.0/UDP a ;x="1, 2" '), hasOne('Via: SIP/2.0/UDP a,')]).to.deep.equal([true, true, true]);
      expect([hasOne('Via: SIP/2.0/UDP a, SIP/2.0/UDP b'), hasOne('Via: SIP/2.0/UDP a', 'v: SIP/2.0/UDP b'), hasOne()]).to.deep.equal([false, false, false]);
    });

    it('tells transport and sent-by even if its parameters are malformed', () => {
      const message = parsed(replaced(publishLines, 'Via', `Via: SIP/2.0/UDP 192.0.2.4:5070;;,;,, ${second}`));
      expect(message.topVia).to.include({ transport: 'UDP', host: '192.0.2.4', port: 5070 });
      expect(message.topVia?.branch).to.equal(undefined);
      expect(message.topVia?.params.size).to.equal(0);
      expect(message.isViaSound).to.equal(false);
    });

    it('D07 is not there where even that cannot be read: no answer would find its way', () => {
      for (const via of ['Via:', 'Via: SIP/2.0/UDP', 'Via: SIP/2.0 192.0.2.4', 'Via: SIP/2.0/UDP [::1', 'Via: SIP/2.0/UDP a:99999', 'X: y']) {
        const lines = replaced(publishLines, 'Via', via);
        expect(parsed(lines).topVia, via).to.equal(undefined);
        expect(refusalOf(parse(bytesOf(replaced(lines, 'Content-Length', 'l: -1')))), via).to.equal('400 Malformed Content-Length (no way back)');
      }
    });
  });

  describe('framing', () => {
    const withLength = (length: string | undefined): string[] => replaced(publishLines, 'Content-Length', ...(length === undefined ? [] : [length]));

    it('D20 takes the rest of a datagram without Content-Length as the body', () => {
      expect(Buffer.from(parsed(withLength(undefined)).body).toString()).to.equal(pidf);
    });

    it('D20 refuses a body without Content-Length on a stream: 400', () => {
      expect(refusalOf(parse(bytesOf(withLength(undefined)), defaultLimits, 'stream'))).to.equal('400 Missing Content-Length');
      expect(parsed(withLength(undefined), '', defaultLimits, 'stream').bodyLength).to.equal(0);
    });

    it('D21 refuses a datagram that is shorter than Content-Length says: 400', () => {
      expect(refusalOf(parse(bytesOf(withLength('Content-Length: 9999'))))).to.equal('400 Content-Length Exceeds the Message');
    });

    it('D21 drops a response of that kind', () => {
      const lines = replaced(withLength('Content-Length: 9999'), 'PUBLISH', 'SIP/2.0 200 OK');
      expect(refusalOf(parse(bytesOf(lines)))).to.equal('400 Content-Length Exceeds the Message (no way back)');
    });

    it('D21 ignores bytes behind the body', () => {
      expect(Buffer.from(parsed(withLength('Content-Length: 5')).body).toString()).to.equal(pidf.slice(0, 5));
    });

    for (const value of ['-1', '+5', '1e2', '0x10', '5 5', '', '5,5', '٣', '5;x']) {
      it(`refuses Content-Length "${value}": 400`, () => {
        expect(refusalOf(parse(bytesOf(withLength(`Content-Length: ${utf8Text(value)}`))))).to.equal('400 Malformed Content-Length');
      });
    }

    it('takes any number of leading zeros in Content-Length', () => {
      expect(parsed(withLength(`Content-Length: ${'0'.repeat(40)}5`)).bodyLength).to.equal(5);
    });

    it('refuses a Content-Length beyond all numbers: 400', () => {
      expect(refusalOf(parse(bytesOf(withLength(`l: ${'9'.repeat(400)}`))))).to.equal('400 Content-Length Exceeds the Message');
    });

    it('D25 refuses a repeated Content-Length, even an equal one: 400', () => {
      expect(refusalOf(parse(bytesOf([...publishLines, `l: ${pidf.length}`])))).to.equal('400 Repeated Content-Length');
    });

    it('refuses a datagram without an empty line: 400', () => {
      expect(refusalOf(parse(Buffer.from(publishLines.join('\r\n'))))).to.equal('400 Missing Empty Line after the Header Fields');
    });
  });

  describe('silence', () => {
    it('D22 is the answer to a datagram of nothing but line ends', () => {
      for (const text of ['', '\r\n', '\r\n\r\n', '\n', '\r\n'.repeat(50)]) expect(parse(Buffer.from(text))).to.deep.equal({ ok: false, code: 0, reason: '' });
    });

    it('D22 line ends before the start line are skipped', () => {
      const result = parse(Buffer.concat([Buffer.from('\r\n\r\n\n'), bytesOf(publishLines)]));
      expect(result.ok && result.message.first(Header.Event)).to.equal('presence');
      expect(result.ok && result.message.lines(Header.Via)).to.match(/^Via: SIP/);
    });

    it('D23 is the answer to STUN, and to the zero bytes that keep a NAT open', () => {
      const binding = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex');
      for (const bytes of [binding, Buffer.from([1, 1, 0, 0]), Buffer.alloc(4)]) expect(parse(bytes)).to.deep.equal({ ok: false, code: 0, reason: '' });
    });

    it('RFC 5626 4.4.2 is not the answer to these on a stream or in a WebSocket message: there they belong to what follows', () => {
      for (const framing of ['stream', 'websocket'] as const) {
        for (const byte of [0, 1]) expect(refusalOf(parse(Buffer.concat([Buffer.of(byte), bytesOf([...publishLines, 'Content-Length: 0'])]), undefined, framing))).to.match(/^400 /);
      }
    });
  });
});
