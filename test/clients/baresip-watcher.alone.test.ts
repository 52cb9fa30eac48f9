import { expect } from 'chai';
import { uac } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import { closeAll, portOf, running } from '../wire/running.ts';
import { baresip } from './baresip.ts';
import { requireTool } from './tools.ts';

const document = (basic: string, person = ''): string => `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:bob@127.0.0.1"><tuple id="a"><status><basic>${basic}</basic></status></tuple>${person}</presence>`;
const busy = document('open', '<dm:person id="p"><rpid:activities><rpid:busy/></rpid:activities></dm:person>');

describe('baresip as a watcher', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'baresip', 'baresip-core');
  });

  afterEach(closeAll);

  it('C26 C30 C36 shows each state of somebody: offline, online, busy, removed, online again, expired; and ends its subscription', async () => {
    const service = await running({
      plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence', sip_from: 'sip:bob@127.0.0.1',
      sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0,
    });
    const ended = new Promise((resolve) => { service.events.on('event_notifier:terminated', (_watcher, reason) => { resolve(reason); }); });
    const failed: unknown[] = [];
    service.events.on('event_notifier:failed', (_watcher, { code }) => { failed.push(code); });
    const first = new Promise<void>((resolve) => { service.events.once('event_notifier:notified', () => { resolve(); }); });
    const port = portOf(service, 'udp');
    const phone = await baresip(`${port}>;pubint=0;regint=0`, `sip:bob@127.0.0.1:${port}`);
    // It tells of a change only.
    await first;
    const publish = async (options: Partial<Parameters<typeof uac.publish>[2]>): Promise<string> => {
      const published = await uac.publish(service, `sip:bob@127.0.0.1:${port}`, { event: 'presence', ...options });
      return published.meta.sip_etag ?? '';
    };
    const tag = await publish({ body: document('open') });
    await phone.shows(1);
    await publish({ body: busy, sip_if_match: tag });
    await phone.shows(2);
    await publish({ sip_if_match: tag, expires: 0 });
    await phone.shows(3);
    await publish({ body: document('open'), expires: 2 });
    await phone.shows(5);
    await phone.end();
    expect(phone.shown).to.deep.equal(['Offline > Online', 'Online > Busy', 'Busy > Offline', 'Offline > Online', 'Online > Offline']);
    expect([await ended, failed], 'no NOTIFY was refused, and it took its leave').to.deep.equal(['timeout', []]);
  });

  it('C04 C07 refreshes its subscription by itself within the dialog, and is notified each time', async () => {
    const service = await running({
      plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence', sip_event_notifier_default_decision: 'allow', sip_event_notifier_max_expires: 2,
    });
    const told: string[] = [];
    const refreshedTwice = new Promise<void>((resolve) => {
      service.events.on('event_notifier:start', ({ id }) => { told.push(`start ${id}`); });
      service.events.on('event_notifier:terminated', (_watcher, reason) => { told.push(`terminated ${String(reason)}`); });
      service.events.on('event_notifier:notified', ({ id, notified }) => {
        told.push(`notified ${id}`);
        if (notified === 3) resolve();
      });
    });
    const port = portOf(service, 'udp');
    await baresip(`${port}>;pubint=0;regint=0`, `sip:bob@127.0.0.1:${port}`);
    await refreshedTwice;
    const id = told[0]?.slice('start '.length);
    expect(told).to.deep.equal([`start ${id}`, `notified ${id}`, `notified ${id}`, `notified ${id}`]);
  });
});
