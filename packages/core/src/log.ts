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

/** Lines of JSON on standard error, each with the name of the service. */
export function createLogger(service: string, level: LogLevel): Logger {
  return pino({ level, base: { service } }, process.stderr);
}
