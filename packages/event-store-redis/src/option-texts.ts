// Written by 'npm run docs': what an editor shows at these names.

export interface RedisOptionTexts {
  /**
   * The server. With nodes: the first node of a Cluster; with nodes and master: the first Sentinel. User, password, database and TLS apply to all nodes.
   *
   * Value: redis://user:password@host:port/db, or rediss:// over TLS. Default: "redis://127.0.0.1:6379".
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_url?: unknown;
  /**
   * Further nodes of the Cluster, from which the others are discovered; some are enough. With master: further Sentinels.
   *
   * Value: addresses as 'host:port, host:port' or a list of them.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_nodes?: unknown;
  /**
   * The name of the master at the Sentinels. If it is set, url and nodes are the addresses of Sentinels.
   *
   * Value: a name.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_master?: unknown;
  /**
   * The password of the Sentinels themselves, if they have one.
   *
   * Value: a text.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_sentinel_password?: unknown;
  /**
   * For rediss://: the authorities to trust instead of those that Node.js trusts, and the client certificate with its key.
   *
   * Value: { cafile, certfile, keyfile }, each a PEM file and each optional.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_tls?: unknown;
  /**
   * The prefix of all keys. Installations that share a Redis need different ones.
   *
   * Value: a text. Default: "nksip-ts:".
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_prefix?: unknown;
  /**
   * How long connecting, and each command, may take. Two of them must fit into sip_event_compositor_store_timeout.
   *
   * Value: milliseconds, 1 to 3600000. Default: 2000.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_timeout?: unknown;
}
