import { uac, type Service } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import type { RequestText, ResponseText } from '../kit/received-text.ts';
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
