import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { coreOptions, defaultMaxMemory, smallestMemory } from '@nksip-ts/core';
import { exitCodes, type ExitCode } from './exit-codes.js';
import type { Plan } from './plan.js';
import { rehearse } from './rehearsal.js';
import { finished, signals, stopWithin } from './stop-signals.js';
import type { SharedOptions } from './worker-messages.js';
import { WorkerPlace } from './worker-place.js';

/** A worker that has not ended so long after it should have is killed, in milliseconds. */
const PATIENCE = 1_000;
/** Milliseconds that setTimeout still takes, with all that is added to them. */
const LONGEST_DRAIN = 2 ** 31 - 1 - stopWithin - PATIENCE;

/** Runs `many` processes of one service, which share what they listen on; this one looks after them and serves nothing itself. */
export async function serveWithWorkers(plan: Plan, many: number, args: readonly string[]): Promise<ExitCode> {
  const { line, shared } = await prepared(plan, many);
  const stops = signals();
  const stopped = stops.next();
  cluster.setupPrimary({ args: ['serve', ...args] });
  const places = Array.from({ length: many }, () => new WorkerPlace(shared, plan.log));
  const ended = Promise.all(places.map((place) => place.ended));
  let again: Promise<unknown> = stopped;
  try {
    const all = await Promise.race([Promise.all(places.map((place) => place.ready)), stopped, ended]);
    if (Array.isArray(all)) plan.print(line);
    await Promise.race([stopped, ended]);
    again = stops.next();
    return exitCodes.ok;
  } finally {
    await allEnded(places, drainWithin(plan), again);
  }
}

async function prepared(plan: Plan, many: number): Promise<{ readonly line: string; readonly shared: SharedOptions }> {
  const { line, listen } = await rehearse(plan);
  const shared = {
    ...(listen === undefined ? undefined : { sip_listen: listen }),
    // One client's requests reach any of them, so that a challenge of one must be good for all.
    sip_secret: String(plan.options['sip_secret'] ?? randomBytes(32).toString('hex')),
    // What comes to a socket that all listen on reaches any of them, an answer to a request of one, too.
    sip_udp_client_socket: true,
    sip_max_memory: memoryShare(plan.options['sip_max_memory'], many),
  };
  return { line, shared };
}

/** What each of so many workers may hold, in bytes: all together what was given, or what one process may have. */
export function memoryShare(given: unknown, many: number): number {
  const all = coreOptions.shape.sip_max_memory.parse(given) ?? defaultMaxMemory();
  return Math.max(smallestMemory, Math.floor(all / many));
}

/** Tells all workers to finish, or, when a signal comes again, to stop. */
async function allEnded(places: readonly WorkerPlace[], within: number, again: Promise<unknown>): Promise<void> {
  const ended = Promise.allSettled(places.map((place) => place.ended));
  for (const place of places) place.drain(within + stopWithin + PATIENCE);
  await finished(ended, again);
  for (const place of places) place.stop(stopWithin + PATIENCE);
  await ended;
}

/** Milliseconds. */
function drainWithin({ options }: Plan): number {
  return Math.min(1000 * coreOptions.shape.sip_drain_timeout.parse(options['sip_drain_timeout']), LONGEST_DRAIN);
}
