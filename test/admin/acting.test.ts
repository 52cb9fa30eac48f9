import { objects } from '@nksip-ts/admin';
import { use } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import '@nksip-ts/registrar';
import { expect } from 'chai';
import { registerText } from '../registrar/register-text.ts';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, overUdp } from '../wire/running.ts';
import { desk, publish, TOKEN, type DeskClient } from './desk.ts';

const plugins = ['event-compositor', 'event-notifier', 'registrar', 'admin'];

interface Listed<T> { readonly items: readonly T[]; readonly next: string | null }
type Item = Readonly<Record<string, unknown>>;

async function watching(one: DeskClient, event = 'nkpublish'): Promise<Watcher> {
  const watcher = new Watcher(await overUdp(one.service));
  expect((await watcher.subscribe({ event, expires: 600 })).code).to.equal(200);
  await watcher.notified();
  return watcher;
}

describe('what can be looked at and changed at the desk', () => {
  afterEach(closeAll);

  it('GET /api/addresses counts publications, watchers and registrations of every address that has any', async () => {
    const one = await desk({ plugins, sip_event_notifier_default_decision: 'allow' });
    await publish(one, 'alice', 'one');
    await publish(one, 'alice', 'two');
    await publish(one, 'bob', 'three');
    await watching(one);
    await one.peer.ask(registerText({ to: '<sip:carol@example.com>', contact: '<sip:carol@192.0.2.1>' }));
    const { items } = objects.pageOf(objects.addressRow).parse(await one.get('/api/addresses'));
    expect(items).to.have.deep.members([
      { uri: 'sip:alice@example.com', publications: 2, watchers: 1, registrations: 0 },
      { uri: 'sip:bob@example.com', publications: 1, watchers: 0, registrations: 0 },
      { uri: 'sip:carol@example.com', publications: 0, watchers: 0, registrations: 1 },
    ]);
    expect((await one.get<Listed<Item>>('/api/addresses?prefix=car')).items.map(({ uri }) => uri)).to.deep.equal(['sip:carol@example.com']);
  });

  it('GET /api/addresses/{uri} opens one: what is published, who watches, where it is registered, what a watcher sees', async () => {
    const one = await desk({ plugins, sip_event_notifier_default_decision: 'allow' });
    await publish(one, 'alice', 'here');
    await watching(one);
    await one.peer.ask(registerText({ contact: '<sip:alice@192.0.2.1>' }));
    const address = objects.address.parse(await one.get(`/api/addresses/${encodeURIComponent('sip:alice@example.com')}`));
    expect(address.publications[0]).to.include({ body: 'here', encoding: 'text' });
    expect(address.watchers[0]).to.include({ event: 'nkpublish', state: 'active', watcher: 'sip:watcher@example.com', transport: 'udp' });
    expect(address.registrations[0]).to.include({ contact: 'sip:alice@192.0.2.1' });
    expect(address.states[0]).to.include({ event: 'nkpublish', body: 'here', type: 'text/plain' });
  });

  it('a body that is no text is told in base64, byte for byte', async () => {
    const one = await desk();
    await publish(one, 'alice', 'x', {});
    await one.peer.ask(Buffer.concat([Buffer.from('PUBLISH sip:raw@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKraw\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: raw\r\nCSeq: 1 PUBLISH\r\nMax-Forwards: 70\r\nEvent: nkpublish\r\nExpires: 60\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\n'), Buffer.from([0xff, 0x00, 0x80])]));
    const { items } = await one.get<Listed<Item>>('/api/publications?uri=sip:raw@example.com&body=true');
    expect(items[0]).to.include({ body: '/wCA', encoding: 'base64', size: 3 });
  });

  it('DELETE removes one publication by its address, package and tag, and all of an address', async () => {
    const one = await desk();
    const tag = await publish(one, 'alice', 'one');
    await publish(one, 'alice', 'two');
    const path = `/api/publications/${encodeURIComponent('sip:alice@example.com')}`;
    expect((await one.ask(`${path}/presence/${tag}`, { method: 'DELETE', headers: { authorization: `Bearer ${TOKEN}` } })).status).to.equal(404);
    expect((await change(one, 'DELETE', `${path}/nkpublish/${tag}`)).status).to.equal(204);
    expect((await change(one, 'DELETE', `${path}/nkpublish/${tag}`)).status).to.equal(404);
    expect((await one.get<Listed<Item>>('/api/publications')).items).to.have.length(1);
    expect((await change(one, 'DELETE', `/api/addresses/${encodeURIComponent('sip:alice@example.com')}`)).status).to.equal(204);
    expect((await one.get<Listed<Item>>('/api/publications')).items).to.deep.equal([]);
  });

  it('RFC 6665 4.1.3 DELETE of a watcher ends it with deactivated, so that it subscribes anew', async () => {
    const one = await desk({ plugins, sip_event_notifier_default_decision: 'allow' });
    const watcher = await watching(one);
    const { items } = await one.get<Listed<Item>>('/api/watchers?uri=sip:alice@example.com');
    objects.watcher.parse(items[0]);
    expect((await change(one, 'DELETE', `/api/watchers/${encodeURIComponent(String(items[0]?.['id']))}`)).status).to.equal(204);
    expect((await watcher.notified()).all('Subscription-State')[0]).to.include('terminated;reason=deactivated');
    expect((await one.get<Listed<Item>>('/api/watchers')).items).to.deep.equal([]);
  });

  for (const [decision, state] of [['allow', 'active'], ['deny', 'terminated;reason=rejected']] as const) {
    it(`RFC 3857 a pending watcher is decided: ${decision}`, async () => {
      const one = await desk({ plugins, sip_event_notifier_default_decision: 'confirm' });
      const watcher = await watching(one);
      const { items } = await one.get<Listed<Item>>('/api/watchers?state=pending');
      expect(items).to.have.length(1);
      expect((await one.get<Listed<Item>>('/api/watchers?state=active')).items).to.deep.equal([]);
      expect((await change(one, 'POST', `/api/watchers/${encodeURIComponent(String(items[0]?.['id']))}/decision`, { decision })).status).to.equal(204);
      expect((await watcher.notified()).all('Subscription-State')[0]).to.include(state);
    });
  }

  it('GET /api/registrations lists contacts, of all or of one address', async () => {
    const one = await desk({ plugins });
    await one.peer.ask(registerText({ contact: ['<sip:alice@192.0.2.1>;q=0.5', '<sip:alice@192.0.2.2>'] }));
    await one.peer.ask(registerText({ to: '<sip:bob@example.com>', contact: '<sip:bob@192.0.2.3>' }));
    const { items } = objects.pageOf(objects.registration).parse(await one.get('/api/registrations'));
    expect(items.map(({ contact }) => contact)).to.have.members(['sip:alice@192.0.2.1', 'sip:alice@192.0.2.2', 'sip:bob@192.0.2.3']);
    expect((await one.get<Listed<Item>>('/api/registrations?uri=sip:bob@example.com')).items).to.have.length(1);
    expect((await one.get<Listed<Item>>('/api/registrations?prefix=bob')).items).to.have.length(1);
    expect((await one.get<{ counts: Item }>('/api/usage')).counts['registrations']).to.equal(2);
  });

  it('GET /api/refusals tells the last of them, why, and from where; the first challenge is none', async () => {
    const one = await desk({ sip_admin_refusals: 2 });
    for (const event of ['one', 'two', 'three']) await one.peer.ask(registerText({ method: 'PUBLISH', uri: 'sip:alice@example.com', headers: [`Event: ${event}`, 'User-Agent: Phone/1'] }));
    const { items, dropped } = objects.refusals.parse(await one.get('/api/refusals'));
    expect(items.map(({ event }) => event)).to.deep.equal(['three', 'two']);
    expect(items[0]).to.include({ method: 'PUBLISH', uri: 'sip:alice@example.com', code: 489, user_agent: 'Phone/1', source: `udp:127.0.0.1:${one.peer.port}` });
    expect(items[0]?.reason).to.equal('Event Package Not Served');
    expect(dropped).to.equal(1);
  });

  it('POST /api/reload asks the program that started the service, and tells what it says', async () => {
    const one = await desk();
    expect((await change(one, 'POST', '/api/reload')).json()).to.have.nested.property('error.code', 'not_supported');
    use(one.service, 'admin').obey({ reload: async () => ({ changed: ['sip_domains'], needs_restart: [] }) });
    expect((await change(one, 'POST', '/api/reload')).json()).to.deep.equal({ changed: ['sip_domains'], needs_restart: [] });
    use(one.service, 'admin').obey({ reload: async () => { throw new Error('the file has a comma too many'); } });
    const { status, text } = await change(one, 'POST', '/api/reload');
    expect(status).to.equal(409);
    expect(text).to.include('a comma too many');
  });

  it('POST /api/drain ends the service gently, and /ready says so meanwhile', async () => {
    const one = await desk({ sip_drain_timeout: 5 }, { sip_publish: () => new Promise(() => undefined) });
    one.peer.send(registerText({ method: 'PUBLISH', uri: 'sip:alice@example.com', headers: ['Event: nkpublish'] }));
    await one.peer.ask(registerText({ method: 'OPTIONS', uri: 'sip:127.0.0.1' }));
    expect((await change(one, 'POST', '/api/drain')).status).to.equal(202);
    const ready = await one.ask('/ready');
    expect([ready.status, ready.json()]).to.deep.equal([503, { status: 'draining' }]);
    await one.service.stop();
  });

  it('PUT /api/log-level says where it cannot change, and what levels there are', async () => {
    const one = await desk();
    expect((await change(one, 'PUT', '/api/log-level', { level: 'loud' })).status).to.equal(400);
    expect((await change(one, 'PUT', '/api/log-level', { level: 'debug' })).status).to.be.oneOf([204, 409]);
  });

  it('GET /api/openapi.json describes every path', async () => {
    const { get } = await desk();
    const { openapi, paths } = await get<{ openapi: string; paths: Record<string, Record<string, unknown>> }>('/api/openapi.json');
    expect(openapi).to.equal('3.1.0');
    expect(Object.keys(paths)).to.include.members(['/health', '/ready', '/metrics', '/api/events', '/api/addresses/{uri}', '/api/publications/{uri}/{event}/{tag}', '/api/watchers/{id}/decision']);
    expect(JSON.stringify(paths)).not.to.include('$ref');
    expect(paths).to.have.nested.property('/api/publications.get.parameters').that.deep.includes({ name: 'prefix', in: 'query', required: false, schema: { type: 'string', minLength: 1, maxLength: 4096 } });
  });
});

async function change(one: DeskClient, method: string, path: string, body?: object) {
  return await one.ask(path, { method, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) });
}
