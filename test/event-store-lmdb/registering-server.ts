// A registrar of its own process over a directory: node --import tsx ... registering-server.ts DIRECTORY. Prints its port.
import { start } from '@nksip-ts/core';
import '@nksip-ts/event-store-lmdb';

const [directory = ''] = process.argv.slice(2);
const server = await start('server', {
  plugins: ['registrar', 'event-store-lmdb'], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'nkpublish', log_level: 'error', sip_event_store_lmdb_path: directory,
});
process.stdout.write(`${/:(\d+);/.exec(server.addresses[0] ?? '')?.[1]}\n`);
process.stdin.resume().once('end', () => void server.stop());
