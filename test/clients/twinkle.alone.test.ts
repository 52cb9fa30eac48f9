import { expect } from 'chai';
import { uac } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import { closeAll, portOf, running } from '../wire/running.ts';
import { requireTool } from './tools.ts';
import { twinkle } from './twinkle.ts';

const document = (basic: string): string => `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@127.0.0.1"><tuple id="a"><status><basic>${basic}</basic></status></tuple></presence>`;

describe('Twinkle as the client', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'twinkle', 'twinkle');
  });

  afterEach(closeAll);

  it('C26 C30 sees the presence of another Twinkle, and of a program: offline, initial, modify, remove, expiry; and nothing else', async () => {
    const service = await running({
      plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence', sip_from: 'sip:bob@127.0.0.1',
      sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0,
    });
    const port = portOf(service, 'udp');
    const alice = await twinkle('alice', port, 'bob');
    await alice.upTo(1);
    const bob = await twinkle('bob', port);
    await alice.upTo(2);
    await bob.quit();
    await alice.upTo(3);
    const publish = async (options: Partial<Parameters<typeof uac.publish>[2]>): Promise<string> => {
      const published = await uac.publish(service, `sip:bob@127.0.0.1:${port}`, { event: 'presence', ...options });
      return published.meta.sip_etag ?? '';
    };
    const tag = await publish({ body: document('closed') });
    await alice.upTo(4);
    await publish({ body: document('open'), sip_if_match: tag, expires: 2 });
    await alice.upTo(6);
    await alice.quit();
    const [first, other, ...rest] = alice.seen;
    expect([first, other?.replace(/\w+$/, 'its own')]).to.deep.equal(['active closed offline', 'active open its own']);
    expect(rest.slice(0, 4)).to.deep.equal(['active closed offline', 'active closed a', 'active open a', 'active closed offline']);
    // What it is sent when it quits it may read no more.
    expect(['', 'terminated;reason=timeout closed offline']).to.include(rest.slice(4).join());
  });
});
