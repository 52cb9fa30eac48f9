import { EventEmitter, once } from 'node:events';
import { reasonOf, type Logger, type Service } from '@nksip-ts/core';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import type { Hangups } from './sighup.js';
import type { Invocation } from '../config/invocation.js';

/** What asks the command to end: a service manager's signal, and Ctrl-C. */
export const stopSignals = ['SIGTERM', 'SIGINT'] as const;

/** How long a stop may take before the process ends all the same, in milliseconds. */
export const stopWithin = 1_800;

/** What was printed last may be read for so long after the end, in milliseconds. */
const readWithin = 500;

/** A person who waits for longer than this is told what for, in milliseconds. */
const silence = 1_000;

/**
 * One item for each SIGTERM or SIGINT, and a line of the log that says so; none of them ends the process by itself. SIGHUP, which a terminal sends when it is
 * closed, is one of them where there is no file to read again.
 */
export async function* signals({ log }: Invocation, { isReloadable }: Hangups): AsyncGenerator<void, never> {
  const received = new EventEmitter();
  for (const signal of isReloadable ? stopSignals : [...stopSignals, 'SIGHUP']) {
    process.on(signal, () => {
      log.info({ signal }, `Stopping: ${signal} came.`);
      received.emit('stop');
    });
  }
  for (;;) {
    await once(received, 'stop');
    yield;
  }
}

/** Resolves when what is under way is finished, or when a second signal comes. */
export async function finished(drain: Promise<unknown>, again: Promise<unknown>, log: Logger): Promise<void> {
  const telling = setTimeout(() => { log.warn({}, 'Finishing the requests under way; press Ctrl-C once more, or send SIGTERM again, to stop now.'); }, silence);
  await Promise.race([drain, again]);
  clearTimeout(telling);
}

export async function stopInTime(service: Service, log: Logger): Promise<ExitCode> {
  const deadline = setTimeout(() => {
    log.warn({}, `Stopped: something did not end within ${stopWithin / 1000} s and was cut off.`);
    process.exit(exitCodes.ok);
  }, stopWithin);
  await service.stop();
  clearTimeout(deadline);
  log.info({}, 'Stopped.');
  return exitCodes.ok;
}

/** An error that nobody catches ends the process, as Node.js has it; the log tells when and why. */
export function tellWhyItEnds({ log }: Invocation): void {
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    log.error({ err: error }, `The process ends: ${origin === 'unhandledRejection' ? 'a promise was rejected and' : 'an error was thrown and'} nobody caught it: ${reasonOf(error)}`);
  });
}

/** The process ends by itself when there is nothing left to do. Lines that nobody reads do not keep it, nor does what a module left open. */
export function endSoon(): void {
  setTimeout(() => process.exit(), readWithin).unref();
}
