import type { ServerProcess } from '../server-process.mts';
import type { Report } from './neighbour.mts';

export interface Survival {
  readonly lived: boolean;
  /** MiB that the process took: before, at most, and afterwards, when garbage was collected. */
  readonly before: number;
  readonly most: number;
  readonly after: number | undefined;
  readonly neighbour: Report;
}

const everyMs = 100;

/** Watches a server under attack from now until `end`. */
export function watched(server: ServerProcess): { isAlive(): boolean; end(neighbour: Report): Promise<Survival> } {
  const size = (): number => server.isAlive ? server.bytes() / 2 ** 20 : 0;
  const before = size();
  let most = before;
  const timer = setInterval(() => { most = Math.max(most, size()); }, everyMs);
  return {
    isAlive: () => server.isAlive,
    async end(neighbour) {
      clearInterval(timer);
      if (server.isAlive) await server.collected();
      return { lived: server.isAlive, before, most, after: server.isAlive ? size() : undefined, neighbour };
    },
  };
}

export function told({ lived, before, most, after, neighbour }: Survival): string {
  const memory = `${before.toFixed(0)} MiB before, ${most.toFixed(0)} at most, ${after?.toFixed(0) ?? '-'} afterwards`;
  return `  ${lived ? 'the process lived' : 'THE PROCESS DIED'}; ${memory}\n  neighbour: ${JSON.stringify(neighbour)}`;
}
