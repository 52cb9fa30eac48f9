import { buildRequest, buildResponse, parse, type Message, type ResponseParts } from '@nksip-ts/sip';
import { expect } from 'chai';
import { bytesOf, parsed, publishLines, replaced, utf8Text } from './message-text.ts';

function answer(request: Message, parts: Partial<ResponseParts> = {}): string {
  return Buffer.from(buildResponse({ request, code: 200, reason: 'OK', headers: '', ...parts })).toString('latin1');
}

function refused(lines: readonly string[], body?: string): Message {
  const result = parse(bytesOf(lines, body));
  if (result.ok || result.message === undefined) throw new Error('not a refusal that can be answered');
  return result.message;
}

describe('buildResponse', () => {
  it('D18 copies Via, From, To, Call-ID and CSeq from the bytes of the request, adds the To tag and Content-Length', () => {
    expect(answer(parsed(publishLines), { toTag: 't9', headers: 'Expires: 60\r\nSIP-ETag: e1\r\n' })).to.equal([
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP 192.0.2.4:5062;branch=z9hG4bKa1;rport',
      'From: "Alice" <sip:alice@example.com>;tag=f1',
      'To: <sip:alice@example.com>;tag=t9',
      'Call-ID: c1@192.0.2.4',
      'CSeq: 7 PUBLISH',
      'Expires: 60', 'SIP-ETag: e1', 'Content-Length: 0', '', '',
    ].join('\r\n'));
  });

  it('D18 copies all Vias in their order, whatever stands between them', () => {
    const request = parsed([...publishLines.slice(0, 2), 'X: y', 'v: SIP/2.0/TCP b, SIP/2.0/TCP c', ...publishLines.slice(2), 'VIA  : SIP/2.0/TLS', ' d']);
    const text = answer(request, { received: '1.2.3.4', port: 5 });
    const at = [
      'Via: SIP/2.0/UDP 192.0.2.4:5062;branch=z9hG4bKa1;rport=5;received=1.2.3.4\r\n', 'v: SIP/2.0/TCP b, SIP/2.0/TCP c\r\n', 'VIA  : SIP/2.0/TLS\r\n d\r\n',
    ].map((line) => text.indexOf(`\r\n${line}`));
    expect(at).to.not.include(-1);
    expect(at).to.deep.equal(at.toSorted((a, b) => a - b));
    expect(text).to.not.include('X: y');
  });

  it('D18 replaces the topmost Via alone where several stand in one line', () => {
    const request = parsed(replaced(publishLines, 'Via', 'v:SIP/2.0/UDP a;branch=1 ,  SIP/2.0/TCP b;x="c,d"'));
    expect(answer(request, { received: '192.0.2.9' })).to.include('\r\nv:SIP/2.0/UDP a;branch=1;received=192.0.2.9,  SIP/2.0/TCP b;x="c,d"\r\n');
    expect(answer(request)).to.include('\r\nv:SIP/2.0/UDP a;branch=1 ,  SIP/2.0/TCP b;x="c,d"\r\n');
  });

  for (const [to, tagged] of [
    ['To: sip:a@b', 'To: sip:a@b;tag=t9'],
    ['To: sip:a@b;x=y', 'To: sip:a@b;x=y;tag=t9'],
    ['t:<sip:a@b;tag=no>  ', 't:<sip:a@b;tag=no>;tag=t9  '],
    ['TO  : "A;tag=no"', 'TO  : "A;tag=no"'],
    ['To: "A" <sip:a@b>\r\n ;x=1\r\n  ', 'To: "A" <sip:a@b>\r\n ;x=1;tag=t9\r\n  '],
    ['To: sip:a@b;tag=old', 'To: sip:a@b;tag=old'],
    ['To: <sip:a@b> ; TAG = old', 'To: <sip:a@b> ; TAG = old'],
    ['To: "A <sip:a@b>', 'To: "A <sip:a@b>;tag=t9'],
    ['To: "A <sip:a@b>;tag=old', 'To: "A <sip:a@b>;tag=old'],
    ['To: alice', 'To: alice;tag=t9'],
    ['To:', 'To:;tag=t9'],
  ] as const) {
    it(`D18 answers ${JSON.stringify(to)} with ${JSON.stringify(tagged)}`, () => {
      expect(answer(parsed(replaced(publishLines, 'To', to)), { toTag: 't9' })).to.include(`\r\n${tagged}\r\n`);
    });
  }

  it('D18 copies the first only of what a request has twice', () => {
    const text = answer(parsed([...publishLines, 'f: <sip:x@y>;tag=2', 'To: <sip:x@y>', 'CSeq: 9 X', 'i: other']), { code: 400, reason: 'Repeated From', toTag: 't9' });
    expect(text.match(/^(?:from|f|to|t|cseq|call-id|i) *:/gim)).to.deep.equal(['From:', 'To:', 'Call-ID:', 'CSeq:']);
  });

  it('answers what could not be parsed with whatever there is', () => {
    expect(answer(refused(['PUBLISH  sip:a@b SIP/2.0', 'Via: SIP/2.0/UDP 192.0.2.4;;']), { code: 400, reason: 'Malformed Request-Line', toTag: 't9' }))
      .to.equal('SIP/2.0 400 Malformed Request-Line\r\nVia: SIP/2.0/UDP 192.0.2.4;;\r\nContent-Length: 0\r\n\r\n');
    const broken = refused([...publishLines.slice(0, 3), 'X: a bare \r in it', ...publishLines.slice(3)]);
    expect(answer(broken, { code: 400, reason: 'Bad Request', toTag: 't9', received: '192.0.2.9', port: 5 })).to.equal([
      'SIP/2.0 400 Bad Request', 'Via: SIP/2.0/UDP 192.0.2.4:5062;branch=z9hG4bKa1;rport=5;received=192.0.2.9', 'From: "Alice" <sip:alice@example.com>;tag=f1', 'To: <sip:alice@example.com>;tag=t9', 'Call-ID: c1@192.0.2.4', 'CSeq: 7 PUBLISH',
      'Content-Length: 0', '', '',
    ].join('\r\n'));
  });

  it('D53 lets raw UTF-8 and any other byte of the request survive, and writes its own text as UTF-8', () => {
    const lines = replaced(publishLines, 'From', `From: ${utf8Text('"Ålice"')} \xff <sip:a@b>;tag=f`);
    const text = answer(parsed(lines), { reason: 'Schön', headers: 'Warning: 399 x "für dich €"\r\n' });
    expect(text).to.include(`From: ${utf8Text('"Ålice"')} \xff <sip:a@b>;tag=f\r\n`);
    expect(text).to.include(`SIP/2.0 200 ${utf8Text('Schön')}\r\n`).and.include(`Warning: 399 x "${utf8Text('für dich €')}"\r\n`);
  });

  for (const [what, parts, line] of [
    ['the reason', { reason: 'Ā' }, 'SIP/2.0 200 Ā'],
    ['a header', { headers: 'Subject: für €\r\n' }, 'Subject: für €'],
    ['both', { reason: 'Schön', headers: 'X: 日本\r\n' }, 'SIP/2.0 200 Schön'],
  ] as const) {
    it(`D53 writes UTF-8 where ${what} alone is not ASCII, with a body and without`, () => {
      const request = parsed(publishLines);
      const bare = Buffer.from(buildResponse({ request, code: 200, reason: 'OK', headers: '', ...parts })).toString('utf8');
      expect(bare).to.include(`${line}\r\n`).and.include('\r\nContent-Length: 0\r\n\r\n');
      const body = Buffer.from('é', 'latin1');
      const full = Buffer.from(buildResponse({ request, code: 200, reason: 'OK', headers: '', ...parts, body }));
      expect(full.toString('latin1')).to.equal(`${utf8Text(bare.replace('Content-Length: 0', 'Content-Length: 1'))}\xe9`);
    });
  }

  it('D53 lets a byte survive that is no UTF-8, though nothing else is beyond ASCII', () => {
    const text = answer(parsed(replaced(publishLines, 'From', 'From: \xff <sip:a@b>;tag=f')), { toTag: 't9', headers: 'Expires: 60\r\n' });
    expect(text).to.include('\r\nFrom: \xff <sip:a@b>;tag=f\r\n').and.match(/Expires: 60\r\nContent-Length: 0\r\n\r\n$/);
  });

  it('copies a folded Via with its fold, and replaces the topmost of several Vias where lines end with bare LF', () => {
    const folded = parsed(replaced(publishLines, 'Via', 'Via: SIP/2.0/UDP a', ' ;branch=z9hG4bK1'));
    expect(answer(folded)).to.include('\r\nVia: SIP/2.0/UDP a\r\n ;branch=z9hG4bK1\r\n');
    const result = parse(Buffer.from(`${replaced(publishLines, 'Via', 'Via: SIP/2.0/UDP a', ' ;x=y', 'v: SIP/2.0/TCP b').join('\n')}\n\n`.replace(/Content-Length: \d+/, 'l: 0')));
    if (!result.ok) throw new Error(result.reason);
    expect(answer(result.message, { received: '192.0.2.9' })).to.include('\r\nVia: SIP/2.0/UDP a ;x=y;received=192.0.2.9\r\nv: SIP/2.0/TCP b\r\n');
  });

  it('gives CRLF where the request had bare LF', () => {
    const result = parse(Buffer.from(`${publishLines.join('\n')}\n\n`.replace(/Content-Length: \d+/, 'l: 0')));
    if (!result.ok) throw new Error(result.reason);
    expect(answer(result.message, { toTag: 't9', received: '192.0.2.9', port: 5 })).to.not.match(/[^\r]\n/);
  });

  it('gives back neither a bare CR nor a NUL of a request that is refused for them', () => {
    for (const bad of ['\r', '\0']) {
      const lines = replaced(publishLines, 'Call-ID', `Call-ID: a${bad}X: y`);
      const text = answer(refused(replaced(lines, 'To', `To: <sip:a${bad}@b>`, ' ;x=y')), { code: 400, reason: 'Bad Request', toTag: 't9' });
      expect(text).to.include('\r\nCall-ID: a X: y\r\n').and.include('\r\nTo: <sip:a @b>\r\n ;x=y;tag=t9\r\n');
      expect(text).to.not.match(/\r(?!\n)|\0/);
    }
  });

  it('puts the body behind, byte for byte', () => {
    const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const bytes = buildResponse({ request: parsed(publishLines), code: 200, reason: 'OK', headers: '', body });
    expect(Buffer.compare(bytes.subarray(-256), body)).to.equal(0);
    const result = parse(bytes);
    expect(result.ok && result.message.bodyLength).to.equal(256);
  });

  it('refuses a reason phrase with a line end', () => {
    expect(() => answer(parsed(publishLines), { reason: 'OK\r\nX: y' })).to.throw(RangeError, 'header injection');
  });
});

describe('buildRequest', () => {
  const headers = [['Via', 'SIP/2.0/UDP a'], ['Subject', 'für €'], ['content-length', '99']] as const;

  it('writes start line, headers in their order, its own Content-Length and the body', () => {
    const bytes = buildRequest({ method: 'PUBLISH', uri: 'sip:a@b', headers, body: Buffer.from('€') });
    expect(Buffer.from(bytes).toString()).to.equal('PUBLISH sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nSubject: für €\r\nContent-Length: 3\r\n\r\n€');
    expect(Buffer.from(buildRequest({ method: 'X', uri: 'sip:b', headers: [] })).toString()).to.equal('X sip:b SIP/2.0\r\nContent-Length: 0\r\n\r\n');
  });

  it('throws where a part would change the shape of the message', () => {
    for (const text of ['a\r\nX: y', 'a\nb', 'a\rb', 'a\0b']) {
      expect(() => buildRequest({ method: 'X', uri: 'sip:a', headers: [['Subject', text]] })).to.throw(RangeError, 'header injection');
    }
    for (const name of ['', 'a b', 'X: y\r\nZ', 'ä']) expect(() => buildRequest({ method: 'X', uri: 'sip:a', headers: [[name, 'v']] })).to.throw(RangeError, 'header injection');
    for (const method of ['', 'A B', 'A\r\n']) expect(() => buildRequest({ method, uri: 'sip:a', headers: [] })).to.throw(RangeError);
    for (const uri of ['', 'sip:a b', 'sip:a\r\nX: y']) expect(() => buildRequest({ method: 'X', uri, headers: [] })).to.throw(RangeError);
  });
});
