import { objects } from '@nksip-ts/admin';
import { expect } from 'chai';
import { faultOf } from '../kit/caught.ts';
import { closeAll, running } from '../wire/running.ts';
import { desk, publish } from './desk.ts';

interface Publications {
  readonly items: readonly { readonly uri: string; readonly event: string; readonly tag: string; readonly size: number; readonly expires_in: number; readonly body?: string; readonly encoding?: string; readonly source?: string }[];
  readonly next: string | null;
}

describe('what the desk shows', () => {
  afterEach(closeAll);

  it('GET /health and /ready answer without a token, as load balancers ask', async () => {
    const { ask } = await desk();
    expect((await ask('/health', { headers: {} })).json()).to.deep.equal({ status: 'ok' });
    expect((await ask('/ready', { headers: {} })).json()).to.deep.equal({ status: 'ready' });
  });

  it('GET /api/service tells what runs, with its secrets masked', async () => {
    const { get, service } = await desk({ sip_secret: 'nobody may see this' });
    const info = objects.serviceInfo.parse(await get('/api/service'));
    expect(info).to.include({ name: service.id, pid: process.pid, log_level: 'silent', draining: false });
    expect(info.listening).to.deep.equal(service.addresses);
    expect(info.plugins).to.include.members(['admin', 'event-compositor']);
    expect(info.options).to.include({ sip_secret: '********', sip_admin_token: '********', sip_event_compositor_max_per_aor: 100 });
  });

  it('GET /api/usage tells memory and counts against the caps', async () => {
    const one = await desk();
    await publish(one, 'alice', 'here');
    const usage = objects.usage.parse(await one.get('/api/usage'));
    expect(usage.counts.publications).to.equal(1);
    expect(usage.memory.limit).to.be.above(usage.memory.used);
    expect(usage.memory.parts['publications']).to.be.above(0);
    expect(usage.caps).to.include({ sip_event_compositor_max_publications: 1_000_000 });
  });

  it('GET /api/publications lists them, by address, package and prefix, with the body as it was', async () => {
    const one = await desk();
    await publish(one, 'alice', 'here');
    await publish(one, 'bob', 'there');
    const all = await one.get<Publications>('/api/publications?body=true');
    objects.pageOf(objects.publication).parse(all);
    expect(all.items.map(({ uri, body, encoding, size }) => [uri, body, encoding, size])).to.have.deep.members([['sip:alice@example.com', 'here', 'text', 4], ['sip:bob@example.com', 'there', 'text', 5]]);
    expect(all.items[0]?.expires_in).to.be.within(590, 600);
    for (const query of ['uri=sip:bob@example.com', 'prefix=sip:bo', 'prefix=bo']) expect((await one.get<Publications>(`/api/publications?${query}`)).items.map(({ uri }) => uri), query).to.deep.equal(['sip:bob@example.com']);
    expect((await one.get<Publications>('/api/publications?event=presence')).items).to.deep.equal([]);
  });

  it('GET /api/publications gives a page at a time, each once, and the same page again if its answer was lost', async () => {
    const one = await desk();
    for (let i = 0; i < 7; i++) await publish(one, `user${i}`, 'x');
    const pages: Publications[] = [];
    let after = '';
    do {
      const page = await one.get<Publications>(`/api/publications?limit=3${after}`);
      if (page.next !== null && after !== '') expect(await one.get(`/api/publications?limit=3${after}`)).to.deep.equal(page);
      after = `&after=${page.next}`;
      pages.push(page);
    } while (pages.at(-1)?.next !== null);
    const uris = pages.flatMap(({ items }) => items.map(({ uri }) => uri));
    expect(uris).to.have.members(Array.from({ length: 7 }, (_, i) => `sip:user${i}@example.com`));
    expect((await one.ask(`/api/publications?limit=3${after}`)).status).to.be.oneOf([400, 410]);
    expect((await one.ask('/api/publications?after=nothing.1')).json()).to.have.nested.property('error.code', 'cursor_expired');
  });

  it('a query that cannot be read is a 400 that names what is wrong', async () => {
    const { ask } = await desk();
    const { status, text } = await ask('/api/publications?limit=0');
    expect([status, text]).to.satisfy(([code, body]: [number, string]) => code === 400 && body.includes('limit'));
    expect((await ask('/api/publications?uri=nobody')).status).to.equal(400);
    expect((await ask('/api/nothing')).json()).to.have.nested.property('error.code', 'not_found');
  });

  it('beyond loopback nothing is served without a token, and the start says so', async () => {
    const error = await faultOf(running({ plugins: ['admin'], sip_admin_listen: '0.0.0.0:0' }));
    expect(String(error)).to.include('sip_admin_token');
  });

  it('a port that is taken fails the start as a SIP port does', async () => {
    const { url } = await desk();
    const error = await faultOf(running({ plugins: ['admin'], sip_admin_listen: new URL(url).host }));
    expect(String(error)).to.include('EADDRINUSE');
  });
});
