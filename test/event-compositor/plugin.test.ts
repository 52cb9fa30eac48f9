import { NksipError, start, update, type Service, type SipRequest } from '@nksip-ts/core';
import * as eventCompositor from '@nksip-ts/event-compositor';
import plugin, { RamStore, storeCallback } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { injected } from '../kit/injected.ts';
import { loggerTo } from '../kit/loggers.ts';
import { requestText, type RequestParts } from '../kit/request-text.ts';

interface Sent extends Omit<RequestParts, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** A PUBLISH through the whole stack, without a socket. */
async function send(service: Service, { uri = 'sip:user1@127.0.0.1', headers = {}, ...others }: Sent = {}) {
  const lines = Object.entries({ Event: 'nkpublish', ...headers }).map(([name, value]) => `${name}: ${value}`);
  const response = await injected(service, requestText({ uri, headers: lines, ...others }));
  const one = (name: string): string => response.header(name).join(', ');
  return { code: response.code, reason: response.reason, tag: one('SIP-ETag'), expires: one('Expires'), one };
}

describe('the plugin event-compositor', () => {
  let services: Service[] = [];
  afterEach(async () => {
    await Promise.all(services.map((service) => service.stop()));
    services = [];
  });
  const started = async (starting: Promise<Service>): Promise<Service> => {
    const service = await starting;
    services.push(service);
    return service;
  };

  it('runs the document: publish, 412, remove, publish, modify, find', async () => {
    const service = await started(start('esc', { plugins: ['event-compositor'], sip_events: 'nkpublish' }));
    const aor = { scheme: 'sip', user: 'user1', domain: '127.0.0.1' };
    const one = await send(service, { headers: { Expires: '5' }, body: 'data1' });
    expect(one).to.include({ code: 200, expires: '5' });
    const found = await eventCompositor.find('esc', aor, one.tag);
    expect(found !== 'not_found' && eventCompositor.textOf(found)).to.equal('data1');
    expect(await send(service, { headers: { 'SIP-If-Match': 'other' } })).to.include({ code: 412, tag: '', expires: '' });
    expect(await send(service, { headers: { 'SIP-If-Match': one.tag, Expires: '0' } })).to.include({ code: 200, expires: '0', tag: one.tag });
    expect(await eventCompositor.find(service, 'sip:user1@127.0.0.1:5070', one.tag)).to.equal('not_found');
    const two = await send(service, { headers: { Expires: '60' }, body: 'data2' });
    const three = await send(service, { headers: { 'SIP-If-Match': two.tag, Expires: '1' }, body: 'data3' });
    expect(three).to.include({ code: 200, expires: '1', tag: two.tag });
    const last = await eventCompositor.find(service, aor, two.tag);
    expect(last !== 'not_found' && eventCompositor.textOf(last)).to.equal('data3');
  });

  it('A03 A14 A11 answers carry what they must: Allow-Events, Accept, Accept-Encoding, Min-Expires, Retry-After', async () => {
    const service = await started(start('esc', {
      plugins: [plugin], sip_events: 'presence, dialog', sip_event_compositor_min_expires: 60, sip_event_compositor_max_publications: 1,
    }));
    const type = { 'Event': 'presence', 'Content-Type': 'application/pidf+xml' };
    expect((await send(service, { headers: { Event: 'nosuch' }, body: 'x' })).one('Allow-Events')).to.equal('presence, dialog');
    expect((await send(service, { headers: { 'Event': 'presence', 'Content-Type': 'a/b' }, body: 'x' })).one('Accept')).to.equal('application/pidf+xml');
    expect((await send(service, { headers: { ...type, 'Content-Encoding': 'gzip' }, body: 'x' })).one('Accept-Encoding')).to.equal('identity');
    expect((await send(service, { headers: { ...type, Expires: '5' }, body: 'x' })).one('Min-Expires')).to.equal('60');
    await send(service, { headers: type, body: 'x' });
    const full = await send(service, { headers: type, body: 'x' });
    expect([full.code, full.one('Retry-After')]).to.deep.equal([503, '5']);
  });

  it('a service decides by itself which requests it gives to the compositor', async () => {
    const service = await started(start('esc', { log_level: 'error', plugins: ['event-compositor'], sip_events: 'nkpublish' }, {
      sip_publish: async (req: SipRequest) => req.ruri.domain === 'nksip' ? ['reply', await eventCompositor.process(req)] : ['reply', 'forbidden'],
    }));
    expect(await send(service, { uri: 'sip:user1@nksip', body: 'x' })).to.include({ code: 200 });
    expect(await send(service, { uri: 'sip:user1@other', body: 'x' })).to.include({ code: 403 });
  });

  it('a service keeps what is published where it likes, and RAM stays empty', async () => {
    const kept = new Map<string, eventCompositor.RegPublish>();
    const key = (srv: string, aor: { user: string }, tag: string): string => `${srv}/${aor.user}/${tag}`;
    const service = await started(start('esc', { log_level: 'error', plugins: ['event-compositor'], sip_events: 'nkpublish' }, {
      sip_event_compositor_store: async (op, srvId) => {
        switch (op.type) {
          case 'get': return kept.get(key(srvId, op.aor, op.tag)) ?? 'not_found';
          case 'put': kept.set(key(srvId, op.aor, op.tag), op.record); return 'ok';
          case 'del': return kept.delete(key(srvId, op.aor, op.tag)) ? 'ok' : 'not_found';
          case 'del_all': kept.clear(); return 'ok';
        }
      },
    }));
    const { tag } = await send(service, { body: 'mine' });
    expect([...kept.keys()]).to.deep.equal([`esc/user1/${tag}`]);
    expect(service.chain('sip_event_compositor_store')).to.deep.equal(['esc', 'event-compositor']);
    expect(await code(eventCompositor.list(service))).to.equal('list_not_supported');
    expect(await eventCompositor.clear(service)).to.equal('ok');
    expect(kept.size).to.equal(0);
  });

  it('lists what is stored, of one address or of all, through storeCallback too', async () => {
    const own = new RamStore();
    for (const store of [undefined, storeCallback(own)]) {
      const service = await start('esc', { plugins: ['event-compositor'], sip_events: 'nkpublish' }, store && { sip_event_compositor_store: store });
      await send(service, { body: 'a' });
      await send(service, { uri: 'sip:Bob%20B@127.0.0.1', body: 'b' });
      expect(await listed(eventCompositor.list('esc'))).to.have.members(['user1 a', 'Bob B b']);
      expect(await listed(eventCompositor.list('esc', 'sip:Bob%20B@127.0.0.1;x=y'))).to.deep.equal(['Bob B b']);
      await service.stop();
    }
    await own.close();
  });

  it('names what is wrong: no such service, a service without it, no address, options that contradict', async () => {
    await started(start('plain', {}));
    expect(await code(eventCompositor.find('none', 'sip:a@b', 't'))).to.equal('service_not_found');
    expect(await code(eventCompositor.clear('plain'))).to.be.oneOf(['unknown_plugin', 'plugin_not_in_service']);
    await started(start('esc', { plugins: ['event-compositor'], sip_events: 'nkpublish' }));
    expect(await code(eventCompositor.find('esc', 'user1', 't'))).to.equal('invalid_aor');
    const contradicting = start('other', { plugins: ['event-compositor'], sip_event_compositor_min_expires: 3600, sip_event_compositor_default_expires: 1800 });
    expect(await contradicting.then(() => '', (error: Error) => error.message)).to.match(/sip_event_compositor_default_expires.*below sip_event_compositor_min_expires/);
  });

  it('starts with sip_event_compositor_min_expires alone, which is then the lifetime where a PUBLISH has no Expires', async () => {
    const service = await started(start('least', { plugins: ['event-compositor'], sip_events: 'nkpublish', sip_event_compositor_min_expires: 3600 }));
    expect(await send(service, { body: 'x' })).to.include({ code: 200, expires: '3600' });
  });

  it('warns at start where no package is accepted, and tells what several processes need', async () => {
    const told: string[] = [];
    const logger = loggerTo(({ level, message }) => { told.push(`${level} ${message}`); });
    await started(start('unset', { plugins: ['event-compositor'], logger }));
    expect(told.filter((line) => /^warn.*sip_events/.test(line))).to.have.length(1);
    told.length = 0;
    const store = { sip_event_compositor_store: storeCallback(new RamStore()) };
    await started(start('keep', { plugins: ['event-compositor'], sip_events: 'presence', logger }, store));
    expect(told.filter((line) => /sip_event_compositor_etag is 'keep'/.test(line))).to.have.length(1);
    told.length = 0;
    const versioned = { sip_event_compositor_store: Object.assign(storeCallback(new RamStore()), { versions: true }) };
    await started(start('versioned', { plugins: ['event-compositor'], sip_events: 'presence', logger }, versioned));
    expect(told.filter((line) => /only one process/.test(line))).to.deep.equal([]);
    expect(told.filter((line) => /sip_event_compositor_secret is not set/.test(line))).to.have.length(1);
    told.length = 0;
    await started(start('renew', { plugins: ['event-compositor'], sip_events: 'presence', sip_event_compositor_etag: 'renew', logger }, store));
    expect(told.filter((line) => /sip_event_compositor_secret is not set/.test(line))).to.have.length(1);
    told.length = 0;
    const renew = { plugins: ['event-compositor'], sip_events: 'presence', sip_event_compositor_etag: 'renew', sip_event_compositor_secret: 'a secret of all processes', logger } as const;
    const ram = new RamStore();
    const simple = { get: ram.get.bind(ram), put: ram.put.bind(ram), del: ram.del.bind(ram), delAll: ram.delAll.bind(ram) };
    await started(start('simple', renew, { sip_event_compositor_store: storeCallback(simple) }));
    expect(told.filter((line) => /^info.*has no 'replace'/.test(line))).to.have.length(1);
    told.length = 0;
    await started(start('atomic', renew, store));
    await started(start('quiet', { plugins: ['event-compositor'], sip_events: 'presence', logger }));
    expect(told.filter((line) => /sip_event/.test(line))).to.deep.equal([]);
  });

  it('keeps what is stored when options change, and takes the new ones', async () => {
    const service = await started(start('esc', { plugins: ['event-compositor'], sip_events: 'nkpublish' }));
    const { tag } = await send(service, { body: 'x' });
    await update(service, { sip_event_compositor_default_expires: 7, sip_events: 'nkpublish, presence' });
    expect(await send(service, { headers: { 'SIP-If-Match': tag } })).to.include({ code: 200, expires: '7' });
    expect(await send(service, { headers: { Event: 'presence' } })).to.include({ code: 400 });
  });

  it('adds PUBLISH to Allow', async () => {
    const service = await started(start('esc', { plugins: ['event-compositor'], sip_events: 'nkpublish' }));
    expect((await send(service, { method: 'OPTIONS' })).one('Allow')).to.match(/\bPUBLISH\b/);
  });
});

async function listed(publications: AsyncIterable<eventCompositor.Publication>): Promise<string[]> {
  const all: string[] = [];
  for await (const { aor, record } of publications) all.push(`${aor.user} ${eventCompositor.textOf(record)}`);
  return all;
}

async function code(doing: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  try {
    if (Symbol.asyncIterator in doing) for await (const _ of doing);
    else await doing;
  } catch (error) {
    return error instanceof NksipError ? error.code : error;
  }
  return 'nothing was thrown';
}
