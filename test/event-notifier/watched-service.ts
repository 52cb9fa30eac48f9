import { uac, type Service } from '@nksip-ts/core';
import { eventNotifier } from '@nksip-ts/event-notifier';
import { expect } from 'chai';
import type { RequestText, ResponseText } from '../kit/received-text.ts';
import { fresh, requestText } from '../kit/request-text.ts';
import type { SubscribeParts, Watcher } from '../subscription/subscriber.ts';
import { portOf, running } from '../wire/running.ts';
import { pidf, tuple } from './documents.ts';

/** A service with compositor and notifier over UDP, TCP and WebSockets; everybody may watch. */
export function watchedService(spec: Readonly<Record<string, unknown>> = {}, module: object = {}): Promise<Service> {
  return running({
    plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws', sip_events: 'presence, dialog, message-summary, weather',
    sip_event_notifier_default_decision: 'allow', ...spec,
  }, module);
}

/** A SUBSCRIBE to presence, unless told otherwise. */
export async function subscribed(watcher: Watcher, parts: SubscribeParts = {}): Promise<ResponseText> {
  const response = await watcher.subscribe({ event: 'presence', ...parts });
  if (response.code !== 200) throw new Error(response.text);
  return response;
}

export interface PublishParts {
  readonly user?: string;
  readonly event?: string;
  readonly type?: string;
  readonly tag?: string;
  readonly expires?: number;
}

/** Publishes over UDP for alice; answers the tag. */
export async function publish(service: Service, body: string | undefined, { user = 'alice', event = 'presence', type = 'application/pidf+xml', tag, expires }: PublishParts = {}): Promise<string> {
  const published = await uac.publish(service, `sip:${user}@127.0.0.1:${portOf(service, 'udp')}`, {
    event, ...(body !== undefined && { body, content_type: type }), ...(tag !== undefined && { sip_if_match: tag }), ...(expires !== undefined && { expires }),
  });
  if (!published.ok) throw new Error(`PUBLISH: ${published.code}`);
  return published.meta.sip_etag;
}

export const present = (service: Service, basic: 'open' | 'closed', parts: PublishParts = {}): Promise<string> => publish(service, pidf(tuple('t', basic)), parts);

/** Whom watchers watch: the address to which `publish` publishes. */
export const alice = { uri: 'sip:alice@127.0.0.1' };

export const cseqOf = (notify: RequestText): number => Number(/^(\d+) NOTIFY$/.exec(notify.one('CSeq'))?.[1]);

/** Every change is told at once. */
export const fast = { sip_event_notifier_min_interval: 0 };

/** The next message that comes is the response to an OPTIONS that is sent now. */
export async function nothingMore(watcher: Watcher): Promise<void> {
  const callId = fresh('nothing-more');
  expect((await watcher.peer.ask(requestText({ method: 'OPTIONS', uri: 'sip:service@127.0.0.1', via: [watcher.via], callId }))).text).to.match(/^SIP\/2\.0 200 /).and.to.include(callId);
}

/** Resolves once the service has seen that its connections are gone. */
export async function withoutConnections(service: Service): Promise<void> {
  while (service.usage().parts['connections'] !== 0) await new Promise((resolve) => { setImmediate(resolve); });
}

export async function watcherCount(service: Service): Promise<number> {
  let count = 0;
  for await (const _ of eventNotifier.watchers(service)) count++;
  return count;
}
