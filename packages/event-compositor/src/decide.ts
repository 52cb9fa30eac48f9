import type { SipReply } from '@nksip-ts/core';
import { accepts } from './content-types.js';
import type { Policy } from './policy.js';
import { recordWith, type RegPublish } from './store.js';
import { Refused, type Content, type Wanted } from './wanted.js';

/** What is to be done for a PUBLISH that is not refused. `tag` is the one that its 200 has. */
export type Decision =
  | { readonly step: 'create'; readonly tag: string; readonly record: RegPublish; /** seconds */ readonly ttl: number }
  | {
      readonly step: 'change'; readonly kind: 'refresh' | 'modify'; readonly oldTag: string; readonly tag: string;
      readonly record: RegPublish; /** seconds */ readonly ttl: number; /** bytes by which the body is longer than before */ readonly growth: number;
    }
  /** `record` is what goes. */
  | { readonly step: 'remove'; readonly oldTag: string; readonly tag: string; readonly record: RegPublish }
  /** An initial publication for 0 seconds: accepted, and nothing is stored. */
  | { readonly step: 'nothing'; readonly tag: string };

/** RFC 3903 6(3) */
export const unmatched = new Refused('conditional_request_failed');
const tooLarge = new Refused('request_too_large');
const unknownEncoding = new Refused('unsupported_media_encoding');
const malformedType = new Refused(['invalid_request', 'Invalid Content-Type']);
const noBody = new Refused(['invalid_request', 'No Body']);

/**
 * The rules of RFC 3903 6 in their order, from the entity-tag on. Pure.
 *
 * @param stored what is stored under the AOR and the tag of SIP-If-Match, if there is one and anything is
 * @param now milliseconds since 1970
 * @param newTag the tag that is good afterwards: that of SIP-If-Match again where tags are kept
 */
export function decide(policy: Policy, wanted: Wanted, stored: RegPublish | undefined, now: number, newTag: string): Decision | Refused {
  const { ifMatch } = wanted;
  if (ifMatch !== undefined && !isMatched(wanted, stored, now)) return unmatched;
  const brief = tooBrief(policy, wanted);
  if (brief !== undefined) return brief;
  const content = takenContent(policy, wanted);
  if (content instanceof Refused) return content;
  const state = content ?? stored;
  if (state === undefined) return noBody; // RFC 3903 6(5), bullet 2
  const ttl = lifetime(policy, wanted);
  if (ttl === 0) return ended(ifMatch, stored, newTag);
  // A refresh keeps what is stored, and who published it when.
  const isRefresh = content === undefined;
  const record = recordWith(state.data, state, isRefresh ? stored?.publisher : wanted.publisher, isRefresh ? stored?.since : now / 1000, now / 1000 + ttl);
  if (ifMatch === undefined) return { step: 'create', tag: newTag, record, ttl };
  return { step: 'change', kind: isRefresh ? 'refresh' : 'modify', oldTag: ifMatch, tag: newTag, record, ttl, growth: growthOf(record, stored) };
}

/** RFC 3903 6(3): a tag is good for one resource and one event package; one that matches nothing is 412. */
function isMatched({ event }: Wanted, stored: RegPublish | undefined, now: number): boolean {
  return stored !== undefined && isLive(stored, now) && stored.event === event;
}

function growthOf(record: RegPublish, stored: RegPublish | undefined): number {
  return record.data.length - (stored?.data.length ?? 0);
}

/** RFC 3903 6(5), bullet 4: an interval of 0 removes, and nothing is stored, whatever the body. */
function ended(ifMatch: string | undefined, stored: RegPublish | undefined, tag: string): Decision {
  return ifMatch === undefined || stored === undefined ? { step: 'nothing', tag } : { step: 'remove', oldTag: ifMatch, tag, record: stored };
}

/** A store may be late with deleting: the record says itself when it is over. `now` in milliseconds. */
export function isLive(record: RegPublish, now: number): boolean {
  return record.expires * 1000 > now;
}

/** RFC 3903 6(4): 423 if 0 < Expires < our minimum; 0 removes and is never too brief. */
function tooBrief(policy: Policy, wanted: Wanted): Refused | undefined {
  if (wanted.expires === undefined || wanted.expires === 0 || wanted.expires >= policy.minExpires) return undefined;
  return new Refused(['interval_too_brief', policy.minExpires]);
}

/** RFC 3903 6(5): the body, if there is one that we take. Undefined also for one that its sender lets us ignore. */
function takenContent(policy: Policy, { content, event }: Wanted): Content | Refused | undefined {
  if (content === undefined) return undefined;
  const refused = notUnderstood(policy.types.get(event), content);
  if (refused !== undefined) return content.optional ? undefined : refused;
  return content.data.length > policy.maxBody ? tooLarge : content;
}

/** RFC 3261 8.2.3: type, disposition and encoding must be understood; the 415 says what would be. */
function notUnderstood(types: readonly string[] | undefined, content: Content): Refused | undefined {
  const { content_type, mediaType } = content;
  if (content_type !== undefined && mediaType === undefined) return malformedType;
  const fits = types === undefined || (mediaType !== undefined && accepts(types, mediaType));
  if (!fits || !content.dispositionKnown) return new Refused(['unsupported_media_type', types?.join(', ') ?? '*/*']);
  return content.encoded ? unknownEncoding : undefined;
}

/** RFC 3903 6(4): what was asked for, or the local default; it may be lowered, never raised. Seconds. */
function lifetime(policy: Policy, wanted: Wanted): number {
  return Math.min(wanted.expires ?? policy.defaultExpires, policy.maxExpires);
}

/** RFC 3903 6(6): the 200 has the lifetime chosen, in seconds, and one entity-tag. */
export function granted(expires: number, tag: string): SipReply {
  return ['ok', { expires, sip_etag: tag }];
}
