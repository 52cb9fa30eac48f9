// A server of its own process over a directory: node --import tsx ... lmdb-server.ts DIRECTORY [DURABILITY]. Prints its port, and stops when its input ends.
import { start } from '@nksip-ts/core';
import '@nksip-ts/event-store-lmdb';

const [directory = '', durability = 'disk'] = process.argv.slice(2);
const server = await start('server', {
  plugins: ['event-compositor', 'event-store-lmdb'], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'nkpublish', log_level: 'error',
  sip_event_store_lmdb_path: directory, sip_event_store_lmdb_durability: durability === 'process' ? 'process' : 'disk',
  sip_event_compositor_etag: 'renew',
});
process.stdout.write(`${/:(\d+);/.exec(server.addresses[0] ?? '')?.[1]}\n`);
process.stdin.resume().once('end', () => void server.stop());
