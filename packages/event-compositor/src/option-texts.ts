// Written by 'npm run docs': what an editor shows at these names.

export interface CompositorOptionTexts {
  /**
   * How long a publication lives whose PUBLISH has no Expires. Unset: 60, or sip_event_compositor_min_expires where that is more.
   *
   * Value: seconds, 1 to 4294967295.
   */
  readonly sip_event_compositor_default_expires?: unknown;
  /**
   * A PUBLISH that asks for less, but not for 0, is answered 423 with this in Min-Expires.
   *
   * Value: seconds, 0 to 4294967295. Default: 0.
   */
  readonly sip_event_compositor_min_expires?: unknown;
  /**
   * A PUBLISH that asks for more gets this.
   *
   * Value: seconds, 1 to 4294967295. Default: 86400.
   */
  readonly sip_event_compositor_max_expires?: unknown;
  /**
   * How long after it has expired a publication can still be refreshed, modified or removed: some clients refresh only when the time has run out. Nothing else sees it then. 0, as RFC 3903 4 has it: the tag ends with the publication.
   *
   * Value: seconds, 0 to 86400. Default: 0.
   */
  readonly sip_event_compositor_grace?: unknown;
  /**
   * Whether a publication keeps its entity-tag, as NkSIP has it, or gets a new one with every successful PUBLISH, as RFC 3903 6(6) has it. Several processes on one store need 'renew', or a store with versions, such as LMDB or Redis.
   *
   * Value: 'keep' or 'renew'. Default: "keep".
   */
  readonly sip_event_compositor_etag?: unknown;
  /**
   * What entity-tags are derived from. Unset: sip_secret, or else random at each start. Processes that share a store share this too, so that each knows the repeats of the others.
   *
   * Value: a text of 16 characters or more.
   */
  readonly sip_event_compositor_secret?: unknown;
  /**
   * Media types that a body may have, by event package, instead of the built-in ones; '*\/*' for any. A package that has no entry at all takes any type or none.
   *
   * Value: { package: ['type/subtype', ...] }. Default: {}.
   */
  readonly sip_event_compositor_content_types?: unknown;
  /**
   * A PUBLISH with a larger body is answered 413. The documents of the known packages have 1 to 8 KiB.
   *
   * Value: bytes, from 0 up. Default: 16384.
   */
  readonly sip_event_compositor_max_body?: unknown;
  /**
   * Publications that the service may hold, those in their grace included. Beyond: 503 with Retry-After; what is stored stays.
   *
   * Value: a number, from 1 up. Default: 1000000.
   */
  readonly sip_event_compositor_max_publications?: unknown;
  /**
   * Publications that one address of record may have. Beyond: see sip_event_compositor_at_cap.
   *
   * Value: a number, from 1 up. Default: 100.
   */
  readonly sip_event_compositor_max_per_aor?: unknown;
  /**
   * What an initial publication beyond sip_event_compositor_max_per_aor does. 'replace': the oldest one that the same user has there gives way; only users who signed in (digest) are known, since anybody can write any From. It is 403 for the others, and with 'refuse' for all.
   *
   * Value: 'replace' or 'refuse'. Default: "replace".
   */
  readonly sip_event_compositor_at_cap?: unknown;
  /**
   * PUBLISH requests that may wait for the one before them to the same address of record. Beyond: 503 with Retry-After.
   *
   * Value: a number, from 1 up. Default: 100.
   */
  readonly sip_event_compositor_max_waiting?: unknown;
  /**
   * PUBLISH requests that may be waiting, or be with the store, at a time. Beyond: 503 with Retry-After.
   *
   * Value: a number, from 1 up. Default: 10000.
   */
  readonly sip_event_compositor_max_under_way?: unknown;
  /**
   * How long the store may take for one operation. Beyond: 500, and a late answer is ignored.
   *
   * Value: seconds, 1 to 3600. Default: 5.
   */
  readonly sip_event_compositor_store_timeout?: unknown;
  /**
   * Whether a store that is a plugin may do more than it is asked for: make a database before it is needed, remove what has expired, rewrite what an earlier version has written. The command sets it to false for check, store export and store check.
   *
   * Value: true or false. Default: true.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_compositor_store_maintenance?: unknown;
}
