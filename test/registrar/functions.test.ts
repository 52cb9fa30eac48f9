import { faultWithCode, NksipError, use, type SipRequest } from '@nksip-ts/core';
import { clear, find, isRegistered, process as processRequest, qfind, remove, request } from '@nksip-ts/registrar';
import { expect } from 'chai';
import { faultOf } from '../kit/caught.ts';
import { closeAll, overStream, running } from '../wire/running.ts';
import { registering } from './over-udp.ts';
import { freshVia, registerText } from './register-text.ts';

const alice = 'sip:alice@example.com';
const phone = '<sip:alice@192.0.2.1>';

describe('the functions of the registrar', () => {
  afterEach(closeAll);

  it('find has the contacts of an address, the last registered first, with all that is known', async () => {
    const { register, service, peer } = await registering();
    const before = Date.now() / 1000;
    await register({ contact: phone, callId: 'phone', cseq: 7, expires: 60 });
    await register({ contact: '<sip:alice@192.0.2.2;transport=tcp>;q=0.5;reg-id=3;+sip.instance="<urn:uuid:1>";audio', callId: 'desk', cseq: 8, expires: 120 });
    const contacts = await find(service, { scheme: 'sip', user: 'alice', domain: 'EXAMPLE.com' });
    const source = { transport: 'udp', address: '127.0.0.1', port: peer.port };
    expect(contacts.map(({ expires: _, ...contact }) => contact)).to.deep.equal([
      { contact: 'sip:alice@192.0.2.2;transport=tcp', call_id: 'desk', cseq: 8, q: 0.5, reg_id: 3, instance: '<urn:uuid:1>', params: { audio: '' }, source },
      { contact: 'sip:alice@192.0.2.1', call_id: 'phone', cseq: 7, source },
    ]);
    expect(contacts.map(({ expires }) => Math.round((expires - before) / 60))).to.deep.equal([2, 1]);
    expect(structuredClone(contacts)).to.deep.equal(JSON.parse(JSON.stringify(contacts)));
    expect(await find(service, 'sip:bob@example.com')).to.deep.equal([]);
  });

  it('qfind has them in groups of one q, the highest first; without q a contact has 1', async () => {
    const { register, service } = await registering();
    await register({ contact: ['<sip:1@a>;q=0.5', '<sip:2@a>', '<sip:3@a>;q=0.5', '<sip:4@a>;q=1.0', '<sip:5@a>;q=0'] });
    expect((await qfind(service, alice)).map((group) => group.map(({ contact }) => contact))).to.deep.equal([['sip:2@a', 'sip:4@a'], ['sip:1@a', 'sip:3@a'], ['sip:5@a']]);
    expect(await qfind(service, 'sip:bob@example.com')).to.deep.equal([]);
  });

  it('remove removes all contacts of one address, clear those of all', async () => {
    const { register, service } = await registering();
    for (const user of ['alice', 'bob', 'carol']) await register({ to: `<sip:${user}@example.com>`, contact: phone });
    expect(await remove(service, alice)).to.equal('ok');
    expect(await remove(service.id, alice)).to.equal('not_found');
    expect(await find(service, alice)).to.deep.equal([]);
    expect(await find(service, 'sip:bob@example.com')).to.have.length(1);
    expect(await clear(service)).to.equal('ok');
    expect(await find(service, 'sip:carol@example.com')).to.deep.equal([]);
  });

  it('request, or process, is what a sip_register of the service passes on to', async () => {
    const { register } = await registering({}, {
      sip_register: async (req: SipRequest) => ['reply', req.ruri.domain === 'nksip' ? await request(req) : req.ruri.domain === 'other' ? await processRequest(req) : 'forbidden'],
    });
    expect((await register({ uri: 'sip:nksip', contact: phone })).code).to.equal(200);
    expect((await register({ uri: 'sip:other', contact: phone })).code).to.equal(200);
    expect((await register({ uri: 'sip:example.com', contact: phone })).code).to.equal(403);
  });

  it('reject with what is wrong with their arguments', async () => {
    const { service } = await registering();
    const without = await running({ sip_listen: 'sip:127.0.0.1:0' });
    expect((await faultOf(find(service, 'nobody'))).code).to.equal('invalid_aor');
    expect((await faultOf(remove(service, { scheme: 'sip', user: 'a' } as never))).code).to.equal('invalid_aor');
    expect((await faultOf(find('nowhere', alice))).code).to.equal('service_not_found');
    expect((await faultOf(clear(undefined as never))).code).to.equal('service_not_found');
    expect((await faultOf(find(without, alice))).code).to.equal('plugin_not_in_service');
  });

  it('reject with what the store threw', async () => {
    const { service } = await registering({}, { sip_registrar_store: () => { throw new NksipError('store_unavailable'); } });
    for (const ask of [find(service, alice), remove(service, alice), clear(service)]) expect((await faultOf(ask)).code).to.equal('callback_failed');
  });

  it('options that contradict each other are refused at the start', async () => {
    for (const [option, options] of [['sip_registrar_max_time', { sip_registrar_max_time: 59 }], ['sip_registrar_default_time', { sip_registrar_default_time: 59 }]] as const) {
      const fault = await faultOf(running({ plugins: ['registrar'], ...options }));
      expect(faultWithCode(fault, 'invalid_option')?.details['option']).to.equal(option);
    }
  });

  it('a plugin that depends on the registrar has them, too', async () => {
    const { register, service } = await registering();
    await register({ contact: phone });
    expect(await use(service, 'registrar').find(alice)).to.have.length(1);
  });
});

describe('isRegistered', () => {
  afterEach(closeAll);

  /** A service that says for each request what isRegistered says, and what sip_authorize was given. */
  async function telling(options: Readonly<Record<string, unknown>> = {}, module: object = {}) {
    const lists: (readonly unknown[])[] = [];
    const registrations = await registering(options, {
      sip_authorize: (list: readonly unknown[]) => {
        lists.push(list);
        return 'ok';
      },
      sip_options: async (req: SipRequest) => ['reply', ['ok', { body: String(await isRegistered(req)) }]],
      ...module,
    });
    return { ...registrations, lists };
  }

  it('is true for what comes from where a contact of its From was registered, and sip_authorize gets its entry', async () => {
    const { register, peer, lists } = await telling();
    await register({ contact: phone });
    expect((await peer.ask(registerText({ method: 'OPTIONS' }))).body).to.equal('true');
    expect(lists).to.deep.equal([[], ['register']]);
  });

  it('is false for another user, another transport, and after the contact was removed', async () => {
    const { register, service, peer, lists } = await telling();
    await register({ contact: phone });
    expect((await peer.ask(registerText({ method: 'OPTIONS', from: '<sip:bob@example.com>;tag=b' }))).body).to.equal('false');
    const stream = await overStream(service);
    expect((await stream.ask(registerText({ method: 'OPTIONS', via: ['SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKother'] }))).body).to.equal('false');
    await register({ contact: phone, expires: 0 });
    expect((await peer.ask(registerText({ method: 'OPTIONS' }))).body).to.equal('false');
    expect(lists.flat()).to.deep.equal([]);
  });

  it('is false for a REGISTER: whoever registers proves their identity each time', async () => {
    const { register, lists } = await telling();
    await register({ contact: phone });
    await register({ contact: phone });
    expect(lists).to.deep.equal([[], []]);
  });

  it('is false for what a proxy sent on, though others behind it have registered', async () => {
    const { register, peer } = await telling();
    await register({ contact: phone, via: [freshVia(), freshVia('192.0.2.7')] });
    expect((await peer.ask(registerText({ method: 'OPTIONS' }))).body).to.equal('false');
    await register({ contact: '<sip:alice@192.0.2.2>' });
    expect((await peer.ask(registerText({ method: 'OPTIONS', via: [freshVia(), freshVia('192.0.2.8')] }))).body).to.equal('false');
  });

  it('where the store is down the request goes on without the entry, and an error event tells', async () => {
    const { service, peer, lists } = await telling({}, { sip_registrar_store: async () => { throw new NksipError('store_unavailable'); }, sip_options: () => ['reply', 'ok'] });
    let faults = 0;
    service.events.on('error', () => { faults++; });
    expect((await peer.ask(registerText({ method: 'OPTIONS' }))).code).to.equal(200);
    expect([lists, faults]).to.deep.equal([[[]], 1]);
  });

  it('sip_authorize_data of the service itself comes before that of the plugin, and what is no list is a fault', async () => {
    const { register, peer, lists } = await telling({}, { sip_authorize_data: (list: readonly unknown[], ...others: readonly unknown[]) => ['continue', [[...list, 'dialog'], ...others]] });
    await register({ contact: phone });
    await peer.ask(registerText({ method: 'OPTIONS' }));
    expect(lists).to.deep.equal([['dialog'], ['dialog', 'register']]);
    const wrong = await telling({}, { sip_authorize_data: () => 'register' });
    expect((await wrong.register({ contact: phone })).reason).to.equal('Callback Invalid Response');
  });
});
