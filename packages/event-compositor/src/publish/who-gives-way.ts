import { isLive, isSameTime } from '../store/moments.js';
import type { CallbackStore } from '../store/callback-store.js';
import type { Publication, RegPublish } from '../store/contract.js';

/** The publication that makes room for a new one, and why it is there no longer. */
export interface GivingWay {
  readonly reason: 'expired' | 'replaced';
  readonly publication: Publication;
}

/** 'room': nothing has to give way. 'full': nothing may. 'changed': somebody else was faster, and nothing was written. */
export type Room = GivingWay | 'room' | 'full' | 'changed';

/** What is to be stored where an address has `cap` publications. */
export interface Newcomer {
  readonly tag: string;
  readonly record: RegPublish;
  readonly ttl: number;
  /** Who has signed in: their own oldest publication may give way. */
  readonly user: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Stores a publication in the place of another one of its address, in one step, and returns which one that was. Otherwise nothing is written.
 * What was listed may have been refreshed since by another process: so it is read again, and gives way in the version that was read.
 */
export async function takePlace(store: CallbackStore, aor: Publication['aor'], cap: number, { tag, record, ttl, user, now }: Newcomer): Promise<Room> {
  const leaving = await store.readAll(aor, (stored) => whoGivesWay(stored, cap, tag, user, now)) ?? 'full';
  if (typeof leaving === 'string') return leaving;
  const { publication } = leaving;
  const found = await store.get(aor, publication.tag, Infinity);
  if (found === undefined || !isSameWrite(found, publication.record)) return 'changed';
  return await store.replace(aor, publication.tag, tag, record, ttl, found.version) ? leaving : 'changed';
}

/**
 * What has expired and is only in its grace does not count, so the first of these goes, whoever published it. Otherwise it is the oldest
 * live one of `user`. There is room where something has `tag`: it is of the same request, which comes again after its time.
 */
async function whoGivesWay(stored: AsyncIterable<Publication>, cap: number, tag: string, user: string | undefined, now: number): Promise<GivingWay | 'room' | 'full'> {
  let count = 0;
  let expired: Publication | undefined;
  let own: Publication | undefined;
  for await (const publication of stored) {
    count++;
    const { record } = publication;
    if (publication.tag === tag) return 'room';
    if (!isLive(record, now)) expired = first(expired, publication, ({ record: { expires } }) => expires);
    else if (user !== undefined && record.publisher === user) own = first(own, publication, ({ record: { since } }) => since ?? 0);
  }
  if (count < cap) return 'room';
  if (expired !== undefined) return { reason: 'expired', publication: expired };
  return own === undefined ? 'full' : { reason: 'replaced', publication: own };
}

function first(one: Publication | undefined, other: Publication, time: (publication: Publication) => number): Publication {
  return one !== undefined && time(one) <= time(other) ? one : other;
}

function isSameWrite(one: RegPublish, other: RegPublish): boolean {
  return isSameTime(one.since, other.since) && isSameTime(one.expires, other.expires);
}
