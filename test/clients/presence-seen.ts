import { expect } from 'chai';
import type { Watcher } from '@nksip-ts/event-notifier';
import { portOf, running } from '../wire/running.ts';
import type { Watched } from './sip-js-watcher.ts';

export interface PresenceServer {
  readonly url: string;
  /** What the notifier told of its watchers, `start` for one, in their order; without the NOTIFYs that were answered. */
  readonly told: readonly string[];
  /** The Contacts of all of them. */
  readonly contacts: ReadonlySet<string>;
  /** Resolves when the first of them is none any more. */
  readonly ended: Promise<void>;
}

/** A presence server for WebSockets, which anybody may watch; with `origin` it takes pages from there only. */
export async function presenceServer(origin?: string): Promise<PresenceServer> {
  const service = await running({
    plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0;transport=ws', sip_events: 'presence',
    sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0,
    ...(origin === undefined ? undefined : { sip_ws_origins: origin }),
  });
  const told: string[] = [];
  const contacts = new Set<string>();
  const note = (name: string, { contact }: Watcher): void => {
    told.push(name);
    contacts.add(contact);
  };
  service.events.on('event_notifier:start', (watcher) => { note('start', watcher); });
  service.events.on('event_notifier:refresh', (watcher) => { note('refresh', watcher); });
  service.events.on('event_notifier:failed', (watcher) => { note('failed', watcher); });
  const ended = new Promise<void>((resolve) => {
    service.events.on('event_notifier:terminated', (watcher) => {
      note('terminated', watcher);
      resolve();
    });
  });
  return { url: `ws://127.0.0.1:${portOf(service, 'ws')}`, told, contacts, ended };
}

const offline = 'active closed offline';

export async function expectWatched({ seen, states }: Watched, { told, contacts, ended }: PresenceServer): Promise<void> {
  await ended;
  // SIP.js tells nobody of the last NOTIFY, with which it ends.
  expect(seen).to.deep.equal([offline, 'active open t1', 'active closed t1', offline, 'active open t1', offline]);
  expect(states).to.deep.equal(['NotifyWait', 'Subscribed', 'Terminated']);
  expect(told).to.deep.equal(['start', 'terminated']);
  expectUnreachable(contacts);
}

/** One subscription, which its client has refreshed twice. */
export async function expectRefreshed({ seen, states }: Watched, { told, contacts, ended }: PresenceServer): Promise<void> {
  await ended;
  expect(seen).to.deep.equal([offline, offline, offline]);
  expect(states).to.deep.equal(['NotifyWait', 'Subscribed', 'Terminated']);
  expect(told).to.deep.equal(['start', 'refresh', 'refresh', 'terminated']);
  expectUnreachable(contacts);
}

/** Nobody can connect to what is in .invalid (RFC 2606): it was notified over its own connection. */
function expectUnreachable(contacts: ReadonlySet<string>): void {
  expect(contacts.size).to.equal(1);
  expect([...contacts].join()).to.match(/^sip:\w+@[a-z0-9]+\.invalid;transport=ws$/);
}
