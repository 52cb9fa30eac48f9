import { contentTypes, type ContentTypes } from './content-types.js';
import type { CompositorOptions } from '../options.js';
import type { QueueLimits } from '@nksip-ts/core';

/** RFC 3903 6: what is "local policy" there, out of the options of a service. Seconds and bytes. */
export interface Policy {
  /** Event packages served, each to its own text: what is stored must not pin the request's. */
  readonly events: ReadonlyMap<string, string>;
  readonly types: ContentTypes;
  readonly defaultExpires: number;
  readonly minExpires: number;
  readonly maxExpires: number;
  /** How long after it has expired a publication is still found by its tag. */
  readonly grace: number;
  readonly maxBody: number;
  /** For PUBLISH requests that cannot be done at once. */
  readonly queue: QueueLimits;
  readonly maxPublications: number;
  readonly maxPerAor: number;
  /** Whether a user's own oldest publication gives way where an address has as many as it may. */
  readonly replacesOldest: boolean;
  /** Whether every successful PUBLISH leaves a new tag (RFC 3903 6(6)) or a publication keeps its first one (NkSIP). */
  readonly renew: boolean;
}

/** Seconds. */
const usualExpires = 60;

export function policyOf(options: CompositorOptions, events: readonly string[]): Policy {
  return {
    events: new Map(events.map((event) => [event, event])),
    types: contentTypes(options.sip_event_compositor_content_types),
    defaultExpires: options.sip_event_compositor_default_expires ?? Math.max(usualExpires, options.sip_event_compositor_min_expires),
    minExpires: options.sip_event_compositor_min_expires,
    maxExpires: options.sip_event_compositor_max_expires,
    grace: options.sip_event_compositor_grace,
    maxBody: options.sip_event_compositor_max_body,
    queue: { waiting: options.sip_event_compositor_max_waiting, underWay: options.sip_event_compositor_max_under_way },
    maxPublications: options.sip_event_compositor_max_publications,
    maxPerAor: options.sip_event_compositor_max_per_aor,
    replacesOldest: options.sip_event_compositor_at_cap === 'replace',
    renew: options.sip_event_compositor_etag === 'renew',
  };
}
