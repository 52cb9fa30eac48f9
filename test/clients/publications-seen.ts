import { start, type Service } from '@nksip-ts/core';
import eventCompositor, { textOf } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import type { Outcome } from './sip-js.ts';

export interface Seen {
  readonly service: Service;
  readonly url: string;
  /** What happened to publications, as `modify sip:user@domain closed`. */
  readonly seen: readonly string[];
}

/** A compositor that listens on a WebSocket; with `origin` it takes pages from there only. */
export async function serviceForWebSocket(etag: 'keep' | 'renew', origin?: string): Promise<Seen> {
  const service = await start('web', {
    plugins: [eventCompositor], sip_listen: 'sip:127.0.0.1:0;transport=ws', sip_events: 'presence', sip_event_compositor_etag: etag, log_level: 'silent',
    ...(origin === undefined ? undefined : { sip_ws_origins: origin }),
  });
  const seen: string[] = [];
  for (const name of ['put', 'refresh', 'modify', 'del'] as const) {
    service.events.on(`event_compositor:${name}`, ({ aor, record }) => {
      seen.push(`${name} ${aor.scheme}:${aor.user}@${aor.domain} ${/<basic>(.*)<\/basic>/.exec(textOf(record))?.[1] ?? ''}`);
    });
  }
  const port = /:(\d+);transport=ws$/.exec(service.addresses[0] ?? '')?.[1] ?? '';
  return { service, url: `ws://127.0.0.1:${port}`, seen };
}

/** Six answers of 200, and as many things that happened. */
export function expectLifecycle({ answers, states, transport }: Outcome, seen: readonly string[], etag: 'keep' | 'renew'): void {
  const user = 'sip:erin@example.com';
  expect(seen).to.deep.equal([`put ${user} open`, `refresh ${user} open`, `modify ${user} closed`, `del ${user} closed`, `put ${user} open`, `del ${user} open`]);
  const [initial, refresh, modify, remove, again, last] = answers.map((answer) => /^200 etag=(\S+) expires=(\d+)$/.exec(answer)?.slice(1) ?? [answer]);
  expect([initial, refresh, modify, remove, again, last].map((one) => one?.[1])).to.deep.equal(['2', '2', '2', '0', '2', '0']);
  const tags = new Set([initial?.[0], refresh?.[0], modify?.[0]]);
  expect(tags.size).to.equal(etag === 'keep' ? 1 : 3);
  expect(tags.has(again?.[0])).to.equal(false);
  expect(states).to.deep.equal(['Published', 'Unpublished', 'Published', 'Unpublished']);
  expect(transport).to.equal('Disconnected');
}
