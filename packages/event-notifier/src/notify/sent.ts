import type { Failed, NotifyJob } from '@nksip-ts/core';
import type { Place } from '../schedule/place.js';
import type { WatcherRecord } from '../watcher/record.js';

/** What an outbox does when it is told what came of a NOTIFY. */
export interface SentOwner {
  accepted(sent: Sent): void;
  failed(sent: Sent, failure: Failed): void;
  refused(sent: Sent, error: unknown): void;
}

/** A NOTIFY to a watcher. */
export class Sent implements NotifyJob {
  readonly subscription_state: 'active' | 'pending';

  constructor(
    private readonly owner: SentOwner,
    readonly record: WatcherRecord,
    readonly mark: string,
    readonly wasOwed: boolean,
    readonly place: Place<WatcherRecord>,
    /** Of its document. */
    readonly bytes: number,
    readonly body: Uint8Array,
    readonly content_type: string,
    readonly on_timeout: 'remove' | 'keep',
  ) {
    this.subscription_state = record.state;
  }

  accepted(): void {
    this.owner.accepted(this);
  }

  failed(failure: Failed): void {
    this.owner.failed(this, failure);
  }

  refused(error: unknown): void {
    this.owner.refused(this, error);
  }
}
