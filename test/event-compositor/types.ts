import { NksipError, start, uac, type Plugins, type ServiceModule } from '@nksip-ts/core';
import * as eventCompositor from '@nksip-ts/event-compositor';
import { storeCallback, type EventStateStore, type RegPublish, type StoreCallback } from '@nksip-ts/event-compositor';
import { storeChecks } from '@nksip-ts/event-compositor/store-checks';

// What must compile and what must not. Nobody runs it.

declare const db: { read(k: string): Promise<RegPublish | undefined>; write(k: string, r: RegPublish, ttl: number): Promise<void>; remove(k: string): Promise<boolean>; removeAll(): Promise<void> };
const key = (srv: string, op: { aor: { user: string; domain: string }; tag: string }): string => `${srv}/${op.aor.user}@${op.aor.domain}/${op.tag}`;

export const service = await start('server', {
  plugins: ['event-compositor'], sip_listen: 'sip:all:5070, sips:all:5071', sip_events: 'nkpublish',
  sip_event_compositor_default_expires: 60, sip_event_compositor_etag: 'renew', sip_event_compositor_content_types: { nkpublish: ['text/plain'] },
}, {
  sip_publish: async (req) => req.ruri.domain === 'nksip' ? ['reply', await eventCompositor.request(req)] : ['reply', 'forbidden'],
  sip_event_compositor_store: async (op, srvId) => {
    switch (op.type) {
      case 'get': return (await db.read(key(srvId, op))) ?? 'not_found';
      case 'put': await db.write(key(srvId, op), op.record, op.ttl); return 'ok';
      case 'del': return (await db.remove(key(srvId, op))) ? 'ok' : 'not_found';
      case 'del_all': await db.removeAll(); return 'ok';
    }
  },
});
service.events.on('event_compositor:modify', ({ oldTag, newTag, record, reason }) => [oldTag, newTag, record.expires, reason]);
service.events.on('event_compositor:clear', (event) => event.service);
const r = await uac.publish('client1', 'sip:user1@127.0.0.1:5070', { event: 'nkpublish', expires: 5, body: 'data1' });
if (r.ok) {
  const found = await eventCompositor.find(service, 'sip:user1@127.0.0.1', r.meta.sip_etag);
  if (found !== 'not_found') eventCompositor.textOf(found);
}
for await (const { aor, tag, record } of eventCompositor.list('server', { scheme: 'sip', user: 'u', domain: 'd' })) key(aor.user, { aor, tag: tag + record.event });

export const moduleOfMine = { sip_publish: () => ['reply', 'forbidden'] } satisfies ServiceModule<'event-compositor'>;
const store: EventStateStore = { get: () => undefined, put: () => {}, del: () => false, delAll: () => { throw new NksipError('store_unavailable', { retry_after: 5 }); } };
await start('b', { plugins: [eventCompositor.default], sip_event_compositor_default_expires: 9 }, { sip_event_compositor_store: storeCallback(store) });
export const logged: StoreCallback = (op, srvId) => op.type === 'del_all' ? 'continue' : ['continue', [op, srvId]];
export const options: Plugins['event-compositor']['options'] = {};
for (const check of storeChecks) await check.run({ store, pass: async (milliseconds) => milliseconds });

// @ts-expect-error unknown option
await start('c', { plugins: ['event-compositor'], sip_event_compositor_default_expiry: 60 });
// @ts-expect-error an option of a plugin that is not listed
await start('c', { sip_event_compositor_default_expires: 60 });
// @ts-expect-error unknown callback
await start('c', { plugins: ['event-compositor'] }, { sip_pubish: () => 'continue' });
// @ts-expect-error unknown reply
await start('c', { plugins: ['event-compositor'] }, { sip_publish: () => ['reply', 'forbiden'] });
// @ts-expect-error unknown op
await start('c', { plugins: ['event-compositor'] }, { sip_event_compositor_store: (op) => op.type === 'fetch' ? 'ok' : 'ok' });
// @ts-expect-error an answer that no operation has
await start('c', { plugins: ['event-compositor'] }, { sip_event_compositor_store: () => 'OK' });
// @ts-expect-error a mode that there is not
await start('c', { plugins: ['event-compositor'], sip_event_compositor_etag: 'change' });
// @ts-expect-error unknown plugin
await start('c', { plugins: ['event-compositr'] });
// @ts-expect-error a store without delAll
export const incomplete: EventStateStore = { get: () => undefined, put: () => {}, del: () => false };
