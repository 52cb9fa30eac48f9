import type { Service, ServiceFault } from '@nksip-ts/core';
import '@nksip-ts/event-store-redis';
import { find, textOf } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { publishText, type RequestParts } from '../kit/request-text.ts';
import type { ResponseText } from '../kit/received-text.ts';
import type { UdpPeer } from '../wire/peers.ts';
import { LogRecorder, overUdp, running } from '../wire/running.ts';

export const plugins = ['event-compositor', 'event-store-redis'];

/** A service whose store is a Redis, and a client of it over UDP. */
export interface RedisService {
  readonly service: Service;
  readonly peer: UdpPeer;
  readonly log: LogRecorder;
  readonly faults: readonly ServiceFault[];
  publish(parts?: PublishParts): Promise<ResponseText>;
  /** What the service finds, as text. */
  stored(tag: string): Promise<string>;
}

type PublishParts = RequestParts & { readonly etag?: string; readonly expires?: number };

/** Stopped after the test, as everything is by `closeAll`. */
export async function redisService(options: Readonly<Record<string, unknown>>): Promise<RedisService> {
  const log = new LogRecorder();
  const service = await running({ plugins, sip_events: 'nkpublish', sip_listen: 'sip:127.0.0.1:0;transport=udp', logger: log, ...options });
  const faults: ServiceFault[] = [];
  service.events.on('error', (fault) => { faults.push(fault); });
  const peer = await overUdp(service);
  return {
    service, peer, log, faults,
    publish: (parts) => peer.ask(publishText({ port: peer.port, expires: 60, ...parts })),
    async stored(tag) {
      const found = await find(service, 'sip:alice@example.com', tag);
      return found === 'not_found' ? found : textOf(found);
    },
  };
}

export function isUnavailable(response: ResponseText): void {
  expect([response.code, response.all('Retry-After'), response.all('SIP-ETag')]).to.deep.equal([503, ['5'], []]);
}

/** Until the store has noticed: it connects again by itself. */
export async function untilStored(service: RedisService, parts: PublishParts = { body: 'again' }): Promise<ResponseText> {
  for (const end = Date.now() + 10_000; ;) {
    const response = await service.publish(parts);
    if (response.code === 200 || Date.now() > end) return response;
    await new Promise((done) => { setTimeout(done, 50); });
  }
}
