import { expect } from 'chai';
import { uac, type Service } from '@nksip-ts/core';
import { definePackage } from '@nksip-ts/event-notifier';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, overUdp, portOf } from '../wire/running.ts';
import { pidf, tuple } from './documents.ts';
import { NotifiersOnFakeClock } from './notifier-under-test.ts';
import { alice, present, subscribed, watchedService } from './watched-service.ts';

const busy = pidf('<tuple id="desk"><status><basic>open</basic></status></tuple><dm:person id="p"><rpid:activities><rpid:busy/></rpid:activities></dm:person>');

describe('what publications cause', () => {
  const { make, pass } = new NotifiersOnFakeClock();

  it('A41 of ten modifies within a second a watcher gets the first at once, and the last after the interval', async () => {
    const test = make();
    const handle = await test.watch();
    const tag = await test.present('closed');
    await pass(10_000);
    const before = test.bodies(handle).length;
    for (let n = 1; n <= 10; n++) {
      await test.publish(pidf(tuple(`t${n}`, 'open')), { ifMatch: tag });
      await pass(99);
    }
    await pass(10_000);
    expect(test.bodies(handle).slice(before)).to.deep.equal([pidf(tuple('t1', 'open')), pidf(tuple('t10', 'open'))]);
  });

  it('A42 nothing, where a client refreshes by sending its whole document again (Linphone), or a modify leaves the composed one as it was', async () => {
    const test = make({ options: { sip_event_notifier_min_interval: 0, sip_event_notifier_presence_compose: 'priority' } });
    const handle = await test.watch();
    const desk = await test.publish(busy);
    const other = await test.present('open');
    await pass();
    const before = test.bodies(handle).length;
    await test.publish(busy, { ifMatch: desk });
    await test.compositor.publish({ uri: 'sip:alice@example.com', ifMatch: desk });
    await test.present('closed', { ifMatch: other });
    await pass(10_000);
    expect(test.bodies(handle).slice(before - 1)).to.deep.equal([busy]);
    await test.present('open', { ifMatch: desk });
    await pass();
    expect(test.bodies(handle)).to.have.length(before + 1);
  });

  it('A44 a modify adds and removes tuples of its own publication only; one id in two publications is two tuples', async () => {
    const test = make({ options: { sip_event_notifier_min_interval: 0 } });
    const handle = await test.watch();
    const phone = await test.publish(pidf(tuple('t1', 'open') + tuple('t2', 'open')));
    await test.publish(pidf(tuple('t1', 'closed')));
    await pass();
    const tuples = (): readonly string[] => [...test.bodies(handle).at(-1)?.matchAll(/<tuple id="(t\d)[^"]*"><status><basic>(\w+)/g) ?? []].map(([, id, basic]) => `${id} ${basic}`);
    expect(tuples()).to.deep.equal(['t1 open', 't2 open', 't1 closed']);
    expect(new Set(test.bodies(handle).at(-1)?.match(/(?<=<tuple id=")[^"]+/g))).to.have.lengthOf(3);
    await test.publish(pidf(tuple('t2', 'open') + tuple('t3', 'open')), { ifMatch: phone });
    await pass();
    expect(tuples()).to.deep.equal(['t2 open', 't3 open', 't1 closed']);
  });

  it('A48 hard state is shown alone before and after what is published, and below it meanwhile', async () => {
    const calendar = pidf(tuple('calendar', 'closed'));
    const test = make({ options: { sip_event_notifier_min_interval: 0 }, state: () => ({ data: Buffer.from(calendar), content_type: 'application/pidf+xml' }) });
    const handle = await test.watch();
    await pass();
    await test.present('open', { expires: 60 });
    await pass(61_000);
    const [before, meanwhile, after, ...more] = test.bodies(handle);
    expect([before, after, more]).to.deep.equal([calendar, calendar, []]);
    expect(meanwhile?.match(/(?<=<tuple id=")\w+/g)).to.deep.equal(['t', 'calendar']);
  });
});

/** What is said of a PUBLISH with this body. */
async function refusal(service: Service, body: string | Uint8Array, event = 'presence', type = 'application/pidf+xml'): Promise<string> {
  const { code, response } = await uac.publish(service, `sip:alice@127.0.0.1:${portOf(service, 'udp')}`, { event, body, content_type: type });
  return `${code} ${response?.reason}`;
}

describe('publications over UDP', () => {
  afterEach(closeAll);

  it('C34 are 400 where they have a DTD, entities of others or bytes that are no UTF-8, and watchers hear nothing of them', async () => {
    const service = await watchedService({ sip_event_notifier_min_interval: 0 });
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    await watcher.notified();
    const laughs = `<!DOCTYPE l [<!ENTITY a "ha">${[...'bcdefgh'].map((name, n) => `<!ENTITY ${name} "${`&${'abcdefgh'[n]};`.repeat(10)}">`).join('')}]>`;
    const outside = '<!DOCTYPE presence SYSTEM "file:///etc/passwd">';
    const reasons = [];
    for (const body of [`${laughs}${pidf('&h;')}`, `${outside}${pidf(tuple('t', 'open'))}`, '<presence>', Buffer.from(pidf('<note>\xe9</note>'), 'latin1')]) reasons.push(await refusal(service, body));
    expect(reasons).to.deep.equal([
      '400 Malformed Body: it has a document type declaration (DTD)', '400 Malformed Body: it has a document type declaration (DTD)',
      '400 Malformed Body: it is not well-formed XML: 1:10: unclosed tag: presence', '400 Malformed Body: it is not UTF-8',
    ]);
    await present(service, 'open');
    expect((await watcher.notified()).body).to.equal(pidf(tuple('t', 'open')));
  });

  it('A39 that are signed or encrypted reach watchers byte for byte, with the parameters of Content-Type without which nobody can read them', async () => {
    const service = await watchedService({ sip_event_notifier_min_interval: 0 });
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, { ...alice, event: 'weather' });
    await watcher.notified();
    const signed = 'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="a b"';
    const encrypted = 'application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m';
    for (const [type, body] of [[signed, '--a b\r\n\r\nsunny\r\n--a b\r\nContent-Type: application/pkcs7-signature\r\n\r\n\x00\xff\r\n--a b--\r\n'], [encrypted, '\x30\x82\x00\xfe\r\n\x00']] as const) {
      expect(await refusal(service, Buffer.from(body, 'latin1'), 'weather', type)).to.equal('200 OK');
      const notify = await watcher.notified();
      expect([notify.one('Content-Type'), notify.body]).to.deep.equal([type, body]);
    }
    expect(await refusal(service, 'x', 'weather', 'multipart/mixed;boundary="\xe9"')).to.equal('200 OK');
    expect((await watcher.notified()).one('Content-Type'), 'what nobody could send on').to.equal('multipart/mixed');
  });

  it('C62 RFC 3680 reg is plugged in through the one interface of event packages: types, time, validate, compose, neutral, finish', async () => {
    const type = 'application/reginfo+xml';
    const reginfo = (content: string): string => `<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full">${content}</reginfo>`;
    const reg = definePackage({
      name: 'reg', types: [type], defaultExpires: 3761, minInterval: 0,
      validate: ({ data }) => Buffer.from(data).includes('<registration ') ? undefined : 'it has no <registration>',
      compose: ({ publications }) => ({ content_type: type, data: Buffer.from(reginfo(publications.map(({ record }) => Buffer.from(record.data).toString()).join(''))) }),
      neutral: () => ({ content_type: type, data: Buffer.from(reginfo('')) }),
      finish: ({ data, content_type }, { version }) => ({ content_type, data: Buffer.from(Buffer.from(data).toString().replace('version="0"', `version="${version}"`)) }),
    });
    const service = await watchedService({ sip_events: 'reg', sip_event_notifier_packages: [reg], sip_event_notifier_max_expires: 7200 });
    const watcher = new Watcher(await overUdp(service));
    expect((await subscribed(watcher, { ...alice, event: 'reg' })).one('Expires')).to.equal('3761');
    const first = await watcher.notified();
    expect([first.one('Event'), first.one('Content-Type'), first.body]).to.deep.equal(['reg', type, reginfo('')]);
    expect(await refusal(service, '<none/>', 'reg', type)).to.equal('400 Malformed Body: it has no <registration>');
    for (const id of ['a', 'b']) expect(await refusal(service, `<registration id="${id}"/>`, 'reg', type)).to.equal('200 OK');
    expect((await watcher.notified()).body).to.equal(reginfo('<registration id="a"/>').replace('"0"', '"1"'));
    expect((await watcher.notified()).body).to.equal(reginfo('<registration id="a"/><registration id="b"/>').replace('"0"', '"2"'));
    expect((await new Watcher(await overUdp(service)).subscribe({ ...alice, event: 'reg', headers: ['Accept: text/plain'] })).code).to.equal(406);
  });
});
