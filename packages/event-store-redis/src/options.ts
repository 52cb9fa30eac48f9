import { readFileSync } from 'node:fs';
import { NksipError, option, reasonOf } from '@nksip-ts/core';
import { z } from 'zod';
import { PREFIX } from './keys.js';
import { DEFAULT_PREFIX, DEFAULT_TIMEOUT, DEFAULT_URL, readAddress, readUrl, type RedisSettings } from './settings.js';

const file = z.string().min(1);
/** They are those of connections that are open. */
const fixed = { fixed: true };

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_event_store_redis_url: z.string().refine((url) => readUrl(url) !== undefined).default(DEFAULT_URL).meta({
    type: 'redis://user:password@host:port/db, or rediss:// over TLS', secret: true,
    description: 'The server. With nodes: the first node of a Cluster; with nodes and master: the first Sentinel. User, password, database and TLS apply to all nodes.',
  }).meta(fixed),
  sip_event_store_redis_nodes: z.union([z.string(), z.array(z.string()).readonly()])
    .transform((given): readonly string[] => (typeof given === 'string' ? given.split(',') : given).map((node) => node.trim()).filter((node) => node !== ''))
    .refine((nodes) => nodes.every((node) => readAddress(node) !== undefined)).optional()
    .meta({ type: "addresses as 'host:port, host:port' or a list of them", description: 'Further nodes of the Cluster, from which the others are discovered; some are enough. With master: further Sentinels.' }).meta(fixed),
  sip_event_store_redis_master: z.string().min(1).optional().meta({ type: 'a name', description: 'The name of the master at the Sentinels. If it is set, url and nodes are the addresses of Sentinels.' }).meta(fixed),
  sip_event_store_redis_sentinel_password: z.string().min(1).optional().meta({ type: 'a text', secret: true, description: 'The password of the Sentinels themselves, if they have one.' }).meta(fixed),
  sip_event_store_redis_tls: z.strictObject({ cafile: file.exactOptional(), certfile: file.exactOptional(), keyfile: file.exactOptional() }).optional().meta({
    type: '{ cafile, certfile, keyfile }, each a PEM file and each optional',
    description: 'For rediss://: the authorities to trust instead of those that Node.js trusts, and the client certificate with its key.',
  }).meta(fixed),
  sip_event_store_redis_prefix: z.string().regex(PREFIX, 'letters, digits and any of _.:/- only, and no more than 64').default(DEFAULT_PREFIX)
    .meta({ type: 'a text', description: 'The prefix of all keys. Installations that share a Redis need different ones.' }).meta(fixed),
  sip_event_store_redis_timeout: option.milliseconds('How long connecting, and each command, may take. Two of them must fit into sip_event_compositor_store_timeout.', DEFAULT_TIMEOUT, { min: 1, max: 3_600_000 }).meta(fixed),
});

export type RedisOptions = Readonly<z.output<typeof options>>;

/** The settings that options mean. Throws `certificate_failed`. */
export function settingsOf(config: RedisOptions): RedisSettings {
  const { cafile, certfile, keyfile } = config.sip_event_store_redis_tls ?? {};
  return {
    url: config.sip_event_store_redis_url,
    nodes: config.sip_event_store_redis_nodes,
    master: config.sip_event_store_redis_master,
    sentinelPassword: config.sip_event_store_redis_sentinel_password,
    prefix: config.sip_event_store_redis_prefix,
    timeout: config.sip_event_store_redis_timeout,
    ...(config.sip_event_store_redis_tls !== undefined && {
      tls: { ...(cafile && { ca: read(cafile) }), ...(certfile && { cert: read(certfile) }), ...(keyfile && { key: read(keyfile) }) },
    }),
  };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new NksipError('certificate_failed', { file: path, reason: reasonOf(error) }, { cause: error });
  }
}
