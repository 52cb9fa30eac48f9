import type { Outcome } from '../uac/send.js';
import type { Notified, NotifyJob } from './contract.js';
import type { JobOwner } from './line.js';
import { notifiedOf } from './notify-outcome.js';
import { failedOf, successIn } from './subscribed.js';

/** A program that awaits what comes of its NOTIFY. */
export class Promised implements JobOwner {
  readonly needsNoMore = false;

  constructor(private readonly resolve: (result: Notified) => void, private readonly reject: (error: unknown) => void) {}

  accepted(): void {}

  answered(outcome: Outcome): void {
    this.resolve(notifiedOf(outcome));
  }

  refused(error: unknown): void {
    this.reject(error);
  }
}

/** A plugin that is told. */
export class Telling implements JobOwner {
  readonly needsNoMore = true;

  constructor(private readonly job: NotifyJob) {}

  accepted(): void {
    this.job.accepted();
  }

  answered(outcome: Outcome): void {
    if (successIn(outcome) !== undefined) this.job.accepted();
    else this.job.failed(failedOf(outcome));
  }

  refused(error: unknown): void {
    this.job.refused(error);
  }
}
