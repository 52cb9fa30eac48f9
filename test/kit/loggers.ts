// Loggers: `loggerTo` hands each line to a function, `silentLogger` drops it. One that keeps its lines: `LogRecorder` in ../wire/running.ts.
import type { Logger } from '@nksip-ts/core';

type Level = 'debug' | 'info' | 'warn' | 'error';

export interface Line {
  readonly level: Level;
  readonly fields: object;
  readonly message: string;
}

/** A logger at level debug that hands each line to `write`. */
export function loggerTo(write: (line: Line) => void): Logger {
  const at = (level: Level) => (fields: object, message: string): void => { write({ level, fields, message }); };
  return { level: 'debug', isLevelEnabled: () => true, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A logger of which nobody hears anything. */
export const silentLogger: Logger = { ...loggerTo(() => undefined), level: 'silent', isLevelEnabled: () => false };
