import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { getHeapStatistics } from 'node:v8';

/** The least that a service can work with. */
export const smallestMemory = 16 * 1024 * 1024;

/**
 * What `sip_max_memory` is unless it is set, in bytes: half of what the process may have. That is the least of the container's limit
 * (cgroup), the machine's memory and the heap's limit (--max-old-space-size): some of what is held is in the heap, some outside, and
 * each must fit.
 */
export function defaultMaxMemory(): number {
  // Without a limit it is 0, or larger than any machine.
  const container = constrainedMemory();
  const most = Math.min(container > 0 ? container : Infinity, totalmem(), getHeapStatistics().heap_size_limit);
  return Math.max(smallestMemory, Math.floor(most / 2));
}
