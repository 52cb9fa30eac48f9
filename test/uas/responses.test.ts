import { expect } from 'chai';
import { publishText, requestText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, overStream, overUdp, running } from '../wire/running.ts';
import { needIpv6 } from '../transport/sockets.ts';

const udp = { sip_listen: 'sip:127.0.0.1:0;transport=udp' };
const both = { sip_listen: 'sip:127.0.0.1:0' };
const accepting = { sip_publish: () => ['reply', ['ok', { expires: 60, sip_etag: 'tag' }]] };

describe('a response', () => {
  afterEach(closeAll);

  it('D18 copies all Vias in their order, From, To with a tag, Call-ID and CSeq, byte for byte', async () => {
    const service = await running(udp, accepting);
    const peer = await overUdp(service);
    const response = await peer.ask([
      'PUBLISH sip:alice@example.com SIP/2.0',
      `v:  SIP/2.0/UDP   127.0.0.1:${peer.port};branch=z9hG4bK18;x="a, b" , SIP / 2.0/TCP  second.example.com ;branch=z9hG4bK2`,
      'CSeq:\t 7   PUBLISH',
      'Via: SIP/2.0/TLS third.example.com;branch=z9hG4bK3',
      'f: "Älice"  <sip:alice@example.com> ;tag=1',
      'TO :<sip:alice@example.com>;x=y',
      'i: id18',
      'Via: SIP/2.0/UDP fourth.example.com',
      '', '',
    ].join('\r\n'));
    const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
    expect(response.lines).to.deep.equal([
      `v:  SIP/2.0/UDP   127.0.0.1:${peer.port};branch=z9hG4bK18;x="a, b" , SIP / 2.0/TCP  second.example.com ;branch=z9hG4bK2`,
      'CSeq:\t 7   PUBLISH',
      'Via: SIP/2.0/TLS third.example.com;branch=z9hG4bK3',
      latin1('f: "Älice"  <sip:alice@example.com> ;tag=1'),
      response.lines[4] ?? '',
      'i: id18',
      'Via: SIP/2.0/UDP fourth.example.com',
      'Expires: 60', 'SIP-ETag: tag', 'Content-Length: 0',
    ]);
    expect(response.lines[4]).to.match(/^TO :<sip:alice@example\.com>;x=y;tag=[0-9a-f]{16}$/);
    expect(response.text.startsWith('SIP/2.0 200 OK\r\n')).to.equal(true);
    expect(response.text.endsWith('\r\n\r\n')).to.equal(true);
  });

  it('D18 RFC 3261 8.2.6.2: copies a To that has a tag as it is', async () => {
    const peer = await overUdp(await running(udp, accepting));
    const response = await peer.ask(publishText({ port: peer.port, to: '<sip:alice@example.com>;tag=theirs' }));
    expect([response.code, response.one('To')]).to.deep.equal([481, '<sip:alice@example.com>;tag=theirs']);
  });

  it('D15 adds received where sent-by is not the address that the request came from', async () => {
    const service = await running(udp, accepting);
    const peer = await overUdp(service);
    const via = async (sentBy: string): Promise<string> => (await peer.ask(publishText({ via: [`SIP/2.0/UDP ${sentBy};branch=z9hG4bKr`] }))).one('Via');
    expect(await via(`192.0.2.2:${peer.port}`)).to.equal(`SIP/2.0/UDP 192.0.2.2:${peer.port};branch=z9hG4bKr;received=127.0.0.1`);
    expect(await via(`host.example.com:${peer.port}`)).to.equal(`SIP/2.0/UDP host.example.com:${peer.port};branch=z9hG4bKr;received=127.0.0.1`);
    expect(await via(`127.0.0.1:${peer.port}`)).to.equal(`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bKr`);
  });

  it('D16 RFC 3581 4: fills rport, adds received, and goes from the socket that was asked to where the request came from', async () => {
    const service = await running(udp, accepting);
    const peer = await overUdp(service);
    const response = await peer.ask(publishText({ via: ['SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKrport'] }));
    expect(response.one('Via')).to.equal(`SIP/2.0/UDP 127.0.0.1:9;rport=${peer.port};branch=z9hG4bKrport;received=127.0.0.1`);
    expect(peer.from.at(-1)).to.deep.equal({ address: '127.0.0.1', port: Number(/:(\d+);/.exec(service.addresses[0] ?? '')?.[1]) });
  });

  it('D17 RFC 3261 18.2.2: without rport it goes to the port of sent-by, whatever port the request came from', async () => {
    const service = await running(udp, accepting);
    const [from, to] = [await overUdp(service), await overUdp(service)];
    from.send(publishText({ port: to.port }));
    expect((await to.next()).code).to.equal(200);
    expect(from.inbox.waiting).to.deep.equal([]);
  });

  it('D17 over a stream it goes over the connection on which the request came', async () => {
    const service = await running(both, accepting);
    const peer = await overStream(service);
    expect((await peer.ask(publishText({ via: ['SIP/2.0/TCP 192.0.2.9:9;branch=z9hG4bKtcp'] }))).one('Via'))
      .to.equal('SIP/2.0/TCP 192.0.2.9:9;branch=z9hG4bKtcp;received=127.0.0.1');
  });

  it('D16 D53 works over IPv6', async function () {
    needIpv6(this);
    const service = await running({ sip_listen: 'sip:[::1]:0;transport=udp' }, accepting);
    const peer = await overUdp(service, '::1');
    const response = await peer.ask(publishText({ via: ['SIP/2.0/UDP [2001:DB8::9]:9;rport;branch=z9hG4bK6'], uri: 'sip:alice@[::1]' }));
    expect(response.code).to.equal(200);
    expect(response.one('Via')).to.equal(`SIP/2.0/UDP [2001:DB8::9]:9;rport=${peer.port};branch=z9hG4bK6;received=::1`);
  });

  it('A28 A29 A30 to a PUBLISH has no Record-Route, no Contact and no Event, whatever the request had', async () => {
    const peer = await overUdp(await running(udp, accepting));
    const via = [`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bKdialog`];
    const response = await peer.ask(publishText({ via, headers: ['Record-Route: <sip:proxy.example.com;lr>', 'Contact: *', 'm: <sip:alice@192.0.2.1>'] }));
    expect(response.code).to.equal(200);
    for (const name of ['Record-Route', 'Contact', 'Event', 'm', 'o']) expect(response.lines.filter((line) => line.startsWith(name)), name).to.deep.equal([]);
  });

  it('A53 carries what its code asks for and nothing else', async () => {
    const replies: readonly (readonly [unknown, readonly string[]])[] = [
      ['ok', []], ['invalid_request', []], ['not_found', []], ['conditional_request_failed', []], ['request_too_large', []], ['internal_error', []],
      ['method_not_allowed', ['Allow']], ['unsupported_media_type', ['Accept']], ['unsupported_media_encoding', ['Accept-Encoding']],
      [['bad_extension', 'x'], ['Unsupported']], [['interval_too_brief', 60], ['Min-Expires']], ['bad_event', ['Allow-Events']],
      ['service_unavailable', ['Retry-After']], [503, ['Retry-After']], [405, ['Allow']], [489, ['Allow-Events']],
    ];
    const service = await running({ ...udp, sip_events: 'presence' }, {
      sip_publish: (req: { header(name: string): readonly string[] }) => ['reply', replies[Number(req.header('X-Reply')[0])]?.[0]],
    });
    const peer = await overUdp(service);
    for (const [index, [reply, headers]] of replies.entries()) {
      const response = await peer.ask(publishText({ port: peer.port, headers: [`X-Reply: ${index}`] }));
      const names = response.lines.map((line) => line.slice(0, line.indexOf(':'))).filter((name) => !['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Content-Length'].includes(name));
      expect(names, JSON.stringify(reply)).to.deep.equal(headers);
      expect(response.toTag).to.match(/^[0-9a-f]{16}$/);
    }
  });

  it('has a line in the log in which each value is one word, or in quotes', async () => {
    const logger = new LogRecorder();
    const log = { event: 'presence', tag: 'a=b', user: 'alice@my realm kind=forged', empty: '', quote: 'say "x"', seconds: 60 };
    const service = await running({ logger }, { sip_publish: () => ['reply', ['ok', { log }]] });
    await service.inject(publishText({ uri: 'sip:a@b' }), { address: '192.0.2.1' });
    expect(logger.lines.filter(({ level }) => level === 'info').map(({ message }) => message)).to.deep.equal([
      String.raw`PUBLISH sip:a@b 200 OK event=presence tag=a=b user="alice@my realm kind=forged" empty="" quote="say \"x\"" seconds=60`,
    ]);
  });

  it('D55 a refusal says why in its reason phrase', async () => {
    const peer = await overUdp(await running(udp, accepting));
    const text = requestText({ method: 'PUBLISH', port: peer.port });
    const wrong: readonly (readonly [RegExp, string, string])[] = [
      [/^CSeq: .*$/m, 'CSeq: x PUBLISH', 'Malformed CSeq'], [/^From: .*$/m, 'From: <<<', 'Malformed From'], [/^Max-Forwards: .*$/m, 'Max-Forwards: 300', 'Malformed Max-Forwards'],
      [/^Call-ID: .*\r\n/m, '', 'Missing Call-ID'], [/^To: .*$/m, 'To: <sip:a@b>\r\nt: <sip:a@b>', 'Repeated To'], [/SIP\/2\.0\r/, 'SIP/3.0\r', 'Version Not Supported'],
      [/^Content-Length: .*$/m, 'Content-Length: 5', 'Content-Length Exceeds the Message'],
    ];
    for (const [line, instead, reason] of wrong) expect((await peer.ask(text.replace(line, instead))).reason).to.equal(reason);
  });
});
