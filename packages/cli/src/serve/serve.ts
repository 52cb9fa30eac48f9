import { logLevels, NksipError, put, update, type Service } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import '@nksip-ts/registrar';
import { Misuse, readArguments, text, type Parsed } from '../command-line/command-line.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { Hangups } from '../process/sighup.js';
import { placed, variableOf } from '../command-line/option-place.js';
import { workersOf } from '../command-line/workers-flag.js';
import { leavesWatchersOut } from '../config/default-options.js';
import { withEnvironmentFlags } from '../config/environment.js';
import { invocationOf, serveFlags, startService, type Invocation } from '../config/invocation.js';
import { readyLine } from '../output/ready-line.js';
import { RELOAD, Reloading } from '../process/reload.js';
import { logFormats } from '../output/service-log.js';
import { ServiceManager } from '../process/service-manager.js';
import { endSoon, finished, signals, stopInTime, tellWhyItEnds } from '../process/stop-signals.js';
import { printPage } from '../output/terminal.js';
import { workerNumber } from '../config/process-marks.js';
import { obeyDesk, pageText, urlOf } from '../process/desk.js';
import { realmsOf } from '../users/plugin.js';
import { work } from '../workers/worker.js';
import { serveWithWorkers } from '../workers/workers.js';

export const whatToServeHelp = `  --listen URI       where to listen, e.g. sip:all:5060 or 'sip:all:5060, sips:all:5061'
                     (default sip:127.0.0.1:5060: this machine only, over UDP and TCP)
  --events a,b       event packages to accept (default presence,dialog,message-summary,nkpublish)
  --no-watchers      refuse SUBSCRIBE requests: only keep what is published
  --no-registrar     refuse REGISTER requests: phones then register elsewhere
  --users FILE       who may sign in: a file made by 'nksip-ts passwd'. Only the owner of an
                     address then publishes to it, registers for it, and watches it at once
  --admin [H:PORT]   serve a page for the operator, an HTTP API and metrics at this host and
                     port (default 127.0.0.1:8088). To change anything there, and beyond
                     loopback, it wants a token: --set sip_admin_token_file=FILE
  --config FILE      options from a .json file, or { name, options, module } from an .mjs one
  --set NAME=VALUE   any option of docs/options.md or of a plugin; may be repeated. Numbers,
                     true, false and JSON are read as such, unless the option takes a text
  --workers N        the number of processes that share the work, or 'auto' for one per core
                     (default 1). Several need a store that they can share: LMDB, Redis, or
                     another one with sip_event_compositor_etag=renew. Watchers need one
                     process: with several nobody can subscribe
`;

export const serveHelp = `Usage: nksip-ts serve [options]

Runs a presence server: it accepts PUBLISH requests, keeps their event state (RFC 3903),
notifies subscribers of changes (RFC 6665), and lets phones register (RFC 3261 10).
SIGTERM and Ctrl-C stop it; SIGHUP makes it read the .json file of --config again.

${whatToServeHelp}  --log-level L      ${logLevels.join(', ')} (default info: one line per request)
  --log-format F     ${logFormats.join(', ')} (default text); json: one line of JSON per entry
  --trace            log every message, without credentials, at level info
`;

export async function serve(args: readonly string[]): Promise<ExitCode> {
  const parsed = withEnvironmentFlags(readArguments(args, serveFlags), process.env);
  if (parsed.flags['help'] === true) {
    printPage(serveHelp);
    return exitCodes.ok;
  }
  const workers = workersOf(parsed, 'serve');
  try {
    if (workerNumber() !== undefined) return await work(parsed);
    const hangups = new Hangups(isReloadable(parsed));
    const invocation = await invocationOf(parsed);
    tellWhyItEnds(invocation);
    warnOfPass(invocation);
    const manager = new ServiceManager(process.env, invocation.log);
    return workers === 1 ? await serveAlone(invocation, hangups, manager) : await serveWithWorkers(invocation, workers, args, { hangups, manager, ready: () => { tellWatchersLeftOut(parsed, invocation); } });
  } catch (error) {
    throw withFlag(error);
  } finally {
    endSoon();
  }
}

/** Whether there is a file that can be read again. */
function isReloadable(parsed: Parsed): boolean {
  return text(parsed, 'config') !== undefined || text(parsed, 'users') !== undefined || (process.env[variableOf('sip_users_file')] ?? '') !== '';
}

async function serveAlone(invocation: Invocation, hangups: Hangups, manager: ServiceManager): Promise<ExitCode> {
  const { options, listenGiven, log, print } = invocation;
  const service = await startService(invocation, options);
  const stops = signals(invocation, hangups);
  const stopped = stops.next();
  print(`${readyLine(service, options, listenGiven, realmsOf(service))}${pageText(urlOf(service))}`);
  warnOfPending(service, invocation);
  const reloading = new Reloading(invocation, async (changes, { places }) => { await placed(places, update(service, changes)); });
  put(service, RELOAD, reloading.reload);
  obeyDesk(service, reloading.reload);
  hangups.become(() => manager.whileReloading(() => reloading.hangUp()));
  manager.ready();
  await stopped;
  manager.stopping();
  reloading.end();
  await finished(service.drain(), stops.next(), log);
  return await stopInTime(service, log);
}

/** What the command lets anybody do at loopback only. */
function warnOfPending(service: Service, { options, module, log }: Invocation): void {
  if (!service.chain('sip_subscribe').includes('event-notifier')) return;
  if (options['sip_event_notifier_default_decision'] !== undefined || module?.['sip_event_notifier_authorize'] !== undefined) return;
  const who = realmsOf(service).length > 0 ? 'Whoever watches the address of another user' : 'Other machines can reach this server: a watcher';
  log.warn({ option: 'sip_event_notifier_default_decision' }, `${who} is pending, and sees nothing, until a program decides. To let everybody watch: --set sip_event_notifier_default_decision=allow`);
}

/** Subscriptions are kept by one process. */
function tellWatchersLeftOut(parsed: Parsed, { log }: Invocation): void {
  if (leavesWatchersOut(parsed)) log.info({}, 'With several workers nobody can subscribe: the plugin event-notifier, which needs one process, is left out.');
}

/** Where no configuration file says where to listen, the command line does. */
function withFlag(error: unknown): unknown {
  if (!(error instanceof NksipError) || error.code !== 'listen_failed') return error;
  return new Misuse(`${error.message} Say where with --listen, for example --listen sip:127.0.0.1:5070.`, { cause: error });
}

/** Whoever wants to ask for passwords may take sip_pass for the option that does. Without callbacks nothing here sends requests. */
function warnOfPass({ options, module, log }: Invocation): void {
  if (options['sip_pass'] === undefined || module !== undefined) return;
  log.warn({ option: 'sip_pass' }, 'sip_pass answers challenges to requests that this service sends: nobody is asked for a password. See "With users" in docs/command.md.');
}
