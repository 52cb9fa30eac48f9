import { pino } from 'pino';
import { BoundedOutput } from './bounded-output.js';
import { cut, printableJson, printableLines } from './printable.js';

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * What a service needs of a logger. pino's fits; so does any other with these methods. Nothing is formatted below its level. Messages are
 * printable, one line each; that of a trace is several, indented. Fields are as they came off the wire.
 */
export interface Logger {
  readonly level: string;
  isLevelEnabled(level: LogLevel): boolean;
  /** Called when an update changes log_level, where the logger has it: the loggers of this project do. */
  setLevel?(level: LogLevel): void;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

interface Sender {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

/** Who sent a message, for a log. */
export function senderText({ transport, address, port }: Sender): string {
  return `${transport}:${address}:${port}`;
}

/** What gets no response leaves a line at debug. */
export function logDropped(log: Logger, source: Sender, reason: string): void {
  if (log.isLevelEnabled('debug')) log.debug({ from: senderText(source) }, `dropped what cannot be answered: ${reason}`);
}

/** Characters of one entry of a log at most. */
const longestEntry = 262_144;

/** A message as a log may show it, whoever wrote what is in it: bounded, and without control characters. */
export function entryText(message: string): string {
  return cut(printableLines(message), longestEntry);
}

/** What a log says of entries that were dropped. */
export function droppedText(entries: number): string {
  return `${entries} ${entries === 1 ? 'entry of this log was' : 'entries of this log were'} dropped here: nobody read fast enough`;
}

/** Lines of JSON on standard error, each with the name of the service. */
export function createLogger(service: string, level: LogLevel): Logger {
  const output = new BoundedOutput(process.stderr, (dropped) => jsonLine({ level: 40, time: Date.now(), service, msg: droppedText(dropped) }));
  const log = pino({ level, base: { service }, serializers: { err: errorFields } }, { write: (line) => { output.write(bounded(printableJson(line))); } });
  return Object.assign(log, { setLevel: (changed: LogLevel) => { log.level = changed; } });
}

/** What the message of an entry does not say of an error: pino itself has each sentence several times, of the error and of what caused it. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const origin = originOf(error);
  return { type: error.name, ...('code' in error && { code: error.code }), ...(origin !== error && { message: error.message }), stack: origin.stack };
}

/** Where it began, be it however deep. */
function originOf(error: Error): Error {
  let at = error;
  for (let depth = 0; at.cause instanceof Error && depth < 16; depth++) at = at.cause;
  return at;
}

/** Characters that are kept of an entry of JSON that is too long: as a text in JSON each may become two, and there is more beside it. */
const longestText = longestEntry / 2 - 2048;

/** What is cut is no JSON any more, but can be a text in it. */
function bounded(line: string): string {
  if (line.length <= longestEntry) return line;
  const { level, time, service }: Readonly<Record<string, unknown>> = JSON.parse(line);
  return jsonLine({ level, time, service, msg: cut(line.trimEnd(), longestText) });
}

function jsonLine(entry: object): string {
  return `${JSON.stringify(entry)}\n`;
}

/** A logger that somebody gave: whatever it does with a message, it shows no control characters of strangers. */
export function guarded(logger: Logger): Logger {
  const entry = (level: Exclude<LogLevel, 'silent'>) => (fields: object, message: string): void => {
    logger[level](fields, entryText(message));
  };
  return {
    get level() { return logger.level; },
    isLevelEnabled: (level) => logger.isLevelEnabled(level),
    setLevel: (level) => { logger.setLevel?.(level); },
    debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error'),
  };
}
