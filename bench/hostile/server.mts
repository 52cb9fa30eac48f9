import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Usage {
  /** Bytes. */
  readonly rss: number;
  /** Bytes: the heap and what hangs on it. */
  readonly heap: number;
  /** Seconds of CPU since its start. */
  readonly cpu: number;
}

/** A compositor in a process of its own, on CPU 1 where there is one and `taskset` to say so; this process then moves to CPU 0. */
export class Server {
  private constructor(private readonly child: ChildProcess, private readonly addresses: readonly string[]) {}

  static async start(options: Readonly<Record<string, unknown>>): Promise<Server> {
    const file = fileURLToPath(new URL('victim.mts', import.meta.url));
    const child = fork(file, [JSON.stringify(options)], { execArgv: [...process.execArgv, '--expose-gc'] });
    const [told] = await once(child, 'message') as [{ addresses: readonly string[] }];
    pin(child.pid, 1);
    pin(process.pid, 0);
    return new Server(child, told.addresses);
  }

  port(transport: string): number {
    const uri = this.addresses.find((address) => address.endsWith(`;transport=${transport}`));
    return Number(/:(\d+);/.exec(uri ?? '')?.[1]);
  }

  /** After a garbage collection, if `collected`. */
  async usage(collected = false): Promise<Usage> {
    this.child.send(collected ? 'gc' : 'usage');
    const [usage] = await once(this.child, 'message') as [Usage];
    return usage;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

function pin(pid: number | undefined, cpu: number): void {
  spawnSync('taskset', ['-a', '-p', '-c', String(cpu), String(pid)]);
}
