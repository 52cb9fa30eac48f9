import { expect } from 'chai';
import sinon from 'sinon';
import { find } from '@nksip-ts/registrar';
import { owners } from '../../examples/owners.ts';
import { credentialsFor } from '../digest/credentials.ts';
import { closeAll } from '../wire/running.ts';
import { registerText } from './register-text.ts';
import { registering } from './over-udp.ts';

const [phone, desk] = ['sip:alice@192.0.2.1:5062', 'sip:alice@192.0.2.2'] as const;

/** Of another tag, so that it is another request. */
const other = '<sip:alice@example.com>;tag=other';

/** The steps of RFC 3261 10.3, each over a socket. */
describe('RFC 3261 10.3', () => {
  /** The time of day and the clock of lifetimes; sockets and their timers go on. */
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => { clock = sinon.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date', 'performance'] }); });

  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  it('RFC 3261 10.3 step 1: a domain that is not served is 404, and nothing is registered', async () => {
    const { register, registered } = await registering({ sip_domains: 'example.com' });
    expect((await register({ uri: 'sip:elsewhere.example', contact: `<${phone}>` })).code).to.equal(404);
    expect(await registered()).to.deep.equal([]);
  });

  it('RFC 3261 10.3 step 2: an extension that is required and unknown is 420 with Unsupported; path is known, and is in Supported', async () => {
    const { register } = await registering();
    const refused = await register({ contact: `<${phone}>`, headers: ['Require: path, gruu'] });
    expect([refused.code, refused.all('Unsupported')]).to.deep.equal([420, ['gruu']]);
    expect((await register({ contact: `<${phone}>`, headers: ['Require: path'] })).code).to.equal(200);
    expect((await register({ method: 'OPTIONS' })).all('Supported')).to.deep.equal(['path']);
  });

  it('RFC 3261 10.3 step 3: who has not signed in is asked to, and nothing is registered', async () => {
    const { register, service } = await registering({}, owners('example.com', new Map([['alice', 'secret']])));
    const asked = await register({ contact: `<${phone}>` });
    expect([asked.code, asked.all('WWW-Authenticate').length > 0]).to.deep.equal([401, true]);
    expect(await find(service, 'sip:alice@example.com')).to.deep.equal([]);
  });

  for (const [user, code] of [['alice', 200], ['bob', 403]] as const) {
    it(`RFC 3261 10.3 step 4: signed in as ${user}, a REGISTER for alice is ${code}`, async () => {
      const { register } = await registering({}, owners('example.com', new Map([['alice', 'secret'], ['bob', 'secret']])));
      const [challenge = ''] = (await register({ contact: `<${phone}>` })).all('WWW-Authenticate');
      const credentials = credentialsFor(challenge, { user, method: 'REGISTER', uri: 'sip:example.com' });
      expect((await register({ contact: `<${phone}>`, headers: [`Authorization: ${credentials}`] })).code).to.equal(code);
    });
  }

  it('RFC 3261 10.3 step 5: the address is that of To, without port and parameters, with its escapes undone', async () => {
    const { register, registered } = await registering();
    await register({ to: '"Alice" <sip:%61lice@EXAMPLE.com:5070;transport=tcp>', from: '<sip:secretary@example.com>;tag=s', contact: `<${phone}>` });
    expect(await registered('<sip:alice@example.com>')).to.deep.equal([`${phone} 3600`]);
    expect(await registered('<sip:Alice@example.com>')).to.deep.equal([]);
    expect(await registered('<sips:alice@example.com>')).to.deep.equal([]);
  });

  it('RFC 3261 10.3 step 5: an address of another domain, or none of SIP, is 404', async () => {
    const { register } = await registering({ sip_domains: 'example.com' });
    expect((await register({ to: '<sip:alice@elsewhere.example>', contact: `<${phone}>` })).code).to.equal(404);
    expect((await register({ to: '<tel:+15550123>', contact: `<${phone}>` })).code).to.equal(404);
  });

  it('RFC 3261 10.3 step 6: without Contact nothing changes, and the response has all contacts', async () => {
    const { register, registered } = await registering();
    await register({ contact: [`<${phone}>`, `<${desk}>;q=0.3`] });
    const told = await register();
    expect(told.contacts).to.deep.equal([`<${phone}>;expires=3600`, `<${desk}>;q=0.3;expires=3600`]);
    expect(await registered()).to.have.length(2);
  });

  it('RFC 3261 10.3 step 6: * with Expires 0 removes all contacts, whoever registered them', async () => {
    const { register, registered } = await registering();
    await register({ contact: `<${phone}>`, callId: 'one' });
    await register({ contact: `<${desk}>`, callId: 'two' });
    const removed = await register({ contact: '*', expires: 0, callId: 'three' });
    expect([removed.code, removed.contacts]).to.deep.equal([200, []]);
    expect(await registered()).to.deep.equal([]);
  });

  for (const [what, parts] of Object.entries({
    'with Expires above 0': { contact: '*', expires: 60 }, 'without Expires': { contact: '*' },
    'beside another contact': { contact: ['*', `<${desk}>`], expires: 0 }, 'in one line with another contact': { contact: `*, <${desk}>`, expires: 0 },
  })) {
    it(`RFC 3261 10.3 step 6: * ${what} is 400, and all contacts stay`, async () => {
      const { register, registered } = await registering();
      await register({ contact: `<${phone}>` });
      expect((await register(parts)).code).to.equal(400);
      expect(await registered()).to.deep.equal([`${phone} 3600`]);
    });
  }

  it('RFC 3261 10.3 step 6: * with a CSeq that is not higher, of the same Call-ID, fails, and all contacts stay', async () => {
    const { register, registered } = await registering();
    await register({ contact: `<${desk}>`, callId: 'other', cseq: 1 });
    await register({ contact: `<${phone}>`, callId: 'own', cseq: 5 });
    expect((await register({ contact: '*', expires: 0, callId: 'own', cseq: 5, from: other })).code).to.equal(500);
    expect(await registered()).to.have.length(2);
    expect((await register({ contact: '*', expires: 0, callId: 'own', cseq: 6 })).code).to.equal(200);
    expect(await registered()).to.deep.equal([]);
  });

  it('RFC 3261 10.3 step 7: the time is that of the contact, else that of Expires, else the default', async () => {
    const { register, registered } = await registering({ sip_registrar_default_time: 1800 });
    await register({ contact: [`<${phone}>;expires=100`, `<${desk}>`], expires: 200 });
    expect(await registered()).to.deep.equal([`${phone} 100`, `${desk} 200`]);
    await register({ contact: `<${phone}>` });
    expect(await registered()).to.deep.equal([`${phone} 1800`, `${desk} 200`]);
  });

  it('RFC 3261 10.3 step 7: more than the maximum is lowered to it; the 200 tells it', async () => {
    const { register } = await registering({ sip_registrar_max_time: 7200 });
    expect((await register({ contact: `<${phone}>`, expires: 4_294_967_295 })).contacts).to.deep.equal([`<${phone}>;expires=7200`]);
  });

  it('RFC 3261 20.10: a parameter expires that cannot be read counts as 3600', async () => {
    const { register } = await registering();
    for (const expires of ['soon', '-1', '1.5', '4294967296']) expect((await register({ contact: `<${phone}>;expires=${expires}`, expires: 60 })).contacts).to.deep.equal([`<${phone}>;expires=3600`]);
  });

  it('RFC 3261 10.3 step 7: less than the minimum is 423 with Min-Expires, and nothing is registered; 0 removes', async () => {
    const { register, registered } = await registering({ sip_registrar_min_time: 120 });
    await register({ contact: `<${desk}>` });
    const brief = await register({ contact: [`<${phone}>`, `<${desk}>;expires=119`] });
    expect([brief.code, brief.all('Min-Expires')]).to.deep.equal([423, ['120']]);
    expect(await registered()).to.deep.equal([`${desk} 3600`]);
    expect((await register({ contact: `<${desk}>`, expires: 0 })).code).to.equal(200);
    expect(await registered()).to.deep.equal([]);
  });

  it('RFC 3261 10.3 step 7: what asks for an hour is never too brief', async () => {
    const { register } = await registering({ sip_registrar_min_time: 7200, sip_registrar_default_time: 7200 });
    expect((await register({ contact: `<${phone}>`, expires: 3599 })).code).to.equal(423);
    expect((await register({ contact: `<${phone}>`, expires: 3600 })).contacts).to.deep.equal([`<${phone}>;expires=3600`]);
  });

  it('RFC 3261 10.3 step 7: contacts are told apart by the comparison of URIs', async () => {
    const { register, registered } = await registering();
    await register({ contact: '<sip:alice@Desk.example.com;transport=TCP;x=1>' });
    await register({ contact: '<sip:%61lice@desk.EXAMPLE.com;transport=tcp>', expires: 600 });
    expect(await registered()).to.deep.equal(['sip:%61lice@desk.EXAMPLE.com;transport=tcp 600']);
    await register({ contact: '<sip:alice@desk.example.com>', expires: 700 });
    expect(await registered()).to.have.length(2);
  });

  it('RFC 3261 10.3 step 7: with the same Call-ID only a higher CSeq changes or removes a contact', async () => {
    const { register, registered } = await registering();
    await register({ contact: `<${phone}>`, callId: 'own', cseq: 5 });
    for (const [cseq, expires] of [[4, 900], [5, 900], [5, 0], [1, 0]] as const) expect((await register({ contact: `<${phone}>`, callId: 'own', cseq, expires, from: `<sip:alice@example.com>;tag=${cseq}${expires}` })).code).to.equal(500);
    expect(await registered()).to.deep.equal([`${phone} 3600`]);
    expect((await register({ contact: `<${phone}>`, callId: 'own', cseq: 6, expires: 900 })).code).to.equal(200);
    expect(await registered()).to.deep.equal([`${phone} 900`]);
  });

  it('RFC 3261 10.3 step 7: with another Call-ID any CSeq does: the client has begun anew', async () => {
    const { register, registered } = await registering();
    await register({ contact: `<${phone}>`, callId: 'before', cseq: 500 });
    expect((await register({ contact: `<${phone}>`, callId: 'after', cseq: 1, expires: 900 })).code).to.equal(200);
    expect(await registered()).to.deep.equal([`${phone} 900`]);
  });

  it('RFC 3261 10.3 step 8: where one of several contacts fails, none is changed, added or removed', async () => {
    const { register, registered } = await registering();
    await register({ contact: `<${phone}>`, callId: 'own', cseq: 5 });
    await register({ contact: `<${desk}>`, callId: 'other' });
    const failed = await register({ contact: [`<${desk}>;expires=0`, '<sip:alice@192.0.2.3>', `<${phone}>;expires=900`], callId: 'own', cseq: 5, from: other });
    expect([failed.code, failed.reason]).to.deep.equal([500, 'Rejected Old CSeq']);
    expect(await registered()).to.deep.equal([`${desk} 3600`, `${phone} 3600`]);
  });

  it('RFC 3261 10.3 step 8: the 200 has all contacts with the time that is left, and Date', async () => {
    const { register } = await registering();
    await register({ contact: `<${phone}>;q=0.7`, expires: 600, callId: 'phone' });
    clock.tick(100_400);
    const told = await register({ contact: `"Desk" <${desk}>;methods="INVITE,ACK";audio`, expires: 300, callId: 'desk' });
    expect(told.contacts).to.deep.equal([`<${desk}>;methods="INVITE,ACK";audio;expires=300`, `<${phone}>;q=0.7;expires=499`]);
    expect(told.all('Date')).to.deep.equal(['Fri, 15 Jan 2027 08:01:40 GMT']);
  });

  it('RFC 3261 10.3: a contact is gone at the moment it expires, and another one of its address is not', async () => {
    const { register, registered, service } = await registering();
    await register({ contact: [`<${phone}>;expires=60`, `<${desk}>;expires=120`] });
    clock.tick(59_999);
    expect(await registered()).to.deep.equal([`${phone} 1`, `${desk} 60`]);
    clock.tick(1);
    expect(await registered()).to.deep.equal([`${desk} 60`]);
    clock.tick(60_000);
    expect(await registered()).to.deep.equal([]);
    expect(await find(service, 'sip:alice@example.com')).to.deep.equal([]);
  });

  it('RFC 3261 17.2.2: a REGISTER that is sent again gets the same bytes, and counts once', async () => {
    const { peer } = await registering();
    const text = registerText({ contact: `<${phone}>` });
    const first = await peer.ask(text);
    expect((await peer.ask(text)).text).to.equal(first.text);
    expect(first.code).to.equal(200);
  });

  it('RFC 3261 20.5: REGISTER is in Allow where there is a registrar', async () => {
    const { register } = await registering();
    expect((await register({ method: 'OPTIONS' })).all('Allow')[0]).to.match(/\bREGISTER\b/);
  });
});
