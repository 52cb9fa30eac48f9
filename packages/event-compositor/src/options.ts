import { NksipError, option } from '@nksip-ts/core';
import { z } from 'zod';
import { LONGEST_TTL } from './store/moments.js';

const mediaRange = z.string().regex(/^(?:[\w.!%*+`'~-]+)\/(?:[\w.!%*+`'~-]+)$/, "a media type such as 'application/pidf+xml'");

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_event_compositor_default_expires: z.int().min(1).max(LONGEST_TTL).optional().meta({
    type: `seconds, 1 to ${LONGEST_TTL}`,
    description: 'How long a publication lives whose PUBLISH has no Expires. Unset: 60, or sip_event_compositor_min_expires where that is more.',
  }),
  sip_event_compositor_min_expires: option.seconds('A PUBLISH that asks for less, but not for 0, is answered 423 with this in Min-Expires.', 0, { max: LONGEST_TTL }),
  sip_event_compositor_max_expires: option.seconds('A PUBLISH that asks for more gets this.', 86_400, { min: 1, max: LONGEST_TTL }),
  sip_event_compositor_grace: option.seconds('How long after it has expired a publication can still be refreshed, modified or removed: some clients refresh only when the time has run out. Nothing else sees it then. 0, as RFC 3903 4 has it: the tag ends with the publication.', 0, { max: 86_400 }),
  sip_event_compositor_etag: z.enum(['keep', 'renew']).default('keep').meta({
    type: "'keep' or 'renew'",
    description: "Whether a publication keeps its entity-tag, as NkSIP has it, or gets a new one with every successful PUBLISH, as RFC 3903 6(6) has it. Several processes on one store need 'renew', or a store with versions, such as LMDB or Redis.",
  }),
  sip_event_compositor_secret: option.secret('What entity-tags are derived from. Unset: sip_secret, or else random at each start. Processes that share a store share this too, so that each knows the repeats of the others.'),
  sip_event_compositor_content_types: z.record(z.string().min(1), z.array(mediaRange).min(1).readonly()).default({}).meta({
    type: "{ package: ['type/subtype', ...] }",
    description: "Media types that a body may have, by event package, instead of the built-in ones; '*/*' for any. A package that has no entry at all takes any type or none.",
  }),
  sip_event_compositor_max_body: option.bytes('A PUBLISH with a larger body is answered 413. The documents of the known packages have 1 to 8 KiB.', 16_384),
  sip_event_compositor_max_publications: option.count('Publications that the service may hold, those in their grace included. Beyond: 503 with Retry-After; what is stored stays.', 1_000_000, { min: 1 }),
  sip_event_compositor_max_per_aor: option.count('Publications that one address of record may have. Beyond: see sip_event_compositor_at_cap.', 100, { min: 1 }),
  sip_event_compositor_at_cap: z.enum(['replace', 'refuse']).default('replace').meta({
    type: "'replace' or 'refuse'",
    description: "What an initial publication beyond sip_event_compositor_max_per_aor does. 'replace': the oldest one that the same user has there gives way; only users who signed in (digest) are known, since anybody can write any From. It is 403 for the others, and with 'refuse' for all.",
  }),
  sip_event_compositor_max_waiting: option.count('PUBLISH requests that may wait for the one before them to the same address of record. Beyond: 503 with Retry-After.', 100, { min: 1 }),
  sip_event_compositor_max_under_way: option.count('PUBLISH requests that may be waiting, or be with the store, at a time. Beyond: 503 with Retry-After.', 10_000, { min: 1 }),
  sip_event_compositor_store_timeout: option.seconds('How long the store may take for one operation. Beyond: 500, and a late answer is ignored.', 5, { min: 1, max: 3600 }),
  sip_event_compositor_store_maintenance: option.flag('Whether a store that is a plugin may do more than it is asked for: make a database before it is needed, remove what has expired, rewrite what an earlier version has written. The command sets it to false for check, store export and store check.', true).meta({ fixed: true }),
});

export type CompositorOptions = Readonly<z.output<typeof options>>;

/** The configuration of a service, as far as the compositor reads it. */
export type CompositorConfig = CompositorOptions & { readonly sip_events?: readonly string[] | undefined; readonly sip_secret?: string | undefined };

/** Throws `invalid_option` where two options contradict each other. */
export function checkTogether(config: CompositorOptions): void {
  const min = config.sip_event_compositor_min_expires;
  for (const name of ['sip_event_compositor_max_expires', 'sip_event_compositor_default_expires'] as const) {
    const given = config[name];
    if (given !== undefined && given < min) throw new NksipError('invalid_option', { option: name, given, reason: `it must not be below sip_event_compositor_min_expires, which is ${min}` });
  }
}
