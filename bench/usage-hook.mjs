/**
 * Preloaded into a Node server that is measured. To `usage` its parent is answered what the process uses, to `gc` the same after
 * a garbage collection, which took `collected` ms; `gap` is for how many the event loop stood still at most since `watch`.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

const resolution = 1;
const delay = monitorEventLoopDelay({ resolution });

process.on('message', async (asked) => {
  if (asked === 'watch') delay.enable();
  if (asked === 'watch') delay.reset();
  const began = performance.now();
  if (asked === 'gc') globalThis.gc?.();
  const collected = performance.now() - began;
  await setImmediate(); // so that a gap is counted that has just ended
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  process.send?.({ rss, heap: heapUsed + external, cpu: (user + system) / 1e6, gap: Math.max(0, delay.max / 1e6 - resolution), collected });
});
