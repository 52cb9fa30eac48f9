// Written by 'npm run docs': what an editor shows at these names.

export interface CompositorOptionTexts {
  /**
   * The lifetime of a publication whose PUBLISH has no Expires. Unset: 60, or sip_event_compositor_min_expires if that is more.
   *
   * Value: seconds, 1 to 4294967295.
   */
  readonly sip_event_compositor_default_expires?: unknown;
  /**
   * The shortest lifetime. A PUBLISH with a smaller Expires other than 0 gets a 423 with this value in Min-Expires.
   *
   * Value: seconds, 0 to 4294967295. Default: 0.
   */
  readonly sip_event_compositor_min_expires?: unknown;
  /**
   * The longest lifetime. A PUBLISH that asks for more is granted this.
   *
   * Value: seconds, 1 to 4294967295. Default: 86400.
   */
  readonly sip_event_compositor_max_expires?: unknown;
  /**
   * How long after it has expired a publication can still be refreshed, modified or removed: some clients refresh only at the moment of expiry. Otherwise it is invisible during that time. 0: the tag expires with the publication, as in RFC 3903 4.
   *
   * Value: seconds, 0 to 86400. Default: 0.
   */
  readonly sip_event_compositor_grace?: unknown;
  /**
   * 'keep': a publication keeps its entity-tag, as in NkSIP. 'renew': it gets a new one with every successful PUBLISH, as RFC 3903 6(6) requires. Several processes on one store need 'renew', or a store with versions, such as LMDB or Redis.
   *
   * Value: 'keep' or 'renew'. Default: "keep".
   */
  readonly sip_event_compositor_etag?: unknown;
  /**
   * The secret from which entity-tags are derived. Unset: sip_secret or, if that is not set either, random at each start. Set the same one in all processes that share a store, so that each recognises retransmissions of requests that another one answered.
   *
   * Value: a text of 16 characters or more.
   */
  readonly sip_event_compositor_secret?: unknown;
  /**
   * Media types that a body may have, by event package, instead of the built-in ones; '*\/*' for any. A package without any entry accepts any type, or none.
   *
   * Value: { package: ['type/subtype', ...] }. Default: {}.
   */
  readonly sip_event_compositor_content_types?: unknown;
  /**
   * The largest body. A PUBLISH with a larger one gets a 413. Documents of the known packages have 1 to 8 KiB.
   *
   * Value: bytes, from 0 up. Default: 16384.
   */
  readonly sip_event_compositor_max_body?: unknown;
  /**
   * Publications that the service may store, including those in their grace period. Beyond: 503 with Retry-After; what is stored stays.
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
   * What happens to an initial publication beyond sip_event_compositor_max_per_aor. 'replace': it replaces the oldest one that the same user has there. That needs users who have signed in (digest), since anybody can write any From; others get a 403. 'refuse': everybody gets a 403.
   *
   * Value: 'replace' or 'refuse'. Default: "replace".
   */
  readonly sip_event_compositor_at_cap?: unknown;
  /**
   * PUBLISH requests that may wait in line for the same address of record. Beyond: 503 with Retry-After.
   *
   * Value: a number, from 1 up. Default: 100.
   */
  readonly sip_event_compositor_max_waiting?: unknown;
  /**
   * PUBLISH requests that may be waiting, or being processed by the store, at a time. Beyond: 503 with Retry-After.
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
   * Whether a store plugin may do maintenance on its own: create its database at start, remove expired publications, convert data of earlier versions. The command sets this to false for check, store export and store check.
   *
   * Value: true or false. Default: true.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_compositor_store_maintenance?: unknown;
}
