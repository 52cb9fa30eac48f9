/** What is to be said of a server before its first request. */
export interface ServerNotes {
  /** Why it cannot be the store. */
  readonly fault?: string;
  readonly warning?: string;
}

/** Redis 6.2 was the first with PXAT. */
const NEEDED = [6, 2] as const;

/** `info`: what the command INFO answers. `inCluster`: the nodes of a Cluster were named. */
export function serverNotes(info: string, inCluster: boolean): ServerNotes {
  const fields = new Map([...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));
  const version = fields.get('redis_version');
  const policy = fields.get('maxmemory_policy');
  if (version !== undefined && isTooOld(version)) return { fault: `it is Redis ${version}, and ${NEEDED.join('.')} or newer is needed` };
  const isCluster = fields.get('redis_mode') === 'cluster';
  if (isCluster && !inCluster) return { fault: 'it is a node of a Cluster: name another one in sip_event_store_redis_nodes' };
  if (!isCluster && inCluster) return { fault: 'it is no node of a Cluster: leave out sip_event_store_redis_nodes, or name Sentinels and sip_event_store_redis_master' };
  if (fields.get('loading') === '1') return { fault: 'it is still loading its data: start again when it is done' };
  if (fields.get('role') === 'slave') return { fault: 'it is a replica, which takes no writes: name the master, or the Sentinels' };
  if (policy === undefined || policy === 'noeviction') return {};
  return { warning: `Redis has maxmemory-policy ${policy}: when its memory is full it drops publications before their time. Set it to noeviction.` };
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]);
}
