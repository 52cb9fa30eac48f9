import { expect } from 'chai';
import { checkRequest } from '@nksip-ts/sip';
import { NksipError } from '../../packages/core/src/errors.ts';
import { draftRequest, requestBytes, type LocalEnd, type UacIdentity } from '../../packages/core/src/uac/build.ts';
import type { SendingOptions } from '../../packages/core/src/uac/request-options.ts';
import { faultThrownBy } from '../kit/caught.ts';
import { messageOf, uriOf } from '../kit/parsed.ts';
import { MessageText } from '../kit/received-text.ts';

const ids = { callId: 'call1', fromTag: 'tag1', cseq: 7 };
const identity: UacIdentity = { from: '"Client 1" <sip:client1@nksip>', route: [] };
const udp: LocalEnd = { transport: 'udp', host: '127.0.0.1', port: 5060 };

interface Given { readonly method?: string; readonly uri?: string; readonly local?: LocalEnd; readonly identity?: Partial<UacIdentity> }

/** The request on the wire; every one of them must be one that a server takes. */
function built(options: SendingOptions = {}, given: Given = {}): MessageText {
  const uri = uriOf(given.uri ?? 'sip:user1@127.0.0.1:5070');
  const draft = draftRequest(given.method ?? 'PUBLISH', uri, options, { ...identity, ...given.identity }, ids);
  const text = Buffer.from(requestBytes(draft, given.local ?? udp, 'z9hG4bKb1')).toString();
  expect(checkRequest(messageOf(text))).to.equal(undefined);
  return new MessageText(text);
}

const refused = (options: SendingOptions): NksipError => faultThrownBy(() => built(options));

describe('building a request', () => {
  it('RFC 3261 8.1.1 has the mandatory headers, once each', () => {
    const request = built();
    expect(request.startLine).to.equal('PUBLISH sip:user1@127.0.0.1:5070 SIP/2.0');
    expect(request.one('Via')).to.equal('SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKb1');
    expect(request.one('Max-Forwards')).to.equal('70');
    expect(request.one('From')).to.equal('"Client 1" <sip:client1@nksip>;tag=tag1');
    expect(request.one('To')).to.equal('<sip:user1@127.0.0.1>');
    expect(request.one('Call-ID')).to.equal('call1');
    expect(request.one('CSeq')).to.equal('7 PUBLISH');
    expect(request.one('Content-Length')).to.equal('0');
    for (const name of ['Contact', 'Route', 'Event', 'Expires', 'Content-Type', 'User-Agent']) expect(request.all(name)).to.deep.equal([]);
  });

  it('B02 B03 an initial PUBLISH has one Event, a body with its type and no SIP-If-Match', () => {
    const request = built({ event: 'nkpublish', expires: 5, body: 'data1' });
    expect(request.one('Event')).to.equal('nkpublish');
    expect(request.one('Expires')).to.equal('5');
    expect(request.one('Content-Type')).to.equal('text/plain');
    expect(request.one('Content-Length')).to.equal('5');
    expect(request.all('SIP-If-Match')).to.deep.equal([]);
    expect(request.body).to.equal('data1');
  });

  it('B05 B07 a refresh or a removal has the tag and neither body nor Content-Type', () => {
    for (const options of [{ expires: 60 }, { expires: 0, body: '' }, { expires: 60, content_type: 'text/plain', body: new Uint8Array(0) }]) {
      const request = built({ event: 'presence', sip_if_match: 'tag-a', ...options });
      expect(request.one('SIP-If-Match')).to.equal('tag-a');
      expect(request.one('Expires')).to.equal(String(options.expires));
      expect(request.all('Content-Type')).to.deep.equal([]);
      expect(request.one('Content-Length')).to.equal('0');
    }
  });

  it('B06 a modify has the tag and a body', () => {
    const request = built({ event: 'presence', sip_if_match: 'tag-a', body: '<presence/>' });
    expect(request.one('SIP-If-Match')).to.equal('tag-a');
    expect(request.body).to.equal('<presence/>');
  });

  it('B19 expires: undefined leaves Expires out', () => {
    expect(built({ event: 'presence', expires: undefined }).all('Expires')).to.deep.equal([]);
  });

  for (const [event, type] of [
    ['presence', 'application/pidf+xml'], ['presence;id=1', 'application/pidf+xml'], ['dialog', 'application/dialog-info+xml'],
    ['message-summary', 'application/simple-message-summary'], ['Presence', 'text/plain'], ['other', 'text/plain'], [undefined, 'text/plain'],
  ] as const) {
    it(`gives the body of the event package ${event} the type ${type}`, () => {
      expect(built({ event, body: 'x' }).one('Content-Type')).to.equal(type);
      expect(built({ event, body: 'x', content_type: 'application/x' }).one('Content-Type')).to.equal('application/x');
    });
  }

  it('sends a text as UTF-8 and bytes as they are', () => {
    expect(built({ body: 'Zoë €' }).one('Content-Length')).to.equal('8');
    expect(built({ body: 'Zoë €' }).body).to.equal('Zoë €');
    expect(built({ body: Buffer.from('a\r\n\r\nb') }).body).to.equal('a\r\n\r\nb');
  });

  it('D50 takes the branch that it is given', () => {
    const uri = uriOf('sip:a@b.example');
    const draft = draftRequest('OPTIONS', uri, {}, identity, ids);
    const branches = ['z9hG4bK1', 'z9hG4bK2'].map((branch) => new MessageText(Buffer.from(requestBytes(draft, udp, branch)).toString()).branch);
    expect(branches).to.deep.equal(['z9hG4bK1', 'z9hG4bK2']);
  });

  it('RFC 3261 19.1.1 strips from the request URI what cannot stand there, and from To what it cannot have', () => {
    const request = built({}, { uri: 'sips:a%20b:pw@Example.COM:5071;transport=tcp;method=INFO;lr;maddr=127.0.0.1;ttl=1;user=phone;x=y?subject=z' });
    expect(request.startLine).to.equal('PUBLISH sips:a%20b:pw@example.com:5071;transport=tcp;lr;maddr=127.0.0.1;ttl=1;user=phone;x=y SIP/2.0');
    expect(request.one('To')).to.equal('<sips:a%20b:pw@example.com;user=phone;x=y>');
  });

  it('names the transport and an IPv6 host in Via', () => {
    const via = (local: LocalEnd): string => built({}, { local }).one('Via').replace(/;.*/, '');
    expect(via({ transport: 'tls', host: '[::1]', port: 40_000 })).to.equal('SIP/2.0/TLS [::1]:40000');
    expect(via({ transport: 'wss', host: 'x.invalid', port: 1 })).to.equal('SIP/2.0/WSS x.invalid:1');
  });

  describe('options', () => {
    const cases: readonly (readonly [string, SendingOptions, string, readonly string[]])[] = [
      ['from', { from: 'sip:other@example.com' }, 'From', ['<sip:other@example.com>;tag=tag1']],
      ['from, with a tag of its own', { from: '<sip:other@example.com>;tag=mine' }, 'From', ['<sip:other@example.com>;tag=mine']],
      ['to', { to: '"B" <sip:b@example.com:5062>' }, 'To', ['B <sip:b@example.com:5062>']],
      ['call_id', { call_id: 'mine@host' }, 'Call-ID', ['mine@host']],
      ['cseq_num', { cseq_num: 2 ** 31 - 1 }, 'CSeq', ['2147483647 PUBLISH']],
      ['max_forwards', { max_forwards: 0 }, 'Max-Forwards', ['0']],
      ['user_agent', { user_agent: 'phone/1' }, 'User-Agent', ['phone/1']],
      ['supported', { supported: ['path', 'gruu'] }, 'Supported', ['path', 'gruu']],
      ['require', { require: 'path, gruu' }, 'Require', ['path, gruu']],
      ['accept', { accept: ['text/plain', 'application/pidf+xml'] }, 'Accept', ['text/plain', 'application/pidf+xml']],
      ['reason', { reason: 'SIP;cause=200;text="Call completed"' }, 'Reason', ['SIP;cause=200;text="Call completed"']],
      ['event', { event: 'presence;id=7' }, 'Event', ['presence;id=7']],
      ['expires', { expires: 4_294_967_295 }, 'Expires', ['4294967295']],
      ['contact, an address', { contact: '<sip:c@127.0.0.1>;expires=60' }, 'Contact', ['<sip:c@127.0.0.1>;expires=60']],
      ['contact, several', { contact: ['<sip:c@h>', '<sip:d@h>'] }, 'Contact', ['<sip:c@h>', '<sip:d@h>']],
      ['contact, all', { contact: '*' }, 'Contact', ['*']],
      ['contact, our own', { contact: true }, 'Contact', ['<sip:client1@127.0.0.1:5060>']],
      ['add, a record', { add: { 'X-A': '1', 'X-B': ['2', '3'] } }, 'X-B', ['2', '3']],
      ['add, a list', { add: [['X-A', '1'], ['X-B', '2'], ['X-A', '3']] }, 'X-A', ['1', '3']],
      ['add, behind what is there', { supported: 'path', add: { Supported: 'gruu' } }, 'Supported', ['path', 'gruu']],
      ['add, by its compact name', { supported: 'path', add: { k: 'gruu' } }, 'Supported', ['path', 'gruu']],
      ['insert, before what is there', { supported: ['path', 'gruu'], insert: { supported: ['a', 'b'] } }, 'Supported', ['a', 'b', 'path', 'gruu']],
      ['insert, where nothing is', { insert: { 'X-A': '1' } }, 'X-A', ['1']],
      ['replace, what is there', { supported: ['path', 'gruu'], replace: { SUPPORTED: 'a' } }, 'Supported', ['a']],
      ['replace, where nothing is', { replace: { Subject: 'hello' } }, 'Subject', ['hello']],
      ['replace, an Event', { event: 'presence', replace: { o: 'dialog' } }, 'Event', ['dialog']],
      ['all three', { replace: { 'X-A': '2' }, insert: { 'X-A': '1' }, add: { 'X-A': '3' } }, 'X-A', ['1', '2', '3']],
    ];
    for (const [name, options, header, values] of cases) {
      it(name, () => expect(built(options).all(header)).to.deep.equal(values));
    }
  });

  it('B02 refuses edits that would make a header stand twice, and those of headers with an option of their own', () => {
    expect(refused({ event: 'presence', add: { Event: 'dialog' } })).to.deep.include({ code: 'invalid_option' });
    expect(refused({ event: 'presence', insert: { o: 'dialog' } }).message).to.include("use 'replace'");
    expect(refused({ add: { 'SIP-If-Match': ['a', 'b'] } }).code).to.equal('invalid_option');
    expect(refused({ add: { Via: 'SIP/2.0/UDP x' } }).message).to.include('the stack sets it');
    expect(refused({ replace: { i: 'x' } }).message).to.include("use the option 'call_id'");
    expect(refused({ insert: [['content-length', '3']] }).code).to.equal('invalid_option');
    expect(refused({ add: { 'X A': '1' } }).message).to.include('one token');
  });

  it('lets no header be injected, whoever calls', () => {
    for (const options of [
      { event: 'presence\r\nX: y' }, { user_agent: 'a\nb' }, { add: { 'X-A': 'a\r\nVia: b' } }, { add: { 'X-A': 'a\0b' } }, { call_id: 'a\r\nb' }, { reason: 'a\rb' },
    ]) expect(() => built(options)).to.throw(RangeError, /header injection/);
    expect(() => built({ add: { 'X-A: b\r\nX': 'c' } })).to.throw(NksipError);
    expect(() => built({ from: '<sip:a@b>\r\nX: y' })).to.throw(NksipError);
  });

  describe('Contact', () => {
    for (const [method, has] of [['PUBLISH', 0], ['OPTIONS', 0], ['MESSAGE', 0], ['REGISTER', 0], ['SUBSCRIBE', 1], ['NOTIFY', 1], ['REFER', 1]] as const) {
      it(`RFC 3261 8.1.1.8 ${has === 1 ? 'stands' : 'does not stand'} in a ${method} unless told`, () => {
        expect(built({}, { method }).all('Contact')).to.have.length(has);
        expect(built({ contact: has === 0 }, { method }).all('Contact')).to.have.length(1 - has);
      });
    }

    for (const [transport, uri, contact] of [
      ['tcp', 'sip:b@h', '<sip:client1@127.0.0.1:5060;transport=tcp>'],
      ['tls', 'sip:b@h;transport=tls', '<sip:client1@127.0.0.1:5060;transport=tls>'],
      ['tls', 'sips:b@h', '<sips:client1@127.0.0.1:5060>'],
      ['ws', 'sip:b@h;transport=ws', '<sip:client1@127.0.0.1:5060;transport=ws>'],
      ['wss', 'sips:b@h;transport=ws', '<sips:client1@127.0.0.1:5060;transport=ws>'],
    ] as const) {
      it(`D38 RFC 3261 8.1.1.8 is ${contact} over ${transport} to ${uri}`, () => {
        expect(built({ contact: true }, { uri, local: { ...udp, transport } }).one('Contact')).to.equal(contact);
      });
    }
  });
});
