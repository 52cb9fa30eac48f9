import type { Writable } from 'node:stream';
import { BoundedOutput, droppedText, type Logger, type LogLevel } from '@nksip-ts/core';
import { GatheredLines } from './gathered-lines.js';
import { jsonLines } from './json-log.js';
import { lineLog, type LineOf } from './line-log.js';
import { ignoreOutput } from './lost-output.js';
import { print } from './terminal.js';
import { textLines, textLog } from './text-log.js';

/** For people, or for programs. */
export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface ServiceLogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly service: string;
  /** Who writes if there are several. */
  readonly worker: number | undefined;
}

export interface ServiceLog {
  readonly log: Logger;
  /** Writes a line to standard output, behind what was logged there. It is not dropped, whoever reads. */
  readonly print: (line: string) => void;
}

/** The log of `serve`, on standard output and standard error. */
export function serviceLog({ level, format, service, worker }: ServiceLogOptions): ServiceLog {
  const linesOf = (withStacks: boolean): LineOf => format === 'json' ? jsonLines(withStacks, service, worker) : textLines(withStacks, worker);
  const [plain, withStacks] = [linesOf(false), linesOf(true)];
  const lineOf: LineOf = (of, fields, message) => (log.level === 'debug' ? withStacks : plain)(of, fields, message);
  const out = boundedOutput(process.stdout, lineOf);
  ignoreOutput();
  const err = boundedOutput(process.stderr, lineOf);
  const lines = new GatheredLines((text, many) => { out.write(text, many); });
  process.on('exit', () => { lines.flush(); });
  const log = lineLog(level, lineOf, (line) => { lines.add(line); }, (line) => {
    lines.flush();
    err.write(line);
  });
  return {
    log,
    print: (line) => {
      lines.flush();
      print(format === 'json' ? lineOf('info', {}, line).trimEnd() : line);
    },
  };
}

/** What fails in a command that serves nobody, on standard error. */
export function faultLog(level: LogLevel = 'error'): Logger {
  const err = boundedOutput(process.stderr, textLines(false));
  const write = (line: string): void => { err.write(line); };
  return textLog(level, write, write);
}

function boundedOutput(stream: Writable, lineOf: LineOf): BoundedOutput {
  return new BoundedOutput(stream, (dropped) => lineOf('warn', {}, droppedText(dropped)));
}
