import type { ReplyOptions } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon from 'sinon';
import { CompositorUnderTest } from './compositor-under-test.ts';

const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

describe('RFC 3903 6, as the compositor decides it', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  it('tells of two publications of one millisecond which is the newer one', async () => {
    const service = new CompositorUnderTest();
    const tags = [await service.stored({ body: 'first' }), await service.stored({ body: 'second' }), await service.stored({ body: 'third' })];
    const since = await Promise.all(tags.map(async (tag) => {
      const found = await service.compositor.find('sip:user1@example.com', tag);
      return found === 'not_found' ? NaN : found.since ?? NaN;
    }));
    expect(since[0]).to.be.below(since[1]!);
    expect(since[1]).to.be.below(since[2]!);
  });

  it('A02 answers 489 to a missing Event and to a package that is not served', async () => {
    const service = new CompositorUnderTest();
    expect(await service.publish({ event: false, body: 'x' })).to.include({ code: 'bad_event: Missing Event' });
    expect(await service.publish({ event: 'nosuch', body: 'x' })).to.include({ code: 'bad_event: Event Package Not Served' });
    expect(await service.publish({ event: '', body: 'x' })).to.include({ code: 'bad_event: Missing Event' });
  });

  it('A02 answers 489 to every package where sip_events is not set', async () => {
    const service = new CompositorUnderTest({ events: [] });
    expect(await service.publish({ body: 'x' })).to.include({ code: 'bad_event: Event Package Not Served' });
  });

  it('A03 takes the compact form o: of Event', async () => {
    const service = new CompositorUnderTest();
    expect(await service.publish({ event: false, headers: [['o', 'presence']], body: 'x' })).to.include({ code: 'ok' });
  });

  it('A04 answers 400 to two Event lines, and compares packages byte by byte, parameters aside', async () => {
    const service = new CompositorUnderTest();
    expect((await service.publish({ event: ['presence', 'dialog'], body: 'x' })).code).to.match(/^invalid_request/);
    expect((await service.publish({ event: 'presence, dialog', body: 'x' })).code).to.match(/^invalid_request/);
    expect((await service.publish({ event: ['', 'presence'], body: 'x' })).code).to.equal('invalid_request: Repeated Event');
    expect(await service.publish({ event: '', body: 'x' })).to.include({ code: 'bad_event: Missing Event' });
    expect(await service.publish({ event: 'Presence', body: 'x' })).to.include({ code: 'bad_event: Event Package Not Served' });
    expect(await service.publish({ event: 'presence.winfo', body: 'x' })).to.include({ code: 'bad_event: Event Package Not Served' });
    const tag = await service.stored({ event: 'presence;id=7' });
    expect(await service.publish({ event: 'presence', ifMatch: tag })).to.include({ code: 'ok' });
  });

  it('A05 gives two identical initial PUBLISHes two tags and stores both', async () => {
    const service = new CompositorUnderTest();
    const [first, second] = [await service.stored({ body: 'same' }), await service.stored({ body: 'same' })];
    expect(first).not.to.equal(second);
    expect([await service.textOf(first), await service.textOf(second)]).to.deep.equal(['same', 'same']);
  });

  for (const [what, ifMatch] of [['a list', 'a, b'], ['two lines', ['a', 'b']], ['an empty value', ''], ['a quoted one', '"q"'], ['no token', 'a b']] as const) {
    it(`A06 answers 400 to SIP-If-Match with ${what} and stores nothing`, async () => {
      const service = new CompositorUnderTest();
      const code = `invalid_request: ${typeof ifMatch === 'string' ? 'Malformed' : 'Repeated'} SIP-If-Match`;
      expect(await service.publish({ ifMatch, body: 'x' })).to.include({ code });
      expect(await service.publish({ ifMatch, expires: 'abc', body: 'x' })).to.include({ code });
    });
  }

  for (const renew of ['keep', 'renew'] as const) {
    it(`A07 answers 412 to a tag of another user, of another package, that is over, and * (${renew})`, async () => {
      const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: renew } });
      const tag = await service.stored({ expires: 100, body: 'mine' });
      for (const parts of [{ uri: 'sip:user2@example.com', ifMatch: tag }, { event: 'dialog', ifMatch: tag }, { ifMatch: '*' }, { ifMatch: 'W/x' }, { ifMatch: tag.toUpperCase() + 'x' }]) {
        const { code } = await service.publish({ ...parts, expires: 0 });
        expect(code).to.equal(parts.ifMatch === 'W/x' ? 'invalid_request: Malformed SIP-If-Match' : 'conditional_request_failed');
      }
      expect(await service.textOf(tag)).to.equal('mine');
      clock.tick(100_000);
      expect(await service.publish({ ifMatch: tag })).to.include({ code: 'conditional_request_failed' });
    });
  }

  it('A43 a publication that begins leaves those of other publishers to the same address as they are', async () => {
    const service = new CompositorUnderTest();
    const first = await service.stored({ body: 'of a phone' });
    const second = await service.publish({ body: 'of a browser' });
    expect(await service.textOf(first)).to.equal('of a phone');
    expect(await service.textOf(second.tag ?? '')).to.equal('of a browser');
    expect(await service.publish({ ifMatch: first }), 'and its publisher goes on').to.include({ code: 'ok' });
  });

  it('A08 412 is decided before 423 and before 415, 423 before 415, and 489 before all', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_min_expires: 30 } });
    const tag = await service.stored({ expires: 60 });
    const bad = { expires: 5, type: 'text/plain', body: 'x' };
    expect(await service.publish({ ...bad, event: 'nosuch', ifMatch: 'a, b' })).to.include({ code: 'bad_event: Event Package Not Served' });
    expect(await service.publish({ ...bad, ifMatch: 'wrong' })).to.include({ code: 'conditional_request_failed' });
    expect(await service.publish({ ...bad, ifMatch: tag })).to.include({ code: 'interval_too_brief: 30' });
    expect(await service.publish({ ...bad, ifMatch: tag, expires: 60 })).to.include({ code: '415: Unsupported Media Type application/pidf+xml' });
    expect(await service.publish({ ...bad, ifMatch: 'wrong', expires: 'abc' })).to.include({ code: 'invalid_request: Malformed Expires' });
  });

  it('A09 gives the time that was asked for, or else the default', async () => {
    const service = new CompositorUnderTest();
    expect(await service.publish({ body: 'x' })).to.include({ expires: 60 });
    expect(await service.publish({ body: 'x', expires: 7 })).to.include({ expires: 7 });
    const own = new CompositorUnderTest({ options: { sip_event_compositor_default_expires: 1800 } });
    expect(await own.publish({ body: 'x' })).to.include({ expires: 1800 });
    const least = new CompositorUnderTest({ options: { sip_event_compositor_min_expires: 300 } });
    expect(await least.publish({ body: 'x' })).to.include({ expires: 300 });
  });

  it('A10 lowers a long time to the maximum and never gives more than was asked, on refresh and modify too', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_max_expires: 3600 } });
    const first = await service.publish({ body: 'x', expires: 1_000_000 });
    expect(first).to.include({ expires: 3600 });
    expect(await service.publish({ ifMatch: first.tag ?? '', expires: 4_294_967_295 })).to.include({ expires: 3600 });
    expect(await service.publish({ ifMatch: first.tag ?? '', expires: 10, body: 'y' })).to.include({ expires: 10 });
    const long = new CompositorUnderTest({ options: { sip_event_compositor_default_expires: 7200, sip_event_compositor_max_expires: 3600 } });
    expect(await long.publish({ body: 'x' })).to.include({ expires: 3600 });
  });

  it('A11 answers 423 with Min-Expires below the minimum only, and never to 0', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_min_expires: 60 } });
    expect(await service.publish({ body: 'x', expires: 59 })).to.include({ code: 'interval_too_brief: 60' });
    expect(await service.publish({ body: 'x', expires: 60 })).to.include({ code: 'ok', expires: 60 });
    const tag = await service.stored({ expires: 60 });
    expect(await service.publish({ ifMatch: tag, expires: 5 })).to.include({ code: 'interval_too_brief: 60' });
    expect(await service.publish({ ifMatch: tag, expires: 0 })).to.include({ code: 'ok', expires: 0 });
  });

  for (const expires of ['abc', '-1', '4294967296', '1e3', '', '1.5', '5;x', ['60', '60']]) {
    it(`A12 answers 400 to Expires ${JSON.stringify(expires)} and stores nothing`, async () => {
      const service = new CompositorUnderTest();
      expect(await service.publish({ expires, body: 'x' })).to.include({ code: `invalid_request: ${typeof expires === 'string' ? 'Malformed' : 'Repeated'} Expires` });
      expect(await count(service)).to.equal(0);
    });
  }

  it('A12 takes Expires 4294967295', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_max_expires: 4_294_967_295 } });
    const { tag, expires } = await service.publish({ expires: 4_294_967_295, body: 'x' });
    expect(expires).to.equal(4_294_967_295);
    clock.tick(86_400_000);
    expect(await service.textOf(tag)).to.equal('x');
  });

  it('A13 answers 415 to a type that the package does not have, and to a body without one, and stores nothing', async () => {
    const service = new CompositorUnderTest();
    expect(await service.publish({ body: 'x', type: 'text/plain' })).to.include({ code: '415: Unsupported Media Type application/pidf+xml' });
    expect(await service.publish({ body: 'x', type: 'application/pidf-diff+xml' })).to.include({ code: '415: Unsupported Media Type application/pidf+xml' });
    expect(await service.publish({ event: 'dialog', body: 'x' })).to.include({ code: '415: Unsupported Media Type application/dialog-info+xml' });
    expect(await count(service)).to.equal(0);
  });

  it('A13 compares types in any case and without their parameters, and answers 400 to what is no type', async () => {
    const service = new CompositorUnderTest();
    const { tag } = await service.publish({ body: 'x', type: 'Application/PIDF+xml;charset="UTF-8"' });
    expect(await service.compositor.find('sip:user1@example.com', tag ?? '')).to.include({ content_type: 'Application/PIDF+xml;charset="UTF-8"' });
    for (const event of ['presence', 'nkpublish']) {
      expect(await service.publish({ event, body: 'x', type: 'pidf' })).to.include({ code: 'invalid_request: Malformed Content-Type' });
    }
  });

  it('A13 takes any type, or none, for a package without an entry', async () => {
    const service = new CompositorUnderTest();
    expect(await service.publish({ event: 'nkpublish', body: 'x', type: 'text/plain' })).to.include({ code: 'ok' });
    const { tag } = await service.publish({ event: 'nkpublish', body: 'x', type: false });
    expect(await service.compositor.find('sip:user1@example.com', tag ?? '')).to.include({ event: 'nkpublish' }).and.not.to.have.property('content_type');
    expect(await service.publish({ body: 'x', type: false })).to.include({ code: '415: Missing Content-Type application/pidf+xml' });
  });

  it('A14 names in a 415 the types of the package, and for an encoding the encodings', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_content_types: { presence: ['application/pidf+xml', 'multipart/*'] } } });
    expect(await service.publish({ body: 'x', type: 'text/plain' })).to.include({ code: '415: Unsupported Media Type application/pidf+xml, multipart/*' });
    expect(await service.publish({ body: 'x', type: 'Multipart/Signed' })).to.include({ code: 'ok' });
    expect(await service.publish({ body: 'x', headers: [['Content-Encoding', 'gzip']] })).to.include({ code: '415: Unsupported Content-Encoding identity' });
  });

  it('A15 answers 415 to an encoding, compact form too, and takes identity', async () => {
    const service = new CompositorUnderTest();
    for (const [name, value] of [['e', 'gzip'], ['Content-Encoding', 'identity, deflate'], ['Content-Encoding', 'x-unknown']] as const) {
      expect(await service.publish({ body: 'x', headers: [[name, value]] })).to.include({ code: '415: Unsupported Content-Encoding identity' });
    }
    expect(await service.publish({ body: 'x', headers: [['Content-Encoding', 'Identity']] })).to.include({ code: 'ok' });
  });

  it('A16 answers 415 to an unknown disposition, and ignores the body where handling is optional', async () => {
    const service = new CompositorUnderTest();
    for (const value of ['unknown', 'unknown;handling=required', 'session', ';x']) {
      expect((await service.publish({ body: 'x', headers: [['Content-Disposition', value]] })).code).to.match(/^415: Unsupported Content-Disposition /);
    }
    expect(await service.publish({ body: 'x', headers: [['Content-Disposition', 'Render;handling=required']] })).to.include({ code: 'ok' });
    const optional = [['Content-Disposition', 'unknown;handling=optional']] as const;
    expect(await service.publish({ body: 'x', headers: optional })).to.include({ code: 'invalid_request: No Body and No SIP-If-Match' });
    const tag = await service.stored({ body: 'before' });
    expect(await service.publish({ ifMatch: tag, body: 'x', headers: optional })).to.include({ code: 'ok' });
    expect(await service.textOf(tag)).to.equal('before');
  });

  it('A17 answers 400 No Body to a PUBLISH with neither body nor tag', async () => {
    const service = new CompositorUnderTest();
    expect(await service.publish()).to.include({ code: 'invalid_request: No Body and No SIP-If-Match' });
    expect(await service.publish({ type: 'application/pidf+xml', expires: 0 })).to.include({ code: 'invalid_request: No Body and No SIP-If-Match' });
  });

  it('A18 a refresh, with a Content-Type or without, keeps body and type and gives new time', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored({ body: 'state', expires: 10 });
    clock.tick(9000);
    expect(await service.publish({ ifMatch: tag, expires: 10, type: 'text/whatever' })).to.include({ code: 'ok', expires: 10 });
    clock.tick(9000);
    const found = await service.compositor.find('sip:user1@example.com', tag);
    expect(found).to.include({ content_type: 'application/pidf+xml', expires: 1_700_000_019 });
    expect(await service.textOf(tag)).to.equal('state');
  });

  it('A19 a modify replaces this publication and no other one of the address', async () => {
    const service = new CompositorUnderTest();
    const [mine, theirs] = [await service.stored({ body: 'mine' }), await service.stored({ body: 'theirs' })];
    expect(await service.publish({ ifMatch: mine, body: 'changed' })).to.include({ code: 'ok' });
    expect([await service.textOf(mine), await service.textOf(theirs)]).to.deep.equal(['changed', 'theirs']);
  });

  it('A20 a removal answers 200 with Expires 0, and a second one 412', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored();
    expect(await service.publish({ ifMatch: tag, expires: 0 })).to.include({ code: 'ok', expires: 0 });
    expect(await service.textOf(tag)).to.equal('not_found');
    expect(await service.publish({ ifMatch: tag, expires: 0 })).to.include({ code: 'conditional_request_failed' });
  });

  it('A21 stores nothing for 0 seconds: neither initially nor with a body and a tag', async () => {
    const service = new CompositorUnderTest();
    const initial = await service.publish({ body: 'x', expires: 0 });
    expect(initial).to.include({ code: 'ok', expires: 0 });
    expect(initial.tag).to.match(token);
    const tag = await service.stored();
    expect(await service.publish({ ifMatch: tag, body: 'x', expires: 0 })).to.include({ code: 'ok', expires: 0 });
    expect(await count(service)).to.equal(0);
  });

  for (const etag of ['keep', 'renew'] as const) {
    it(`A23 a 200 has the time given and one tag: initial, refresh, modify and remove (${etag})`, async () => {
      const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: etag } });
      let { tag } = await service.publish({ body: 'x', expires: 50 });
      for (const parts of [{ expires: 40 }, { expires: 30, body: 'y' }, { expires: 0 }]) {
        const answer = await service.publish({ ...parts, ifMatch: tag ?? '' });
        expect(answer).to.include({ code: 'ok', expires: parts.expires });
        expect(Object.keys((answer.reply as [string, object])[1])).to.have.members(['expires', 'sip_etag', 'log']);
        tag = answer.tag;
      }
    });
  }

  it('A24 renew: every successful PUBLISH leaves a new tag and the old one is 412', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: 'renew' } });
    const tags = [await service.stored({ body: 'one' })];
    for (const body of [undefined, 'two', undefined]) tags.push((await service.publish({ ifMatch: tags.at(-1) ?? '', ...(body && { body }) })).tag ?? '');
    expect(new Set(tags)).to.have.property('size', 4);
    for (const old of tags.slice(0, 3)) expect(await service.publish({ ifMatch: old })).to.include({ code: 'conditional_request_failed' });
    expect(await service.textOf(tags[3])).to.equal('two');
    const removed = await service.publish({ ifMatch: tags[3] ?? '', expires: 0 });
    expect(tags).not.to.include(removed.tag);
    expect(await count(service)).to.equal(0);
  });

  it('A24 keep: refresh, modify and remove answer the tag that was sent, as the document shows', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored();
    expect(await service.publish({ ifMatch: tag })).to.include({ tag });
    expect(await service.publish({ ifMatch: tag, body: 'y' })).to.include({ tag });
    expect(await service.publish({ ifMatch: tag, expires: 0 })).to.include({ tag, expires: 0 });
  });

  it('A25 gives no tag twice, also after a restart', async () => {
    const tags = new Set<string>();
    for (let start = 0; start < 2; start++) {
      const service = new CompositorUnderTest();
      for (let i = 0; i < 5000; i++) tags.add((await service.publish({ uri: `sip:user${i % 1000}@example.com`, body: 'x', transaction: i })).tag ?? '');
    }
    expect(tags.size).to.equal(10_000);
  });

  it('A26 a tag is a token of 128 bits in hex', async () => {
    const service = new CompositorUnderTest();
    for (let i = 0; i < 20; i++) expect(await service.stored()).to.match(/^[0-9a-f]{32}$/).and.to.match(token);
  });

  it('A28 A29 takes no notice of Record-Route and Contact', async () => {
    const service = new CompositorUnderTest();
    expect(await service.publish({ body: 'x', headers: [['Record-Route', '<sip:proxy;lr>'], ['Contact', '*']] })).to.include({ code: 'ok' });
  });

  for (const [event, type] of [['dialog', 'application/dialog-info+xml'], ['message-summary', 'application/simple-message-summary'], ['presence', 'application/pidf+xml']] as const) {
    it(`A45 the type of ${event} is ${type} unless the service says otherwise`, async () => {
      expect(await new CompositorUnderTest().publish({ event, type, body: 'x' })).to.include({ code: 'ok' });
      const own = new CompositorUnderTest({ options: { sip_event_compositor_content_types: { [event]: ['text/plain'] } } });
      expect(await own.publish({ event, type, body: 'x' })).to.include({ code: '415: Unsupported Media Type text/plain' });
      expect(await own.publish({ event, type: 'text/plain', body: 'x' })).to.include({ code: 'ok' });
      const any = new CompositorUnderTest({ options: { sip_event_compositor_content_types: { [event]: ['*/*'] } } });
      expect(await any.publish({ event, type: 'a/b', body: 'x' })).to.include({ code: 'ok' });
    });
  }

  it('A46 A53 a 200 has no body and nothing but Expires and SIP-ETag', async () => {
    const { reply, tag } = await new CompositorUnderTest().publish({ body: 'x' });
    const [name, { log: _, ...told }] = reply as [string, ReplyOptions];
    expect([name, told]).to.deep.equal(['ok', { expires: 60, sip_etag: tag }]);
  });

  it('A47 state is gone when its time is over, and then its tag is 412', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored({ expires: 1 });
    clock.tick(999);
    expect(await service.textOf(tag)).to.equal('<presence/>');
    clock.tick(1);
    expect(await service.textOf(tag)).to.equal('not_found');
    expect(await service.publish({ ifMatch: tag })).to.include({ code: 'conditional_request_failed' });
  });

  it('A52 an absent body is none, whatever Content-Type says', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored();
    expect(await service.publish({ ifMatch: tag, expires: 0, type: 'application/pidf+xml' })).to.include({ code: 'ok', expires: 0 });
  });

  it('keeps the Content-Type as Unicode text', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored({ event: 'nkpublish', type: 'text/plain;title="für €"' });
    expect(await service.compositor.find('sip:user1@example.com', tag)).to.include({ content_type: 'text/plain;title="für €"' });
  });

  it('RFC 5954 4.2 one address for an IPv6 reference in all its spellings', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored({ uri: 'sip:a@[0:0:0:0:0:0:0:1]:5060' });
    expect(await service.publish({ uri: 'sip:a@[::0001]', ifMatch: tag })).to.include({ code: 'ok' });
    for (const aor of ['sip:a@[0::1]', { scheme: 'sip', user: 'a', domain: '[0:0::1]' }]) expect(await service.compositor.find(aor, tag)).not.to.equal('not_found');
    for await (const { aor } of service.compositor.list()) expect(aor.domain).to.equal('[::1]');
  });

  for (const etag of ['keep', 'renew'] as const) {
    it(`a repeat of an initial PUBLISH that comes late gives neither time nor an old body back (${etag})`, async () => {
      const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: etag } });
      const initial = { body: 'old', expires: 60, transaction: 7 };
      const tag = await service.stored(initial);
      if (etag === 'keep') await service.publish({ ifMatch: tag, body: 'new', expires: 600 });
      clock.tick(40_000);
      expect(await service.publish(initial)).to.include({ code: 'ok', tag, expires: etag === 'keep' ? 560 : 20 });
      expect(await service.textOf(tag)).to.equal(etag === 'keep' ? 'new' : 'old');
      expect(await count(service)).to.equal(1);
    });
  }

  it('A54 one address in all its spellings; sip and sips are two', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored({ uri: 'sip:Alice%20x@HOST.example:5060;transport=tcp', body: 'a' });
    expect(await service.publish({ uri: 'SIP:Alice%20x@host.EXAMPLE', ifMatch: tag })).to.include({ code: 'ok' });
    expect(await service.textOf(tag, 'sip:Alice%20x@host.example;user=phone')).to.equal('a');
    expect(await service.compositor.find({ scheme: 'SIP', user: 'Alice x', domain: 'Host.Example' }, tag)).not.to.equal('not_found');
    for (const uri of ['sip:alice%20x@host.example', 'sips:Alice%20x@host.example']) {
      expect(await service.publish({ uri, ifMatch: tag })).to.include({ code: 'conditional_request_failed' });
    }
  });

  it('A54 RFC 3261 25.1 users are octets: they need not be UTF-8, and no two are one', async () => {
    const service = new CompositorUnderTest();
    const tags = new Map<string, string>();
    const users = ['%E9', '%E8', '%C3%A9', '%25E9', '%2525E9', '%25C3%25A9', '%25', 'a'];
    for (const user of users) tags.set(user, await service.stored({ uri: `sip:${user}@example.com`, body: user }));
    for (const [user, tag] of tags) {
      expect(await service.textOf(tag, `sip:${user}@example.com`)).to.equal(user);
      for (const other of users) {
        const { code } = await service.publish({ uri: `sip:${other}@example.com`, ifMatch: tag });
        expect(code, `${user} as ${other}`).to.equal(user === other ? 'ok' : 'conditional_request_failed');
      }
    }
    for (const [user, spelling] of [['%E9', '%e9'], ['a', '%61'], ['%C3%A9', '%c3%a9']] as const) {
      expect(await service.publish({ uri: `sip:${spelling}@example.com`, ifMatch: tags.get(user)! })).to.include({ code: 'ok' });
    }
    expect(await service.compositor.find({ scheme: 'sip', user: '%e9', domain: 'example.com' }, tags.get('%E9')!)).not.to.equal('not_found');
  });
});

async function count(service: CompositorUnderTest): Promise<number> {
  let found = 0;
  for await (const _ of service.compositor.list()) found++;
  return found;
}
