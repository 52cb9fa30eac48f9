import { Refused, type ReplyOptions, type SipReply } from '@nksip-ts/core';
import type { BodyCheck } from './body-check.js';
import { accepts } from './content-types.js';
import { isLive, LONGEST_TTL } from '../store/moments.js';
import type { Policy } from './policy.js';
import { recordWith, type RegPublish } from '../store/contract.js';
import type { Content, PublishRequest } from './request.js';

/** What is stored, in seconds: `lifetime` is what its 200 grants, `ttl` how long the store keeps it, the grace included. */
interface Write {
  readonly tag: string;
  readonly record: RegPublish;
  readonly lifetime: number;
  readonly ttl: number;
}

/** What is to be done for a PUBLISH that is not refused. `tag` is the one that its 200 has. */
export type Decision =
  | Write & { readonly step: 'create' }
  | Write & { readonly step: 'change'; readonly kind: 'refresh' | 'modify'; readonly oldTag: string }
  /** `record` is what goes. */
  | { readonly step: 'remove'; readonly oldTag: string; readonly tag: string; readonly record: RegPublish }
  /** An initial publication for 0 seconds: accepted, and nothing is stored. */
  | { readonly step: 'nothing'; readonly tag: string };

/** RFC 3903 6(3) */
export const unmatched = new Refused('conditional_request_failed');
const tooLarge = new Refused([413, { log: { option: 'sip_event_compositor_max_body' } }]);
const unknownEncoding = new Refused([415, { reason_phrase: 'Unsupported Content-Encoding', add: { 'Accept-Encoding': 'identity' } }]);
const malformedType = new Refused(['invalid_request', 'Malformed Content-Type']);
const noBody = new Refused(['invalid_request', 'No Body and No SIP-If-Match']);

/**
 * The rules of RFC 3903 6 in their order, from the entity-tag on. Pure.
 *
 * @param stored what is stored under the AOR and the tag of SIP-If-Match, if there is one and anything is
 * @param moment milliseconds since 1970, no two alike, by which the newer of two publications is known; they live by whole ones
 * @param newTag the tag that is good afterwards: that of SIP-If-Match again where tags are kept
 * @param check looks into a body that is taken otherwise
 */
export function decide(policy: Policy, request: PublishRequest, stored: RegPublish | undefined, moment: number, newTag: string, check?: BodyCheck): Decision | Refused {
  const { ifMatch } = request;
  const now = Math.floor(moment);
  if (ifMatch !== undefined && !isMatched(policy, request, stored, now)) return unmatched;
  const brief = tooBrief(policy, request);
  if (brief !== undefined) return brief;
  const content = takenContent(policy, request, check);
  if (content instanceof Refused) return content;
  const state = content ?? stored;
  if (state === undefined) return noBody; // RFC 3903 6(5), bullet 2
  const lifetime = lifetimeOf(policy, request);
  if (lifetime === 0) return ended(ifMatch, stored, newTag);
  // A refresh keeps what is stored, and who published it when.
  const isRefresh = content === undefined;
  const record = recordWith(state.data, state, isRefresh ? stored?.publisher : request.publisher, isRefresh ? stored?.since : moment / 1000, now / 1000 + lifetime);
  const ttl = ttlOf(lifetime, policy.grace);
  if (ifMatch === undefined) return { step: 'create', tag: newTag, record, lifetime, ttl };
  return { step: 'change', kind: isRefresh ? 'refresh' : 'modify', oldTag: ifMatch, tag: newTag, record, lifetime, ttl };
}

/** RFC 3903 6(3): a tag is good for one resource and one event package; one that matches nothing is 412. */
function isMatched({ grace }: Policy, { event }: PublishRequest, stored: RegPublish | undefined, now: number): boolean {
  return stored !== undefined && isLive(stored, now, grace) && stored.event === event;
}

/** RFC 3903 6(5), bullet 4: an interval of 0 removes, and nothing is stored, whatever the body. */
function ended(ifMatch: string | undefined, stored: RegPublish | undefined, tag: string): Decision {
  return ifMatch === undefined || stored === undefined ? { step: 'nothing', tag } : { step: 'remove', oldTag: ifMatch, tag, record: stored };
}

/** Seconds that a store keeps what lives so many. */
export function ttlOf(lifetime: number, grace: number): number {
  return Math.min(lifetime + grace, LONGEST_TTL);
}

/** RFC 3903 6(4): 423 if 0 < Expires < our minimum; 0 removes and is never too brief. */
function tooBrief(policy: Policy, request: PublishRequest): Refused | undefined {
  if (request.expires === undefined || request.expires === 0 || request.expires >= policy.minExpires) return undefined;
  return new Refused(['interval_too_brief', policy.minExpires]);
}

/** RFC 3903 6(5): the body, if there is one that we take. Undefined also for one that its sender lets us ignore. */
function takenContent(policy: Policy, { aor, content, event }: PublishRequest, check: BodyCheck | undefined): Content | Refused | undefined {
  if (content === undefined) return undefined;
  const refused = notUnderstood(policy.types.get(event), content);
  if (refused !== undefined) return content.optional ? undefined : refused;
  if (content.data.length > policy.maxBody) return tooLarge;
  const reason = check?.({ aor, event, data: content.data, content_type: content.content_type });
  return reason === undefined ? content : new Refused(['invalid_request', reason]);
}

/** RFC 3261 8.2.3: type, disposition and encoding must be understood; the 415 says what would be. */
function notUnderstood(types: readonly string[] | undefined, content: Content): Refused | undefined {
  const { content_type, mediaType } = content;
  if (content_type !== undefined && mediaType === undefined) return malformedType;
  const fits = types === undefined || (mediaType !== undefined && accepts(types, mediaType));
  if (!fits) return notTaken(content_type === undefined ? 'Missing Content-Type' : 'Unsupported Media Type', types);
  if (!content.dispositionKnown) return notTaken('Unsupported Content-Disposition', types);
  return content.encoded ? unknownEncoding : undefined;
}

function notTaken(reason_phrase: string, types: readonly string[] | undefined): Refused {
  return new Refused([415, { reason_phrase, add: { Accept: types?.join(', ') ?? '*/*' } }]);
}

/** RFC 3903 6(4): what was asked for, or the local default; it may be lowered, never raised. Seconds. */
function lifetimeOf(policy: Policy, request: PublishRequest): number {
  return Math.min(request.expires ?? policy.defaultExpires, policy.maxExpires);
}

/** RFC 3903 6(6): the 200 has the lifetime chosen, in seconds, and one entity-tag. */
export function granted(expires: number, tag: string, log?: ReplyOptions['log']): SipReply {
  return ['ok', log === undefined ? { expires, sip_etag: tag } : { expires, sip_etag: tag, log }];
}
