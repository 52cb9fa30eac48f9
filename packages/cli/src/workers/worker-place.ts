import cluster, { type Worker } from 'node:cluster';
import type { Crew } from '@nksip-ts/admin';
import { reasonOf, type Logger } from '@nksip-ts/core';
import { Misuse } from '../command-line/command-line.js';
import { refusalOf } from './fork-refusal.js';
import { Restarts } from './restarts.js';
import { Watchdog } from './watchdog.js';
import { isMessage, type FromWorker, type Setting, type ToWorker } from './messages.js';
import { WORKER_MARK } from '../config/process-marks.js';

const STOPS = 'The service stops.';

interface Reload {
  readonly setting: Setting;
  readonly done: (sentence: string | undefined) => void;
  isTold: boolean;
}

/** The UDP sockets of the worker of one place, whichever that is. */
export interface PlaceSockets {
  /** Their numbers in this process. */
  readonly numbers: readonly number[];
  /** Whether the worker serves: if not, the others get its share. */
  use(serves: boolean): void;
}

/** Number of the first of these sockets in the worker, behind its standard streams and its channel. */
export const FIRST_SOCKET = 4;

/** The place of one worker. One that dies, or hangs and is killed, is followed by another, until the place is told to end. */
export class WorkerPlace {
  /** Resolves when the first worker of the place serves. Rejects with Misuse if it cannot. */
  readonly ready: Promise<void>;
  /** Resolves when it was told to end and its worker has ended. Rejects with Misuse when workers die again and again. */
  readonly ended: Promise<void>;
  #resolveReady: () => void = () => undefined;
  #rejectReady: (reason: Misuse) => void = () => undefined;
  #resolveEnded: () => void = () => undefined;
  #rejectEnded: (reason: Misuse) => void = () => undefined;
  #worker: Worker | undefined;
  #began = 0;
  #serving = false;
  #everReady = false;
  #ending = false;
  #sentence: string | undefined;
  #reload: Reload | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #watchdog: Watchdog;

  /** `setting`: what its worker starts with. `look`: milliseconds between two looks after a worker. `crew`: those whose desks are asked. `sockets`: what its workers inherit. */
  constructor(private setting: Setting, private readonly log: Pick<Logger, 'info' | 'error'>, private readonly restarts = new Restarts(), look?: number, private readonly crew?: Pick<Crew, 'add' | 'told' | 'remove'>, private readonly sockets?: PlaceSockets) {
    this.#watchdog = new Watchdog(() => { this.#hangs(); }, look, (isDoubted) => { this.sockets?.use(!isDoubted); });
    this.ready = new Promise((resolve, reject) => [this.#resolveReady, this.#rejectReady] = [resolve, reject]);
    this.ended = new Promise((resolve, reject) => [this.#resolveEnded, this.#rejectEnded] = [resolve, reject]);
    this.#fork();
  }

  /** Has the worker change to another setting, one that starts as soon as it serves. Resolves to why it could not, if so, and then it goes on as before. */
  async reload(setting: Setting): Promise<string | undefined> {
    if (this.#ending) return STOPS;
    return await new Promise((done) => {
      this.#reload = { setting, done, isTold: false };
      this.#tellReload();
    });
  }

  /** Back to a setting that it had before. A worker that cannot is followed by one that starts with it. */
  async goBack(setting: Setting): Promise<void> {
    const sentence = await this.reload(setting);
    if (sentence === undefined || this.#ending) return;
    this.setting = setting;
    this.#sentence = `it could not go back to the configuration of before. ${sentence}`;
    this.#worker?.process.kill('SIGKILL');
  }

  #tellReload(): void {
    if (this.#reload === undefined || this.#worker === undefined || !this.#serving) return;
    this.#reload.isTold = true;
    tell(this.#worker, { type: 'reload', setting: this.#reload.setting });
  }

  #endReload(sentence: string | undefined): void {
    if (this.#reload === undefined) return;
    const { setting, done } = this.#reload;
    this.#reload = undefined;
    if (sentence === undefined) this.setting = setting;
    done(sentence);
  }

  /** Finishes what is under way, within `within` milliseconds, and ends. */
  drain(within: number): void {
    this.#end('drain', within);
  }

  /** Ends within `within` milliseconds, whatever is under way. */
  stop(within: number): void {
    this.#end('stop', within);
  }

  #end(type: 'drain' | 'stop', within: number): void {
    this.#ending = true;
    this.#endReload(STOPS);
    this.#watchdog.stop();
    clearTimeout(this.#timer);
    const worker = this.#worker;
    if (worker === undefined) return this.#resolveEnded();
    // One that does not serve yet has nothing to finish.
    if (!this.#serving) return void worker.process.kill('SIGKILL');
    tell(worker, { type });
    this.#timer = setTimeout(() => worker.process.kill('SIGKILL'), within);
  }

  #fork(): void {
    let worker: Worker;
    try {
      if (this.sockets !== undefined) cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...this.sockets.numbers] });
      worker = cluster.fork({ [WORKER_MARK]: '1' });
    } catch (error) {
      return this.#notForked(error);
    }
    [this.#worker, this.#began, this.#serving, this.#sentence] = [worker, performance.now(), false, undefined];
    worker.on('message', (message: FromWorker) => { if (isMessage(message)) this.#told(worker, message); });
    // Of one that has a process, its exit is what counts.
    worker.on('error', (error) => { if (worker.process.pid === undefined) this.#notForked(error, worker); });
    this.#watchdog.start('starting');
    worker.once('exit', (code, signal) => this.#died(worker, `it ended with ${signal ?? `exit code ${code}`}.`));
  }

  /** No process was made. For want of something is no failure of a worker: it may be there later, and is waited for as long as it takes. */
  #notForked(error: unknown, worker?: Worker): void {
    // node:cluster keeps it, as no process tells its end.
    if (worker !== undefined) delete cluster.workers?.[worker.id];
    this.#worker = undefined;
    this.#watchdog.stop();
    if (this.#ending) return this.#resolveEnded();
    const refusal = refusalOf(error);
    const how = `it could not be started (${refusal ?? reasonOf(error)}).`;
    if (!this.#everReady) return this.#rejectReady(new Misuse(`A worker could not start: ${how}`));
    const pause = refusal === undefined ? this.restarts.pauseAfter(0) : this.restarts.pauseAfterRefusal;
    if (pause === undefined) return this.#giveUp(how);
    this.log.error({}, `A worker is missing: ${how} That is tried again in ${pause / 1000} s.`);
    this.#timer = setTimeout(() => this.#fork(), pause);
  }

  #told(worker: Worker, message: FromWorker): void {
    switch (message.type) {
      case 'loaded': return tell(worker, { type: 'start', setting: this.setting, signOfLife: this.#watchdog.interval });
      case 'alive': return this.#watchdog.heard();
      case 'desk': return this.crew?.told(worker.id, message.message);
      case 'reloaded': return this.#endReload(message.sentence);
      case 'failed': this.#sentence = message.sentence; return;
      case 'ready':
        this.#serving = true;
        if (!this.#ending) this.#watchdog.start();
        this.sockets?.use(true);
        this.log.info({}, `Worker ${worker.id} (process ${worker.process.pid}) serves`);
        this.#everReady = true;
        this.crew?.add(worker.id, worker.process.pid ?? 0, (order) => tell(worker, { type: 'desk', message: order }));
        this.#resolveReady();
        this.#tellReload();
    }
  }

  #hangs(): void {
    const { patience } = this.#watchdog;
    this.#sentence = `it ${this.#serving ? `said nothing for ${patience} s, so its event loop stood still` : `did not serve ${patience} s after its start`}, and was killed.`;
    this.#worker?.process.kill('SIGKILL');
  }

  #died(worker: Worker, end: string): void {
    this.#worker = undefined;
    this.crew?.remove(worker.id);
    this.sockets?.use(false);
    this.#watchdog.stop();
    clearTimeout(this.#timer);
    if (this.#ending) return this.#resolveEnded();
    const how = this.#sentence ?? end;
    if (this.#reload?.isTold === true) this.#endReload(`Worker ${worker.id} died of it: ${how}`);
    if (!this.#everReady) return this.#rejectReady(new Misuse(this.#sentence ?? `Worker ${worker.id} could not start: ${how}`));
    const pause = this.restarts.pauseAfter(performance.now() - this.#began);
    if (pause === undefined) return this.#giveUp(how);
    this.log.error({}, `Worker ${worker.id} (process ${worker.process.pid}) died: ${how} Another one takes its place${pause === 0 ? '' : ` in ${pause / 1000} s`}.`);
    this.#timer = setTimeout(() => this.#fork(), pause);
  }

  #giveUp(how: string): void {
    this.#rejectEnded(new Misuse(`Workers died ${this.restarts.shortLives} times in a row soon after their start, the last one so: ${how} Mend what the log says of it, and start again.`));
  }
}

/** One that has just died hears nothing. */
function tell(worker: Worker, order: ToWorker): void {
  if (worker.isConnected()) worker.send(order);
}
