import { expect } from 'chai';
import type { Service } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import { portOf, running } from '../wire/running.ts';
import type { Watched } from './sip-js-watcher.ts';

/** A presence server for WebSockets, which anybody may watch; with `origin` it takes pages from there only. */
export async function presenceServer(origin?: string): Promise<{ readonly service: Service; readonly url: string }> {
  const service = await running({
    plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0;transport=ws', sip_events: 'presence',
    sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0,
    ...(origin === undefined ? undefined : { sip_ws_origins: origin }),
  });
  return { service, url: `ws://127.0.0.1:${portOf(service, 'ws')}` };
}

export function expectWatched({ seen, states }: Watched): void {
  const offline = 'active closed offline';
  // SIP.js tells nobody of the last NOTIFY, with which it ends.
  expect(seen).to.deep.equal([offline, 'active open t1', 'active closed t1', offline, 'active open t1', offline]);
  expect(states).to.deep.equal(['NotifyWait', 'Subscribed', 'Terminated']);
}
