import { dirname, resolve } from 'node:path';
import { logLevels, pluginFolders, startByName, type Logger, type LogLevel, type Service } from '@nksip-ts/core';
import { Misuse, text, type Parsed } from '../command-line/command-line.js';
import { readConfig, type Config } from './config-file.js';
import { refuseBoth, refuseFlags } from '../command-line/flag-mistakes.js';
import { placed, placesUnder, withPlace, type Places } from '../command-line/option-place.js';
import { logFormats, serviceLog, type LogFormat } from '../output/service-log.js';
import { defaultOptions, withAsked } from './default-options.js';
import { withEnvironment, type Given } from './environment.js';
import { setFlagOptions } from './set-flag.js';
import { workerNumber } from './process-marks.js';

/** What the command line and the configuration file say. */
export interface Reading {
  readonly config: Config;
  readonly options: Readonly<Record<string, unknown>>;
  /** Of the options that come from the file. */
  readonly places: Places;
  /** Somebody said where to listen. */
  readonly listenGiven: boolean;
}

/** What the command line and the configuration file tell `serve` to run. */
export interface Invocation extends Reading {
  readonly name: string;
  readonly module: Readonly<Record<string, unknown>> | undefined;
  /** For what the command itself has to say. */
  readonly log: Logger;
  /** Writes to standard output, after what was logged there. */
  readonly print: (text: string) => void;
  /** Where plugins are looked for by name. */
  readonly folders: readonly string[];
  /** What it is where the file says something else. Rejects as `invocationOf` does. */
  readonly read: (config: Config) => Promise<Reading>;
}

export const serveFlags = {
  'listen': { type: 'string' },
  'events': { type: 'string' },
  'config': { type: 'string' },
  'users': { type: 'string' },
  'admin': { type: 'string', usual: '127.0.0.1:8088' },
  'set': { type: 'string', multiple: true },
  'workers': { type: 'string' },
  'no-watchers': { type: 'boolean' },
  'no-registrar': { type: 'boolean' },
  'log-level': { type: 'string' },
  'log-format': { type: 'string' },
  'trace': { type: 'boolean' },
} as const;

/** `told`: the configuration as another process has read it. Rejects with Misuse or a NksipError. */
export async function invocationOf(parsed: Parsed, told?: Config): Promise<Invocation> {
  const format = formatOf(parsed);
  const file = text(parsed, 'config');
  const folders = foldersFor(file);
  const reading = await read(parsed, told ?? await readConfig(file), folders);
  const { config: { name = 'nksip-ts', module }, options: { log_level: level } } = reading;
  const { log, print } = serviceLog({ level: isLogLevel(level) ? level : 'info', format, service: name, worker: workerNumber() });
  const withLog = (one: Reading): Reading => ({ ...one, options: { logger: log, ...one.options } });
  return { ...withLog(reading), name, module, log, print, folders, read: async (config) => withLog(await read(parsed, config, folders)) };
}

/** Starts the service with these options. Rejects as `startByName` does, or with Misuse that has the place as well. */
export async function startService({ name, module, folders, places }: Invocation, options: Invocation['options']): Promise<Service> {
  return await placed(places, startByName(name, options, module, folders));
}

/** Plugins of a configuration file stand beside it, those of the command beside the command. */
export function foldersFor(file: string | undefined): readonly string[] {
  return pluginFolders(file === undefined ? undefined : dirname(resolve(file)), import.meta.dirname);
}

/** The command line goes before the environment, that before the file, and that before what is usual. */
async function read(parsed: Parsed, config: Config, folders: readonly string[]): Promise<Reading> {
  try {
    refuseFlags(config.options);
  } catch (error) {
    throw withPlace(error, config.places);
  }
  const under = await withEnvironment(config, { ...defaultOptions(parsed, config.options), ...config.options }, folders);
  const flags = await flaggedOptions(parsed, under, folders);
  const given = { ...under.options, ...flags };
  const options: Reading['options'] = { ...defaultOptions(parsed, given), ...given };
  const plugins = Array.isArray(options['plugins']) ? withAsked(options['plugins'], Object.keys(given)) : options['plugins'];
  return { config, options: { ...options, plugins, log_level: levelOf(options, parsed) }, places: placesUnder(flags, under.places), listenGiven: 'sip_listen' in given };
}

/** The options of the command line. */
async function flaggedOptions(parsed: Parsed, { options, places }: Given, folders: readonly string[]): Promise<Reading['options']> {
  const flagged = [['sip_listen', 'listen'], ['sip_events', 'events'], ['sip_users_file', 'users'], ['sip_admin_listen', 'admin'], ['log_level', 'log-level']].flatMap(([option = '', flag = '']) => {
    const value = text(parsed, flag);
    return value === undefined ? [] : [[option, value]];
  });
  const trace = parsed.flags['trace'] === true ? { sip_trace: true } : undefined;
  const set = await setFlagOptions(parsed, { ...defaultOptions(parsed, options), ...options }, folders, places);
  const byFlags = { ...Object.fromEntries(flagged), ...trace };
  refuseBoth(byFlags, set);
  refuseFlags(set);
  return { ...set, ...byFlags };
}

/** The level of the log: --trace wants 'info' at least. */
function levelOf({ log_level: level }: Readonly<Record<string, unknown>>, parsed: Parsed): unknown {
  if (parsed.flags['trace'] !== true || !isLogLevel(level) || logLevels.indexOf(level) >= logLevels.indexOf('info')) return level;
  if (text(parsed, 'log-level') === undefined) return 'info';
  throw new Misuse(`--trace logs at level info, and --log-level ${level} leaves that out: leave one of them out.`);
}

export function isLogLevel(level: unknown): level is LogLevel {
  return logLevels.some((known) => known === level);
}

function formatOf(parsed: Parsed): LogFormat {
  const given = text(parsed, 'log-format') ?? 'text';
  const format = logFormats.find((known) => known === given);
  if (format === undefined) throw new Misuse(`--log-format wants ${logFormats.join(' or ')}, not '${given}'.`);
  return format;
}
