import { expect } from 'chai';
import { publishText, without } from '../kit/request-text.ts';
import { closeAll, overStream, overUdp, running } from '../wire/running.ts';

const listening = { sip_listen: 'sip:127.0.0.1:0' };
/** Answers with the body that it got, and the number of the CSeq. */
const echoing = { sip_publish: (req: { readonly body: Uint8Array }) => ['reply', ['ok', { body: Buffer.from(req.body).toString() }]] };

describe('what a stream or a datagram holds', () => {
  afterEach(closeAll);

  it('D19 RFC 3261 18.3: messages are cut out of a stream by Content-Length: byte by byte, and 50 in one chunk', async () => {
    const peer = await overStream(await running(listening, echoing));
    peer.socket.setNoDelay(true);
    const via = ['SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKs'];
    const slow = publishText({ via, body: 'slow\r\n\r\nPUBLISH not a message' });
    for (const byte of Buffer.from(slow)) peer.send(Buffer.from([byte]));
    expect((await peer.next()).body).to.equal('slow\r\n\r\nPUBLISH not a message');
    const texts = Array.from({ length: 50 }, (_, index) => publishText({ via: [`SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK${index}`], cseq: `${index + 1} PUBLISH`, body: `body ${index}` }));
    peer.send(texts.join(''));
    for (let index = 0; index < 50; index++) {
      const response = await peer.next();
      expect([response.one('CSeq'), response.body]).to.deep.equal([`${index + 1} PUBLISH`, `body ${index}`]);
    }
  });

  it('D20 RFC 3261 18.3: a stream message without Content-Length is 400, and the connection ends', async () => {
    const peer = await overStream(await running(listening, echoing));
    const response = await peer.ask(without(publishText({ via: ['SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKn'], body: 'x' }), 'Content-Length'));
    expect([response.code, response.reason]).to.deep.equal([400, 'Missing Content-Length']);
    await peer.closed;
  });

  it('D20 RFC 3261 20.14: the body of a datagram without Content-Length is the rest of it', async () => {
    const peer = await overUdp(await running(listening, echoing));
    const response = await peer.ask(without(publishText({ port: peer.port, body: 'the rest\r\n' }), 'Content-Length'));
    expect([response.code, response.body]).to.deep.equal([200, 'the rest\r\n']);
  });

  it('D21 RFC 3261 18.3: surplus bytes of a datagram are ignored; one that is too short is 400, and a response dropped', async () => {
    const peer = await overUdp(await running(listening, echoing));
    const via = (branch: string) => [`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK${branch}`];
    const text = publishText({ via: via('long'), body: 'body' });
    expect((await peer.ask(`${text}and more\r\n`)).body).to.equal('body');
    peer.send(`SIP/2.0 200 OK\r\nVia: ${via('response')[0]}\r\nContent-Length: 100\r\n\r\n`);
    const short = await peer.ask(publishText({ via: via('short'), body: 'body' }).replace('Content-Length: 4', 'Content-Length: 5'));
    expect([short.code, short.reason]).to.deep.equal([400, 'Content-Length Exceeds the Message']);
  });

  it('D22 RFC 3261 7.5: line ends before a message are ignored, in a stream and in a datagram', async () => {
    const service = await running(listening, echoing);
    const [stream, udp] = [await overStream(service), await overUdp(service)];
    expect((await stream.ask(`\r\n${publishText({ via: ['SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKl'] })}`)).code).to.equal(200);
    expect((await udp.ask(`\r\n\r\n${publishText({ port: udp.port })}`)).code).to.equal(200);
  });

  it('D22 RFC 5626 3.5.1: CRLFCRLF on a stream gets CRLF at once; in a datagram it gets nothing', async () => {
    const service = await running(listening, echoing);
    const [stream, udp] = [await overStream(service), await overUdp(service)];
    stream.send('\r\n\r\n');
    expect(await stream.inbox.next()).to.equal('\r\n');
    expect((await stream.ask(publishText({ via: ['SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKp'] }))).code).to.equal(200);
    udp.send('\r\n\r\n');
    expect((await udp.ask(publishText({ port: udp.port }))).code).to.equal(200);
  });

  it('D23 RFC 5626 4.4.2: STUN on the port gets nothing and harms nothing', async () => {
    const service = await running(listening, echoing);
    const udp = await overUdp(service);
    udp.send(Buffer.from('000100002112a442000102030405060708090a0b', 'hex'));
    udp.send(Buffer.from([0]));
    udp.send(Buffer.alloc(0));
    udp.send(Buffer.from([0xff, 0xfe, 0x00]));
    expect((await udp.ask(publishText({ port: udp.port }))).code).to.equal(200);
    expect(udp.inbox.waiting).to.deep.equal([]);
  });

  const strangers: Readonly<Record<string, string>> = {
    'a zero byte': '\0', 'a zero byte behind a line end': '\r\n\0', 'four zero bytes': '\0\0\0\0', 'the first byte of STUN': '\x01',
    'the header of the PROXY protocol 1': 'PROXY TCP4 192.0.2.1 192.0.2.2 5060 5060\r\n',
    'the header of the PROXY protocol 2': '\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\x13\xc4\x13\xc4',
  };

  for (const [name, bytes] of Object.entries(strangers)) {
    it(`D20 RFC 3261 18.3: ${name} before a message on a stream ends the connection, and is not passed over in silence`, async () => {
      const peer = await overStream(await running(listening, echoing));
      peer.send(Buffer.from(bytes, 'latin1'));
      peer.send(publishText({ via: ['SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKn'] }));
      await peer.closed;
      expect(peer.inbox.waiting.filter((text) => text.startsWith('SIP/2.0 200'))).to.deep.equal([]);
    });
  }

  it('RFC 3261 8.2.2: a line that is no header field costs nothing', async () => {
    const peer = await overUdp(await running(listening, echoing));
    for (const line of ['X Foo: bar', 'X@Foo: a', ': empty', 'Client/Version: 1', 'ASBC 1 (Group)']) {
      expect((await peer.ask(publishText({ port: peer.port, headers: [line] }))).code, line).to.equal(200);
    }
  });
});
