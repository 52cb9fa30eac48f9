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
