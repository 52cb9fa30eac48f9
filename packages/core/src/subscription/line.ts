import type { Outcome } from '../uac/send.js';
import type { NotifyOptions } from './contract.js';

/** Who is told what came of a NOTIFY. */
export interface JobOwner {
  /** Whether it needs nothing of a 2xx but that it came. */
  readonly needsNoMore: boolean;
  /** A 2xx has come; only if it needs no more. */
  accepted(): void;
  answered(outcome: Outcome): void;
  refused(error: unknown): void;
}

/** A NOTIFY that waits, or is under way. */
export class Job {
  /** Ends it where its time is over (`timeout`). */
  timer: NodeJS.Timeout | undefined = undefined;
  /** Set while it is under way. */
  sending: { abandon(): void; moved(): void } | undefined = undefined;
  /** The one that waits behind it. */
  next: Job | undefined = undefined;

  constructor(
    /** As they were checked. */
    readonly options: NotifyOptions,
    readonly body: Uint8Array | undefined,
    readonly owner: JobOwner,
  ) {}

  /** What it takes in memory while it waits. */
  get bytes(): number {
    return waitingCost + (this.body?.length ?? 0);
  }
}

/** Bytes that may wait for one peer: a document, or a few. */
export const mostWaiting = 131_072;

/** Measured, in bytes: what a NOTIFY takes beside its body, with the promises that wait for it; and what is added while it is under way (its text, its transaction). */
const waitingCost = 1200;
export const underWayCost = 1400;

/** What is sent in one dialog: one request at a time, in the order of the calls. */
export class Line {
  /** While it is above 0 nothing leaves: a SUBSCRIBE has no response yet. */
  holds = 0;
  underWay: Job | undefined = undefined;
  /** Those that wait, linked by `next`: most often none does. */
  #first: Job | undefined = undefined;
  #last: Job | undefined = undefined;
  /** Bytes of these. */
  #bytes = 0;

  get isIdle(): boolean {
    return this.holds === 0 && this.underWay === undefined && !this.hasWaiting;
  }

  get hasWaiting(): boolean {
    return this.#first !== undefined;
  }

  hasRoom(job: Job): boolean {
    return !this.hasWaiting || this.#bytes + job.bytes <= mostWaiting;
  }

  add(job: Job): void {
    if (this.#last === undefined) this.#first = job;
    else this.#last.next = job;
    this.#last = job;
    this.#bytes += job.bytes;
  }

  /** The first that waits, which waits no longer. */
  next(): Job | undefined {
    const job = this.#first;
    if (job !== undefined) this.#unlink(job, undefined);
    return job;
  }

  /** False: it does not wait. */
  remove(job: Job): boolean {
    let before: Job | undefined;
    for (let one = this.#first; one !== undefined; one = one.next) {
      if (one === job) {
        this.#unlink(job, before);
        return true;
      }
      before = one;
    }
    return false;
  }

  #unlink(job: Job, before: Job | undefined): void {
    if (before === undefined) this.#first = job.next;
    else before.next = job.next;
    if (this.#last === job) this.#last = before;
    job.next = undefined;
    this.#bytes -= job.bytes;
  }
}
