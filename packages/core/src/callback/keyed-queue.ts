import { isThenable } from '../thenable.js';
import type { MaybePromise } from './chain.js';

/** A client gives up 64*T1 after it first sent its request (RFC 3261 17.1.2.2): nobody waits for the response any more. */
const CLIENT_PATIENCE = 32_000;

interface Waiting<Job, Result> {
  readonly job: Job;
  /** When it began to wait, by performance.now(). */
  readonly since: number;
  resolve(result: MaybePromise<Result>): void;
  reject(error: unknown): void;
}

export interface QueueLimits {
  /** Jobs that may wait for one key. */
  readonly waiting: number;
  /** Jobs that may wait or run, over all keys. */
  readonly underWay: number;
}

/** Which limit stands in the way; 'patience' is that of the client. */
export type NoPlace = keyof QueueLimits | 'patience';

/**
 * One job at a time for each key, in the order in which they came (RFC 3903 6: requests for one resource are processed "in the
 * order that they are received" and "atomically"). A job whose turn is now and that does not wait for anything is done before
 * `take` returns, and no promise is made.
 */
export class KeyedQueue<Job, Result> {
  readonly #perform: (job: Job) => MaybePromise<Result>;
  readonly #limits: () => QueueLimits;
  readonly #refuse: (why: NoPlace) => Result;
  /** The key of the job that runs just now: nothing is noted of one that ends before anybody else comes. */
  #running: string | undefined;
  /** Any other key whose turn is taken, and who waits for it. */
  readonly #lines = new Map<string, Waiting<Job, Result>[]>();
  #waiting = 0;

  /** `refuse` decides for a job for which there is no room, or which has waited too long. */
  constructor(perform: (job: Job) => MaybePromise<Result>, limits: () => QueueLimits, refuse: (why: NoPlace) => Result) {
    this.#perform = perform;
    this.#limits = limits;
    this.#refuse = refuse;
  }

  take(key: string, job: Job): MaybePromise<Result> {
    if (this.#running !== undefined) this.#note(this.#running);
    if (this.#lines.size === 0) return this.#run(key, job);
    const line = this.#lines.get(key);
    const { waiting, underWay } = this.#limits();
    if (this.#lines.size + this.#waiting >= underWay) return this.#refuse('underWay');
    if (line === undefined) return this.#run(key, job);
    return line.length >= waiting ? this.#refuse('waiting') : this.#wait(key, line, job);
  }

  #note(key: string): void {
    if (!this.#lines.has(key)) this.#lines.set(key, noLine);
  }

  #wait(key: string, line: Waiting<Job, Result>[], job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = { job, since: performance.now(), resolve, reject };
      if (line === noLine) this.#lines.set(key, [waiting]);
      else line.push(waiting);
      this.#waiting++;
    });
  }

  #run(key: string, job: Job): MaybePromise<Result> {
    const outer = this.#running;
    this.#running = key;
    try {
      const result = this.#perform(job);
      if (isThenable(result)) {
        this.#note(key);
        return this.#passAfter(key, Promise.resolve(result));
      }
      this.#pass(key);
      return result;
    } catch (error) {
      this.#pass(key);
      throw error;
    } finally {
      this.#running = outer;
    }
  }

  /** Not with `finally`, whose result comes so late that the next job's would overtake it. */
  #passAfter(key: string, result: Promise<Result>): Promise<Result> {
    return result.then((value) => {
      this.#pass(key);
      return value;
    }, (error: unknown) => {
      this.#pass(key);
      throw error;
    });
  }

  /** Gives the turn to the next one. In a step of its own, so that a long line does not become a deep stack. */
  #pass(key: string): void {
    if (this.#lines.size === 0) return;
    const next = this.#lines.get(key)?.shift();
    if (next === undefined) {
      this.#lines.delete(key);
      return;
    }
    this.#waiting--;
    void Promise.resolve().then(() => this.#begin(key, next));
  }

  #begin(key: string, { job, since, resolve, reject }: Waiting<Job, Result>): void {
    if (performance.now() - since > CLIENT_PATIENCE) {
      this.#pass(key);
      resolve(this.#refuse('patience'));
      return;
    }
    try {
      resolve(this.#run(key, job));
    } catch (error) {
      reject(error);
    }
  }
}

/** The line of every key for which nobody waits: most of them. Never written to. */
const noLine: never[] = [];
