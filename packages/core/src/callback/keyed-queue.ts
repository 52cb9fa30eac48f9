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

/** What is done with jobs. */
export interface QueueWork<Job, Result> {
  /** Jobs with the same key take turns. Asked only where one of them may have to wait. */
  keyOf(job: Job): string;
  perform(job: Job): MaybePromise<Result>;
  limits(): QueueLimits;
  /** The result of a job for which there is no room, or which has waited too long. */
  refuse(why: NoPlace): Result;
}

/**
 * One job at a time for each key, in the order in which they came (RFC 3903 6: requests for one resource are processed "in the
 * order that they are received" and "atomically"). A job whose turn is now and that does not wait for anything is done before
 * `take` returns, and no promise is made.
 */
export class KeyedQueue<Job, Result> {
  readonly #work: QueueWork<Job, Result>;
  /** The job that runs just now: nothing is noted of one that ends before anybody else comes, and its key is not asked for. */
  #running: Job | undefined;
  /** Any other key whose turn is taken, and who waits for it. */
  readonly #lines = new Map<string, Waiting<Job, Result>[]>();
  #waiting = 0;

  constructor(work: QueueWork<Job, Result>) {
    this.#work = work;
  }

  /** Whether a job that comes now has its turn at once. */
  get isIdle(): boolean {
    return this.#running === undefined && this.#lines.size === 0;
  }

  take(job: Job): MaybePromise<Result> {
    if (this.#running !== undefined) this.#note(this.#work.keyOf(this.#running));
    if (this.#lines.size === 0) return this.#run(job);
    const key = this.#work.keyOf(job);
    const line = this.#lines.get(key);
    const { waiting, underWay } = this.#work.limits();
    if (this.#lines.size + this.#waiting >= underWay) return this.#work.refuse('underWay');
    if (line === undefined) return this.#run(job, key);
    return line.length >= waiting ? this.#work.refuse('waiting') : this.#wait(key, line, job);
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

  /** `key`: where it is known already. */
  #run(job: Job, key?: string): MaybePromise<Result> {
    const outer = this.#running;
    this.#running = job;
    let result: MaybePromise<Result>;
    try {
      result = this.#work.perform(job);
    } catch (error) {
      this.#ended(job, key);
      throw error;
    } finally {
      this.#running = outer;
    }
    if (isThenable(result)) return this.#passAfter(key ?? this.#work.keyOf(job), Promise.resolve(result));
    this.#ended(job, key);
    return result;
  }

  #ended(job: Job, key: string | undefined): void {
    if (this.#lines.size > 0) this.#pass(key ?? this.#work.keyOf(job));
  }

  /** Not with `finally`, whose result comes so late that the next job's would overtake it. */
  #passAfter(key: string, result: Promise<Result>): Promise<Result> {
    this.#note(key);
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
      resolve(this.#work.refuse('patience'));
      return;
    }
    try {
      resolve(this.#run(job, key));
    } catch (error) {
      reject(error);
    }
  }
}

/** The line of every key for which nobody waits: most of them. Never written to. */
const noLine: never[] = [];
