import { uac, update, type Service } from '@nksip-ts/core';
import { find, textOf } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { publishText, requestText, without } from '../kit/request-text.ts';
import { closeAll, overUdp, overWebSocket, portOf, running } from './running.ts';

const compositor = (options: Readonly<Record<string, unknown>> = {}): Promise<Service> =>
  running({ plugins: ['event-compositor'], sip_events: 'nkpublish', sip_listen: 'sip:127.0.0.1:0;transport=ws, sip:127.0.0.1:0;transport=udp', ...options });

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };

async function stored(service: Service, tag: string): Promise<string> {
  const record = await find(service, aor, tag);
  return record === 'not_found' ? record : textOf(record);
}

const invalid = 'SIP/2.0/WS l67k95ioe1cq.invalid;branch=z9hG4bK';

describe('a service on a WebSocket', () => {
  afterEach(closeAll);

  for (const transport of ['ws', 'wss'] as const) {
    it(`D41 RFC 7118 5.2 answers a request whose sent-by nobody can resolve, over ${transport}`, async () => {
      const service = await compositor({ sip_listen: `sip:127.0.0.1:0;transport=${transport}` });
      const peer = await overWebSocket(service, transport);
      const via = `SIP/2.0/${transport.toUpperCase()} l67k95ioe1cq.invalid;branch=z9hG4bK1`;
      const answer = await peer.ask(publishText({ via: [via], body: 'data' }));
      expect(answer.code).to.equal(200);
      expect(answer.one('Via')).to.equal(`${via};received=127.0.0.1`);
      expect(peer.binary).to.deep.equal([false]);
      expect(await stored(service, answer.one('SIP-ETag'))).to.equal('data');
    });
  }

  it('D40 RFC 7118 5 takes a message without Content-Length, in text and in binary', async () => {
    const service = await compositor();
    const peer = await overWebSocket(service);
    for (const kind of ['text', 'binary'] as const) {
      const text = without(publishText({ via: [invalid + kind], body: 'grüße' }), 'Content-Length');
      const answer = await peer.ask(kind === 'text' ? text : Buffer.from(text));
      expect(answer.code).to.equal(200);
      expect(await stored(service, answer.one('SIP-ETag'))).to.equal('grüße');
    }
  });

  it('D40 RFC 7118 5 refuses a Content-Length that says more than there is with 400, and takes the next message', async () => {
    const peer = await overWebSocket(await compositor());
    const text = publishText({ via: [invalid], body: 'data' });
    expect((await peer.ask(text.replace('Content-Length: 4', 'Content-Length: 5'))).code).to.equal(400);
    expect((await peer.ask(publishText({ via: [invalid], body: 'data' }))).code).to.equal(200);
  });

  it('D40 RFC 3261 18.3 ignores what stands behind a body whose length is told', async () => {
    const service = await compositor();
    const peer = await overWebSocket(service);
    const answer = await peer.ask(publishText({ via: [invalid], body: 'data' }) + publishText({ via: [invalid], body: 'other' }));
    expect(await stored(service, answer.one('SIP-ETag'))).to.equal('data');
    expect((await peer.ask(requestText({ method: 'OPTIONS', via: [invalid] }))).one('CSeq')).to.equal('1 OPTIONS');
  });

  it('D40 answers in binary where it gives back what is no UTF-8', async () => {
    const peer = await overWebSocket(await compositor());
    const text = requestText({ method: 'OPTIONS', via: [invalid], from: '"J\u00fcrgen" <sip:alice@example.com>;tag=a1' });
    expect((await peer.ask(Buffer.from(text, 'latin1'))).one('From')).to.contain('J\u00fcrgen');
    expect((await peer.ask(text)).code).to.equal(200);
    expect(peer.binary).to.deep.equal([true, false]);
  });

  it('D41 keeps one state for what comes by WebSocket and by UDP', async () => {
    const service = await compositor();
    const [peer, other] = [await overWebSocket(service), await overUdp(service)];
    const etag = (await peer.ask(publishText({ via: [invalid], body: 'data' }))).one('SIP-ETag');
    expect((await other.ask(publishText({ via: ['SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1'], etag, expires: 0 }))).code).to.equal(200);
    expect((await peer.ask(publishText({ via: [invalid], etag, body: 'late' }))).code).to.equal(412);
  });

  it('D42 RFC 7118 6 answers a double CRLF', async () => {
    const peer = await overWebSocket(await compositor());
    peer.send('\r\n\r\n');
    expect(await peer.inbox.next()).to.equal('\r\n');
  });

  it('a request of ours goes to a client over the connection that it opened', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=ws' }, {
      sip_message: (request: { readonly source: { readonly address: string; readonly port: number } }) => {
        came = request.source.port;
        return ['reply', 'ok'];
      },
    });
    let came = 0;
    const peer = await overWebSocket(service);
    await peer.ask(requestText({ method: 'MESSAGE', via: [invalid] }));
    const sent = uac.message(service, `sip:bob@127.0.0.1:${came};transport=ws`, { body: 'hello' });
    const request = await peer.inbox.next();
    expect(request).to.match(/^MESSAGE sip:bob@127\.0\.0\.1:\d+;transport=ws SIP\/2\.0\r\nVia: SIP\/2\.0\/WS 127\.0\.0\.1:\d+;/);
    peer.send(request.replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n').replace(/hello$/, '').replace(/Content-Length: 5/, 'Content-Length: 0'));
    expect((await sent).code).to.equal(200);
  });

  it('a request of ours to a WebSocket that nobody opened is a 503 made here', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=ws' });
    for (const uri of [`sip:bob@127.0.0.1:${portOf(service, 'ws')};transport=ws`, 'sips:bob@example.com;transport=ws']) {
      const result = await uac.message(service, uri, { body: 'hello' });
      expect(result).to.include({ ok: false, code: 503, local: 'transport' });
    }
  });

  it('takes up WebSocket while it runs, and stops with a client connected', async () => {
    const service = await compositor({ sip_listen: 'sip:127.0.0.1:0;transport=udp' });
    await update(service, { sip_listen: 'sip:127.0.0.1:0;transport=udp, sip:127.0.0.1:0;transport=ws' });
    const peer = await overWebSocket(service);
    expect((await peer.ask(publishText({ via: [invalid], body: 'data' }))).code).to.equal(200);
    await service.stop();
    expect(await peer.inbox.next().then(() => 'a message', () => 'closed')).to.equal('closed');
  });

  for (const wrong of ['https://a.example/', 'a.example', ['https://a.example', 'x']]) {
    it(`does not start with sip_ws_origins ${JSON.stringify(wrong)}, which no browser sends`, async () => {
      const started = running({ sip_ws_origins: wrong }).then(() => 'started', (error: unknown) => String(error));
      expect(await started).to.contain('sip_ws_origins').and.contain('origins such as');
    });
  }
});
