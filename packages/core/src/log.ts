import { pino } from 'pino';

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What a service needs of a logger. pino's fits; so does any other with these methods. Nothing is formatted below its level. */
export interface Logger {
  readonly level: string;
  isLevelEnabled(level: LogLevel): boolean;
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

/** What gets no answer leaves a line at debug. */
export function logDropped(log: Logger, source: Sender, reason: string): void {
  if (log.isLevelEnabled('debug')) log.debug({ from: senderText(source) }, `dropped what cannot be answered: ${reason}`);
}

/** Lines of JSON on standard error, each with the name of the service. */
export function createLogger(service: string, level: LogLevel): Logger {
  return pino({ level, base: { service } }, process.stderr);
}
