// A compositor in a process of its own, which tells what it holds when it is asked. Run with `--expose-gc`.
import { start } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import type { Told } from './small-heap.ts';

const service = await start('small-heap', {
  plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws', sip_events: 'presence', log_level: 'silent',
});

function tell(told: Told): void {
  process.send?.(told);
}

process.on('message', () => {
  globalThis.gc?.();
  tell({ addresses: service.addresses, usage: service.usage(), heap: process.memoryUsage().heapUsed });
});
tell({ addresses: service.addresses, usage: service.usage(), heap: 0 });
