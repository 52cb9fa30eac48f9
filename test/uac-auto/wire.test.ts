import { find as contactsOf } from '@nksip-ts/registrar';
import { list as publicationsOf, textOf } from '@nksip-ts/event-compositor';
import { update, type Service, type ServiceFault } from '@nksip-ts/core';
import { changePublish, publications, refresh, registrations, startPublish, startRegister, stopPublish, stopRegister, type PublicationUpdate, type RegistrationUpdate } from '@nksip-ts/uac-auto';
import { expect } from 'chai';
import { owners } from '../../examples/owners.ts';
import { faultOf } from '../kit/caught.ts';
import { responseTo } from '../kit/received-text.ts';
import { udpPeer, type Peer, type Script } from '../uac/scripted-peer.ts';
import { closeAll, later, portOf, running } from '../wire/running.ts';

const lamp = { event: 'nkpublish', body: 'lit', expires: 600 };

describe('uac-auto, over the wire', () => {
  afterEach(closeAll);

  const client = (spec: object = {}, module: object = {}): Promise<Service> => running({ plugins: ['uac-auto'], sip_from: 'sip:lamp@example.com', ...spec }, module);
  const compositor = (port = 0): Promise<Service> => running({ plugins: ['event-compositor'], sip_listen: `sip:127.0.0.1:${port}`, sip_events: 'nkpublish', sip_event_compositor_etag: 'renew' });
  const registrar = (module: object = {}): Promise<Service> => running({ plugins: ['registrar'], sip_listen: 'sip:127.0.0.1:0' }, module);
  const uriAt = (service: Service, user = 'lamp'): string => `sip:${user}@127.0.0.1:${portOf(service, 'udp')}`;

  async function scripted(script: Script): Promise<Peer> {
    const peer = await udpPeer(script);
    later(() => peer.close());
    return peer;
  }

  async function stateAt(server: Service): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { record } of publicationsOf(server)) found.push(textOf(record));
    return found;
  }

  const nextUpdate = (service: Service): Promise<PublicationUpdate> => new Promise((resolve) => { service.events.once('uac_auto:publication', resolve); });

  it('B02 B03 B05 B06 B07 B18 B20 sends what RFC 3903 has for each: Event, tag, body, Call-ID, CSeq', async () => {
    const peer = await scripted((request, count) => responseTo(request, '200 OK', [`SIP-ETag: t${count}`, `Expires: ${request.one('Expires')}`, 'Record-Route: <sip:192.0.2.1;lr>', 'Contact: <sip:elsewhere@192.0.2.1>']));
    const service = await client();
    await startPublish(service, 'lamp', `sip:lamp@127.0.0.1:${peer.port}`, { ...lamp, content_type: 'text/plain' });
    const refreshed = nextUpdate(service);
    refresh(service);
    await refreshed;
    await changePublish(service, 'lamp', 'dark');
    await stopPublish(service, 'lamp');
    const lines = peer.requests.map((request) => ['Event', 'SIP-If-Match', 'Expires', 'Content-Type', 'Route', 'Contact'].map((name) => request.all(name).join()));
    expect(lines).to.deep.equal([
      ['nkpublish', '', '600', 'text/plain', '', ''], ['nkpublish', 't1', '600', '', '', ''], ['nkpublish', 't2', '600', 'text/plain', '', ''], ['nkpublish', 't3', '0', '', '', ''],
    ]);
    expect(peer.requests.map(({ body }) => body)).to.deep.equal(['lit', '', 'dark', '']);
    expect(new Set(peer.requests.map((request) => request.one('Call-ID'))).size).to.equal(1);
    const numbers = peer.requests.map((request) => Number.parseInt(request.one('CSeq'), 10));
    expect(numbers).to.deep.equal([...numbers].sort((one, other) => one - other));
    expect(new Set(numbers).size).to.equal(4);
    expect(new Set(peer.requests.map(({ startLine }) => startLine)).size).to.equal(1);
  });

  it('B08 B11 a server that was restarted gets the whole state anew, and the removal at the end', async () => {
    const server = await compositor();
    const port = portOf(server, 'udp');
    const service = await client();
    const first = await startPublish(service, 'lamp', uriAt(server), lamp);
    expect([first.ok, first.expires, await stateAt(server)]).to.deep.equal([true, 600, ['lit']]);
    await changePublish(service, 'lamp', 'dark');
    expect(await stateAt(server)).to.deep.equal(['dark']);
    await server.stop();
    const again = await compositor(port);
    const told = nextUpdate(service);
    refresh(service);
    expect(await told).to.deep.include({ ok: true, state: 'ok' });
    expect(await stateAt(again)).to.deep.equal(['dark']);
    await service.stop();
    expect(await stateAt(again)).to.deep.equal([]);
  });

  it('B04 a program that was killed goes on with the tag that it kept', async () => {
    const server = await compositor();
    const first = await client();
    const { sip_etag: tag = '' } = await startPublish(first, 'lamp', uriAt(server), lamp);
    const second = await client();
    const update = await startPublish(second, 'lamp', uriAt(server), { ...lamp, body: 'dark', sip_if_match: tag });
    expect([update.ok, update.sip_etag === tag, await stateAt(server)]).to.deep.equal([true, false, ['dark']]);
  });

  it('B14 signs in, and gives up with a wrong password after one answer to the challenge', async () => {
    const server = await registrar(owners('127.0.0.1', new Map([['alice', 'secret']])));
    const service = await client();
    expect((await startRegister(service, 'phone', uriAt(server, 'alice'), { contact: '<sip:alice@192.0.2.1>', sip_pass: 'secret' })).ok).to.equal(true);
    const peer = await scripted((request) => responseTo(request, '401 Unauthorized', ['WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"']));
    const refused = await startPublish(service, 'lamp', `sip:lamp@127.0.0.1:${peer.port}`, { ...lamp, sip_pass: 'wrong' });
    expect([refused.state, refused.error?.details['code'], peer.requests.length]).to.deep.equal(['ended', 401, 2]);
    await stopRegister(service, 'phone');
    expect(await contactsOf(server, uriAt(server, 'alice'))).to.deep.equal([]);
  });

  it('B15 follows a redirection to where the state is kept', async () => {
    const server = await compositor();
    const peer = await scripted((request) => responseTo(request, '302 Moved Temporarily', [`Contact: <${uriAt(server)}>`]));
    const service = await client();
    const { ok } = await startPublish(service, 'lamp', `sip:lamp@127.0.0.1:${peer.port}`, lamp);
    expect([ok, await stateAt(server)]).to.deep.equal([true, ['lit']]);
    await stopPublish(service, 'lamp');
    expect(await stateAt(server)).to.deep.equal([]);
  });

  /** What NkSIP's own tests of nksip_uac_auto_register do. */
  it('NkSIP: two registrations, what is told of them, one that is refused, the end of each', async () => {
    const server = await registrar({ sip_register: (req: { ruri: { domain: string }; message: { to?: { uri?: string } } }) => req.message.to?.uri?.includes('nobody') === true ? ['reply', 'forbidden'] : 'continue' });
    const told: (readonly unknown[])[] = [];
    const service = await client({ sip_listen: 'sip:127.0.0.1:0', sip_local_host: '127.0.0.1' }, { sip_uac_auto_register_updated_register: (...args: unknown[]) => { told.push(args); return 'ok'; } });
    const [one, other] = await Promise.all([startRegister(service, 'reg1', uriAt(server, 'alice'), { expires: 120 }), startRegister(service, 'reg2', uriAt(server, 'bob'))]);
    expect([one.ok, one.expires, other.ok, other.expires]).to.deep.equal([true, 120, true, 3600]);
    expect(registrations(service).map(({ id, ok, state }) => [id, ok, state])).to.deep.equal([['reg1', true, 'ok'], ['reg2', true, 'ok']]);
    expect((await startRegister(service, 'reg3', uriAt(server, 'nobody'))).error?.details['code']).to.equal(403);
    expect((await contactsOf(server, uriAt(server, 'alice'))).map(({ contact }) => contact)).to.deep.equal([`sip:alice@127.0.0.1:${portOf(service, 'udp')}`]);
    expect(await stopRegister(service, 'reg1')).to.deep.include({ state: 'ended' });
    expect(await stopRegister(service, 'reg1')).to.equal('not_found');
    expect(await contactsOf(server, uriAt(server, 'alice'))).to.deep.equal([]);
    await service.stop();
    expect(await contactsOf(server, uriAt(server, 'bob'))).to.deep.equal([]);
    expect(told).to.deep.equal([['reg1', true, service.id], ['reg2', true, service.id], ['reg3', false, service.id], ['reg1', false, service.id], ['reg2', false, service.id]]);
  });

  it('B25 a service that listens elsewhere registers anew, soon', async () => {
    const server = await registrar();
    const service = await client({ sip_listen: 'sip:127.0.0.1:0' });
    await startRegister(service, 'phone', uriAt(server, 'alice'), { reg_id: 1 });
    const told = new Promise<RegistrationUpdate>((resolve) => { service.events.once('uac_auto:registration', resolve); });
    await update(service, { sip_listen: 'sip:127.0.0.2:0' });
    expect((await told).ok).to.equal(true);
    expect((await contactsOf(server, uriAt(server, 'alice'))).map(({ contact }) => contact)).to.deep.equal([`sip:alice@127.0.0.2:${portOf(service, 'udp')}`]);
  });

  it('B16 B27 a service whose server is silent stops within its time, without a fault', async () => {
    let isSilent = false;
    const peer = await scripted((request) => isSilent ? undefined : responseTo(request, '200 OK', ['SIP-ETag: t', 'Expires: 600']));
    const service = await client();
    const faults: ServiceFault[] = [];
    service.events.on('error', (fault) => { faults.push(fault); });
    await startPublish(service, 'lamp', `sip:lamp@127.0.0.1:${peer.port}`, lamp);
    isSilent = true;
    const start = performance.now();
    await service.stop();
    expect(performance.now() - start).to.be.below(5000);
    expect(faults).to.deep.equal([]);
    expect(peer.requests.at(-1)?.one('Expires')).to.equal('0');
  });

  it('rejects for what the requests refuse, and keeps nothing then; an update that takes the plugin away removes everything', async () => {
    const server = await compositor();
    const service = await client();
    expect((await faultOf(startPublish(service, 'lamp', uriAt(server), { ...lamp, etag: 'x' } as never))).code).to.equal('unknown_option');
    expect((await faultOf(startPublish(service, 'lamp', 'nonsense', lamp))).code).to.equal('invalid_uri');
    expect((await faultOf(startRegister(service, 'phone', uriAt(server), { contact: 'nonsense' }))).code).to.equal('invalid_option');
    expect([publications(service), registrations(service)]).to.deep.equal([[], []]);
    expect((await faultOf(async () => { await startPublish(server, 'lamp', uriAt(server), lamp); })).code).to.equal('plugin_not_in_service');
    expect((await faultOf(async () => { await startPublish(undefined as never, 'lamp', uriAt(server), lamp); })).code).to.equal('service_not_found');
    await startPublish(service, 'lamp', uriAt(server), lamp);
    await update(service, { plugins: [] });
    expect(await stateAt(server)).to.deep.equal([]);
    expect((await faultOf(running({ plugins: ['uac-auto'], sip_uac_auto_retry_time: 10, sip_uac_auto_max_retry_time: 5 }))).message).to.include('must not be below sip_uac_auto_retry_time');
  });
});
