import type { Writable } from 'node:stream';
import { BoundedOutput, droppedText, type Logger, type LogLevel } from '@nksip-ts/core';
import { GatheredLines } from './gathered-lines.js';
import { print } from './terminal.js';
import { textLine, textLog } from './text-log.js';

export interface ServiceLog {
  readonly log: Logger;
  /** Writes a line to standard output, behind what was logged there. It is not dropped, whoever reads. */
  readonly print: (line: string) => void;
}

/** The log of `serve`, on standard output and standard error; `worker` is who writes if there are several. */
export function serviceLog(level: LogLevel, worker: number | undefined): ServiceLog {
  const out = boundedOutput(process.stdout, worker);
  const err = boundedOutput(process.stderr, worker);
  const lines = new GatheredLines((text, many) => { out.write(text, many); });
  process.on('exit', () => { lines.flush(); });
  const log = textLog(level, (line) => { lines.add(line); }, (line) => {
    lines.flush();
    err.write(line);
  }, worker);
  return {
    log,
    print: (line) => {
      lines.flush();
      print(line);
    },
  };
}

/** What fails in a command that serves nobody, on standard error. */
export function faultLog(): Logger {
  const err = boundedOutput(process.stderr);
  const write = (line: string): void => { err.write(line); };
  return textLog('error', write, write);
}

function boundedOutput(stream: Writable, worker?: number): BoundedOutput {
  return new BoundedOutput(stream, (dropped) => textLine('warn', droppedText(dropped), worker));
}
