import { start } from '@nksip-ts/core';
import { storeCallback } from '@nksip-ts/event-compositor';
import { openPostgresStore } from './postgres-store.js';

const [listen = 'sip:127.0.0.1:5060', database = 'postgres:///postgres', secret] = process.argv.slice(2);
const store = await openPostgresStore(database);
const service = await start('server', {
  plugins: ['event-compositor'], sip_listen: listen, sip_events: 'presence, nkpublish',
  sip_event_compositor_etag: 'renew', // lets several processes share the database, if they have the same secret
  ...(secret !== undefined && { sip_event_compositor_secret: secret }),
}, { sip_event_compositor_store: storeCallback(store) });
console.log(service.addresses.join(' '));
process.once('SIGTERM', () => { void service.stop().then(() => store.close?.()); });
