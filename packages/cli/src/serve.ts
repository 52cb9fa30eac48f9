import { availableParallelism } from 'node:os';
import { logLevels, startByName, type LogLevel } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { Misuse, readArguments, text, type Parsed } from './command-line.js';
import { readConfig, type Config } from './config-file.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import type { Plan } from './plan.js';
import { readyLine } from './ready-line.js';
import { serviceLog } from './service-log.js';
import { settings } from './settings.js';
import { endSoon, finished, signals, stopInTime } from './stop-signals.js';
import { printPage } from './terminal.js';
import { work, workerNumber } from './worker.js';
import { serveWithWorkers } from './workers.js';

export const serveHelp = `Usage: nksip-ts serve [options]

Takes PUBLISH requests and keeps the event state (RFC 3903) until it is stopped.

  --listen URI       where to listen, e.g. sip:all:5060 or 'sip:all:5060, sips:all:5061'
                     (default sip:127.0.0.1:5060: this machine only, over UDP and TCP)
  --events a,b       event packages to accept (default presence,dialog,message-summary,nkpublish)
  --config FILE      options from a .json file, or { name, options, module } from an .mjs one
  --set NAME=VALUE   any option of docs/options.md; may be given again. Numbers, true, false and
                     JSON are read as such; quotes make a text of them: --set 'NAME="123"'
  --workers N        so many processes share the work, 'auto': one a core (default 1); more than
                     one need a store that they share and that has versions, such as LMDB or Redis,
                     or tags that change (sip_event_compositor_etag=renew)
  --log-level L      ${logLevels.join(', ')} (default info: a line a request)
  --trace            log every message, credentials left out, at level info
`;

const flags = {
  'listen': { type: 'string' },
  'events': { type: 'string' },
  'config': { type: 'string' },
  'set': { type: 'string', multiple: true },
  'workers': { type: 'string' },
  'log-level': { type: 'string' },
  'trace': { type: 'boolean' },
} as const;

/** A slip of the hand forks no thousands. */
const mostWorkers = 256;

export async function serve(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, flags);
  if (parsed.flags['help'] === true) {
    printPage(serveHelp);
    return exitCodes.ok;
  }
  if (parsed.words.length > 0) throw new Misuse(`'${parsed.words.join(' ')}' is one argument too many: serve takes options only.`);
  const workers = workersOf(parsed);
  const plan = await planOf(parsed);
  try {
    if (workerNumber() !== undefined) return await work(plan);
    return workers === 1 ? await serveAlone(plan) : await serveWithWorkers(plan, workers, args);
  } finally {
    endSoon();
  }
}

async function serveAlone({ name, options, module, listenGiven, print }: Plan): Promise<ExitCode> {
  const service = await startByName(name, options, module);
  const stops = signals();
  const stopped = stops.next();
  print(readyLine(service, options, listenGiven));
  await stopped;
  await finished(service.drain(), stops.next());
  return stopInTime(service);
}

function workersOf(parsed: Parsed): number {
  const given = text(parsed, 'workers') ?? '1';
  if (given === 'auto') return Math.min(availableParallelism(), mostWorkers);
  if (/^\d{1,3}$/.test(given) && Number(given) >= 1 && Number(given) <= mostWorkers) return Number(given);
  throw new Misuse(`--workers wants a number from 1 to ${mostWorkers}, or auto, not '${given}'.`);
}

async function planOf(parsed: Parsed): Promise<Plan> {
  const file = text(parsed, 'config');
  const config = file === undefined ? { options: {} } : await readConfig(file);
  const given = givenOptions(parsed, config);
  const options = { ...defaults, ...given };
  const level = levelOf(options, parsed);
  const { log, print } = serviceLog(isLogLevel(level) ? level : 'info', workerNumber());
  return { name: config.name ?? 'nksip-ts', options: { logger: log, ...options, log_level: level }, module: config.module, log, print, listenGiven: 'sip_listen' in given };
}

const defaults = {
  plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:5060', sip_events: 'presence,dialog,message-summary,nkpublish', log_level: 'info',
};

/** The options of the file, under those of the command line. */
function givenOptions(parsed: Parsed, config: Config): Record<string, unknown> {
  const flagged = [['sip_listen', 'listen'], ['sip_events', 'events'], ['log_level', 'log-level']].flatMap(([option = '', flag = '']) => {
    const value = text(parsed, flag);
    return value === undefined ? [] : [[option, value]];
  });
  const trace = parsed.flags['trace'] === true ? { sip_trace: true } : undefined;
  return { ...config.options, ...settings(parsed), ...Object.fromEntries(flagged), ...trace };
}

/** The level of the log: --trace wants 'info' at least. */
function levelOf({ log_level: level }: Readonly<Record<string, unknown>>, parsed: Parsed): unknown {
  if (parsed.flags['trace'] !== true || !isLogLevel(level) || logLevels.indexOf(level) >= logLevels.indexOf('info')) return level;
  if (text(parsed, 'log-level') === undefined) return 'info';
  throw new Misuse(`--trace logs at level info, and --log-level ${level} leaves that out: leave one of them out.`);
}

function isLogLevel(level: unknown): level is LogLevel {
  return logLevels.some((known) => known === level);
}
