// A node of its own: a service called 'server' in this process, with the options that the first argument has as JSON. It prints
// its UDP port when it is ready, and ends when standard input does.
import { startByName } from '@nksip-ts/core';

const service = await startByName('server', {
  log_level: 'error', plugins: ['event-compositor', 'event-store-redis'], sip_events: 'nkpublish', sip_listen: 'sip:127.0.0.1:0;transport=udp',
  ...JSON.parse(process.argv[2] ?? '{}'),
});
process.stdout.write(`${/:(\d+);/.exec(service.addresses[0] ?? '')?.[1]}\n`);
process.stdin.resume().once('end', () => { void service.stop(); });
