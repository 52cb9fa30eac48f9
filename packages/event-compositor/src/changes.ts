import type { PluginService } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { announce, announceClear, isWatched, type PublicationEvent, type PublicationReason } from './events.js';
import { ChangeFeed } from './feed.js';
import type { PublishRequest } from './publish/request.js';
import { withoutVersion, type Publication, type RegPublish } from './store/contract.js';

type Host = Pick<PluginService, 'id' | 'events' | 'fault'>;

/** Tells plugins, by the feed, and programs, by events, what becomes of publications. What nobody follows is not made. */
export class Changes {
  readonly feed: ChangeFeed;

  constructor(private readonly service: Host) {
    this.feed = new ChangeFeed((error) => { service.fault(error); });
  }

  /** Whether nobody is told of what a PUBLISH does to a publication that is there. */
  get isNobodyTold(): boolean {
    return !this.feed.isFollowed && !isWatched(this.service, 'refresh') && !isWatched(this.service, 'modify') && !isWatched(this.service, 'remove');
  }

  /** The store has carried out a PUBLISH. */
  done(reason: PublicationReason, { aor, ifMatch, origin }: PublishRequest, newTag: string | undefined, record: RegPublish): void {
    if (!this.#isFollowed(reason)) return;
    const lasting = origin.message.isLent ? { ...record, data: new Uint8Array(record.data) } : record;
    this.#tell(reason, { aor, oldTag: ifMatch, newTag, record: withoutVersion(lasting) });
  }

  expired(publication: () => Publication): void {
    if (this.#isFollowed('expired')) this.gone('expired', publication());
  }

  gone(reason: PublicationReason, { aor, tag, record }: Publication): void {
    if (this.#isFollowed(reason)) this.#tell(reason, { aor, oldTag: tag, newTag: undefined, record });
  }

  restored(aor: Aor, tag: string, record: RegPublish): void {
    this.feed.tell({ reason: 'restore', aor, oldTag: undefined, newTag: tag, record });
  }

  cleared(): void {
    this.feed.tell({ reason: 'clear' });
    announceClear(this.service);
  }

  /** A change of this address, or (absent) of any, may have been carried out or not. */
  unknown(aor: Aor | undefined): void {
    this.feed.tell({ reason: 'unknown', aor });
  }

  #isFollowed(reason: PublicationReason): boolean {
    return this.feed.isFollowed || isWatched(this.service, reason);
  }

  #tell(reason: PublicationReason, what: Pick<PublicationEvent, 'aor' | 'oldTag' | 'newTag' | 'record'>): void {
    this.feed.tell({ reason, ...what });
    announce(this.service, reason, what);
  }
}
