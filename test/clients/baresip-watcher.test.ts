import { expect } from 'chai';
import { uac } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import { closeAll, portOf, running } from '../wire/running.ts';
import { baresip } from './baresip.ts';
import { requireTool } from './tools.ts';

const document = (basic: string): string => `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@127.0.0.1"><tuple id="a"><status><basic>${basic}</basic></status></tuple></presence>`;

describe('baresip as a watcher', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'baresip', 'baresip-core');
  });

  afterEach(closeAll);

  it('C26 accepts each state of somebody: offline, initial, modify, remove, expiry; and ends its subscription', async () => {
    const service = await running({
      plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence', sip_from: 'sip:bob@127.0.0.1',
      sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0,
    });
    const accepted = new Counter();
    // A NOTIFY counts here when it was answered 2xx: baresip refuses with 415 what it cannot read.
    service.events.on('event_notifier:notified', () => { accepted.add(); });
    const ended = new Promise((resolve) => { service.events.on('event_notifier:terminated', (_watcher, reason) => { resolve(reason); }); });
    const port = portOf(service, 'udp');
    const phone = await baresip(`${port}>;pubint=0;regint=0`, `sip:bob@127.0.0.1:${port}`);
    await accepted.upTo(1);
    const publish = async (options: Partial<Parameters<typeof uac.publish>[2]>): Promise<string> => {
      const published = await uac.publish(service, `sip:bob@127.0.0.1:${port}`, { event: 'presence', ...options });
      return published.meta.sip_etag ?? '';
    };
    const tag = await publish({ body: document('open') });
    await accepted.upTo(2);
    await publish({ body: document('closed'), sip_if_match: tag });
    await accepted.upTo(3);
    await publish({ sip_if_match: tag, expires: 0 });
    await accepted.upTo(4);
    await publish({ body: document('open'), expires: 2 });
    await accepted.upTo(6);
    await phone.end();
    expect(await ended).to.equal('timeout');
  });
});

class Counter {
  #count = 0;
  #waiting: { readonly most: number; readonly resolve: () => void }[] = [];

  add(): void {
    this.#count++;
    for (const { most, resolve } of this.#waiting) if (this.#count >= most) resolve();
  }

  async upTo(most: number): Promise<void> {
    if (this.#count < most) await new Promise<void>((resolve) => this.#waiting.push({ most, resolve }));
  }
}
