/** What work costs a server, counted. */
import type { Traffic } from './channel.mts';
import type { Outcome } from './course.mts';
import type { ScaleServer } from './scale-server.mts';

/** For one operation: microseconds of CPU, bytes. */
export interface Cost {
  readonly cpu: number;
  readonly in: number;
  readonly out: number;
  readonly disk: number;
  readonly redisCpu: number;
  readonly redisCommands: number;
  readonly redisIn: number;
  readonly redisOut: number;
}

interface Generates {
  traffic(): Traffic;
}

/** Throws if a response was wrong. */
export async function costOf(server: ScaleServer, generator: Generates, count: number, work: () => Promise<Pick<Outcome, 'wrong'>>): Promise<Cost> {
  const before = await counted(server, generator);
  const { wrong } = await work();
  const after = await counted(server, generator);
  if (wrong.size > 0) throw new Error(`wrong: ${[...wrong].map(([what, times]) => `${what} (${times})`).join(', ')}`);
  return ofEach((name) => (after[name] - before[name]) / count);
}

/** What one costs more than the other, divided by `many`. */
export function difference(one: Cost, other: Cost, many: number): Cost {
  return ofEach((name) => Math.max(0, one[name] - other[name]) / many);
}

async function counted(server: ScaleServer, generator: Generates): Promise<Cost> {
  const { sent, received } = generator.traffic();
  const { cpu, commands, in: redisIn, out } = await server.redisUse();
  return { cpu: 1e6 * await server.cpu(), in: sent, out: received, disk: server.running.server.written(), redisCpu: cpu, redisCommands: commands, redisIn, redisOut: out };
}

function ofEach(value: (name: keyof Cost) => number): Cost {
  return {
    cpu: value('cpu'), in: value('in'), out: value('out'), disk: value('disk'),
    redisCpu: value('redisCpu'), redisCommands: value('redisCommands'), redisIn: value('redisIn'), redisOut: value('redisOut'),
  };
}
