import type { NksipError } from '../errors.js';
import type { Notified, NotifyOptions } from './contract.js';

/** A NOTIFY that waits, or is under way. */
export interface Job {
  /** As they were checked. */
  readonly options: NotifyOptions;
  readonly body: Uint8Array | undefined;
  /** Set while it is under way: gives it up. */
  abandon: (() => void) | undefined;
  settle(result: Notified): void;
  fail(error: NksipError): void;
}

/** Bytes that may wait for one peer: a document, or a few. */
export const mostWaiting = 131_072;

/** What a NOTIFY takes in memory beside its body. */
const jobCost = 500;

export function jobBytes({ body }: Job): number {
  return jobCost + (body?.length ?? 0);
}

/** What is sent in one dialog: one request at a time, in the order of the calls. */
export class Line {
  /** While it is above 0 nothing leaves: a SUBSCRIBE has no response yet. */
  holds = 0;
  underWay: Job | undefined = undefined;
  readonly waiting: Job[] = [];
  /** Bytes of these. */
  bytes = 0;

  get isIdle(): boolean {
    return this.holds === 0 && this.underWay === undefined && this.waiting.length === 0;
  }
}
