import { Cluster, Redis, type CommonRedisOptions } from 'ioredis';
import { isCluster, type Checked } from './settings.js';

/** Milliseconds before the n-th attempt to connect again. */
function nextAttempt(times: number): number {
  return Math.min(25 * 2 ** times, 1000);
}

/**
 * What holds for each connection. Nothing waits for a connection, and nothing is sent twice: a command is on the wire within this
 * turn or has failed, so that no write lands after its request was answered. A server that has stopped answering loses its connection
 * after `timeout`, and with it what waits for an answer.
 */
function commonOptions({ username, password, timeout, tls, certificates, master }: Checked): Omit<CommonRedisOptions, 'replyMapping'> {
  return {
    ...(username !== undefined && { username }), ...(password !== undefined && { password }), ...(tls && { tls: certificates }),
    // A command is given up no sooner than its deadline is over, though timers may be a millisecond early.
    connectTimeout: timeout, commandTimeout: timeout + 1, socketTimeout: timeout,
    enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0,
    // One that is loading its data says so to each command. Sentinels need the check, which looks whether it is a master.
    enableReadyCheck: master !== undefined,
    protocol: 2, connectionName: 'nksip-ts', disableClientInfo: true,
  };
}

/** A client that is not connected yet. */
export function clientFor(settings: Checked): Redis | Cluster {
  const { master, others, host, port, db, timeout, sentinelPassword, tls, certificates } = settings;
  const own = { ...commonOptions(settings), lazyConnect: true, retryStrategy: nextAttempt, db };
  // A master that has become a replica: find the new one.
  const single = { ...own, reconnectOnError: ({ message }: Error) => message.startsWith('READONLY') };
  if (master !== undefined) {
    return new Redis({
      ...single, sentinels: [{ host, port }, ...others], name: master, sentinelRetryStrategy: nextAttempt, sentinelCommandTimeout: timeout, failoverDetector: true,
      ...(sentinelPassword !== undefined && { sentinelPassword }), ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: certificates }),
    });
  }
  if (!isCluster(settings)) return new Redis({ ...single, host, port });
  return new Cluster([{ host, port }, ...others], {
    redisOptions: commonOptions(settings), lazyConnect: true, clusterRetryStrategy: nextAttempt, enableReadyCheck: false, slotsRefreshTimeout: timeout,
    // MOVED and ASK are followed; whatever else failed is told, and not sent again. (Only with a queue does a command wait for a node
    // that is being connected to; without the Cluster itself nothing is sent.)
    retryDelayOnFailover: 0, retryDelayOnClusterDown: 0, maxRedirections: 8, enableOfflineQueue: true,
  });
}

/** Those that hold keys. */
export function mastersOf(client: Redis | Cluster): readonly Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}
