import { cpus } from 'node:os';
import { machineSeconds } from './process-cost.mts';
import type { ServerProcess } from './server-process.mts';

export interface Cost {
  readonly seconds: number;
  /** Seconds of CPU of the server. */
  readonly cpu: number;
  /** CPUs that neither the server nor this process used. */
  readonly noise: number;
}

/** What the work costs the server meanwhile. */
export async function metered<Result>(server: ServerProcess, work: () => Promise<Result>): Promise<Cost & { readonly result: Result }> {
  const before = { at: performance.now(), cpu: server.cpu(), machine: machineSeconds(), own: ownSeconds() };
  const result = await work();
  const seconds = (performance.now() - before.at) / 1000;
  const cpu = server.cpu() - before.cpu;
  const noise = (machineSeconds() - before.machine - cpu - ownSeconds() + before.own) / seconds;
  // What the host took away is told late, and then all at once.
  return { result, seconds, cpu, noise: Math.min(Math.max(0, noise), cpus().length) };
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
