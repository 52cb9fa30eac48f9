import { entryText, type Logger, type LogLevel } from '@nksip-ts/core';
import { lineLog, stackOf, type LineOf, type Write } from './line-log.js';

/**
 * A logger for people: one line an entry, time (UTC) and level first, then the worker if there are several, who sent the request last;
 * warnings and errors go to the second stream. Only a trace has more lines, and at level debug an error, whose stack they are; they are indented.
 */
export function textLog(level: LogLevel, out: Write, err: Write, worker?: number): Logger {
  return lineLog(level, textLines(level === 'debug', worker), out, err);
}

export function textLines(withStacks: boolean, worker?: number): LineOf {
  const by = worker === undefined ? '' : `[${worker}] `;
  return (level, fields, message) => {
    const from = 'from' in fields && typeof fields.from === 'string' && !hasWord(message, fields.from) ? ` from ${fields.from}` : '';
    const stack = withStacks && level === 'error' && 'err' in fields ? stackOf(fields.err) : undefined;
    const text = `${message}${from}${stack === undefined ? '' : `\n${stack}`}`;
    return `${new Date().toISOString()} ${level.padEnd(5)} ${by}${entryText(text)}\n`;
  };
}

/** A sender that is named already is not named again. */
function hasWord(message: string, word: string): boolean {
  const words = ` ${message} `;
  return words.includes(` ${word} `) || words.includes(` ${word}: `);
}
