import { expect } from 'chai';
import type { Service } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { injected } from '../kit/injected.ts';
import { publishText, type RequestParts, requestText, without } from '../kit/request-text.ts';
import { closeAll, running } from '../wire/running.ts';

const accepting = { sip_publish: () => ['reply', 'ok'] };

async function codeOf(service: Service, parts: RequestParts): Promise<number> {
  return (await injected(service, requestText(parts))).code;
}

describe('the checks that a request passes', () => {
  afterEach(closeAll);

  it('A50 D06 come in the order of RFC 3261 8.2, and each is the first to speak of what is left', async () => {
    const asked: string[] = [];
    let authorization: unknown = 'forbidden';
    const service = await running({ sip_domains: 'example.com' }, {
      sip_authorize: () => { asked.push('authorize'); return authorization; },
      sip_route: (_scheme: string, user: string) => { asked.push('route'); return user === 'nobody' ? ['reply', 'not_found'] : 'process'; },
      sip_publish: () => { asked.push('publish'); return ['reply', 'ok']; },
    });
    const wrong = {
      method: 'SUBSCRIBE', uri: 'sip:nobody@elsewhere.com', to: '<sip:alice@example.com>;tag=dialog', callId: 'order', headers: ['Require: nothing'],
    };
    expect(await codeOf(service, { ...wrong, uri: 'tel:+123' })).to.equal(403);
    authorization = 'ok';
    expect(await codeOf(service, { ...wrong, uri: 'tel:+123' })).to.equal(405);
    const publish = { ...wrong, method: 'PUBLISH' };
    expect(await codeOf(service, { ...publish, uri: 'tel:+123', cseq: '2 PUBLISH' })).to.equal(416);
    // Refused for its scheme before its domain.
    expect(await codeOf(service, { ...publish, uri: 'sips:nobody@elsewhere.com', cseq: '20 PUBLISH' })).to.equal(403);
    expect(asked).to.deep.equal(['authorize', 'authorize', 'authorize', 'authorize']);
    expect(await codeOf(service, { ...publish, cseq: '3 PUBLISH' })).to.equal(404);
    expect(asked.pop(), 'a domain that is not ours is not routed').to.equal('authorize');
    expect(await codeOf(service, { ...publish, uri: 'sip:nobody@example.com', cseq: '4 PUBLISH' })).to.equal(404);
    expect(asked.pop()).to.equal('route');
    expect(await codeOf(service, { ...publish, uri: 'sip:alice@example.com' })).to.equal(481);
    // The very same From tag, Call-ID and CSeq over another way: merged.
    expect(await codeOf(service, { ...publish, uri: 'sip:alice@example.com', to: '<sip:alice@example.com>' })).to.equal(482);
    expect(await codeOf(service, { ...publish, uri: 'sip:alice@example.com', to: '<sip:alice@example.com>', cseq: '5 PUBLISH' })).to.equal(420);
    expect(asked.at(-1)).to.equal('route');
    expect(await codeOf(service, { ...publish, uri: 'sip:alice@example.com', to: '<sip:alice@example.com>', cseq: '6 PUBLISH', headers: [] })).to.equal(200);
    expect(asked.at(-1)).to.equal('publish');
  });

  it('A01 D09 answers 404 for a domain that is not ours, whatever else is wrong with the PUBLISH', async () => {
    const service = await running({ sip_domains: 'Example.COM, [2001:db8::1]' }, accepting);
    const compositor = await running({ sip_domains: 'example.com', plugins: ['event-compositor'], sip_events: 'presence' });
    const bad = { headers: ['Event: nosuch', 'SIP-If-Match: "x"', 'Expires: x'] };
    expect(await codeOf(compositor, { uri: 'sip:alice@other.com', ...bad })).to.equal(404);
    expect(await codeOf(compositor, { uri: 'sip:alice@example.com', ...bad })).to.equal(489);
    expect(await codeOf(service, { uri: 'sip:alice@EXAMPLE.com:5070;transport=udp' })).to.equal(200);
    expect((await service.inject(requestText({ uri: 'sips:example.com' }), { transport: 'tls' }))?.code).to.equal(200);
    expect(await codeOf(service, { uri: 'sip:alice@[2001:db8::1]' })).to.equal(200);
    expect(await codeOf(service, { uri: 'sip:alice@[2001:DB8:0:0::1]' })).to.equal(200);
  });

  it('A01 takes every domain as its own unless sip_domains says otherwise', async () => {
    const service = await running({}, accepting);
    expect(await codeOf(service, { uri: 'sip:alice@anything.example' })).to.equal(200);
  });

  it('A01 sip_route answers for a user whom nobody knows, with the parts of the Request-URI', async () => {
    let asked: unknown[] = [];
    const service = await running({}, {
      ...accepting,
      sip_route: (...args: unknown[]) => { asked = args; return ['reply', ['not_found', 'No Such User']]; },
    });
    const response = await injected(service, publishText({ uri: 'sip:al%69ce@Example.com:5070' }));
    expect([response.code, response.reason]).to.deep.equal([404, 'No Such User']);
    expect(asked.slice(0, 3)).to.deep.equal(['sip', 'alice', 'example.com']);
    expect(asked.length).to.equal(5);
  });

  it('D09 answers 416 for a scheme that is none of ours', async () => {
    const service = await running({}, accepting);
    for (const uri of ['tel:+1-201-555-0123', 'nobodyKnowsThisScheme:totallyopaquecontent', 'urn:service:sos']) {
      const response = await injected(service, requestText({ uri }));
      expect([response.code, response.reason], uri).to.deep.equal([416, 'Unsupported URI Scheme']);
    }
  });

  it('D07 D55 answers 400 where a mandatory header is missing, and names it', async () => {
    const service = await running({}, accepting);
    for (const name of ['From', 'To', 'Call-ID', 'CSeq']) {
      const response = await injected(service, without(requestText(), `${name}:`));
      expect([response.code, response.reason]).to.deep.equal([400, `Missing ${name}`]);
    }
  });

  it('D07 tolerates the absence of Max-Forwards (RFC 3261 16.3), and drops what has no Via', async () => {
    const service = await running({}, accepting);
    expect((await injected(service, without(requestText(), 'Max-Forwards:'))).code).to.equal(200);
    expect(await service.inject(without(requestText(), 'Via:'))).to.equal(undefined);
    expect(await service.inject(requestText({ via: ['not a via'] }))).to.equal(undefined);
  });

  it('D25 D55 answers 400 where a header stands twice that may stand once, and names it', async () => {
    const service = await running({}, accepting);
    const twice = { 'From': '<sip:b@x>;tag=2', 'To': '<sip:b@x>', 'Call-ID': 'other', 'CSeq': '2 PUBLISH', 'Max-Forwards': '70', 'Expires': '1' };
    for (const [name, value] of Object.entries(twice)) {
      const response = await injected(service, requestText({ headers: ['Expires: 60', `${name}: ${value}`] }));
      expect([response.code, response.reason]).to.deep.equal([400, `Repeated ${name}`]);
    }
    expect(await codeOf(service, { headers: ['Content-Length: 0'] })).to.equal(400);
    expect(await codeOf(service, { headers: ['l: 0'] }), 'compact and long name together').to.equal(400);
  });

  it('D08 D55 answers 400 where CSeq is of another method, or its number is 2^31 or more', async () => {
    const service = await running({}, accepting);
    const mismatch = await injected(service, requestText({ cseq: '1 OPTIONS' }));
    expect([mismatch.code, mismatch.reason]).to.deep.equal([400, 'CSeq Method Does Not Match the Request']);
    expect(await codeOf(service, { cseq: '2147483647 PUBLISH' })).to.equal(200);
    for (const cseq of ['2147483648 PUBLISH', '-1 PUBLISH', 'x PUBLISH', '1', '1 publish']) expect(await codeOf(service, { cseq }), cseq).to.equal(400);
  });

  it('RFC 3261 25.1 a Require that holds no option-tags is 400, and no fault of the service', async () => {
    const service = await running({}, accepting);
    const faults: unknown[] = [];
    service.events.on('error', (fault) => { faults.push(fault); });
    for (const wrong of ['\x13', 'path, a b', '"path"', 'p\u00e4th']) {
      const response = await injected(service, requestText({ headers: [`Require: ${wrong}`] }));
      expect(`${response.code} ${response.reason}`, wrong).to.equal('400 Malformed Require');
    }
    expect(faults).to.deep.equal([]);
  });

  it('D10 answers 420 with all that is not supported in Unsupported, and ignores Proxy-Require', async () => {
    const service = await running({ sip_supported: 'path' }, accepting);
    const response = await injected(service, requestText({ headers: ['Require: one, path, two', 'Require: PATH, three'] }));
    expect(response.code).to.equal(420);
    expect(response.header('Unsupported')).to.deep.equal(['one, two, three']);
    expect(await codeOf(service, { headers: ['Require: path'] })).to.equal(200);
    expect(await codeOf(service, { headers: ['Proxy-Require: one'] })).to.equal(200);
  });

  it('D12 processes a request whose Max-Forwards is 0: it has arrived', async () => {
    const service = await running({}, accepting);
    expect((await injected(service, requestText().replace('Max-Forwards: 70', 'Max-Forwards: 0'))).code).to.equal(200);
  });

  it('D59 answers 400 for a Max-Forwards that is no number from 0 to 255', async () => {
    const service = await running({}, accepting);
    const codeWith = async (value: string): Promise<number> => (await injected(service, requestText().replace('Max-Forwards: 70', `Max-Forwards: ${value}`))).code;
    for (const value of ['10', '255']) expect(await codeWith(value), value).to.equal(200);
    for (const value of ['256', '-1', 'abc', '7.5', '']) expect(await codeWith(value), value).to.equal(400);
  });

  it('D13 answers 505 to another version of SIP', async () => {
    const service = await running({}, accepting);
    for (const version of ['SIP/7.0', 'SIP/1.0']) {
      const response = await injected(service, requestText({ version }));
      expect([response.code, response.reason]).to.deep.equal([505, 'Version Not Supported']);
    }
    expect(await codeOf(service, { version: 'sip/2.0' }), 'it has no case').to.equal(200);
  });

  it('D60 takes a From without a tag (RFC 2543), and answers 481 to a To tag outside a dialog', async () => {
    const service = await running({}, accepting);
    expect(await codeOf(service, { from: '<sip:alice@example.com>' })).to.equal(200);
    const response = await injected(service, requestText({ to: '<sip:alice@example.com>;tag=ours' }));
    expect([response.code, response.reason]).to.deep.equal([481, 'Call/Transaction Does Not Exist']);
  });

  it('A30 A31 a PUBLISH makes no dialog: one with the tags of its answer is 481', async () => {
    const service = await running({}, accepting);
    const first = await injected(service, publishText({ callId: 'no-dialog' }));
    const [to = ''] = first.header('To');
    expect(to).to.match(/;tag=[0-9a-f]{16}$/);
    expect(await codeOf(service, { callId: 'no-dialog', to, cseq: '2 PUBLISH' })).to.equal(481);
  });

  it('D61 takes names as they come: __proto__, constructor and their like mean nothing special', async () => {
    const service = await running({ sip_events: 'presence' }, accepting);
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
    for (const name of names) {
      const response = await injected(service, requestText({
        uri: `sip:${name}@${name.replaceAll('_', 'x')}`, callId: name, from: `<sip:a@b>;tag=${name}`,
        headers: [`${name}: ${name}`, `Event: ${name}`], via: [`SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${name};${name}=${name}`],
      }));
      expect(response.code, name).to.equal(200);
      expect(await codeOf(service, { method: name }), name).to.equal(501);
      expect(await codeOf(service, { headers: [`Require: ${name}`] }), name).to.equal(420);
    }
  });

  it('D53 takes IPv6 references, quoted strings with escapes and UTF-8', async () => {
    let name: string | undefined;
    const service = await running({}, {
      sip_publish: (req: { header(name: string): readonly string[] }) => { name = req.header('f')[0]; return ['reply', ['ok', { reason_phrase: 'Très bien ☺' }]]; },
    });
    const from = '"Ünï \\"code\\" <☺>" <sip:alice@[2001:db8::1]:5070>;tag=u';
    const response = await injected(service, requestText({ from, uri: 'sip:%E2%98%BA@[2001:DB8::1]:5070' }));
    expect(response.code).to.equal(200);
    expect(name).to.equal(from);
    expect(response.header('From')).to.deep.equal([from]);
    expect(response.reason).to.equal('Très bien ☺');
  });

  it('D51 reads parameters behind a URI without <> as parameters of the header', async () => {
    const service = await running({}, accepting);
    expect(await codeOf(service, { to: 'sip:alice@example.com;tag=x' }), 'a tag is a To tag').to.equal(481);
    const response = await injected(service, requestText({ to: 'sip:alice@example.com;x=1', from: 'sip:alice@example.com;tag=1' }));
    expect(response.code).to.equal(200);
    expect(response.header('To')[0]).to.match(/^sip:alice@example\.com;x=1;tag=[0-9a-f]{16}$/);
    expect(await codeOf(service, { to: '<sip:alice@example.com;tag=x>' }), 'inside <> it belongs to the URI').to.equal(200);
  });

  it('D24 takes compact names, any case, folded lines, white space before colons and any order of headers', async () => {
    let seen: readonly string[] = [];
    const service = await running({}, {
      sip_publish: (req: { header(name: string): readonly string[]; body: Uint8Array }) => {
        seen = [...req.header('Event'), ...req.header('content-type'), ...req.header('SUPPORTED'), ...req.header('X-Other'), Buffer.from(req.body).toString()];
        return ['reply', 'ok'];
      },
    });
    const text = [
      'PUBLISH sip:alice@example.com SIP/2.0',
      'cseQ : 1\r\n  PUBLISH', 'i:compact', 'o: presence', 'k: one,\r\n\ttwo', 'c : text/plain', 'x-OTHER:yes', 'f: <sip:a@b>;tag=1', 't:\r\n <sip:a@b>',
      'v: SIP / 2.0 / UDP\r\n 127.0.0.1 ;branch=z9hG4bKcompact, SIP/2.0/UDP second.example.com;branch=z9hG4bK2', 'l:   2', '', 'hi',
    ].join('\r\n');
    expect((await injected(service, text)).code).to.equal(200);
    expect(seen).to.deep.equal(['presence', 'text/plain', 'one, two', 'yes', 'hi']);
  });

  it('D23 D22 says nothing to STUN, to line ends and to nothing at all', async () => {
    const service = await running();
    const stun = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');
    for (const nothing of [stun, '', '\r\n\r\n', Buffer.alloc(20)]) expect(await service.inject(nothing)).to.equal(undefined);
  });

  it('D26 sip_max_uri_size and sip_max_header_size say how long a Request-URI and a header field may be', async () => {
    const service = await running({ sip_max_uri_size: 100, sip_max_header_size: 300 }, accepting);
    const uri = (length: number): string => `sip:${'a'.repeat(length - 'sip:@example.com'.length)}@example.com`;
    expect(await codeOf(service, { uri: uri(100) })).to.equal(200);
    expect(await codeOf(service, { uri: uri(101) })).to.equal(414);
    const field = (length: number): string => `X-Long: ${'a'.repeat(length - 'X-Long: '.length)}`;
    expect(await codeOf(service, { headers: [field(290)] })).to.equal(200);
    expect(await codeOf(service, { headers: [field(310)] })).to.equal(400);
  });

  it('sip_max_headers and sip_max_message_size say how much a message may hold', async () => {
    const service = await running({ sip_max_headers: 20, sip_max_message_size: 2000 }, accepting);
    expect(await codeOf(service, { headers: Array<string>(13).fill('X-A: 1') })).to.equal(200);
    expect(await codeOf(service, { headers: Array<string>(14).fill('X-A: 1') })).to.equal(400);
    expect(await codeOf(service, { body: 'x'.repeat(2000) })).to.equal(513);
  });

  it('RFC 7118 5 takes a WebSocket message without Content-Length, for the frame says where it ends', async () => {
    let body = '';
    const service = await running({}, { sip_publish: (req: { body: Uint8Array }) => { body = Buffer.from(req.body).toString(); return ['reply', 'ok']; } });
    const text = without(requestText({ via: ['SIP/2.0/WS x.invalid;branch=z9hG4bKws'], body: 'all of it' }), 'Content-Length');
    expect((await service.inject(text, { transport: 'ws' }))?.code).to.equal(200);
    expect(body).to.equal('all of it');
    expect((await service.inject(without(requestText({ body: 'x' }), 'Content-Length'), { transport: 'tcp' }))?.code, 'a stream needs it').to.equal(400);
  });
});
