// Written by 'npm run docs': what an editor shows at these names.

export interface RedisOptionTexts {
  /**
   * The server. With nodes, the first node of a Cluster; with nodes and master, the first Sentinel. User, password, database and TLS hold for all.
   *
   * Value: redis://user:password@host:port/db, or rediss:// over TLS. Default: "redis://127.0.0.1:6379".
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_url?: unknown;
  /**
   * More nodes of the Cluster; some are enough. With master: more Sentinels.
   *
   * Value: addresses as 'host:port, host:port' or a list of them.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_nodes?: unknown;
  /**
   * What the Sentinels call the master. Setting it says that the addresses are those of Sentinels.
   *
   * Value: a name.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_master?: unknown;
  /**
   * The password of the Sentinels themselves, where they have one.
   *
   * Value: a text.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_sentinel_password?: unknown;
  /**
   * For rediss://: who is trusted instead of the authorities that Node knows, and what we show.
   *
   * Value: { cafile, certfile, keyfile }, each a PEM file and each optional.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_redis_tls?: unknown;
  /**
   * What all keys begin with. Installations that share a Redis have one each.
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
