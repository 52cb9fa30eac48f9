import type { SipRequest } from '@nksip-ts/core';
import { RamStore, type RegPublish } from '@nksip-ts/event-compositor';
import { buildRequest } from '@nksip-ts/sip';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { provenUser, publisherOf } from '../../packages/event-compositor/src/publish/publisher.ts';
import { publishRequest, requestOf } from '../kit/sip-request.ts';
import { CompositorUnderTest } from './compositor-under-test.ts';

const aor = { scheme: 'sip', user: 'user1', domain: 'example.com' };

/** A PUBLISH with this From; `users`: whose digest credentials held, by realm. */
function from(text: string, users: Readonly<Record<string, string>> = {}, address = '192.0.2.1'): SipRequest {
  const request = requestOf(buildRequest({
    method: 'PUBLISH', uri: 'sip:user1@example.com',
    headers: [['Via', 'SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1'], ['From', text], ['To', '<sip:a@b>'], ['Call-ID', 'c'], ['CSeq', '1 PUBLISH'], ['Max-Forwards', '70']],
  }));
  return { ...request, digestUsers: new Map(Object.entries(users)), source: { transport: 'udp', address, port: 5060 } };
}

const publisherIn = (req: SipRequest): string => publisherOf(req, provenUser(req));

describe('who publishes', () => {
  const froms: readonly (readonly [string, string])[] = [
    ['<sip:alice@example.com>;tag=1', 'sip:alice@example.com 192.0.2.1'],
    ['"Alice <sip:x@y>" <sip:alice@Example.COM:5070;transport=tcp>;tag=1', 'sip:alice@example.com 192.0.2.1'],
    ['Alice <sip:%61lice@example.com?subject=x>;tag=1', 'sip:alice@example.com 192.0.2.1'],
    ['sip:alice@example.com;tag=1', 'sip:alice@example.com 192.0.2.1'],
    ['<sips:a%20b%40c@example.com>;tag=1', 'sips:a%20b%40c@example.com 192.0.2.1'],
    ['<sip:%e9@example.com>;tag=1', 'sip:%E9@example.com 192.0.2.1'],
    ['<sip:example.com>;tag=1', 'sip:example.com 192.0.2.1'],
    ['<tel:+1234>;tag=1', 'tel:+1234 192.0.2.1'],
  ];
  for (const [text, publisher] of froms) {
    it(`without credentials is From and the source: ${text}`, () => {
      expect(publisherIn(from(text))).to.equal(publisher);
    });
  }

  it('is another one at another source', () => {
    expect(publisherIn(from('<sip:alice@example.com>', {}, '2001:db8::1'))).to.equal('sip:alice@example.com 2001:db8::1');
  });

  it('is the signed-in user, wherever the request comes from and whatever From says', () => {
    expect(publisherIn(from('<sip:bob@example.com>', { 'example.com': 'alice' }))).to.equal('alice@example.com');
    expect(publisherIn(from('<sip:bob@example.com>', { 'My realm': 'a@b:ü' }))).to.equal('a%40b%3A%C3%BC@My realm');
  });

  it('of several realms is that of the first by name, in whichever order the credentials come', () => {
    expect(publisherIn(from('<sip:a@b>', { b: 'bob', a: 'alice' }))).to.equal('alice@a');
    expect(publisherIn(from('<sip:a@b>', { a: 'alice', b: 'bob' }))).to.equal('alice@a');
  });

  it('no two users of two realms have one text, and no user that of a From', () => {
    const name = fc.string({ unit: fc.constantFrom(...'ab@:% <>é', '%C3%A9', '%25') });
    fc.assert(fc.property(name, name, name, name, (user, realm, otherUser, otherRealm) => {
      const [one, other] = [publisherIn(from('<sip:a@b>', { [realm]: user })), publisherIn(from('<sip:a@b>', { [otherRealm]: otherUser }))];
      expect(one === other).to.equal(user === otherUser && realm === otherRealm);
      expect(one).to.match(/^[^:@]*@/);
    }));
  });
});

describe('publisher and since of a record', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_500); });
  afterEach(() => clock.restore());

  for (const etag of ['keep', 'renew'] as const) {
    it(`${etag}: an initial publication and a modify set both, a refresh keeps them`, async () => {
      const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: etag } });
      const publish = async (address: string, parts: Parameters<typeof publishRequest>[0]): Promise<string> => {
        const reply = await service.compositor.publish({ ...publishRequest({ expires: 600, ...parts }), source: { transport: 'udp', address, port: 1 } });
        return (reply as unknown as [string, { sip_etag: string }])[1].sip_etag;
      };
      const found = async (tag: string) => {
        const { publisher, since, expires } = await service.compositor.find(aor, tag) as RegPublish;
        return [publisher, since! - 1_700_000_000, expires - 1_700_000_000];
      };
      const first = await publish('192.0.2.1', { body: 'x' });
      expect(await found(first)).to.deep.equal(['sip:user1@example.com 192.0.2.1', 0.5, 600.5]);
      clock.tick(10_000);
      const second = await publish('192.0.2.2', { ifMatch: first });
      expect(await found(second)).to.deep.equal(['sip:user1@example.com 192.0.2.1', 0.5, 610.5]);
      clock.tick(10_000);
      const third = await publish('192.0.2.3', { ifMatch: second, body: 'y' });
      expect(await found(third)).to.deep.equal(['sip:user1@example.com 192.0.2.3', 20.5, 620.5]);
    });
  }

  it('a record of before stays without them when it is refreshed, and gets them with a modify', async () => {
    const ram = new RamStore();
    ram.put('server', aor, 't', { data: Buffer.from('x'), event: 'presence', content_type: 'application/pidf+xml', expires: 1_700_000_600 }, 600);
    const service = new CompositorUnderTest({ store: ram });
    await service.publish({ ifMatch: 't', expires: 600 });
    clock.tick(1);
    expect(await service.compositor.find(aor, 't')).to.have.keys('data', 'event', 'content_type', 'expires');
    await service.publish({ ifMatch: 't', expires: 600, body: 'y' });
    expect(await service.compositor.find(aor, 't')).to.include({ publisher: 'sip:user1@example.com 127.0.0.1', since: 1_700_000_000.501 });
    await ram.close();
  });

  it('what is restored has those that it had, and is the same only with these', async () => {
    const service = new CompositorUnderTest();
    const record = { data: Buffer.from('x'), event: 'presence', publisher: 'alice@example.com', since: 1_600_000_000.123, expires: 1_700_000_600 };
    expect(await service.compositor.restore({ aor, tag: 't', record })).to.equal('stored');
    expect(await service.compositor.find(aor, 't')).to.include({ publisher: 'alice@example.com', since: 1_600_000_000.123 });
    const { publisher: _, ...nobodys } = record;
    const { since: _since, ...timeless } = record;
    const outcomes = [];
    for (const one of [record, { ...record, since: 1_600_000_000.1234 }, { ...record, since: 1_600_000_001 }, { ...record, publisher: 'bob@example.com' }, nobodys, timeless]) {
      outcomes.push(await service.compositor.restore({ aor, tag: 't', record: one }));
    }
    expect(outcomes).to.deep.equal(['same', 'same', 'different', 'different', 'different', 'different']);
  });
});
