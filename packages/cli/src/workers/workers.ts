import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { coreOptions, defaultMaxMemory, smallestMemory, WorkerSockets } from '@nksip-ts/core';
import { Misuse } from '../command-line/command-line.js';
import { isData } from '../config/config-file.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import type { Hangups } from '../process/sighup.js';
import type { Invocation, Reading } from '../config/invocation.js';
import { ordersBy, pageText, wantsDesk } from '../process/desk.js';
import { trialStart } from '../process/trial-start.js';
import type { ServiceManager } from '../process/service-manager.js';
import { Reloading } from '../process/reload.js';
import { finished, signals, stopWithin } from '../process/stop-signals.js';
import { FirstDesk } from './first-desk.js';
import type { Setting, SharedOptions } from './messages.js';
import { FIRST_SOCKET, WorkerPlace, type PlaceSockets } from './worker-place.js';

/** A worker that has not ended so long after it should have is killed, in milliseconds. */
const PATIENCE = 1_000;
/** Milliseconds that setTimeout still takes, with all that is added to them. */
const LONGEST_DRAIN = 2 ** 31 - 1 - stopWithin - PATIENCE;

/** Who is told how it goes, and who asks for something. */
interface Surroundings {
  readonly hangups: Hangups;
  readonly manager: ServiceManager;
  /** Is called when all serve. */
  readonly ready: () => void;
}

/** Runs `many` processes of one service, which share what they listen on; this one looks after them and serves nothing itself. */
export async function serveWithWorkers(invocation: Invocation, many: number, args: readonly string[], { hangups, manager, ready }: Surroundings): Promise<ExitCode> {
  const { line, shared, sockets } = await prepared(invocation, many);
  const desk = await FirstDesk.open(invocation);
  const stops = signals(invocation, hangups);
  const stopped = stops.next();
  cluster.setupPrimary({ args: ['serve', ...args] });
  const setting = (reading: Reading): Setting => ({
    config: isData(reading.config) ? reading.config : undefined, shared: { ...shared, ...sharedOptions(reading, many) },
  });
  const places = Array.from({ length: many }, (_, place) => new WorkerPlace(setting(invocation), invocation.log, undefined, undefined, desk?.crew, sockets && socketsOf(sockets, place)));
  const ended = Promise.all(places.map((place) => place.ended));
  const reloading: Reloading = new Reloading(invocation, async (_changes, after) => {
    await reloadAll(places, setting(reloading.current), setting(after));
    await desk?.configure(after.options);
  }, fixedForWorkers);
  desk?.obey(ordersBy(reloading.reload));
  let again: Promise<unknown> = stopped;
  let serves = false;
  try {
    const all = await Promise.race([Promise.all(places.map((place) => place.ready)), stopped, ended]);
    serves = Array.isArray(all);
    if (serves) {
      invocation.print(`${line}${pageText(desk?.url)}`);
      ready();
      manager.ready();
    }
    hangups.become(() => manager.whileReloading(() => reloading.hangUp()));
    await Promise.race([stopped, ended]);
    again = stops.next();
    return exitCodes.ok;
  } catch (error) {
    if (serves) invocation.log.error({ err: error }, 'Stopping: the workers do not stay alive.');
    throw error;
  } finally {
    reloading.end();
    manager.stopping();
    desk?.leave();
    await allEnded(places, drainWithin(reloading.current), again, invocation);
    await desk?.close();
    if (serves) invocation.log.info({}, 'Stopped.');
  }
}

interface Prepared {
  readonly line: string;
  readonly shared: SharedOptions;
  /** Undefined: the workers share one for each UDP address. */
  readonly sockets: WorkerSockets | undefined;
}

async function prepared(invocation: Invocation, many: number): Promise<Prepared> {
  const { line, listen } = await trialStart(invocation);
  const hasOwnSockets = coreOptions.shape.sip_udp_batch.parse(invocation.options['sip_udp_batch']) === 'auto';
  const sockets = hasOwnSockets ? await WorkerSockets.open(listen ?? '', many, invocation.log) : undefined;
  const shared = {
    ...(listen === undefined ? undefined : { sip_listen: listen }),
    // One client's requests reach any of them, so that a challenge of one must be good for all.
    sip_secret: randomBytes(32).toString('hex'),
    // What comes to a socket that all listen on reaches any of them, a response to a request of one, too.
    sip_udp_client_socket: true,
    ...(sockets && { sip_udp_sockets: sockets.namedFrom(FIRST_SOCKET) }),
    ...(wantsDesk(invocation.options) && { sip_admin_listen: '' }),
  };
  return { line, shared, sockets };
}

function socketsOf(sockets: WorkerSockets, place: number): PlaceSockets {
  return {
    numbers: sockets.of(place),
    use: (serves) => { if (serves) sockets.takeIn(place); else sockets.leaveOut(place); },
  };
}

/** What of the configuration holds for all workers together. */
function sharedOptions({ options: { sip_secret: secret, sip_max_memory: memory } }: Reading, many: number): SharedOptions {
  return { ...(secret === undefined ? undefined : { sip_secret: String(secret) }), sip_max_memory: memoryShare(memory, many) };
}

/** What was looked at, or made, for all workers before the first one started. */
const fixedForWorkers = ['plugins', 'sip_listen', 'sip_event_compositor_etag'];

/** One after the other: where one cannot, those before it go back. */
async function reloadAll(places: readonly WorkerPlace[], before: Setting, after: Setting): Promise<void> {
  for (const [done, place] of places.entries()) {
    const sentence = await place.reload(after);
    if (sentence === undefined) continue;
    await Promise.all(places.slice(0, done).map((changed) => changed.goBack(before)));
    throw new Misuse(sentence);
  }
}

/** What each of so many workers may hold, in bytes: all together what was given, or what one process may have. */
export function memoryShare(given: unknown, many: number): number {
  const all = coreOptions.shape.sip_max_memory.parse(given) ?? defaultMaxMemory();
  return Math.max(smallestMemory, Math.floor(all / many));
}

/** Tells all workers to finish, or, when a signal comes again, to stop. */
async function allEnded(places: readonly WorkerPlace[], within: number, again: Promise<unknown>, { log }: Invocation): Promise<void> {
  const ended = Promise.allSettled(places.map((place) => place.ended));
  for (const place of places) place.drain(within + stopWithin + PATIENCE);
  await finished(ended, again, log);
  for (const place of places) place.stop(stopWithin + PATIENCE);
  await ended;
}

/** Milliseconds. */
function drainWithin({ options }: Reading): number {
  return Math.min(1000 * coreOptions.shape.sip_drain_timeout.parse(options['sip_drain_timeout']), LONGEST_DRAIN);
}
