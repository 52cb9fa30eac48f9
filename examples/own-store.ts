import { start } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import type { RegPublish } from '@nksip-ts/event-compositor';

const db = new Map<string, RegPublish>();
const service = await start('server', {
  plugins: ['event-compositor'], sip_listen: process.argv[2] ?? 'sip:127.0.0.1:5060', sip_events: 'presence, nkpublish',
}, {
  sip_event_compositor_store(op) {
    if (op.type === 'del_all') {
      db.clear();
      return 'ok';
    }
    const key = JSON.stringify([op.aor.scheme, op.aor.user, op.aor.domain, op.tag]);
    if (op.type === 'get') return db.get(key) ?? 'not_found';
    if (op.type === 'del') return db.delete(key) ? 'ok' : 'not_found';
    const record = { ...op.record, data: new Uint8Array(op.record.data) };
    db.set(key, record);
    setTimeout(() => { if (db.get(key) === record) db.delete(key); }, op.ttl * 1000).unref();
    return 'ok';
  },
});
console.log(service.addresses.join(' '));
