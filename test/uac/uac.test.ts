import { expect } from 'chai';
import type { RequestOptions } from '../../packages/core/src/uac/request-options.ts';
import type { Published } from '../../packages/core/src/uac/results.ts';
import { faultOf } from '../kit/caught.ts';
import { responseTo } from '../kit/received-text.ts';
import { startClient, type Client } from './client-host.ts';
import { tcpPeer, udpPeer, type Peer, type Script } from './scripted-peer.ts';

const granted: Script = (request) => responseTo(request, '200 OK', ['SIP-ETag: etag1', 'Expires: 5']);

describe('uac', () => {
  let client: Client;
  const peers: Peer[] = [];

  beforeEach(async () => (client = await startClient()));
  afterEach(async () => {
    await client.stop();
    await Promise.all(peers.splice(0).map((peer) => peer.close()));
  });

  async function over(transport: 'udp' | 'tcp', script: Script, port = 0): Promise<{ readonly peer: Peer; readonly uri: string }> {
    const peer = await (transport === 'udp' ? udpPeer(script, port) : tcpPeer(script, port));
    peers.push(peer);
    return { peer, uri: `sip:user1@127.0.0.1:${peer.port};transport=${transport}` };
  }

  for (const transport of ['udp', 'tcp'] as const) {
    describe(`over ${transport}`, () => {
      it('B08 publish answers the tag and the lifetime that the server gave', async () => {
        const { peer, uri } = await over(transport, granted);
        const result = await client.uac.publish('client1', uri, { event: 'nkpublish', expires: 60, body: 'data1' });
        expect(result).to.deep.include({ ok: true, code: 200, meta: { sip_etag: 'etag1', expires: 5 } });
        expect(result.response).to.deep.include({ code: 200, reason: 'OK' });
        expect(result.response?.header('sip-etag')).to.deep.equal(['etag1']);
        const [request] = peer.requests;
        expect(request?.startLine).to.equal(`PUBLISH ${uri} SIP/2.0`);
        expect(request?.body).to.equal('data1');
        expect(request?.one('Via')).to.match(new RegExp(`^SIP/2.0/${transport.toUpperCase()} 127.0.0.1:\\d+;rport;branch=z9hG4bK[0-9a-f]{24}$`));
      });

      it('publish takes a 412 as a value, with nothing in its meta', async () => {
        const { uri } = await over(transport, (request) => responseTo(request, '412 Conditional Request Failed', ['Expires: 7', 'SIP-ETag: x']));
        const result = await client.uac.publish('client1', uri, { event: 'nkpublish', sip_if_match: 'other' });
        expect(result).to.deep.include({ ok: false, code: 412, meta: {} });
        expect(result).not.to.have.property('local');
      });

      it('waits for the final response behind a 100', async () => {
        const { uri } = await over(transport, (request) => responseTo(request, '100 Trying') + (transport === 'tcp' ? responseTo(request, '202 Accepted') : ''));
        const waiting = client.uac.message('client1', uri, { body: 'hello', timeout: 0.2 });
        expect(await waiting).to.include(transport === 'tcp' ? { ok: true, code: 202 } : { ok: false, code: 408, local: 'timeout' });
      });

      it('D50 draws a new branch, Call-ID and From tag for each request, and rising CSeq numbers', async () => {
        const { peer, uri } = await over(transport, granted);
        for (let i = 0; i < 3; i++) await client.uac.publish('client1', uri, { event: 'presence', body: 'x' });
        for (const name of ['Via', 'Call-ID', 'From', 'CSeq']) expect(new Set(peer.requests.map((request) => request.one(name))).size, name).to.equal(3);
        const numbers = peer.requests.map((request) => Number.parseInt(request.one('CSeq'), 10));
        expect(numbers).to.deep.equal(numbers.toSorted((a, b) => a - b));
        expect(numbers[0]).to.be.lessThan(2 ** 31 - 3);
      });

      it('D28 503 from a server is a value; local only where there was none', async () => {
        const { uri } = await over(transport, (request) => responseTo(request, '503 Service Unavailable', ['Retry-After: 3']));
        const result = await client.uac.options('client1', uri, { get_meta: ['retry_after'] });
        expect(result).to.deep.include({ ok: false, code: 503, meta: { retry_after: ['3'] } });
        expect(result).not.to.have.property('local');
      });
    });
  }

  it('B21 sends the same bytes again over UDP until it is answered, and takes repeated answers for one', async () => {
    const { peer, uri } = await over('udp', (request, count) => count < 3 ? undefined : responseTo(request, '200 OK', ['SIP-ETag: a', 'Expires: 1']).repeat(1));
    expect(await client.uac.publish('client1', uri, { event: 'presence', body: 'x' })).to.include({ ok: true });
    expect(peer.requests).to.have.length(3);
    expect(new Set(peer.requests.map(({ text }) => text)).size).to.equal(1);
  });

  it('a silent server is a local 408', async () => {
    await client.stop();
    client = await startClient({ timers: { t1: 2, t2: 16 } });
    const { uri } = await over('udp', () => undefined);
    expect(await client.uac.publish('client1', uri, { event: 'presence', body: 'x' })).to.deep.equal({ ok: false, code: 408, meta: {}, local: 'timeout' });
    expect(await client.uac.options('client1', uri, { get_meta: ['expires'] })).to.deep.equal({ ok: false, code: 408, meta: { expires: [] }, local: 'timeout' });
    expect(client.said[0]).to.include('PUBLISH').and.to.include('timeout');
  });

  it('D28 a server that is not there, or that hangs up, is a local 503', async () => {
    const { peer, uri } = await over('tcp', () => 'hang up');
    const failed = { ok: false, code: 503, local: 'transport' };
    expect(await client.uac.publish('client1', uri, { event: 'presence', body: 'x' })).to.include(failed).and.have.nested.property('error.code', 'transport_error');
    await peer.close();
    peers.pop();
    const refused = await client.uac.publish('client1', uri, { event: 'presence', body: 'x' });
    expect(refused).to.include(failed).and.have.nested.property('error.message').that.matches(/nobody listens there/);
    expect(await client.uac.options('client1', 'sip:no-such-host')).to.include(failed).and.have.nested.property('error.code', 'resolve_failed');
  });

  it('D28 D50 RFC 3263 4.3 a UDP port where nobody listens is a local 503, and the next target is tried at once', async () => {
    const { peer, uri } = await over('udp', granted);
    const gone = await over('udp', granted);
    await peers.pop()?.close();
    await client.stop();
    client = await startClient({ resolve: async () => [gone.peer, peer].map(({ port }) => ({ transport: 'udp', address: '127.0.0.1', port, host: 'peer.example' })), timers: { t1: 60_000, t2: 60_000 } }, '');
    expect(await client.uac.publish('client1', uri, { event: 'presence', body: 'x' })).to.include({ ok: true, code: 200 });
    await peers.pop()?.close();
    const refused = await client.uac.publish('client1', uri, { event: 'presence', body: 'x' });
    expect(refused).to.include({ ok: false, code: 503, local: 'transport' }).and.have.nested.property('error.message').that.matches(/^udp 127\.0\.0\.1:\d+ failed: nobody listens there\.$/);
  });

  it('RFC 3261 8.1.1.8 sends what has a Contact from a port that stays, and no two others from one', async () => {
    const { peer, uri } = await over('udp', (request) => responseTo(request, '200 OK'));
    await client.stop();
    client = await startClient({}, '');
    for (const options of [{}, {}, { contact: true }, { contact: '<sip:a@127.0.0.1>' }, { contact: ['<sip:a@127.0.0.1>', '<sip:b@127.0.0.1>'] }]) await client.uac.options('client1', uri, options);
    const ports = peer.requests.map((request) => /:(\d+);rport/.exec(request.one('Via'))?.[1]);
    expect(new Set(ports).size).to.equal(3);
    expect(new Set(ports.slice(2)).size).to.equal(1);
  });

  it('D28 requests under way end as a local 503 when the service stops', async () => {
    const { uri } = await over('udp', () => {
      void client.stop();
      return undefined;
    });
    expect(await client.uac.options('client1', uri)).to.include({ code: 503, local: 'transport' });
  });

  it('D27 sends what is too large for UDP over TCP', async () => {
    const { peer: tcp } = await over('tcp', granted);
    const { peer: udp } = await over('udp', granted, tcp.port);
    const uri = `sip:user1@127.0.0.1:${tcp.port}`;
    expect(await client.uac.publish('client1', uri, { event: 'presence', body: 'x' })).to.include({ ok: true });
    expect(await client.uac.publish('client1', uri, { event: 'presence', body: 'x'.repeat(1300) })).to.include({ ok: true });
    expect([udp.requests.length, tcp.requests.length]).to.deep.equal([1, 1]);
  });

  it('D27 RFC 3261 18.1.1 goes back to UDP when TCP is refused', async () => {
    const { peer } = await over('udp', granted);
    const uri = `sip:user1@127.0.0.1:${peer.port}`;
    expect(await client.uac.publish('client1', uri, { event: 'presence', body: 'x'.repeat(1300) })).to.include({ ok: true });
    expect(peer.requests).to.have.length(1);
  });

  it('sends a request with a route set to the first route', async () => {
    const { peer } = await over('udp', granted);
    const result = await client.uac.publish('client1', 'sip:user1@example.invalid', { event: 'presence', body: 'x', route: `<sip:127.0.0.1:${peer.port};lr>` });
    expect(result).to.include({ ok: true });
    expect(peer.requests[0]?.startLine).to.equal('PUBLISH sip:user1@example.invalid SIP/2.0');
    expect(peer.requests[0]?.one('Route')).to.equal(`<sip:127.0.0.1:${peer.port};lr>`);
  });

  it('B18 sends the next PUBLISH where it is told, whatever Contact and Record-Route the response had', async () => {
    const { peer, uri } = await over('udp', (request) => responseTo(request, '200 OK', ['Contact: <sip:127.0.0.1:1>', 'Record-Route: <sip:127.0.0.1:1;lr>', 'SIP-ETag: a', 'Expires: 5']));
    await client.uac.publish('client1', uri, { event: 'presence', body: 'x' });
    expect(await client.uac.publish('client1', uri, { event: 'presence', sip_if_match: 'a' })).to.include({ ok: true });
    expect(peer.requests[1]?.all('Route')).to.deep.equal([]);
    expect(peer.requests[1]?.startLine).to.equal(`PUBLISH ${uri} SIP/2.0`);
  });

  it('drops stray responses and waits on for its own', async () => {
    const { uri } = await over('udp', (request, count) => {
      const own = responseTo(request, '200 OK');
      if (count === 1) return own.replace(/branch=\w+/, 'branch=z9hG4bKother');
      return count === 2 ? own.replace(/^CSeq: (\d+) OPTIONS/m, 'CSeq: $1 INFO') : own;
    });
    expect(await client.uac.options('client1', uri)).to.include({ ok: true, code: 200 });
  });

  describe('what a PUBLISH got', () => {
    async function published(headers: readonly string[], expires?: number): Promise<Published> {
      const { uri } = await over('udp', (request) => responseTo(request, '200 OK', headers));
      return client.uac.publish('client1', uri, { event: 'presence', body: 'x', expires });
    }

    it('B22 is not ok without exactly one SIP-ETag', async () => {
      for (const headers of [[], ['SIP-ETag: a', 'SIP-ETag: b'], ['SIP-ETag: a, b'], ['SIP-ETag:']]) {
        expect(await published(headers, 60)).to.deep.include({ ok: false, code: 200, meta: {} });
      }
      const result = await published(['Expires: 9'], 60);
      expect(result).to.deep.include({ ok: false, code: 200, meta: { expires: 9 } });
      expect(result.response?.header('expires')).to.deep.equal(['9']);
    });

    it('RFC 3903 6(7) lives as long as the 2xx says, else as long as was asked', async () => {
      expect(await published(['SIP-ETag: a', 'Expires: 9'], 60)).to.deep.include({ ok: true, meta: { sip_etag: 'a', expires: 9 } });
      expect(await published(['SIP-ETag: a', 'Expires: 0'], 0)).to.deep.include({ ok: true, meta: { sip_etag: 'a', expires: 0 } });
      expect(await published(['SIP-ETag: a', 'Expires: soon'], 60)).to.deep.include({ ok: true, meta: { sip_etag: 'a', expires: 60 } });
      expect(await published(['SIP-ETag: a'])).to.deep.include({ ok: true, meta: { sip_etag: 'a', expires: 3600 } });
    });
  });

  it('RFC 3261 18.1.1: a kept connection that turns out to be dead is opened anew, once; a fresh one that breaks is a failure', async () => {
    // The second and third requests are hung up on: that on the kept connection, and that on the new one.
    for (const hangUps of [[2], [2, 3]]) {
      const { peer, uri } = await over('tcp', (request, count) => hangUps.includes(count) ? 'hang up' : granted(request, count));
      expect(await client.uac.publish('client1', uri, { event: 'nkpublish', body: 'x' })).to.include({ ok: true });
      const second = await client.uac.publish('client1', uri, { event: 'nkpublish', body: 'x' });
      expect(second).to.include(hangUps.length === 1 ? { ok: true, code: 200 } : { ok: false, code: 503, local: 'transport' });
      expect(peer.requests).to.have.length(3);
      expect(new Set(peer.requests.map(({ branch }) => branch)).size).to.equal(3);
    }
  });

  describe('what another request got', () => {
    it('get_meta names the headers that are wanted', async () => {
      const { uri } = await over('udp', (request) => responseTo(request, '200 All right', ['Contact: <sip:a@h>', 'm: <sip:b@h>', 'Allow: OPTIONS, PUBLISH', 'X-Own: ä'], 'body'));
      const result = await client.uac.request('client1', 'OPTIONS', uri, { get_meta: ['contact', 'allow', 'x_own', 'retry_after'] });
      expect(result.ok).to.equal(true);
      const meta: { readonly contact: readonly string[]; readonly allow: readonly string[] } = result.meta;
      expect(meta).to.deep.equal({ contact: ['<sip:a@h>', '<sip:b@h>'], allow: ['OPTIONS, PUBLISH'], x_own: ['ä'], retry_after: [] });
      expect(result.response).to.deep.include({ code: 200, reason: 'All right', body: new Uint8Array(Buffer.from('body')) });
      const bare = await client.uac.options('client1', uri);
      expect(bare.meta).to.deep.equal({});
      // @ts-expect-error only what get_meta names is there
      expect(bare.meta.contact).to.equal(undefined);
    });

    it('takes any method, with the options of any request', async () => {
      const { peer, uri } = await over('udp', (request) => responseTo(request, '200 OK'));
      const options: RequestOptions = { to: '<sip:b@example.com>', contact: true, expires: 60, call_id: 'same', cseq_num: 3, add: { 'X-A': 'b' } };
      expect(await client.uac.request({ id: 'client1' }, 'REGISTER', uri, options)).to.include({ ok: true, code: 200 });
      const [request] = peer.requests;
      expect(request?.one('CSeq')).to.equal('3 REGISTER');
      expect(request?.one('Call-ID')).to.equal('same');
      expect(request?.one('Contact')).to.match(/^<sip:client1@127.0.0.1:\d+>$/);
      expect(request?.one('X-A')).to.equal('b');
      expect(await client.uac.message('client1', uri, { body: 'hello' })).to.include({ ok: true });
      expect(peer.requests[1]?.one('Content-Type')).to.equal('text/plain');
    });
  });

  describe('faults', () => {
    const uri = 'sip:user1@127.0.0.1:1';

    it('service_not_found', async () => {
      expect(await faultOf(client.uac.publish('nobody', uri, { event: 'presence' }))).to.include({ code: 'service_not_found' });
      expect(await faultOf(client.uac.options({ id: 'nobody' }, uri))).to.include({ code: 'service_not_found' });
    });

    it('RFC 3261 19.1.5: invalid_argument for a URI with headers or a method, which would not be sent', async () => {
      for (const [uri, part] of [['sip:bob@127.0.0.1?Subject=hi&Priority=urgent', "behind the '?'"], ['sip:bob@127.0.0.1;method=MESSAGE', "parameter 'method'"]] as const) {
        const fault = await faultOf(client.uac.options('client1', uri));
        expect(fault.code).to.equal('invalid_argument');
        expect(fault.message).to.include(part);
      }
    });

    it('invalid_uri', async () => {
      for (const bad of ['', 'user1@h', 'tel:1', 'http://h', 'sip:', 'sip:a@h\r\nX: y', 'sip:a@h x', '<sip:a@h>']) {
        expect((await faultOf(client.uac.options('client1', bad))).code, bad).to.equal('invalid_uri');
      }
    });

    it('invalid_argument for INVITE, ACK, CANCEL and what is no method', async () => {
      for (const method of ['INVITE', 'ACK', 'CANCEL', '', 'A B', 'A\r\nB']) {
        const fault = await faultOf(client.uac.request('client1', method, uri));
        expect(fault.code, method).to.equal('invalid_argument');
        expect(fault.details).to.include({ argument: 'method', given: method });
      }
    });

    it('a method in lower case is told how it is written, and an extension is sent as it is', async () => {
      expect((await faultOf(client.uac.request('client1', 'options', uri))).message).to.equal("The argument 'method' cannot be 'options': methods are upper case: write 'OPTIONS'.");
      expect((await faultOf(client.uac.request('client1', 'knock', 'nowhere'))).code).to.equal('invalid_uri');
    });

    it('unknown_option and invalid_option, found by the compiler as well', async () => {
      // @ts-expect-error unknown option
      expect(await faultOf(client.uac.publish('client1', uri, { event: 'presence', expire: 5 }))).to.deep.include({ code: 'unknown_option', details: { option: 'expire', nearest: 'expires' } });
      // @ts-expect-error unknown option
      expect(await faultOf(client.uac.options('client1', uri, { bdy: 'x' }))).to.include({ code: 'unknown_option' });
      // @ts-expect-error event is required
      expect(await faultOf(client.uac.publish('client1', uri, {}))).to.include({ code: 'invalid_option' });
      expect(await faultOf(client.uac.message('client1', uri, { add: { 'X-A': 'b\r\nVia: c' } }))).to.include({ code: 'invalid_option' });
    });
  });
});
