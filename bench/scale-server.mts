/** A server that does everything, compositor, notifier and registrar, in one place. */
import type { Redis } from 'ioredis';
import { RedisServer } from '../test/event-store-redis/redis-servers.ts';
import { ours, watching, type Running, type Transport } from './contenders.mts';
import { places, type Place } from './million-places.mts';
import type { Store } from './scale-figures.mts';

/** What Redis has done so far: microseconds of CPU, commands of the nodes, bytes received and sent. */
export interface RedisUse {
  readonly cpu: number;
  readonly commands: number;
  readonly in: number;
  readonly out: number;
}

const placeNames = { ram: 'ram', lmdb: 'lmdb-disk', redis: 'redis' } as const;
/** The loopback network is one address to it. */
const unlimited = {
  sip_event_compositor_max_publications: 10_000_000, sip_event_notifier_max_watchers: 10_000_000, sip_max_connections: 100_000, sip_max_connections_per_address: 100_000,
  sip_idle_timeout: 86_400,
};

export class ScaleServer implements AsyncDisposable {
  private constructor(readonly running: Running, private readonly place: Place, private readonly redis: Redis | undefined) {}

  static async start(store: Store, transport: Transport): Promise<ScaleServer> {
    const place = await places[placeNames[store]]();
    const { plugins, sip_event_store_redis_url: url, ...options } = place.options;
    const stores = Array.isArray(plugins) ? plugins as readonly string[] : ['event-compositor'];
    try {
      const redis = typeof url === 'string' ? await RedisServer.clientOf(Number(new URL(url).port)) : undefined;
      const all = { ...watching, ...unlimited, ...options, plugins: [...stores, 'event-notifier', 'registrar'], ...(url !== undefined && { sip_event_store_redis_url: url }) };
      // Room for millions of watchers, whom the heap holds.
      return new ScaleServer(await ours('ours', undefined, ['--max-old-space-size=12000']).start({ transport, store: 'ram' }, all), place, redis);
    } catch (error) {
      await place.remove();
      throw error;
    }
  }

  /** Seconds of CPU so far, to the microsecond. */
  async cpu(): Promise<number> {
    return (await this.running.server.ask('usage')).cpu;
  }

  /** Bytes where the state is kept: in RAM, in the file, in Redis. */
  async stored(): Promise<number> {
    return await this.place.weigh(this.running);
  }

  async redisUse(): Promise<RedisUse> {
    const info = String(await this.redis?.info('everything') ?? '');
    const number = (pattern: RegExp): number => Number(pattern.exec(info)?.[1] ?? 0);
    return {
      cpu: 1e6 * (number(/^used_cpu_user:([\d.]+)/m) + number(/^used_cpu_sys:([\d.]+)/m)),
      // What a script calls is not asked for by a node.
      commands: number(/^cmdstat_evalsha:calls=(\d+)/m) + number(/^cmdstat_eval:calls=(\d+)/m) + number(/^cmdstat_get:calls=(\d+)/m),
      in: number(/^total_net_input_bytes:(\d+)/m), out: number(/^total_net_output_bytes:(\d+)/m),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis?.disconnect();
    await this.running.server.stop();
    await this.place.remove();
  }
}
