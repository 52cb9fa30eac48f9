import { NksipError, update } from '@nksip-ts/core';
import { find } from '@nksip-ts/registrar';
import { expect } from 'chai';
import sinon from 'sinon';
import { closeAll, LogRecorder } from '../wire/running.ts';
import { registering } from './over-udp.ts';

const phone = '<sip:alice@192.0.2.1>';
const many = (count: number, rest = ''): readonly string[] => Array.from({ length: count }, (_, i) => `<sip:${i + 1}@a>${rest}`);
/** Fifty to a line: a line may have so many bytes. */
const lines = (contacts: readonly string[]): readonly string[] => Array.from({ length: Math.ceil(contacts.length / 50) }, (_, i) => contacts.slice(50 * i, 50 * i + 50).join(','));

describe('what a registrar is sent', () => {
  let clock: sinon.SinonFakeTimers;

  /** The time of day and the clock of lifetimes; sockets and their timers go on. */
  beforeEach(() => { clock = sinon.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date', 'performance'] }); });

  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  for (const contact of ['alice@192.0.2.1', '<sip:alice@192.0.2.1', '<sip:>', 'sip:alice@[::1', '<sip:alice@192.0.2.1>;expires=60;expires=70', '"Alice', '', '<sip:alice@192.0.2.1>;x="\u0001"', '<sip:alice@192.0.2.1>;x="\ufffd"']) {
    it(`RFC 3261 20.10 ${JSON.stringify(contact)} as Contact is 400, alone and beside others, and nothing changes`, async () => {
      const { register, registered } = await registering();
      await register({ contact: phone });
      for (const given of [contact, `<sip:alice@192.0.2.2>, ${contact === '' ? '<' : contact}`]) expect((await register({ contact: given })).code).to.equal(400);
      expect(await registered()).to.have.length(1);
    });
  }

  it('RFC 3261 10.2.1 takes contacts of any scheme', async () => {
    const { register, registered } = await registering();
    expect((await register({ contact: ['<tel:+15550123>', '<mailto:alice@example.com>', '<sips:alice@192.0.2.1>'] })).code).to.equal(200);
    expect((await registered()).map((text) => text.split(' ')[0])).to.deep.equal(['tel:+15550123', 'mailto:alice@example.com', 'sips:alice@192.0.2.1']);
  });

  it('RFC 3261 20.19 an Expires that cannot be read, or stands twice, is 400', async () => {
    const { register, registered } = await registering();
    for (const expires of ['soon', '-1', '4294967296']) expect((await register({ contact: phone, expires })).code).to.equal(400);
    expect((await register({ contact: phone, expires: 60, headers: ['Expires: 60'] })).code).to.equal(400);
    expect(await registered()).to.deep.equal([]);
  });

  it('RFC 3261 21.4.4 contacts beyond sip_registrar_max_contacts are 403, and those that are registered stay', async () => {
    const { register, registered } = await registering({ sip_registrar_max_contacts: 3 });
    await register({ contact: many(2) });
    expect((await register({ contact: ['<sip:alice@192.0.2.2>', '<sip:alice@192.0.2.3>'] })).code).to.equal(403);
    expect(await registered()).to.have.length(2);
    expect((await register({ contact: '<sip:alice@192.0.2.2>' })).code).to.equal(200);
    expect((await register({ contact: '<sip:alice@192.0.2.3>' })).code).to.equal(403);
  });

  it('RFC 3261 10.3 step 8 one REGISTER may remove all contacts that an address may have and add as many', async () => {
    const { register, registered } = await registering({ sip_registrar_max_contacts: 3 });
    await register({ contact: many(3) });
    expect((await register({ contact: [...many(3, ';expires=0'), '<sip:1@192.0.2.2>', '<sip:2@192.0.2.2>', '<sip:3@192.0.2.2>'] })).code).to.equal(200);
    expect((await registered()).map((text) => text.slice(0, 5))).to.deep.equal(['sip:1', 'sip:2', 'sip:3']);
  });

  it('where the cap was lowered, contacts beyond it can be refreshed and removed, and none is added', async () => {
    const { register, registered, service } = await registering({ sip_registrar_max_contacts: 3 });
    await register({ contact: many(3) });
    await update(service, { sip_registrar_max_contacts: 2 });
    expect((await register({ contact: many(1) })).code).to.equal(200);
    expect((await register({ contact: '<sip:alice@192.0.2.2>' })).code).to.equal(403);
    expect((await register({ contact: many(2, ';expires=0') })).code).to.equal(200);
    expect(await registered()).to.have.length(1);
  });

  it('1,000 contacts in one request are 403', async () => {
    const { register, registered } = await registering();
    await register({ contact: phone });
    expect((await register({ contact: lines(many(1000)) })).code).to.equal(403);
    expect((await register({ contact: lines(many(1000, ';expires=0')) })).code).to.equal(403);
    expect(await registered()).to.have.length(1);
  });

  it('of a contact that stands twice in a request the last counts', async () => {
    const { register, registered } = await registering();
    await register({ contact: [`${phone};expires=100`, `${phone};expires=200`] });
    expect(await registered()).to.deep.equal(['sip:alice@192.0.2.1 200']);
    await register({ contact: [`${phone};expires=100`, `${phone};expires=0`] });
    expect(await registered()).to.deep.equal([]);
  });

  it('removing what is not registered is 200', async () => {
    const { register } = await registering();
    const told = await register({ contact: phone, expires: 0 });
    expect([told.code, told.contacts]).to.deep.equal([200, []]);
    expect((await register({ contact: '*', expires: 0 })).code).to.equal(200);
  });

  it('a q that is none counts as absent', async () => {
    const { register, service } = await registering();
    await register({ contact: ['<sip:1@192.0.2.1>;q=0.25', '<sip:2@192.0.2.1>;q=1.5', '<sip:3@192.0.2.1>;q=high'] });
    expect((await find(service, 'sip:alice@example.com')).map(({ q }) => q)).to.deep.equal([0.25, undefined, undefined]);
  });

  it('RFC 3261 21.5.4 a store that is not available is 503 with Retry-After, one that fails 500, and an error event tells', async () => {
    let thrown: unknown = new NksipError('store_unavailable', { retry_after: 7 });
    const { register, service } = await registering({}, { sip_registrar_store: () => { throw thrown; } });
    const faults: string[] = [];
    service.events.on('error', ({ error }) => { faults.push(error.code); });
    const away = await register({ contact: phone });
    expect([away.code, away.all('Retry-After')]).to.deep.equal([503, ['7']]);
    thrown = new Error('broken');
    expect((await register({ contact: phone })).code).to.equal(500);
    expect(faults).to.deep.equal(['callback_failed', 'callback_failed']);
  });

  for (const [what, result, reason] of [
    ['nothing', undefined, 'Callback Invalid Response'], ['a list', [], 'Callback Invalid Response'], ['contacts without their expires', { contacts: [{ contact: 'sip:a@b', call_id: 'c', cseq: 1 }] }, 'Callback Invalid Response'],
    ["'continue' and what RAM has", 'continue', 'OK'],
  ] as const) {
    it(`a store callback that returns ${what} for 'get' makes the answer '${reason}'`, async () => {
      const { register } = await registering({}, { sip_registrar_store: ({ type }: { readonly type: string }) => type === 'get' ? result : 'continue' });
      expect((await register({ contact: phone })).reason).to.equal(reason);
    });
  }

  it('a store that never answers is 500 Store Timeout, and its late result is logged', async () => {
    const log = new LogRecorder();
    let answer: (result: unknown) => void = () => undefined;
    const { register } = await registering({ sip_registrar_store_timeout: 1, logger: log, log_level: 'info' }, { sip_registrar_store: () => new Promise((resolve) => { answer = resolve; }) });
    const told = await register({ contact: phone });
    expect([told.code, told.reason]).to.deep.equal([500, 'Store Timeout']);
    answer('not_found');
    await new Promise((done) => { setImmediate(done); });
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).to.deep.equal(['The store of registrations returned too late: its result is ignored']);
  });

  it('what the log says of a REGISTER: the address, and how many contacts it has', async () => {
    const log = new LogRecorder();
    const { register } = await registering({ logger: log, log_level: 'info' });
    await register({ contact: many(2) });
    expect(log.lines.filter(({ fields }) => fields['method'] === 'REGISTER').map(({ fields: { code, aor, contacts } }) => [code, aor, contacts])).to.deep.equal([[200, 'sip:alice@example.com', 2]]);
  });
});
