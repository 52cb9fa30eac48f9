import { definePlugin, type Call, type Service, type ServiceFault, type SipRequest, type SipResponse } from '@nksip-ts/core';
import { expect } from 'chai';
import { injected } from '../kit/injected.ts';
import { fresh, publishText, requestText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, running } from '../wire/running.ts';

declare module '@nksip-ts/core' {
  interface Plugins { 'uas-upper': { deps: 'uas-lower' }; 'uas-lower': object }
}

/** What the plugins below answer to a PUBLISH; a test sets it. */
let upper: (req: SipRequest, call: Call) => unknown = () => 'continue';
let lower: (req: SipRequest, call: Call) => unknown = () => 'continue';
definePlugin({ name: 'uas-lower', callbacks: () => ({ sip_publish: (req, call) => lower(req, call) as 'continue' }) });
definePlugin({ name: 'uas-upper', plugin_deps: ['uas-lower'], callbacks: () => ({ sip_publish: (req, call) => upper(req, call) as 'continue' }) });

function published(service: Service, body = ''): Promise<SipResponse> {
  return injected(service, publishText({ body }));
}

function faultsOf(service: Service): ServiceFault[] {
  const faults: ServiceFault[] = [];
  service.events.on('error', (fault) => { faults.push(fault); });
  return faults;
}

/** What is known of the one fault that was told. */
function culprit(faults: readonly ServiceFault[]): unknown {
  return faults.map(({ service: _, error, ...named }) => ({ code: error.code, ...named }));
}

describe('the callbacks of a request', () => {
  beforeEach(() => {
    upper = () => 'continue';
    lower = () => 'continue';
  });
  afterEach(closeAll);

  it('see the request, and which call it belongs to', async () => {
    const seen: [SipRequest, Call][] = [];
    const service = await running({}, { sip_publish: (req: SipRequest, call: Call) => { seen.push([req, call]); return ['reply', 'ok']; } });
    await service.inject(requestText({ uri: 'sip:Al%69ce@Example.COM:5070;x=1', callId: 'seen', headers: ['c: text/plain', 'X-A: 1', 'x-a: 2'], body: 'hi' }), { transport: 'tcp', address: '192.0.2.7', port: 4444 });
    const [[req, call]] = seen as [[SipRequest, Call]];
    expect(req.service).to.equal(service.id);
    expect(req.method).to.equal('PUBLISH');
    expect([req.ruri.scheme, req.ruri.user, req.ruri.domain, req.ruri.port]).to.deep.equal(['sip', 'Alice', 'example.com', 5070]);
    expect(Buffer.from(req.body).toString()).to.equal('hi');
    expect([req.header('Content-Type'), req.header('x-A'), req.header('none')]).to.deep.equal([['text/plain'], ['1', '2'], []]);
    expect([req.source.transport, req.source.address, req.source.port]).to.deep.equal(['tcp', '192.0.2.7', 4444]);
    expect(req.transaction).to.include('seen').and.include('PUBLISH').and.include('z9hG4bK');
    expect(call).to.deep.equal({ service: service.id, callId: 'seen' });
  });

  it('may answer at once or later, with each kind of reply', async () => {
    const replies: readonly (readonly [unknown, number, string])[] = [
      ['ok', 200, 'OK'], [202, 202, 'Accepted'], ['decline', 603, 'Decline'], [['forbidden', 'Not Today'], 403, 'Not Today'],
      [[299, { reason_phrase: 'Fine' }], 299, 'Fine'], ['conditional_request_failed', 412, 'Conditional Request Failed'],
    ];
    for (const [reply, code, reason] of replies) {
      for (const answered of [['reply', reply], Promise.resolve(['reply', reply])]) {
        const service = await running({}, { sip_publish: () => answered });
        const response = await published(service);
        expect([response.code, response.reason]).to.deep.equal([code, reason]);
      }
    }
  });

  it('may give a body and headers', async () => {
    const service = await running({}, { sip_publish: () => ['reply', ['ok', { body: 'grüße', expires: 7, add: { 'X-Own': 'a, b' } }]] });
    const response = await published(service);
    expect(Buffer.from(response.body).toString()).to.equal('grüße');
    expect(response.header('Content-Length')).to.deep.equal(['7']);
    expect([response.header('Content-Type'), response.header('Expires'), response.header('X-Own')]).to.deep.equal([['text/plain'], ['7'], ['a, b']]);
  });

  it('are asked in the order module, dependent, dependency, core, each only if the one before says continue', async () => {
    const asked: string[] = [];
    upper = () => { asked.push('upper'); return Promise.resolve('continue'); };
    lower = () => { asked.push('lower'); return 'continue'; };
    const service = await running({ plugins: ['uas-upper'] }, { sip_publish: () => { asked.push('module'); return 'continue'; } });
    expect(service.chain('sip_publish')).to.deep.equal([service.id, 'uas-upper', 'uas-lower', 'core']);
    expect((await published(service)).code, 'core refuses').to.equal(405);
    expect(asked).to.deep.equal(['module', 'upper', 'lower']);
    upper = () => ['reply', 'accepted'];
    expect((await published(service)).code).to.equal(202);
  });

  it('may continue with other arguments', async () => {
    const seen: unknown[] = [];
    upper = (req, call) => ['continue', [req, { ...call, callId: 'changed' }]];
    lower = (_req, call) => { seen.push(call.callId); return ['reply', 'ok']; };
    const service = await running({ plugins: ['uas-upper'] }, { sip_publish: (req: SipRequest, call: Call) => Promise.resolve(['continue', [req, { ...call, callId: 'first' }]]) });
    expect((await published(service)).code).to.equal(200);
    expect(seen).to.deep.equal(['changed']);
  });

  it('sip_authorize and sip_route may answer later', async () => {
    let allowed = true;
    const service = await running({}, {
      sip_authorize: () => Promise.resolve(allowed ? 'ok' : 'forbidden'),
      sip_route: () => Promise.resolve('process'),
      sip_publish: () => Promise.resolve(['reply', 'ok']),
    });
    expect((await published(service)).code).to.equal(200);
    allowed = false;
    expect((await published(service)).code).to.equal(403);
  });

  for (const [how, fail] of [
    ['throws', () => { throw new Error('broken'); }],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['throws what is no error', () => { throw 'broken'; }],
  ] as const) {
    it(`that ${how} costs a 500 "Service Error" and an error event that names service, callback and plugin`, async () => {
      upper = fail;
      const service = await running({ plugins: ['uas-upper'] }, { sip_publish: () => 'continue' });
      const faults = faultsOf(service);
      const response = await published(service);
      expect([response.code, response.reason]).to.deep.equal([500, 'Service Error']);
      expect(culprit(faults)).to.deep.equal([{ code: 'callback_failed', callback: 'sip_publish', plugin: 'uas-upper' }]);
      expect(faults[0]?.service).to.equal(service.id);
      expect(faults[0]?.error.message).to.include('broken');
      upper = () => ['reply', 'ok'];
      expect((await published(service)).code, 'the service lives').to.equal(200);
    });
  }

  it('of the module are named with the name of the service', async () => {
    const service = await running({}, { sip_authorize: () => { throw new Error('broken'); } });
    const faults = faultsOf(service);
    expect((await published(service)).code).to.equal(500);
    expect(culprit(faults)).to.deep.equal([{ code: 'callback_failed', callback: 'sip_authorize', plugin: service.id }]);
  });

  const nonsense: readonly unknown[] = [
    undefined, null, true, 200, 'ok', '', {}, [], ['reply'], ['reply', 'ok', 1], ['replay', 'ok'], ['reply', 'okay'], ['reply', 100], ['reply', 408], ['reply', 1000],
    ['reply', NaN], ['reply', ['ok', { expires: -1 }]], ['reply', ['ok', { body: 7 }]], ['reply', ['ok', { add: { 'X-A': 'a\r\nX-B: b' } }]],
    ['reply', ['ok', { reason_phrase: 'a\r\nX-B: b' }]], ['reply', ['interval_too_brief', 'x']], ['reply', 'interval_too_brief'], Symbol('x'), () => 'ok',
    ['reply', ['ok', { get expires() { throw new Error('a getter'); } }]], new Proxy([], { get() { throw new Error('a proxy'); } }),
  ];

  it('that answer nonsense cost a 500 "Callback Invalid Response" and an error event; the service lives', async () => {
    for (const result of nonsense) {
      for (const later of [false, true]) {
        const service = await running({}, { sip_publish: (req: SipRequest) => req.body.length === 0 ? ['reply', 'ok'] : later ? Promise.resolve([result]).then(([value]) => value) : result });
        const faults = faultsOf(service);
        const response = await published(service, 'x');
        expect(response.code).to.equal(500);
        expect(faults.length).to.equal(1);
        expect(faults[0]?.service).to.equal(service.id);
        expect((await published(service)).code).to.equal(200);
      }
    }
  });

  it('that answer nonsense are named, and told what was probably meant', async () => {
    const service = await running({}, { sip_publish: () => ['reply', 'forbiden'] });
    const faults = faultsOf(service);
    const response = await published(service);
    expect([response.code, response.reason]).to.deep.equal([500, 'Callback Invalid Response']);
    expect(culprit(faults)).to.deep.equal([{ code: 'callback_error', callback: 'sip_publish', plugin: service.id }]);
    expect(faults[0]?.error.message).to.include("'forbidden'");
  });

  it('that answer nonsense are named in a chain of several, whoever of them it was', async () => {
    const module = { sip_publish: (): unknown => 'continue' };
    const service = await running({ plugins: ['event-compositor'], sip_events: 'nkpublish' }, { sip_publish: () => module.sip_publish() });
    const faults = faultsOf(service);
    module.sip_publish = () => ['reply', 'forbiden'];
    expect((await published(service)).code).to.equal(500);
    expect(culprit(faults)).to.deep.equal([{ code: 'callback_error', callback: 'sip_publish', plugin: service.id }]);
  });

  it('sip_authorize and sip_route that answer nonsense are named too, and let nothing pass', async () => {
    const wrong: readonly unknown[] = ['okay', 'accepted', true, undefined, null, 1, ['reply', 'ok'], ['ok']];
    for (const [callback, result] of [...wrong.map((one) => ['sip_authorize', one] as const), ['sip_route', 'proces'], ['sip_route', undefined]] as const) {
      const service = await running({}, { [callback]: () => result, sip_publish: () => ['reply', 'ok'] });
      const faults = faultsOf(service);
      const response = await published(service);
      expect([response.code, response.reason]).to.deep.equal([500, 'Callback Invalid Response']);
      expect(culprit(faults)).to.deep.equal([{ code: 'callback_error', callback, plugin: service.id }]);
      expect(faults[0]?.error.message).to.include(callback === 'sip_route' ? "'process'" : "'forbidden'");
    }
  });

  it('that continue with the wrong number of arguments are named', async () => {
    upper = (req) => ['continue', [req]];
    const service = await running({ plugins: ['uas-upper'] });
    const faults = faultsOf(service);
    expect((await published(service)).code).to.equal(500);
    expect(culprit(faults)).to.deep.equal([{ code: 'invalid_continue', callback: 'sip_publish', plugin: 'uas-upper' }]);
  });

  it('a listener that throws changes nothing', async () => {
    const service = await running({}, { sip_publish: () => { throw new Error('broken'); } });
    let told = 0;
    service.events.on('error', () => { throw new Error('the listener'); });
    service.events.on('error', () => { told++; });
    expect((await published(service)).code).to.equal(500);
    expect(told).to.equal(1);
  });

  for (const [when, answer] of [['at once', () => ['reply', 'ok']], ['later', () => Promise.resolve(['reply', 'ok'])]] as const) {
    it(`what fails besides them, here the logger for an answer that comes ${when}, costs one request and not the process`, async () => {
      const logger = new LogRecorder();
      const service = await running({ logger, sip_trace: true, sip_timer_t1: 1 }, { sip_publish: answer });
      const faults = faultsOf(service);
      logger.info = (fields) => { if ('trace' in fields && fields.trace === 'sent to') throw new Error('the disk is full'); };
      expect(await service.inject(publishText())).to.equal(undefined);
      expect(faults.map(({ error }) => error.code)).to.deep.equal(['internal']);
      logger.info = () => undefined;
      expect((await published(service)).code).to.equal(200);
    });
  }

  it('D30 a request whose answer cannot be made gives its place back', async () => {
    const logger = new LogRecorder();
    const service = await running({ logger, sip_max_calls: 1 }, { sip_publish: () => ['reply', 'ok'] });
    logger.info = () => { throw new Error('the disk is full'); };
    expect(await service.inject(publishText({ callId: fresh('full') }))).to.equal(undefined);
    logger.info = () => undefined;
    expect((await published(service)).code).to.equal(200);
  });

  it('a fault is logged once, and every request in one line with its code', async () => {
    const logger = new LogRecorder();
    let broken = false;
    const service = await running({ logger }, { sip_publish: () => { if (broken) throw new Error('broken'); return ['reply', 'ok']; } });
    await published(service);
    broken = true;
    await service.inject(publishText({ callId: fresh('logged') }));
    expect(logger.lines.map(({ level, message }) => [level, message.split(':')[0]])).to.deep.equal([
      ['info', 'PUBLISH sip'], ['error', `The callback 'sip_publish' of '${service.id}' failed`], ['info', 'PUBLISH sip'],
    ]);
    expect(logger.lines[0]?.fields).to.deep.equal({ method: 'PUBLISH', uri: 'sip:alice@example.com', code: 200, from: 'udp:127.0.0.1:5060' });
  });
});
