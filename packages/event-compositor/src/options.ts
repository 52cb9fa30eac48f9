import { NksipError, option } from '@nksip-ts/core';
import { z } from 'zod';
import { LONGEST_TTL } from './store/moments.js';

const mediaRange = z.string().regex(/^(?:[\w.!%*+`'~-]+)\/(?:[\w.!%*+`'~-]+)$/, "a media type such as 'application/pidf+xml'");

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_event_compositor_default_expires: z.int().min(1).max(LONGEST_TTL).optional().meta({
    type: `seconds, 1 to ${LONGEST_TTL}`,
    description: 'The lifetime of a publication whose PUBLISH has no Expires. Unset: 60, or sip_event_compositor_min_expires if that is more.',
  }),
  sip_event_compositor_min_expires: option.seconds('The shortest lifetime. A PUBLISH with a smaller Expires other than 0 gets a 423 with this value in Min-Expires.', 0, { max: LONGEST_TTL }),
  sip_event_compositor_max_expires: option.seconds('The longest lifetime. A PUBLISH that asks for more is granted this.', 86_400, { min: 1, max: LONGEST_TTL }),
  sip_event_compositor_grace: option.seconds('How long after it has expired a publication can still be refreshed, modified or removed: some clients refresh only at the moment of expiry. Otherwise it is invisible during that time. 0: the tag expires with the publication, as in RFC 3903 4.', 0, { max: 86_400 }),
  sip_event_compositor_etag: z.enum(['keep', 'renew']).default('keep').meta({
    type: "'keep' or 'renew'",
    description: "'keep': a publication keeps its entity-tag, as in NkSIP. 'renew': it gets a new one with every successful PUBLISH, as RFC 3903 6(6) requires. Several processes on one store need 'renew', or a store with versions, such as LMDB or Redis.",
  }),
  sip_event_compositor_secret: option.secret('The secret from which entity-tags are derived. Unset: sip_secret or, if that is not set either, random at each start. Set the same one in all processes that share a store, so that each recognises retransmissions of requests that another one answered.'),
  sip_event_compositor_content_types: z.record(z.string().min(1), z.array(mediaRange).min(1).readonly()).default({}).meta({
    type: "{ package: ['type/subtype', ...] }",
    description: "Media types that a body may have, by event package, instead of the built-in ones; '*/*' for any. A package without any entry accepts any type, or none.",
  }),
  sip_event_compositor_max_body: option.bytes('The largest body. A PUBLISH with a larger one gets a 413. Documents of the known packages have 1 to 8 KiB.', 16_384),
  sip_event_compositor_max_publications: option.count('Publications that the service may store, including those in their grace period. Beyond: 503 with Retry-After; what is stored stays.', 1_000_000, { min: 1 }),
  sip_event_compositor_max_per_aor: option.count('Publications that one address of record may have. Beyond: see sip_event_compositor_at_cap.', 100, { min: 1 }),
  sip_event_compositor_at_cap: z.enum(['replace', 'refuse']).default('replace').meta({
    type: "'replace' or 'refuse'",
    description: "What happens to an initial publication beyond sip_event_compositor_max_per_aor. 'replace': it replaces the oldest one that the same user has there. That needs users who have signed in, here or at a trusted proxy (sip_asserted_identity), since anybody can write any From; others get a 403. 'refuse': everybody gets a 403.",
  }),
  sip_event_compositor_max_waiting: option.count('PUBLISH requests that may wait in line for the same address of record. Beyond: 503 with Retry-After.', 100, { min: 1 }),
  sip_event_compositor_max_under_way: option.count('PUBLISH requests that may be waiting, or being processed by the store, at a time. Beyond: 503 with Retry-After.', 10_000, { min: 1 }),
  sip_event_compositor_store_timeout: option.seconds('How long the store may take for one operation. After that the request gets a 500, and a late answer is ignored.', 5, { min: 1, max: 3600 }),
  sip_event_compositor_store_maintenance: option.flag('Whether a store plugin may do maintenance on its own: create its database at start, remove expired publications, convert data of earlier versions. The command sets this to false for check, store export and store check.', true).meta({ fixed: true }),
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
