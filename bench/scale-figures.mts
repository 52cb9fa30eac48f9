/** What was measured, as `npm run bench:scale` reckons with it: scale-figures.json. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Transport } from './transports.mts';

export const stores = ['ram', 'lmdb', 'redis'] as const;
export type Store = (typeof stores)[number];

/** Each with all that it causes until it is done: that of a SUBSCRIBE has its NOTIFY. */
export const operations = ['initial', 'refresh', 'modify', 'remove', 'subscribe', 'resubscribe', 'unsubscribe', 'notify', 'register', 'reregister', 'unregister'] as const;
export type Operation = (typeof operations)[number];

const figure = z.object({
  value: z.number().nonnegative(),
  unit: z.enum(['us of CPU', 'bytes', 'commands']),
  /** The command that measured it, and the day. */
  source: z.string(),
  date: z.iso.date(),
});
export type Figure = z.infer<typeof figure>;

/**
 * The names of the figures:
 * - `cpu/OPERATION/STORE/TRANSPORT`, `cpu/connect/TRANSPORT`: CPU time of the server for one;
 * - `in/OPERATION/TRANSPORT`, `out/...`, also of `connect`: bytes that the server receives and sends, without the headers of TCP or UDP and below;
 * - `memory/process`: a server that holds nothing; `memory/publication/ram`, `memory/watcher`, `memory/registration/ram`, `memory/connection/TRANSPORT`,
 *   `memory/transaction`: what one adds to the process, once garbage is collected;
 * - `store/publication/STORE`, `store/registration/STORE`: where it is kept, for lmdb and redis;
 * - `disk/OPERATION/lmdb`: bytes that are written to the disk;
 * - `redis-cpu/OPERATION`, `redis-commands/OPERATION`, `redis-in/OPERATION`, `redis-out/OPERATION`: what one costs Redis, seen from Redis.
 */
const file = z.object({
  /** How far to trust them. */
  note: z.string(),
  machine: z.string(),
  figures: z.record(z.string(), figure),
});
export type FiguresFile = z.infer<typeof file>;
export type Figures = FiguresFile['figures'];

export const figuresPath = fileURLToPath(new URL('scale-figures.json', import.meta.url));

/** Throws if it is not as it must be. */
export function readFigures(path = figuresPath): FiguresFile {
  return file.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** Throws if it was not measured. */
export function valueOf(figures: Figures, name: string): number {
  const found = figures[name];
  if (found === undefined) throw new Error(`${name} was not measured: npm run bench:scale -- --measure`);
  return found.value;
}

/**
 * Microseconds of CPU. Each store was measured over UDP and each transport with the state in RAM; elsewhere the store costs what it costs more than RAM
 * over UDP.
 */
export function cpuOf(figures: Figures, operation: Operation, store: Store, transport: Transport): number {
  const own = figures[`cpu/${operation}/${store}/${transport}`];
  if (own !== undefined) return own.value;
  const [way, stored, both] = [`ram/${transport}`, `${store}/udp`, 'ram/udp'].map((place) => valueOf(figures, `cpu/${operation}/${place}`));
  return Math.max(way ?? 0, (way ?? 0) + (stored ?? 0) - (both ?? 0));
}
