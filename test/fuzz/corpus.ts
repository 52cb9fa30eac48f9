import { publishText, requestText } from '../kit/request-text.ts';
import { bytesOf, pidf, publishLines, replaced } from '../sip/message-text.ts';
import { tortureMessages } from '../sip/torture-messages.ts';

/** Every method of the IANA registry, and one of nobody's. */
export const methods = ['ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'PRACK', 'PUBLISH', 'REFER', 'REGISTER', 'SUBSCRIBE', 'UPDATE', 'DANCE'];

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

const digest = 'Digest username="alice", realm="a \\"b\\"", nonce="dcd98b", uri="sip:example.com", response="6629fae49393a05397450978507c4ef1", algorithm=SHA-256, cnonce="0a4f", qop=auth, nc=00000001, opaque=""';

const multipart = [
  '--b1', 'Content-Type: application/sdp', '', 'v=0', '--b1', 'Content-Type: application/pidf+xml', 'Content-ID: <x@y>', '', pidf, '--b1--', '',
].join('\r\n');

/** Requests with all that a PUBLISH may have, written in every way that the grammar lets. */
const requests: readonly Buffer[] = [
  bytesOf(publishLines),
  latin1(publishText({ body: 'data', expires: 60 })),
  latin1(publishText({ etag: 'a1b2', expires: 0 })),
  latin1(publishText({ body: multipart, headers: ['Content-Type: multipart/mixed;boundary="b1"', 'Content-Disposition: render;handling=optional', 'MIME-Version: 1.0'] })),
  latin1(publishText({ body: 'x', headers: [`Authorization: ${digest}`, `Proxy-Authorization: ${digest}`, 'Authorization: Basic YWxpY2U6c2VjcmV0'] })),
  latin1(publishText({
    uri: 'sip:alice:pass@[2001:db8::9:1]:5070;transport=udp;lr', from: '"A \\" B" <sip:a%20b@[::ffff:192.0.2.1]>;tag=f', to: 'sip:Andr%e9%2541%25E9@example.com',
    via: ['SIP/2.0/UDP [2001:db8::9:1]:5060;branch=z9hG4bKipv6;received=[2001:db8::9:255];rport', 'SIP/2.0/TCP b.example.com:5061;branch=z9hG4bK2, SIP / 2.0 / TLS c.example.com;ttl=16;branch=z9hG4bK3'],
    headers: ['Event: presence;id="7"', 'Accept: application/pidf+xml;q=0.9, */*;q=0.1', 'Supported: 100rel,, path', 'Require: ', 'Date: Sat, 13 Nov 2010 23:29:00 GMT'],
  })),
  bytesOf(replaced(replaced(publishLines, 'From:', 'f:', ' "Alice"', '\t<sip:alice@example.com>', ' ;tag = f1'), 'Via:', 'v: SIP/2.0/UDP 192.0.2.4', '  ;branch=z9hG4bKfold;', ' rport')),
  latin1([
    'MESSAGE sip:bob@example.com SIP/2.0', 'v:SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKcompact;rport', 'f:<sip:a@b>;tag=1', 't:<sip:bob@example.com>', 'i:compact@x', 'CSeq:1 MESSAGE',
    'm:<sip:a@b;transport=tcp>;expires=60;q=0.7, "B, C" <sips:c@d?Subject=x>', 's:hi', 'k:timer', 'c:text/plain;charset=utf-8', 'e:identity', 'o:presence', 'u:presence,dialog', 'r:<sip:x@y>',
    'b:<sip:r@y>', 'x:90;refresher=uac', 'a:*;audio', 'd:proxy', 'j:*;video', 'y:"abc"', 'n:<https://x.example/>;alg=rsa-sha1', 'l:2', '', 'hi',
  ].join('\r\n')),
  latin1(publishText({ headers: ['Subject: J\u00c3\u00bcrgen \u00ff\u00fe', 'X-Unknown: \u00e2\u0082\u00ac', 'Route: <sip:p1.example.com;lr>,<sip:p2.example.com;lr>', 'Reason: SIP;cause=200;text="done"', 'Retry-After: 18 (in a (nested \\) comment));duration=60'] })),
  ...methods.map((method) => latin1(requestText({ method, body: method === 'MESSAGE' ? 'hello' : '', headers: [...(method === 'SUBSCRIBE' ? ['Event: nkpublish'] : []), 'Contact: <sip:a@127.0.0.1:5060>'] }))),
];

const responses: readonly Buffer[] = [
  ['SIP/2.0 200 OK', 'SIP-ETag: a1', 'Expires: 60'], ['SIP/2.0 100 Trying', 'Timestamp: 54.2 0.1'], ['SIP/2.0 423 Interval Too Brief', 'Min-Expires: 60'],
  ['SIP/2.0 503 ', 'Retry-After: 5 (busy);duration=10', 'Warning: 399 x "y"'],
  ['SIP/2.0 401 Unauthorized', 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=MD5, stale=false', 'Proxy-Authenticate: Digest realm="r",nonce="n"'],
].map(([start = '', ...headers]) => bytesOf([start, ...publishLines.filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line)), ...headers, 'Content-Length: 0'], ''));

/** Messages that are as the grammar wants them, each with its Content-Length. */
export const goodMessages: readonly Buffer[] = [...requests, ...responses];

/** What mutations start from: the good ones and all torture messages. */
export const corpus: readonly Buffer[] = [...goodMessages, ...tortureMessages.map(({ bytes }) => bytes)];
