import type { Notified, NotifyOptions } from './contract.js';

/** A NOTIFY that waits, or is under way. */
export class Job {
  /** Ends it where its time is over (`timeout`). */
  timer: NodeJS.Timeout | undefined = undefined;
  /** Set while it is under way. */
  sending: { abandon(): void } | undefined = undefined;

  constructor(
    /** As they were checked. */
    readonly options: NotifyOptions,
    readonly body: Uint8Array | undefined,
    readonly resolve: (result: Notified) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  /** What it takes in memory. */
  get bytes(): number {
    return jobCost + (this.body?.length ?? 0);
  }
}

/** Bytes that may wait for one peer: a document, or a few. */
export const mostWaiting = 131_072;

/** What a NOTIFY takes in memory beside its body. */
const jobCost = 500;

const nothing: readonly Job[] = [];

/** What is sent in one dialog: one request at a time, in the order of the calls. */
export class Line {
  /** While it is above 0 nothing leaves: a SUBSCRIBE has no response yet. */
  holds = 0;
  underWay: Job | undefined = undefined;
  /** Most often nothing waits. */
  #waiting: readonly Job[] = nothing;
  /** Bytes of these. */
  #bytes = 0;

  get isIdle(): boolean {
    return this.holds === 0 && this.underWay === undefined && !this.hasWaiting;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  hasRoom(job: Job): boolean {
    return !this.hasWaiting || this.#bytes + job.bytes <= mostWaiting;
  }

  add(job: Job): void {
    this.#waiting = [...this.#waiting, job];
    this.#bytes += job.bytes;
  }

  /** The first that waits, which waits no longer. */
  next(): Job | undefined {
    const [job] = this.#waiting;
    if (job !== undefined) this.remove(job);
    return job;
  }

  /** False: it does not wait. */
  remove(job: Job): boolean {
    if (!this.#waiting.includes(job)) return false;
    this.#waiting = this.#waiting.length === 1 ? nothing : this.#waiting.filter((one) => one !== job);
    this.#bytes -= job.bytes;
    return true;
  }

  /** All that wait, which wait no longer. */
  clear(): readonly Job[] {
    const jobs = this.#waiting;
    this.#waiting = nothing;
    this.#bytes = 0;
    return jobs;
  }
}
