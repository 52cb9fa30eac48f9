import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { reasonOf, type Logger } from '@nksip-ts/core';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Tells the service manager that started this process how it goes (sd_notify(3)), where there is one that wants to know. By the program
 * systemd-notify, for Node.js has no datagram sockets of the file system.
 */
export class ServiceManager {
  /** One after the other: their order says something. */
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #hasFailed = false;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(private readonly environment: Environment, private readonly log: Pick<Logger, 'warn'>) {}

  /** All is open. From now on the manager hears that the event loop turns, as often as it wants to. */
  ready(): void {
    this.#tell('READY=1');
    const interval = watchdogInterval(this.environment);
    if (interval === undefined) return;
    this.#watchdog ??= setInterval(() => { this.#lives(); }, interval).unref();
  }

  /** While `task` runs, the configuration is read again. */
  async whileReloading(task: () => Promise<void>): Promise<void> {
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`);
    await task();
    this.#tell('READY=1');
  }

  stopping(): void {
    clearInterval(this.#watchdog);
    this.#tell('STOPPING=1');
  }

  /** Whatever else it is told says so as well. */
  #lives(): void {
    if (this.#waiting === 0) this.#tell('WATCHDOG=1');
  }

  #tell(...states: readonly string[]): void {
    if ((this.environment['NOTIFY_SOCKET'] ?? '') === '') return;
    this.#waiting++;
    this.#last = this.#last.then(() => this.#run(states)).finally(() => { this.#waiting--; });
  }

  async #run(states: readonly string[]): Promise<void> {
    try {
      await promisify(execFile)('systemd-notify', [...states], { env: { ...this.environment } });
    } catch (error) {
      if (!this.#hasFailed) this.log.warn({ err: error }, `NOTIFY_SOCKET is set, but systemd-notify fails, so that the service manager may not know how it goes: ${reasonOf(error).replaceAll('\n', ' ').trim()}`);
      this.#hasFailed = true;
    }
  }
}

/** Half of what the manager waits for, in milliseconds; undefined: it waits for nothing, or for another process. */
function watchdogInterval({ WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid }: Environment): number | undefined {
  const interval = Number(microseconds) / 2_000;
  return interval >= 1 && (pid === undefined || pid === String(process.pid)) ? Math.min(interval, 2 ** 31 - 1) : undefined;
}
