import { isLive } from './decide.js';
import type { Publication } from './store.js';

/** The publication that makes room for a new one, and why it is there no longer. */
export interface GivingWay {
  readonly reason: 'expired' | 'replaced';
  readonly publication: Publication;
}

/**
 * Whose place an initial publication takes where an address has `cap` of them. What has expired and is only in its grace does not count,
 * so the first of these goes, whoever published it. Otherwise it is the oldest live one of `user`, who has signed in. `now` in milliseconds.
 */
export async function whoGivesWay(stored: AsyncIterable<Publication>, cap: number, user: string | undefined, now: number): Promise<GivingWay | 'nobody' | 'room'> {
  let count = 0;
  let expired: Publication | undefined;
  let own: Publication | undefined;
  for await (const publication of stored) {
    count++;
    const { record } = publication;
    if (!isLive(record, now)) expired = first(expired, publication, ({ record: { expires } }) => expires);
    else if (user !== undefined && record.publisher === user) own = first(own, publication, ({ record: { since } }) => since ?? 0);
  }
  if (count < cap) return 'room';
  if (expired !== undefined) return { reason: 'expired', publication: expired };
  return own === undefined ? 'nobody' : { reason: 'replaced', publication: own };
}

function first(one: Publication | undefined, other: Publication, time: (publication: Publication) => number): Publication {
  return one !== undefined && time(one) <= time(other) ? one : other;
}
