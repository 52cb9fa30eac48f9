import { entryText, logLevels, type Logger, type LogLevel } from '@nksip-ts/core';

type Write = (line: string) => void;

/**
 * A logger for people: one line an entry, time and level first, then the worker if there are several, who sent the request last;
 * warnings and errors go to the second stream. Only a trace has more lines, which are indented.
 */
export function textLog(level: LogLevel, out: Write, err: Write, worker?: number): Logger {
  const most = logLevels.indexOf(level);
  const isLevelEnabled = (asked: LogLevel): boolean => logLevels.indexOf(asked) <= most;
  const entry = (of: LogLevel, write: Write) => (fields: object, message: string): void => {
    if (!isLevelEnabled(of)) return;
    const from = 'from' in fields && typeof fields.from === 'string' ? ` from ${fields.from}` : '';
    write(textLine(of, `${message}${from}`, worker));
  };
  return { level, isLevelEnabled, debug: entry('debug', out), info: entry('info', out), warn: entry('warn', err), error: entry('error', err) };
}

export function textLine(level: LogLevel, message: string, worker?: number): string {
  const by = worker === undefined ? '' : `[${worker}] `;
  return `${new Date().toISOString().slice(11, 23)} ${level.padEnd(5)} ${by}${entryText(message)}\n`;
}
