import { uac, type Service } from '@nksip-ts/core';
import { regPackage } from '@nksip-ts/event-notifier';
import { clear, remove } from '@nksip-ts/registrar';
import { expect } from 'chai';
import { reginfoOf } from '../../packages/event-notifier/src/package/reg.ts';
import { readXml } from '../../packages/event-notifier/src/xml/read.ts';
import type { RequestText } from '../kit/received-text.ts';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, overUdp, portOf } from '../wire/running.ts';
import { alice, subscribed, watchedService } from './watched-service.ts';

const aor = { scheme: 'sip', user: 'alice', domain: '127.0.0.1' } as const;
const textOf = (contacts: Parameters<typeof reginfoOf>[1]): string => Buffer.from(reginfoOf(aor, contacts)?.data ?? []).toString();

describe('The package reg (RFC 3680)', () => {
  it('RFC 3680 5.1 has one registration with its contacts, their q, and parameters that RFC 3261 does not have', () => {
    const text = textOf([{ contact: 'sip:alice@192.0.2.1;x="<&"', q: 0.5, instance: '"<urn:uuid:1>"', reg_id: 2, params: { audio: '' } }, { contact: 'sip:alice@192.0.2.2' }]);
    const xml = readXml(Buffer.from(text));
    if (typeof xml === 'string') throw new Error(xml);
    const [registration] = xml.root.children;
    expect([xml.root.name, xml.root.namespace, xml.root.attributes.get('state')]).to.deep.equal(['reginfo', 'urn:ietf:params:xml:ns:reginfo', 'full']);
    expect([registration?.attributes.get('aor'), registration?.attributes.get('state')]).to.deep.equal(['sip:alice@127.0.0.1', 'active']);
    const contacts = registration?.children ?? [];
    expect(contacts.map(({ attributes, children }) => [attributes.get('state'), attributes.get('event'), attributes.get('q'), ...children.map(({ text: content }) => content)])).to.deep.equal([
      ['active', 'registered', '0.5', 'sip:alice@192.0.2.1;x="<&"', '"<urn:uuid:1>"', '2', ''], ['active', 'registered', undefined, 'sip:alice@192.0.2.2'],
    ]);
    expect(new Set([registration, ...contacts].map((element) => element?.attributes.get('id'))).size).to.equal(3);
  });

  it('RFC 3680 5.1 the id of a contact is that of its URI; a refresh changes no document', () => {
    const idOf = (contact: object): string | undefined => /<contact id="(\w+)"/.exec(textOf([{ contact: 'sip:a@b', ...contact }]))?.[1];
    expect(idOf({ q: 0.1 })).to.equal(idOf({}));
    expect(idOf({ instance: '"<urn:1>"', contact: 'sip:a@c' })).not.to.equal(idOf({ instance: '"<urn:1>"' }));
    const refreshed = { contact: 'sip:a@b', expires: 1, cseq: 1, call_id: 'x' };
    expect(textOf([refreshed])).to.equal(textOf([{ ...refreshed, expires: 2, cseq: 2 } as typeof refreshed]));
  });

  it('leaves out what no XML document can have', () => {
    expect(readXml(Buffer.from(textOf([{ contact: 'sip:a@b', params: { bad: '"\u0001"', fine: '"\u00e9"' } }])))).not.to.be.a('string');
    expect(textOf([{ contact: 'sip:a@b', params: { bad: '"\u0001"', fine: 'x' } }])).to.include('"fine">x<').and.not.to.include('bad');
  });

  it('has a contact whose URI has what no XML document can have in its escaped form, which is the same URI (RFC 3261 19.1.4)', () => {
    const text = textOf([{ contact: 'sip:\uFFFEa\u{1F600}@b;p=\uFFFF' }]);
    expect(readXml(Buffer.from(text))).not.to.be.a('string');
    expect(textOf([{ contact: 'sip:\uD800@b' }])).to.include('<uri>sip:%EF%BF%BD@b</uri>');
    expect(text).to.include('<uri>sip:%EF%BF%BEa\u{1F600}@b;p=%EF%BF%BF</uri>');
  });

  it('RFC 3680 4.4 4.10 lasts 3761 seconds, with one NOTIFY in five seconds', () => {
    expect([regPackage.defaultExpires, regPackage.minInterval, regPackage.types]).to.deep.equal([3761, 5, ['application/reginfo+xml']]);
  });
});

describe('watching a registration', () => {
  afterEach(closeAll);

  const spec = { plugins: ['event-compositor', 'event-notifier', 'registrar'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence, reg', sip_event_notifier_min_interval: 0, sip_registrar_min_time: 1 };
  const uriAt = (service: Service): string => `sip:alice@127.0.0.1:${portOf(service, 'udp')}`;
  const register = (service: Service, contact: string, more: object = {}) => uac.register(service, uriAt(service), { contact, ...more });
  const summary = ({ body }: RequestText): string => [/ version="(\d+)"/.exec(body)?.[1], /<registration .*state="(\w+)"/.exec(body)?.[1], ...[...body.matchAll(/<uri>(.*?)<\/uri>/g)].map(([, uri]) => uri)].join(' ');

  async function watching(service: Service): Promise<Watcher> {
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, { event: 'reg', ...alice });
    return watcher;
  }

  it('RFC 3680 4.7 tells the whole state at first and after each change, with the next version, and nothing of a refresh', async () => {
    const service = await watchedService(spec);
    const watcher = await watching(service);
    const first = await watcher.notified();
    expect([summary(first), first.one('Content-Type')]).to.deep.equal(['0 init', 'application/reginfo+xml']);
    await register(service, '<sip:alice@192.0.2.1>', { call_id: 'one' });
    expect(summary(await watcher.notified())).to.equal('1 active sip:alice@192.0.2.1');
    await register(service, '<sip:alice@192.0.2.1>', { call_id: 'one' });
    await register(service, '<sip:alice@192.0.2.2>', { call_id: 'two' });
    expect(summary(await watcher.notified())).to.equal('2 active sip:alice@192.0.2.1 sip:alice@192.0.2.2');
    await register(service, '<sip:alice@192.0.2.1>', { call_id: 'one' });
    await register(service, '<sip:alice@192.0.2.2>', { call_id: 'two', unregister: true });
    expect(summary(await watcher.notified())).to.equal('3 active sip:alice@192.0.2.1');
    await remove(service, 'sip:alice@127.0.0.1');
    expect(summary(await watcher.notified())).to.equal('4 init');
    await register(service, '<sip:alice@192.0.2.1>');
    expect(summary(await watcher.notified())).to.equal('5 active sip:alice@192.0.2.1');
    await clear(service);
    expect(summary(await watcher.notified())).to.equal('6 init');
  });

  it('tells that a contact has expired, and a new watcher what is registered', async () => {
    const service = await watchedService(spec);
    await register(service, '<sip:alice@192.0.2.1>;expires=2, <sip:alice@192.0.2.2>;expires=600');
    const watcher = await watching(service);
    expect(summary(await watcher.notified())).to.equal('0 active sip:alice@192.0.2.1 sip:alice@192.0.2.2');
    expect(summary(await watcher.notified())).to.equal('1 active sip:alice@192.0.2.2');
  });

  it('a registration cannot be published; without a registrar the program says what is registered', async () => {
    const service = await watchedService(spec);
    expect((await uac.publish(service, uriAt(service), { event: 'reg', body: 'x' })).code).to.equal(400);
    const { sip_registrar_min_time: _, ...others } = spec;
    const other = await watchedService({ ...others, plugins: ['event-compositor', 'event-notifier'] }, {
      sip_event_notifier_state: (_: unknown, event: string) => event === 'reg' ? { data: Buffer.from('<reginfo version="7" state="partial"/>'), content_type: 'application/reginfo+xml' } : 'none',
    });
    expect((await (await watching(other)).notified()).body).to.equal('<reginfo version="0" state="full"/>');
  });
});
