/** The stores that are filled, and how the state of each is weighed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { z } from 'zod';
import { RedisServer } from '../test/event-store-redis/redis-servers.ts';
import type { Running } from './contenders.mts';

export interface Place {
  readonly options: Readonly<Record<string, unknown>>;
  /** Bytes that the state takes, where it is kept. */
  weigh(running: Running): Promise<number>;
  /** Whether it outlives the server. */
  readonly lasts: boolean;
  remove(): Promise<void>;
}

export const placeNames = ['ram', 'lmdb-disk', 'lmdb-process', 'redis'] as const;
export type PlaceName = (typeof placeNames)[number];

export const places: Readonly<Record<PlaceName, () => Promise<Place>>> = {
  ram: () => Promise.resolve({
    options: {}, lasts: false,
    weigh: async ({ live }) => await live(),
    remove: () => Promise.resolve(),
  }),
  'lmdb-disk': () => lmdb('disk'),
  'lmdb-process': () => lmdb('process'),
  redis: async () => {
    const redis = await RedisServer.start();
    return {
      options: { plugins: ['event-compositor', 'event-store-redis'], sip_event_store_redis_url: redis.url, sip_event_compositor_etag: 'renew' }, lasts: true,
      weigh: async () => Number(/^used_memory:(\d+)/m.exec(String(await redis.ask('INFO', 'memory')))?.[1]),
      remove: () => redis.stop(),
    };
  },
};

function lmdb(durability: string): Promise<Place> {
  const path = mkdtempSync(join(process.env['TMPDIR'] ?? '/var/tmp', 'nksip-ts-million-'));
  return Promise.resolve({
    options: { plugins: ['event-compositor', 'event-store-lmdb'], sip_event_store_lmdb_path: path, sip_event_store_lmdb_durability: durability }, lasts: true,
    weigh: async () => await bytesUsed(path),
    remove: () => { rmSync(path, { recursive: true, force: true }); return Promise.resolve(); },
  });
}

/** What the database takes of its file, pages that wait for their next use counted in. */
async function bytesUsed(path: string): Promise<number> {
  const database = open({ path, noSubdir: false, readOnly: true });
  const { pageSize, lastPageNumber } = pages.parse(database.getStats());
  await database.close();
  return pageSize * (lastPageNumber + 1);
}

const pages = z.object({ pageSize: z.number(), lastPageNumber: z.number() });
