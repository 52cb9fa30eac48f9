import type { Refusals, Usage } from '../contract/objects.js';

/** What all workers use together. What they share is what each of them sees, not the sum. */
export function sumOfUsages(all: readonly Usage[]): Usage {
  const [first] = all;
  if (first === undefined) throw new Error('no worker');
  return {
    memory: { used: sum(all, ({ memory }) => memory.used), limit: sum(all, ({ memory }) => memory.limit), parts: sumOfRecords(all.map(({ memory }) => memory.parts)) },
    counts: {
      publications: mostOf(all, ({ counts }) => counts.publications), registrations: mostOf(all, ({ counts }) => counts.registrations),
      watchers: sum(all, ({ counts }) => counts.watchers), connections: sum(all, ({ counts }) => counts.connections), transactions: sum(all, ({ counts }) => counts.transactions),
    },
    caps: first.caps,
    event_loop: { p50_ms: most(all, (one) => one.event_loop.p50_ms), p99_ms: most(all, (one) => one.event_loop.p99_ms), max_ms: most(all, (one) => one.event_loop.max_ms) },
    rates: {
      requests: sumOfRecords(all.map(({ rates }) => rates.requests)), responses: sumOfRecords(all.map(({ rates }) => rates.responses)),
      notifies: {
        sent: sum(all, ({ rates }) => rates.notifies.sent), failed: sum(all, ({ rates }) => rates.notifies.failed), suppressed: sum(all, ({ rates }) => rates.notifies.suppressed),
      },
    },
    // The slowest: quantiles cannot be added.
    latency_ms: { p50: most(all, (one) => one.latency_ms.p50), p99: most(all, (one) => one.latency_ms.p99) },
  };
}

/** The newest first. */
export function mergedRefusals(all: readonly Refusals[], keep: number): Refusals {
  const items = all.flatMap((one) => one.items).sort((one, other) => other.time.localeCompare(one.time));
  return { items: items.slice(0, keep), dropped: sum(all, ({ dropped }) => dropped) + Math.max(0, items.length - keep) };
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function most<T>(all: readonly T[], of: (one: T) => number): number {
  return Math.max(...all.map(of));
}

function mostOf(all: readonly Usage[], of: (one: Usage) => number | null): number | null {
  const known = all.map(of).filter((count) => count !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function sumOfRecords(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const record of all) for (const [key, value] of Object.entries(record)) sums[key] = (sums[key] ?? 0) + value;
  return sums;
}
