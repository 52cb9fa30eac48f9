import { logLevels, type Logger, type LogLevel } from '@nksip-ts/core';

export type Write = (line: string) => void;

/** One entry as it is written, with its line end. */
export type LineOf = (level: LogLevel, fields: object, message: string) => string;

/** A logger that writes entries as `lineOf` has them: warnings and errors to `err`, the others to `out`. */
export function lineLog(level: LogLevel, lineOf: LineOf, out: Write, err: Write): Logger {
  let current = level;
  const isLevelEnabled = (asked: LogLevel): boolean => logLevels.indexOf(asked) <= logLevels.indexOf(current);
  const entry = (of: LogLevel, write: Write) => (fields: object, message: string): void => {
    if (isLevelEnabled(of)) write(lineOf(of, fields, message));
  };
  return {
    get level() { return current; },
    isLevelEnabled,
    setLevel: (changed) => { current = changed; },
    debug: entry('debug', out), info: entry('info', out), warn: entry('warn', err), error: entry('error', err),
  };
}

/** Where an error came from: the stack of what was thrown first. */
export function stackOf(error: unknown): string | undefined {
  let first = error;
  for (let depth = 0; first instanceof Error && first.cause instanceof Error && depth < 16; depth++) first = first.cause;
  return first instanceof Error ? first.stack : undefined;
}
