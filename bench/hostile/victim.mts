/** The server that is attacked: a compositor with the options given as JSON, which tells its parent what it uses. Started by `server.mts`. */
import { setTimeout as wait } from 'node:timers/promises';
import { start } from '@nksip-ts/core';
import eventCompositor from '@nksip-ts/event-compositor';

const options: Record<string, unknown> = JSON.parse(process.argv[2] ?? '{}');
const service = await start('victim', {
  plugins: [eventCompositor], sip_listen: 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws', sip_events: 'presence, nkpublish', log_level: 'error', ...options,
});

process.on('message', (asked) => { void tell(asked === 'gc'); });

async function tell(collected: boolean): Promise<void> {
  // The memory of buffers that are collected is given back a little later, by another thread.
  for (let i = 0; collected && i < 3; i++) {
    globalThis.gc?.();
    await wait(200);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  process.send?.({ rss, heap: heapUsed + external, cpu: (user + system) / 1e6 });
}
process.send?.({ addresses: service.addresses });
