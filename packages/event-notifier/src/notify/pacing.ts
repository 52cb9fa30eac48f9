import type { WatcherRecord } from '../watcher/record.js';

/** When a watcher may be sent the document with this mark, by performance.now(); undefined: it has it already. */
export function mayGoAt(record: WatcherRecord, mark: string, now: number): number | undefined {
  const hasIt = record.has === mark && record.told === record.state;
  if (hasIt && !record.isOwed) return undefined;
  const { trouble } = record;
  if (trouble?.tried === mark) return Math.max(trouble.retryAt, now);
  // A decision and the answer to a SUBSCRIBE do not wait: RFC 3856 6.10 limits only how often changes of the state are notified.
  return record.isOwed || record.told !== record.state ? now : Math.max(record.pacedUntil, now);
}
