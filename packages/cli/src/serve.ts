import { EventEmitter, once } from 'node:events';
import { logLevels, startByName, type Logger, type LogLevel, type Service } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { Misuse, readArguments, text, type Parsed } from './command-line.js';
import { readConfig, type Config } from './config-file.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { GatheredLines } from './gathered-lines.js';
import { readyLine } from './ready-line.js';
import { settings } from './settings.js';
import { textLog } from './text-log.js';

export const serveHelp = `Usage: nksip-ts serve [options]

Takes PUBLISH requests and keeps the event state (RFC 3903) until it is stopped.

  --listen URI       where to listen, e.g. sip:all:5060 or 'sip:all:5060, sips:all:5061'
                     (default sip:127.0.0.1:5060: this machine only, over UDP and TCP)
  --events a,b       event packages to accept (default presence,dialog,message-summary,nkpublish)
  --config FILE      options from a .json file, or { name, options, module } from an .mjs one
  --set NAME=VALUE   any option of docs/options.md; may be given again. Numbers, true, false and
                     JSON are read as such; quotes make a text of them: --set 'NAME="123"'
  --log-level L      ${logLevels.join(', ')} (default info: a line a request)
  --trace            log every message, credentials left out, at level info
`;

const flags = {
  'listen': { type: 'string' },
  'events': { type: 'string' },
  'config': { type: 'string' },
  'set': { type: 'string', multiple: true },
  'log-level': { type: 'string' },
  'trace': { type: 'boolean' },
} as const;

/** How long a stop may take before the process ends all the same, in milliseconds. */
const stopWithin = 1_800;

/** A person who waits for longer than this is told what for, in milliseconds. */
const silence = 1_000;

export async function serve(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, flags);
  if (parsed.flags['help'] === true) {
    process.stdout.write(serveHelp);
    return exitCodes.ok;
  }
  if (parsed.words.length > 0) throw new Misuse(`'${parsed.words.join(' ')}' is one argument too many: serve takes options only.`);
  const file = text(parsed, 'config');
  const config = file === undefined ? { options: {} } : await readConfig(file);
  const given = givenOptions(parsed, config);
  const options = { ...defaults, ...given };
  const level = levelOf(options, parsed);
  const service = await startByName(config.name ?? 'nksip-ts', withLog(options, level), config.module);
  const stopSignals = signals();
  const stopped = stopSignals.next();
  process.stdout.write(readyLine(service, options, 'sip_listen' in given));
  await stopped;
  await drained(service, stopSignals.next());
  return stopInTime(service);
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

function withLog(options: Readonly<Record<string, unknown>>, level: unknown): Record<string, unknown> {
  return { ...(isLogLevel(level) ? { logger: logger(level) } : undefined), ...options, log_level: level };
}

function logger(level: LogLevel): Logger {
  const lines = new GatheredLines(writeOut);
  process.on('exit', () => lines.flush());
  return textLog(level, (line) => lines.add(line), (line) => {
    lines.flush();
    writeErr(line);
  });
}

function isLogLevel(level: unknown): level is LogLevel {
  return logLevels.some((known) => known === level);
}

function writeOut(line: string): void { process.stdout.write(line); }
function writeErr(line: string): void { process.stderr.write(line); }

/** One item for each SIGTERM or SIGINT; none of them ends the process by itself. */
async function* signals(): AsyncGenerator<void, never> {
  const received = new EventEmitter();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => received.emit('stop'));
  for (;;) {
    await once(received, 'stop');
    yield;
  }
}

/** Finishes what is under way, unless a second signal comes. */
async function drained(service: Service, again: Promise<unknown>): Promise<void> {
  const telling = setTimeout(() => process.stderr.write('Finishing the requests under way; press Ctrl-C once more to stop now.\n'), silence);
  await Promise.race([service.drain(), again]);
  clearTimeout(telling);
}

async function stopInTime(service: Service): Promise<ExitCode> {
  const deadline = setTimeout(() => process.exit(exitCodes.ok), stopWithin);
  await service.stop();
  clearTimeout(deadline);
  return exitCodes.ok;
}
