// Counts what is done in this process: for the programs that `counted-work.ts` runs.
import type { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url));

/** Bytes that are allocated in the heap while something is done. Nothing is collected meanwhile: there is room for a hundred times as much. */
export async function bytesOf(work: () => Promise<unknown>): Promise<number> {
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  await work();
  return process.memoryUsage().heapUsed - before;
}

/** How often each piece of our code, from one branch to the next, is run while something is done: by file. */
export async function stepsOf(session: Session, work: () => Promise<unknown>): Promise<Map<string, number>> {
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  await session.post('Profiler.stopPreciseCoverage');
  const files = result.filter(({ url }) => url.startsWith('file:')).map(({ url, functions }) => ({ file: fileURLToPath(url), functions }));
  return new Map(files.filter(({ file }) => file.startsWith(PACKAGES)).map(({ file, functions }) =>
    [file.slice(PACKAGES.length), functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0)]));
}

/** Of so many, for one: without what is not done each time. */
export function stepsOfOne(steps: ReadonlyMap<string, number>, count: number): Record<string, number> {
  return Object.fromEntries([...steps].map(([file, sum]): [string, number] => [file, Math.round(sum / count)]).filter(([, one]) => one > 0).sort());
}
