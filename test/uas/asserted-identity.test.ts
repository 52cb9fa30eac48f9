import type { AssertedIdentity, SipRequest } from '@nksip-ts/core';
import { list } from '@nksip-ts/event-compositor';
import '@nksip-ts/event-notifier';
import { expect } from 'chai';
import { owners } from '../../examples/owners.ts';
import { publishText, requestText } from '../kit/request-text.ts';
import type { UdpPeer } from '../wire/peers.ts';
import { closeAll, LogRecorder, overStream, overUdp, running } from '../wire/running.ts';

describe('P-Asserted-Identity', () => {
  afterEach(closeAll);

  const spec = { plugins: ['event-compositor'], sip_events: 'nkpublish', sip_listen: 'sip:127.0.0.1:0' };
  const trusting = { ...spec, sip_trusted_proxies: '127.0.0.2', sip_asserted_identity: true };

  /** What the service makes of these header lines, from an address. */
  async function found(headers: readonly string[], from = '127.0.0.2', options: object = trusting): Promise<AssertedIdentity | undefined> {
    const seen: (AssertedIdentity | undefined)[] = [];
    const service = await running({ ...options }, { sip_publish: (req: SipRequest) => {
      seen.push(req.assertedIdentity);
      return ['reply', 'ok'];
    } });
    const peer = await overUdp(service, '127.0.0.1', from);
    expect((await peer.ask(publishText({ headers: [...headers], port: peer.port }))).code).to.equal(200);
    expect(seen).to.have.length(1);
    return seen[0];
  }

  const alice = { uri: 'sip:alice@Example.COM:5070', aor: { scheme: 'sip', user: 'alice', domain: 'example.com' }, privacy: [] };

  it('D62 RFC 3325 9.1 is who sends the request, where a trusted proxy says so', async () => {
    expect(await found(['P-Asserted-Identity: "Alice" <sip:alice@Example.COM:5070>'])).to.deep.equal(alice);
    expect(await found(['P-Asserted-Identity: sip:alice@Example.COM:5070'])).to.deep.equal(alice);
    expect(await found([])).to.equal(undefined);
  });

  it('D62 RFC 3325 9.1 may have a SIP and a tel URI, in one line or two; any other two, or three, are none', async () => {
    const tel = 'tel:+14085264000';
    expect(await found([`P-Asserted-Identity: <sip:alice@Example.COM:5070>, <${tel}>`])).to.deep.equal({ ...alice, tel });
    expect(await found([`P-Asserted-Identity: <${tel}>`, 'P-Asserted-Identity: <sip:alice@Example.COM:5070>'])).to.deep.equal({ ...alice, tel });
    expect(await found([`P-Asserted-Identity: <${tel}>`])).to.deep.equal({ tel, privacy: [] });
    for (const wrong of ['<sip:alice@a>, <sip:bob@a>', '<sip:alice@a>, <sips:alice@a>', `<${tel}>, <tel:+1>`, `<sip:alice@a>, <${tel}>, <sip:bob@a>`, '<mailto:alice@a>', '<sip:alice@a>, <mailto:b@a>', 'nonsense', '<sip:>', '']) {
      expect(await found([`P-Asserted-Identity: ${wrong}`]), wrong).to.equal(undefined);
    }
  });

  it('D62 RFC 3325 9.3 has what Privacy asks for', async () => {
    expect(await found(['P-Asserted-Identity: <sip:alice@Example.COM:5070>', 'Privacy: ID; critical', 'Privacy: user'])).to.deep.equal({ ...alice, privacy: ['id', 'critical', 'user'] });
  });

  it('D62 RFC 3325 5 is ignored from any other address, from a proxy that may not say it, and in P-Preferred-Identity', async () => {
    const header = ['P-Asserted-Identity: <sip:alice@example.com>'];
    expect(await found(header, '127.0.0.3')).to.equal(undefined);
    expect(await found(header, '127.0.0.2', { ...spec, sip_trusted_proxies: '127.0.0.2' })).to.equal(undefined);
    expect(await found(header, '127.0.0.2', { ...spec, sip_asserted_identity: true })).to.equal(undefined);
    expect(await found(['P-Preferred-Identity: <sip:alice@example.com>'])).to.equal(undefined);
  });

  it('D62 lets the owner publish without a password, nobody else, and no other domain; the record says who it was', async () => {
    const service = await running(trusting, owners('example.com', new Map([['alice', 'secret']])));
    const [proxy, stranger] = [await overUdp(service, '127.0.0.1', '127.0.0.2'), await overStream(service)];
    const publish = (asserted: string) => publishText({ uri: 'sip:alice@example.com', from: '<sip:anonymous@anonymous.invalid>;tag=1', body: 'lit', headers: ['Content-Type: text/plain', `P-Asserted-Identity: ${asserted}`], port: proxy.port });
    expect((await proxy.ask(publish('<sip:alice@example.com>'))).code).to.equal(200);
    expect((await proxy.ask(publish('<sip:bob@example.com>'))).code).to.equal(403);
    expect((await proxy.ask(publish('<sip:alice@elsewhere>'))).code).to.equal(401);
    expect((await proxy.ask(publish('<tel:+1>'))).code).to.equal(401);
    expect((await stranger.ask(publish('<sip:alice@example.com>'))).code).to.equal(401);
    const publishers: string[] = [];
    for await (const { record } of list(service)) publishers.push(record.publisher ?? '');
    expect(publishers).to.deep.equal(['alice@example.com']);
  });

  const asserted = ['Content-Type: text/plain', 'P-Asserted-Identity: <sip:alice@example.com>'];

  it('D62 stands in the line of each PUBLISH and SUBSCRIBE as a user who signed in here does', async () => {
    const logger = new LogRecorder();
    const service = await running({ ...trusting, plugins: ['event-compositor', 'event-notifier'], sip_event_notifier_default_decision: 'allow', logger });
    const proxy = await overUdp(service, '127.0.0.1', '127.0.0.2');
    const publish = async (parts: Parameters<typeof publishText>[0]): Promise<string> => (await proxy.ask(publishText({ uri: 'sip:alice@example.com', headers: asserted, port: proxy.port, ...parts }))).all('SIP-ETag')[0] ?? '';
    const etag = await publish({ body: 'on', expires: 600 });
    await publish({ etag, expires: 600 });
    await publish({ etag, body: 'off', expires: 600 });
    await publish({ etag, expires: 0 });
    await proxy.ask(requestText({ method: 'SUBSCRIBE', uri: 'sip:bob@example.com', port: proxy.port, headers: ['Event: nkpublish', 'Expires: 600', ...asserted, `Contact: <sip:w@127.0.0.2:${proxy.port}>`] }));
    const lines = logger.lines.map(({ message }) => message).filter((line) => /^(?:PUBLISH|SUBSCRIBE) /.test(line));
    expect(lines.map((line) => /kind=(\w+).* user=(\S+)/.exec(line)?.slice(1))).to.deep.equal(['initial', 'refresh', 'modify', 'remove', 'initial'].map((kind) => [kind, 'alice@example.com']));
  });

  it("D62 has room at a full address: 'replace' puts a new publication in the place of the oldest one of the same user, and of nobody else", async () => {
    const service = await running({ ...trusting, sip_event_compositor_max_per_aor: 2 });
    const [proxy, stranger] = [await overUdp(service, '127.0.0.1', '127.0.0.2'), await overUdp(service, '127.0.0.1', '127.0.0.3')];
    const publish = async (from: UdpPeer, user: string, body: string): Promise<number> =>
      (await from.ask(publishText({ uri: 'sip:lamp@example.com', port: from.port, body, expires: 600, headers: ['Content-Type: text/plain', `P-Asserted-Identity: <sip:${user}@example.com>`] }))).code;
    for (const [from, user, body, code] of [[proxy, 'alice', 'one', 200], [proxy, 'bob', 'two', 200], [proxy, 'carol', 'three', 403], [stranger, 'alice', 'four', 403], [proxy, 'alice', 'five', 200]] as const) {
      expect(await publish(from, user, body), body).to.equal(code);
    }
    const stored: string[] = [];
    for await (const { record } of list(service)) stored.push(Buffer.from(record.data).toString());
    expect(stored).to.have.members(['two', 'five']);
  });
});
