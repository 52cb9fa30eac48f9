/** For `nksip-ts serve --config`: prints each second how many publications came, were refreshed or modified, and how many have expired or were removed. */
import { definePlugin } from '@nksip-ts/core';

const counted = { put: 0, refresh: 0, modify: 0, expired: 0, del: 0 };

definePlugin({
  name: 'kept-count',
  plugin_start({ events }) {
    for (const name of Object.keys(counted)) events.on(`event_compositor:${name}`, () => { counted[name]++; });
    setInterval(() => {
      process.stderr.write(`kept ${Object.values(counted).join(' ')}\n`);
      for (const name of Object.keys(counted)) counted[name] = 0;
    }, 1000).unref();
  },
});

export const options = { plugins: ['event-compositor', 'kept-count'], sip_events: 'presence', log_level: 'warn' };
