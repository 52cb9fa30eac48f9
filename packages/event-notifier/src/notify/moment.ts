import type { WatcherRecord } from '../watcher/record.js';

/** What a watcher waits for: nothing, or the moment (of performance.now()) from which on he may be sent the document with this mark. */
export function momentOf(record: WatcherRecord, mark: string, now: number): number | undefined {
  const hasIt = record.has === mark && record.told === record.state;
  if (hasIt && !record.isOwed) return undefined;
  const { trouble } = record;
  if (trouble?.tried === mark) return Math.max(trouble.retryAt, now);
  // A change of state, and what answers a SUBSCRIBE, is not paced (RFC 3856 6.10 limits how often the state is told).
  return record.isOwed || record.told !== record.state ? now : Math.max(record.pacedUntil, now);
}
