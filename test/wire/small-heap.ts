import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MemoryUsage } from '@nksip-ts/core';

/** What the process says of itself: where it listens, what its account says, and bytes of its heap when garbage is collected. */
export interface Told {
  readonly addresses: readonly string[];
  readonly usage: MemoryUsage;
  readonly heap: number;
}

/** A service in a process that has a heap of 256 MiB. */
export class SmallHeap {
  private constructor(private readonly child: ChildProcess, private readonly first: Told) {}

  static async start(): Promise<SmallHeap> {
    const program = fileURLToPath(new URL('small-heap-service.ts', import.meta.url));
    const execArgv = ['--max-old-space-size=256', '--expose-gc', '--import', 'tsx', '-C', '@nksip-ts/source'];
    const child = fork(program, [], { execArgv, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const [told] = await once(child, 'message') as [Told];
    return new SmallHeap(child, told);
  }

  /** Whether it lives. */
  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  port(transport: string): number {
    const address = this.first.addresses.find((uri) => uri.endsWith(`;transport=${transport}`));
    return Number(/:(\d+);/.exec(address ?? '')?.[1]);
  }

  async ask(): Promise<Told> {
    const answer = once(this.child, 'message') as Promise<[Told]>;
    this.child.send('?');
    const [told] = await answer;
    return told;
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
