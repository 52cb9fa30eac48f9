import { find } from '@nksip-ts/registrar';
import { uac, type Service } from '@nksip-ts/core';
import { expect } from 'chai';
import { owners } from '../../examples/owners.ts';
import { faultOf } from '../kit/caught.ts';
import { responseTo } from '../kit/received-text.ts';
import { closeAll, portOf, running } from '../wire/running.ts';
import { startClient, type Client } from './client-host.ts';
import { udpPeer, type Peer, type Script } from './scripted-peer.ts';

const own = 'urn:uuid:f81d4fae-7dec-81d0-a765-00a0c91e6bf6';

describe('uac.register', () => {
  let client: Client;
  let peer: Peer;

  afterEach(async () => {
    await client.stop();
    await peer.close();
  });

  async function at(script: Script): Promise<number> {
    client = await startClient();
    peer = await udpPeer(script);
    return peer.port;
  }

  const contactOf = (): string => peer.requests[0]?.one('Contact') ?? '';
  /** Grants each contact so many seconds. */
  const granting = (seconds: number): Script => (request) => responseTo(request, '200 OK', [`Contact: <sip:other@192.0.2.9>;expires=9, ${request.all('Contact')[0] ?? '<sip:x@y>'};expires=${seconds}`]);

  it('RFC 3261 10.2 sends to the domain, with the address in To and From, and its own Contact', async () => {
    const port = await at(granting(1800));
    const result = await client.uac.register('client1', `sip:alice@127.0.0.1:${port};transport=udp`, { expires: 3600 });
    const [request] = peer.requests;
    expect(request?.startLine).to.equal(`REGISTER sip:127.0.0.1:${port};transport=udp SIP/2.0`);
    expect(request?.one('To')).to.equal('<sip:alice@127.0.0.1>');
    expect(request?.one('From')).to.match(/^<sip:alice@127\.0\.0\.1>;tag=/);
    expect(request?.one('Contact')).to.match(/^<sip:alice@127\.0\.0\.1:\d+>$/);
    expect([request?.one('Expires'), request?.one('Supported')]).to.deep.equal(['3600', 'path']);
    expect([result.ok, result.meta.expires]).to.deep.equal([true, 1800]);
    expect(result.meta.contact).to.deep.equal([`<sip:other@192.0.2.9>;expires=9, ${contactOf()};expires=1800`]);
  });

  it('RFC 3261 10.2 a URI without a user is a registrar: the address is that of From', async () => {
    const port = await at(granting(60));
    await client.uac.register('client1', `sip:127.0.0.1:${port}`, { from: '"Bob" <sip:bob@example.com>;tag=mine' });
    await client.uac.register('client1', `sip:127.0.0.1:${port}`);
    expect(peer.requests.map((request) => [request.startLine, request.one('To')])).to.deep.equal([
      [`REGISTER sip:127.0.0.1:${port} SIP/2.0`, 'Bob <sip:bob@example.com>'], [`REGISTER sip:127.0.0.1:${port} SIP/2.0`, '<sip:client1@nksip>'],
    ]);
    expect(peer.requests[0]?.one('From')).to.equal('Bob <sip:bob@example.com>;tag=mine');
  });

  it('RFC 3261 10.2.2 unregister asks for 0 seconds, unregister_all for all contacts', async () => {
    const port = await at((request) => responseTo(request, '200 OK'));
    const uri = `sip:alice@127.0.0.1:${port}`;
    const removed = await client.uac.register('client1', uri, { contact: '<sip:alice@192.0.2.1>', unregister: true });
    await client.uac.register('client1', uri, { unregister_all: true });
    expect(peer.requests.map((request) => [request.one('Contact'), request.one('Expires')])).to.deep.equal([['<sip:alice@192.0.2.1>', '0'], ['*', '0']]);
    expect(removed.meta).to.deep.equal({ contact: [] });
  });

  it('RFC 3261 10.2.3 with contact false it asks what is registered', async () => {
    const port = await at(granting(60));
    const result = await client.uac.register('client1', `sip:alice@127.0.0.1:${port}`, { contact: false });
    expect(peer.requests[0]?.all('Contact')).to.deep.equal([]);
    expect(result.meta).to.deep.equal({ contact: ['<sip:other@192.0.2.9>;expires=9, <sip:x@y>;expires=60'] });
  });

  it('RFC 5626 4.2 reg_id puts the number and the instance behind the Contact, its own or one that is given', async () => {
    const port = await at(granting(60));
    const uri = `sip:alice@127.0.0.1:${port}`;
    await client.uac.register('client1', uri, { reg_id: 2 });
    await client.uac.register('client1', uri, { reg_id: 1, contact: 'sip:alice@192.0.2.1' });
    expect(peer.requests[0]?.one('Contact')).to.match(new RegExp(`^<sip:alice@127\\.0\\.0\\.1:\\d+>;reg-id=2;\\+sip\\.instance="<${own}>"$`));
    expect(peer.requests[1]?.one('Contact')).to.equal(`sip:alice@192.0.2.1;reg-id=1;+sip.instance="<${own}>"`);
  });

  it('RFC 3261 10.2.4 expires is that of its own contact, by the comparison of URIs, or that of the header', async () => {
    const lines = ['Contact: <sip:%61lice@HOST.example>;expires=70', 'Contact: <sip:alice@host.example>', 'Contact: <sip:bob@host.example>;expires=70'];
    const port = await at((request, count) => responseTo(request, '200 OK', [lines[count - 1] ?? '', 'Expires: 90']));
    const given = [];
    for (const _ of lines) given.push((await client.uac.register('client1', `sip:alice@127.0.0.1:${port}`, { contact: '<sip:alice@host.example>' })).meta.expires);
    expect(given).to.deep.equal([70, 90, undefined]);
  });

  it('RFC 3261 10.2.4 expires is that of the contact which ends first, where it has several', async () => {
    const lines = [
      'Contact: <sip:a@host.example>;expires=300, <sip:b@host.example>;expires=60, <sip:other@192.0.2.9>;expires=5',
      'Contact: <sip:a@host.example>;expires=300, <sip:b@host.example>',
      'Contact: <sip:other@192.0.2.9>;expires=5, <sip:b@host.example>;expires=60',
    ];
    const port = await at((request, count) => responseTo(request, '200 OK', [lines[count - 1] ?? '', 'Expires: 90']));
    const given = [];
    for (const _ of lines) given.push((await client.uac.register('client1', `sip:alice@127.0.0.1:${port}`, { contact: ['<sip:a@host.example>', '<sip:b@host.example>'] })).meta.expires);
    expect(given).to.deep.equal([60, 90, 60]);
  });

  it('RFC 3261 10.2.8 tells what a 423 asks for', async () => {
    const port = await at((request) => responseTo(request, '423 Interval Too Brief', ['Min-Expires: 120']));
    expect(await client.uac.register('client1', `sip:alice@127.0.0.1:${port}`, { expires: 10 })).to.deep.include({ ok: false, code: 423, meta: { contact: [], min_expires: 120 } });
  });

  it('refuses options that contradict each other, and sends nothing', async () => {
    const port = await at(granting(60));
    for (const [option, options] of [
      ['unregister_all', { unregister_all: true, contact: '<sip:a@b>' }], ['unregister_all', { unregister_all: true, reg_id: 1 }], ['unregister_all', { unregister_all: true, unregister: true }],
      ['expires', { unregister: true, expires: 60 }], ['expires', { unregister_all: true, expires: 60 }], ['reg_id', { reg_id: 0 }], ['reg_id', { reg_id: 1, contact: ['<sip:a@b>', '<sip:c@d>'] }],
      ['contact', { contact: 'nonsense' }],
    ] as const) {
      const fault = await faultOf(client.uac.register('client1', `sip:alice@127.0.0.1:${port}`, options));
      expect([fault.code, fault.details['option']]).to.deep.equal(['invalid_option', option]);
    }
    expect(peer.requests).to.deep.equal([]);
  });
});

describe('uac.register and the registrar', () => {
  afterEach(closeAll);

  const uriOf = (service: Service, user = 'alice'): string => `sip:${user}@127.0.0.1:${portOf(service, 'udp')}`;

  /** What NkSIP's documentation of the plugin does. */
  it('NkSIP: unregister_all, register, find, unregister_all', async () => {
    const server = await running({ plugins: ['registrar'], sip_listen: 'sip:127.0.0.1:0', sip_registrar_min_time: 60 });
    const client = await running({ sip_from: 'sip:client@nksip', sip_local_host: '127.0.0.1', sip_listen: 'sip:127.0.0.1:0, sips:127.0.0.1:0' });
    const registrar = `sip:127.0.0.1:${portOf(server, 'udp')}`;
    expect(await uac.register(client, registrar, { unregister_all: true })).to.deep.include({ code: 200, meta: { contact: [] } });
    expect(await find(server, 'sip:client@nksip')).to.deep.equal([]);
    const registered = await uac.register(client, registrar, { contact: true });
    expect([registered.code, registered.meta.expires]).to.deep.equal([200, 3600]);
    expect((await find(server, { scheme: 'sip', user: 'client', domain: 'nksip' })).map(({ contact }) => contact)).to.deep.equal([`sip:client@127.0.0.1:${portOf(client, 'udp')}`]);
    expect((await uac.register(client, registrar, { unregister_all: true })).code).to.equal(200);
    expect(await find(server, 'sip:client@nksip')).to.deep.equal([]);
  });

  it('NkSIP: several contacts, each with its own time; a 423; one removed, then another', async () => {
    const server = await running({ plugins: ['registrar'], sip_listen: 'sip:127.0.0.1:0' });
    const client = await running({ sip_listen: 'sip:127.0.0.1:0' });
    const uri = uriOf(server);
    const brief = await uac.register(client, uri, { expires: 1 });
    expect([brief.code, brief.meta.min_expires]).to.deep.equal([423, 60]);
    expect((await uac.register(client, uri, { contact: ['<sip:aaa>;expires=60', '<sips:bbb>'], expires: 100 })).meta.contact).to.deep.equal(['<sip:aaa>;expires=60, <sips:bbb>;expires=100']);
    expect((await uac.register(client, uri, { contact: '<sip:aaa>', unregister: true })).meta.contact.join()).to.match(/^<sips:bbb>;expires=(100|99)$/);
    expect((await uac.register(client, uri, { contact: '<sips:bbb>', unregister: true })).meta.contact).to.deep.equal([]);
  });

  it('signs in, and registers again from another port with the same reg_id in the place of its old contact', async () => {
    const server = await running({ plugins: ['registrar'], sip_listen: 'sip:127.0.0.1:0' }, owners('127.0.0.1', new Map([['alice', 'secret']])));
    const client = await running({ sip_listen: 'sip:127.0.0.1:0' });
    for (const port of [40_001, 40_002]) expect((await uac.register(client, uriOf(server), { contact: `<sip:alice@192.0.2.1:${port}>`, reg_id: 1, sip_pass: 'secret' })).code).to.equal(200);
    expect((await find(server, uriOf(server))).map(({ contact }) => contact)).to.deep.equal(['sip:alice@192.0.2.1:40002']);
    expect((await uac.register(server, uriOf(server, 'bob'), { sip_pass: 'secret' })).code).to.equal(401);
  });
});
