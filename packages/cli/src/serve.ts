import { logLevels, startByName, type LogLevel, type Service } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { Misuse, readArguments, text, type Parsed } from './command-line.js';
import { readConfig, type Config } from './config-file.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { textLog } from './text-log.js';

export const serveHelp = `Usage: nksip-ts serve [options]

Takes PUBLISH requests and keeps the event state (RFC 3903) until it is stopped.

  --listen URI       where to listen, e.g. sip:all:5060 or 'sip:all:5060, sips:all:5061'
                     (default sip:127.0.0.1:5060: this machine only, over UDP and TCP)
  --events a,b       event packages to accept (default presence,dialog,message-summary,nkpublish)
  --config FILE      options from a .json file, or { name, options, module } from an .mjs one
  --set NAME=VALUE   any option of docs/options.md; may be given again
  --log-level L      ${logLevels.join(', ')} (default info: a line a request)
  --trace            log every message, credentials left out
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

export async function serve(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, flags);
  if (parsed.flags['help'] === true) {
    process.stdout.write(serveHelp);
    return exitCodes.ok;
  }
  if (parsed.words.length > 0) throw new Misuse(`'${parsed.words.join(' ')}' is one argument too many: serve takes options only.`);
  const file = text(parsed, 'config');
  const config = file === undefined ? { options: {} } : await readConfig(file);
  const service = await startByName(config.name ?? 'nksip-ts', optionsOf(parsed, config), config.module);
  const stopped = stopSignal();
  process.stdout.write(readyLine(service));
  await stopped;
  return stopInTime(service);
}

/** The defaults of the command, under the file's options, under those of the command line. */
function optionsOf(parsed: Parsed, config: Config): Record<string, unknown> {
  const options: Record<string, unknown> = {
    plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:5060', sip_events: 'presence,dialog,message-summary,nkpublish',
    log_level: 'info', ...config.options, ...settings(parsed),
  };
  const listen = text(parsed, 'listen');
  const events = text(parsed, 'events');
  const level = text(parsed, 'log-level');
  if (listen !== undefined) options['sip_listen'] = listen;
  if (events !== undefined) options['sip_events'] = events;
  if (level !== undefined) options['log_level'] = level;
  if (parsed.flags['trace'] === true) options['sip_trace'] = true;
  if (isLogLevel(options['log_level'])) options['logger'] ??= textLog(options['log_level'], writeOut, writeErr);
  return options;
}

/** `--set name=value`: a number, true, false or JSON if it reads as one, else a text. */
function settings(parsed: Parsed): Record<string, unknown> {
  const given = parsed.flags['set'];
  const settings: Record<string, unknown> = {};
  for (const setting of Array.isArray(given) ? given.map(String) : []) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (name === undefined || value === undefined) throw new Misuse(`--set wants NAME=VALUE, not '${setting}'.`);
    settings[name] = valueOf(value);
  }
  return settings;
}

function valueOf(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function isLogLevel(level: unknown): level is LogLevel {
  return logLevels.some((known) => known === level);
}

function writeOut(line: string): void { process.stdout.write(line); }
function writeErr(line: string): void { process.stderr.write(line); }

function readyLine(service: Service): string {
  const [first = ''] = service.addresses;
  const example = `npx nksip-ts publish ${exampleUri(first)} --event nkpublish --body hello`;
  const local = service.addresses.every((address) => address.includes('127.0.0.1') || address.includes('[::1]'));
  const open = local ? '; to listen for the network: --listen sip:all:5060' : '';
  return `${service.id} is ready on ${service.addresses.join(', ')}; try from a second terminal: ${example}${open}\n`;
}

/** Somebody at the first address; where that is every interface, at this machine. */
function exampleUri(address: string): string {
  const uri = address.replace(/;transport=udp$/, '').replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]');
  return uri.includes(';') ? `'${uri.replace(':', ':alice@')}'` : uri.replace(':', ':alice@');
}

async function stopSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => { resolve(); });
  });
}

async function stopInTime(service: Service): Promise<ExitCode> {
  const deadline = setTimeout(() => process.exit(exitCodes.ok), stopWithin);
  await service.stop();
  clearTimeout(deadline);
  return exitCodes.ok;
}
