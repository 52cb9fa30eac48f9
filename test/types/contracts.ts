// Compiled by `npm run lint`, never run: what the types let pass and, by @ts-expect-error, what they refuse.
import { definePlugin, start, uac, update, type Service, type ServiceModule, type SipRequest } from '@nksip-ts/core';
import eventCompositor, { clear, find, list, process, request, storeCallback, textOf, type EventStateStore, type RegPublish } from '@nksip-ts/event-compositor';
import { storeChecks } from '@nksip-ts/event-compositor/store-checks';

declare const db: {
  read(key: string): Promise<RegPublish | undefined>;
  write(key: string, record: RegPublish, ttl: number): Promise<void>;
  remove(key: string): Promise<boolean>;
  removeAll(): Promise<void>;
};
const key = (service: string, op: { aor: { user: string; domain: string }; tag: string }): string => `${service}/${op.aor.user}@${op.aor.domain}/${op.tag}`;

const service = await start('server', {
  plugins: ['event-compositor'], sip_listen: 'sip:all:5070, sips:all:5071', sip_events: 'nkpublish',
  sip_event_compositor_default_expires: 60, sip_event_compositor_content_types: { nkpublish: ['text/plain'] },
}, {
  sip_publish: async (req) => req.ruri.domain === 'nksip' ? ['reply', await request(req)] : ['reply', 'forbidden'],
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

const result = await uac.publish('client1', 'sip:user1@127.0.0.1:5070', { event: 'nkpublish', expires: 5, body: 'data1' });
if (result.ok) {
  const tag: string = result.meta.sip_etag;
  const record: RegPublish | 'not_found' = await find('server', 'sip:user1@127.0.0.1', tag);
  if (record !== 'not_found') textOf(record) satisfies string;
  await find(service, { scheme: 'sip', user: 'user1', domain: '127.0.0.1' }, tag);
} else {
  // @ts-expect-error there is no tag where there is no 2xx
  result.meta.sip_etag satisfies string;
}
(await clear('server')) satisfies 'ok';
for await (const { aor, tag, record } of list('server', 'sip:user1@127.0.0.1')) [aor.user, tag, record.event] satisfies string[];
declare const req: SipRequest;
(await process(req)) satisfies Awaited<ReturnType<typeof request>>;

// The plugin itself may stand in the list.
await start('b', { plugins: [eventCompositor], sip_event_compositor_etag: 'renew' });

// Callbacks kept elsewhere, and a store written as an object.
export const moduleOfMine = { sip_publish: () => ['reply', 'forbidden'] } satisfies ServiceModule<'event-compositor'>;
const store: EventStateStore = { get: () => undefined, put: () => undefined, del: () => false, delAll: () => undefined };
await start('b', { plugins: ['event-compositor'] }, { sip_event_compositor_store: storeCallback(store) });
export const closesAtOnce: EventStateStore = { ...store, close: () => undefined };
export const closesLater: EventStateStore = { ...store, close: async () => undefined };

for (const check of storeChecks) await check.run({ store, pass: async (milliseconds) => milliseconds });

// A plugin that brings a store depends on the compositor, and so has its options and callbacks.
declare module '@nksip-ts/core' {
  interface Plugins {
    'event-store-of-mine': { deps: 'event-compositor' };
  }
}
export const storeOfMine = definePlugin({
  name: 'event-store-of-mine',
  plugin_deps: ['event-compositor'],
  callbacks: () => ({ sip_event_compositor_store: storeCallback(store) }),
});
await start('c', { plugins: ['event-store-of-mine'], sip_event_compositor_default_expires: 9 });

// @ts-expect-error unknown option
await start('c', { plugins: ['event-compositor'], sip_event_compositor_default_expiry: 60 });
// @ts-expect-error an option of a plugin that is not listed
await start('c', { sip_event_compositor_default_expires: 60 });
// @ts-expect-error a value that the option cannot have
await start('c', { plugins: ['event-compositor'], sip_event_compositor_etag: 'new' });

// What changes: the options of the plugins that start was given, and of those that are given now; by name, of all plugins.
(await update(service, { sip_events: 'presence', sip_event_compositor_default_expires: 30, sip_accept: undefined })) satisfies 'ok';
await update('server', { sip_event_compositor_default_expires: 30 });
const alone = await start('alone', { sip_listen: 'sip:all:5080' });
await update(alone, { sip_no_100: true });
await update(alone, { plugins: ['event-compositor'], sip_event_compositor_default_expires: 30 });
await update(alone, { sip_no_100: true, sip_event_compositor_etag: 'renew' } as Readonly<Record<string, unknown>>);
alone satisfies Service;
// @ts-expect-error unknown option
await update(service, { sip_evens: 'presence' });
// @ts-expect-error unknown option, of a service by its name
await update('server', { sip_evens: 'presence' });
// @ts-expect-error a value that the option cannot have
await update(service, { sip_event_compositor_etag: 'new' });
// @ts-expect-error a wrong type
await update('server', { sip_max_calls: '5' });
// @ts-expect-error an option of a plugin that the service does not have
await update(alone, { sip_event_compositor_default_expires: 30 });

// @ts-expect-error unknown callback
await start('c', { plugins: ['event-compositor'] }, { sip_pubish: () => 'continue' });
// @ts-expect-error a callback of a plugin that is not listed
await start('c', {}, { sip_event_compositor_store: storeCallback(store) });
// @ts-expect-error unknown reply
await start('c', { plugins: ['event-compositor'] }, { sip_publish: () => ['reply', 'forbiden'] });
// @ts-expect-error unknown op
await start('c', { plugins: ['event-compositor'] }, { sip_event_compositor_store: (op) => op.type === 'fetch' ? 'ok' : 'ok' });
// @ts-expect-error an answer that no operation has
await start('c', { plugins: ['event-compositor'] }, { sip_event_compositor_store: () => 'deleted' });
// @ts-expect-error unknown plugin
await start('c', { plugins: ['event-compositr'] });
// @ts-expect-error unknown sending option
await uac.publish('c', 'sip:a@b', { event: 'presence', expire: 60 });
// @ts-expect-error a store without delAll
export const incomplete: EventStateStore = { get: () => undefined, put: () => undefined, del: () => false };
