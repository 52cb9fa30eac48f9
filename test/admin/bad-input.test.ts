import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { storeCallback } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import type { Batch } from '../../packages/admin/src/contract/feed.ts';
import { EventReaders } from '../../packages/admin/src/http/event-readers.ts';
import { PlainStore } from '../event-compositor/plain-store.ts';
import { closeAll, later } from '../wire/running.ts';
import { desk, publish, TOKEN, type DeskClient } from './desk.ts';

const uri = encodeURIComponent('sip:alice@example.com');

/** fetch sets Host and Origin itself. */
async function raw(url: string, path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<{ status: number; text: string; headers: IncomingMessage['headers'] }> {
  const sent = request(new URL(path, url), { method, headers, agent: false });
  sent.end();
  const [response] = await once(sent, 'response') as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return { status: response.statusCode ?? 0, text, headers: response.headers };
}

async function code({ ask }: DeskClient, path: string, options: RequestInit): Promise<string> {
  return (await ask(path, options)).json<{ error: { code: string } }>().error.code;
}

describe('what is done to the desk', () => {
  afterEach(closeAll);

  it('nothing changes without a token, with a wrong one, or where none is set', async () => {
    const one = await desk();
    await publish(one, 'alice', 'here');
    const changes = [['DELETE', `/api/addresses/${uri}`], ['DELETE', `/api/publications/${uri}/nkpublish/x`], ['DELETE', '/api/watchers/x'], ['POST', '/api/watchers/x/decision'], ['POST', '/api/drain'], ['POST', '/api/reload'], ['PUT', '/api/log-level']] as const;
    for (const [method, path] of changes) expect(await code(one, path, { method, headers: {} }), path).to.equal('token_needed');
    expect(await code(one, `/api/addresses/${uri}`, { method: 'DELETE', headers: { authorization: `Bearer ${TOKEN}x` } })).to.equal('token_needed');
    expect(await code(one, `/api/addresses/${uri}`, { method: 'DELETE', headers: { authorization: `Basic ${TOKEN}` } })).to.equal('token_needed');
    const none = await desk({ sip_admin_token: undefined });
    expect(await code(none, `/api/addresses/${uri}`, { method: 'DELETE' })).to.equal('no_token_configured');
    expect((await one.get<{ items: unknown[] }>('/api/publications')).items).to.have.length(1);
  });

  it('wrong tokens are counted by source: after ten the next are not looked at, and the right one is taken again soon', async () => {
    const one = await desk();
    const wrong = { method: 'DELETE', headers: { authorization: 'Bearer wrong-wrong-wrong-wrong' } };
    for (let i = 0; i < 10; i++) expect(await code(one, `/api/addresses/${uri}`, wrong)).to.equal('token_needed');
    const next = await one.ask(`/api/addresses/${uri}`, wrong);
    expect([next.status, next.headers.get('retry-after')]).to.deep.equal([429, '1']);
    expect((await one.ask('/api/service', { headers: {} })).status).to.equal(200);
    let status = 429;
    while (status === 429) ({ status } = await one.ask('/api/watchers/x', { method: 'DELETE' }));
    expect(status).to.equal(409);
  });

  it('CWE-350 a name that somebody points here (DNS rebinding) is refused; localhost, the address and names that are set are not', async () => {
    const one = await desk({ sip_admin_hosts: 'desk.example' });
    const { port } = new URL(one.url);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'desk.example@evil.example']) {
      expect((await raw(one.url, '/api/service', { host })).status, host).to.equal(403);
      expect((await raw(one.url, '/', { host })).status, host).to.equal(403);
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, '[::1]:80', 'desk.example', 'DESK.example:8088']) expect((await raw(one.url, '/api/service', { host })).status, host).to.equal(200);
    expect((await raw(one.url, '/health', { host: 'any.example' })).status).to.equal(200);
  });

  it('CWE-352 a page of another origin is refused (CSRF), with the token too; our own is not', async () => {
    const one = await desk();
    const { host, port } = new URL(one.url);
    const authorization = `Bearer ${TOKEN}`;
    for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${Number(port) + 1}`, `http://localhost:${port}`, 'file://']) {
      expect((await raw(one.url, `/api/addresses/${uri}`, { host, origin, authorization }, 'DELETE')).status, origin).to.equal(403);
      expect((await raw(one.url, '/api/events', { host, origin })).status, origin).to.equal(403);
    }
    expect((await raw(one.url, '/api/service', { host, 'sec-fetch-site': 'cross-site' })).status).to.equal(403);
    for (const origin of [`http://${host}`, `https://${host}`]) expect((await raw(one.url, `/api/addresses/${uri}`, { host, origin, authorization }, 'DELETE')).status, origin).to.equal(404);
    expect((await raw(one.url, '/api/service', { host })).headers).not.to.have.property('access-control-allow-origin');
  });

  it('whoever comes through a proxy of this machine is not of this machine', async () => {
    const one = await desk();
    const { host } = new URL(one.url);
    for (const header of ['x-forwarded-for', 'forwarded']) expect((await raw(one.url, '/api/service', { host, [header]: '192.0.2.1' })).status).to.equal(401);
    expect((await raw(one.url, '/api/service', { host, 'x-forwarded-for': '192.0.2.1', authorization: `Bearer ${TOKEN}` })).status).to.equal(200);
  });

  it('CWE-79 HTML and control characters in bodies and in names stay escaped JSON, which says what it is', async () => {
    const one = await desk();
    const body = '</script><img src=x onerror=alert(1)>\u0000\u001b]0;title\u0007\u2028\u202e\u007f';
    await publish(one, '%3Cb%3E', body, { headers: ['Content-Type: text/html;x="<b>"'] });
    const { text, headers, json } = await one.ask('/api/publications?body=true');
    expect(text).not.to.match(/[<\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(json<{ items: { body: string }[] }>().items[0]?.body).to.equal(body);
    expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('content-security-policy')).to.include("default-src 'none'");
  });

  it('a path, a body or a query that is nonsense gets a JSON error and harms nothing', async () => {
    const one = await desk();
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    for (const path of ['/api/addresses/%00', '/api/addresses/%ff', `/api/addresses/${'a'.repeat(9000)}`, '/api/publications?limit=501', '/api/publications?limit=x', '/api/publications?unknown=1', '/api/%2e%2e/etc/passwd', '/api/publications?after=..%2f..']) {
      const { status, text } = await one.ask(path);
      expect(status, path.slice(0, 60)).to.be.within(400, 499);
      expect(JSON.parse(text), path.slice(0, 60)).to.have.nested.property('error.message');
    }
    for (const body of ['{', '[]', '"x"', '{"level":"info","more":1}', '{"__proto__":{"level":"info"}}', ' '.repeat(20_000)]) expect((await one.ask('/api/log-level', { method: 'PUT', headers, body })).status, body).to.be.within(400, 499);
    expect((await one.ask('/health')).status).to.equal(200);
  });

  it('a slow reader of events misses some and is told how many; what waits for it is bounded', async () => {
    let tell: (batch: Batch) => void = () => undefined;
    const readers = new EventReaders({ usage: () => new Promise(() => undefined), follow: (told) => {
      tell = told;
      return () => undefined;
    } }, () => undefined);
    const responses: ServerResponse[] = [];
    const server = createServer((_, response) => {
      responses.push(response.writeHead(200));
      response.flushHeaders();
      readers.add(response);
    }).listen(0, '127.0.0.1');
    later(() => {
      readers.close();
      server.close();
    });
    await once(server, 'listening');
    const slow = await stalled(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const frames = `event: publication\ndata: {"x":"${'x'.repeat(50_000)}"}\n\n`;
    for (let i = 0; i < 2000; i++) {
      tell({ frames, many: 1, dropped: 0 });
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    expect(responses[0]?.writableLength).to.be.within(131_072, 2 * 131_072);
    let text = '';
    slow.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
    const count = (): number => [...text.matchAll(/event: dropped\ndata: \{"count":(\d+)\}/g)].reduce((sum, [, dropped]) => sum + Number(dropped), 0) + (text.match(/event: publication/g)?.length ?? 0);
    while ((responses[0]?.writableLength ?? 0) > 0) await once(slow, 'data');
    tell({ frames, many: 1, dropped: 0 });
    while (count() < 2001) await once(slow, 'data');
    expect(count()).to.equal(2001);
    expect(text).to.include('event: dropped');
  });

  it('of 1,000 readers of events 64 read, the others are told to wait or closed, and SIP is served', async () => {
    const one = await desk();
    const { port } = new URL(one.url);
    const statuses = await Promise.all(Array.from({ length: 1000 }, () => statusOf(Number(port))));
    expect(statuses.filter((status) => status === '200')).to.have.length(64);
    expect(statuses.filter((status) => status !== '200' && status !== '503' && status !== 'closed')).to.deep.equal([]);
    await publish(one, 'alice', 'here');
  });

  it('a listing of many is taken from the store as it is asked for, a page at a time, and ends when nobody asks', async () => {
    let taken = 0;
    let ended = 0;
    const store = Object.assign(new PlainStore(), {
      async *list() {
        try {
          for (;;) yield { aor: { scheme: 'sip', user: `u${++taken}`, domain: 'example.com' } as const, tag: 't', record: { data: new Uint8Array(), event: 'nkpublish', expires: Date.now() / 1000 + 60 } };
        } finally {
          ended++;
        }
      },
    });
    const one = await desk({}, { sip_event_compositor_store: storeCallback(store) });
    const page = await one.get<{ items: unknown[]; next: string }>('/api/publications?limit=500');
    expect([page.items.length, taken]).to.deep.equal([500, 500]);
    await one.get(`/api/publications?limit=10&after=${page.next}`);
    expect(taken).to.equal(510);
    for (let i = 0; i < 40; i++) await one.get('/api/publications?limit=1');
    expect(ended).to.be.within(8, 10);
    expect((await one.ask(`/api/publications?after=${page.next}`)).status).to.equal(410);
  });

  it('nothing that matches is found without looking at all for one answer', async () => {
    const store = Object.assign(new PlainStore(), {
      async *list() {
        for (let i = 0; ; i++) yield { aor: { scheme: 'sip', user: `u${i}`, domain: 'example.com' } as const, tag: 't', record: { data: new Uint8Array(), event: 'nkpublish', expires: Date.now() / 1000 + 60 } };
      },
    });
    const one = await desk({}, { sip_event_compositor_store: storeCallback(store) });
    const page = await one.get<{ items: unknown[]; next: string | null }>('/api/publications?prefix=nobody');
    expect(page.items).to.deep.equal([]);
    expect(page.next).to.be.a('string');
  });

  it('a store that hangs while it is listed is a 503 in bounded time, and again at once where several hang', async function () {
    this.timeout(20_000);
    const store = Object.assign(new PlainStore(), {
      async *list() {
        await new Promise(() => undefined);
        yield* [];
      },
    });
    const one = await desk({}, { sip_event_compositor_store: storeCallback(store) });
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, () => one.ask('/api/publications')));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 8 }, () => 503));
    expect(performance.now() - began).to.be.below(8000);
    const again = performance.now();
    expect((await one.ask('/api/publications')).status).to.equal(503);
    expect(performance.now() - again).to.be.below(1000);
    await publish(one, 'alice', 'SIP goes on');
  });

  it('who lists everything in a loop is slowed down', async () => {
    const one = await desk();
    for (let i = 0; i < 3; i++) await publish(one, `u${i}`, 'x');
    const until = performance.now() + 1500;
    let pages = 0;
    while (performance.now() < until) {
      await one.get('/api/publications');
      pages++;
    }
    // Without a limit it is more than a thousand.
    expect(pages).to.be.below(500);
  });
});

/** Asks for events, and does not read them. */
async function stalled(url: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname });
  later(() => { socket.destroy(); });
  socket.write(`GET /api/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

/** The status that somebody gets who asks for events, or that the connection was closed. */
async function statusOf(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  later(() => { socket.destroy(); });
  socket.on('error', () => undefined);
  socket.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  return await new Promise((resolve) => {
    socket.once('data', (bytes) => { resolve(bytes.toString('latin1', 9, 12)); });
    socket.once('close', () => { resolve('closed'); });
  });
}
