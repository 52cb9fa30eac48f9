import { find } from '@nksip-ts/registrar';
import { expect } from 'chai';
import { closeAll } from '../wire/running.ts';
import { registering } from './over-udp.ts';
import { freshVia } from './register-text.ts';

const alice = 'sip:alice@example.com';
const phone = '<sip:alice@192.0.2.1>';
const supported = 'Supported: path';

describe('RFC 3327', () => {
  afterEach(closeAll);

  it('RFC 3327 5.3 Path is stored with the contact, in its order over several lines, and told in the 200', async () => {
    const { register, service } = await registering();
    const told = await register({ contact: phone, headers: [supported, 'Path: <sip:p1.example.com;lr>', 'Path: <sip:p2.example.com;lr;ob>, <sip:[2001:db8::1];lr>'] });
    expect(told.code).to.equal(200);
    expect(told.all('Path').join(', ')).to.equal('<sip:p1.example.com;lr>, <sip:p2.example.com;lr;ob>, <sip:[2001:db8::1];lr>');
    const [contact] = await find(service, alice);
    expect(contact?.path).to.deep.equal(['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr;ob>', '<sip:[2001:db8::1];lr>']);
  });

  it('RFC 3327 5.3 a REGISTER without Path ends the one of its contact, and leaves that of others', async () => {
    const { register, service } = await registering();
    await register({ contact: [phone, '<sip:alice@192.0.2.2>'], headers: [supported, 'Path: <sip:p1.example.com;lr>'] });
    const told = await register({ contact: phone, headers: [supported] });
    expect(told.all('Path')).to.deep.equal([]);
    expect((await find(service, alice)).map(({ path }) => path)).to.deep.equal([undefined, ['<sip:p1.example.com;lr>']]);
  });

  it('RFC 3327 5.3 a client that does not support Path is 420 with Unsupported, and nothing is registered', async () => {
    const { register, registered } = await registering();
    const refused = await register({ contact: phone, headers: ['Supported: outbound', 'Path: <sip:p1.example.com;lr>'] });
    expect([refused.code, refused.all('Unsupported')]).to.deep.equal([420, ['path']]);
    expect(await registered()).to.deep.equal([]);
  });

  it('RFC 3327 5.1 a client that requires Path supports it', async () => {
    const { register } = await registering();
    expect((await register({ contact: phone, headers: ['Require: path', 'Path: <sip:p1.example.com;lr>'] })).code).to.equal(200);
  });

  for (const path of ['p1.example.com', '<tel:+15550123>', '<sip:p1.example.com;lr', '']) {
    it(`RFC 3327 4 a Path of '${path}' is 400, and nothing is registered`, async () => {
      const { register, registered } = await registering();
      expect((await register({ contact: phone, headers: [supported, `Path: ${path}`] })).code).to.equal(400);
      expect(await registered()).to.deep.equal([]);
    });
  }

  it('has no source for what came through a proxy', async () => {
    const { register, service } = await registering();
    await register({ contact: phone, via: [freshVia(), freshVia('192.0.2.7:5060')] });
    await register({ contact: '<sip:alice@192.0.2.2>' });
    expect((await find(service, alice)).map(({ source }) => source?.address)).to.deep.equal(['127.0.0.1', undefined]);
  });
});

describe('RFC 5626', () => {
  const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"';

  afterEach(closeAll);

  it('RFC 5626 6 a flow that is registered again from another port replaces its old contact', async () => {
    const { register, registered } = await registering();
    await register({ contact: `<sip:alice@192.0.2.1:40001>;${instance};reg-id=1`, callId: 'before' });
    const told = await register({ contact: `<sip:alice@192.0.2.1:40002>;${instance};reg-id=1`, callId: 'after' });
    expect(told.contacts).to.deep.equal([`<sip:alice@192.0.2.1:40002>;${instance};reg-id=1;expires=3600`]);
    expect(await registered()).to.have.length(1);
  });

  it('RFC 5626 6 two flows of one instance may have the same URI', async () => {
    const { register, registered } = await registering();
    await register({ contact: `<sip:alice@192.0.2.1>;${instance};reg-id=1` });
    await register({ contact: `<sip:alice@192.0.2.1>;${instance};reg-id=2` });
    expect(await registered()).to.have.length(2);
    await register({ contact: `<sip:alice@192.0.2.1>;${instance};reg-id=2`, expires: 0 });
    expect(await registered()).to.have.length(1);
  });

  it('RFC 5626 6 without reg-id, or with one that is none, the URI decides', async () => {
    const { register, registered } = await registering();
    for (const [port, rest] of [[1, ''], [2, ''], [3, ';reg-id=0'], [4, ';reg-id=0']] as const) await register({ contact: `<sip:alice@192.0.2.1:4000${port}>;${instance}${rest}` });
    expect(await registered()).to.have.length(4);
  });

  it('RFC 5626 6 several flows in one REGISTER are 400; one that is new beside one that goes is not', async () => {
    const { register, registered } = await registering();
    const [one, two] = [`<sip:alice@192.0.2.1>;${instance};reg-id=1`, `<sip:alice@192.0.2.1>;${instance};reg-id=2`];
    const refused = await register({ contact: [one, two] });
    expect([refused.code, refused.reason]).to.deep.equal([400, "Several 'reg-id' Parameters"]);
    expect(await registered()).to.deep.equal([]);
    expect((await register({ contact: [one, `${two};expires=0`] })).code).to.equal(200);
    expect(await registered()).to.have.length(1);
  });
});
