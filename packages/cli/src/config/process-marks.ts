import cluster from 'node:cluster';

/** In the environment of a worker: another program may run this command in a cluster of its own. */
export const WORKER_MARK = 'NKSIP_TS_WORKER';

/** In the environment of the process of `store check` that reads. */
export const READER_MARK = 'NKSIP_TS_STORE_CHECK';

/** Which worker this process is, from 1 up and never the same again; undefined: none. */
export function workerNumber(): number | undefined {
  return process.env[WORKER_MARK] === undefined ? undefined : cluster.worker?.id;
}
