import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childrenOf, cpuSeconds, proportionalBytes } from './process-cost.mts';

export interface Usage {
  /** Bytes. */
  readonly rss: number;
  /** Bytes: the heap and what hangs on it. */
  readonly heap: number;
  /** Seconds of CPU since its start. */
  readonly cpu: number;
  /** Milliseconds for which the event loop stood still at most, since `watch`. */
  readonly gap: number;
  /** Milliseconds that the garbage collection took which was asked for. */
  readonly collected: number;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** It runs on every CPU, or on all but this process's if there are more than two; unless told, on one. */
  readonly spreads?: boolean;
  /** Whether it is there: what it has printed so far says so, or something else does. */
  isReady(printed: string): boolean;
  /** What is to be removed when it is over. */
  cleanUp?(): void;
}

/** Milliseconds that a server may take to be ready. */
const startTime = 15_000;
const pins = cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0;

/** CPUs of a server, and of this process. */
function cpusFor({ spreads = false }: Launch): readonly [server: string, own: string] {
  const last = cpus().length - 1;
  if (!spreads) return ['1', '0'];
  return last > 1 ? [`1-${last}`, '0'] : ['0-1', '0-1'];
}

/** A server in a process of its own, on CPU 1 where there is one and `taskset` to say so; this process is then on CPU 0. */
export class ServerProcess {
  #printed = '';

  private constructor(private readonly child: ChildProcess, private readonly launch: Launch) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => { this.#printed = (this.#printed + text).slice(-65_536); });
    }
  }

  static async start(launch: Launch): Promise<ServerProcess> {
    const [cpu, ownCpu] = cpusFor(launch);
    if (pins) spawnSync('taskset', ['-a', '-p', '-c', ownCpu, String(process.pid)]);
    const [command, args] = pins ? ['taskset', ['-c', cpu, launch.command, ...launch.args]] as const : [launch.command, launch.args] as const;
    // A detached one is a group of its own, which can be ended as a whole.
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true, ...(launch.cwd !== undefined && { cwd: launch.cwd }) });
    const server = new ServerProcess(child, launch);
    process.once('exit', server.#kill);
    try {
      await server.#ready();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get printed(): string {
    return this.#printed;
  }

  /** Seconds of CPU so far, of the whole tree of processes. */
  cpu(): number {
    return cpuSeconds(this.#pid);
  }

  /** Seconds of CPU so far, of each process that the server has started. */
  cpuOfChildren(): readonly number[] {
    return childrenOf(this.#pid).map(cpuSeconds);
  }

  /** Bytes, of the whole tree of processes. */
  bytes(): number {
    return proportionalBytes(this.#pid);
  }

  /** Of a Node server with the usage hook. */
  async ask(what: 'usage' | 'gc' | 'watch'): Promise<Usage> {
    const answer = once(this.child, 'message', { signal: AbortSignal.timeout(60_000) }) as Promise<[Usage]>;
    this.child.send(what);
    const [usage] = await answer;
    return usage;
  }

  /** What is left when garbage is collected: the memory of buffers is given back a little later, by another thread. */
  async collected(): Promise<Usage> {
    for (let i = 0; i < 3; i++) {
      await this.ask('gc');
      await wait(200);
    }
    return await this.ask('gc');
  }

  async stop(): Promise<void> {
    process.off('exit', this.#kill);
    const running = this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
    const ended = running ? once(this.child, 'exit') : undefined;
    this.#kill();
    await ended;
    this.launch.cleanUp?.();
  }

  get #pid(): number {
    return this.child.pid ?? 0;
  }

  readonly #kill = (): void => {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };

  async #ready(): Promise<void> {
    let failed: string | undefined;
    this.child.once('error', (error) => { failed = error.message; }).once('exit', (code) => { failed = `it ended with ${code}`; });
    for (const end = Date.now() + startTime; !this.launch.isReady(this.#printed); await wait(20)) {
      if (Date.now() > end) failed ??= `not ready within ${startTime / 1000} s`;
      if (failed !== undefined) throw new Error(`${this.launch.command} does not start: ${failed}. It printed: ${this.#printed.slice(-500)}`);
    }
  }
}

/** Arguments for Node that make `ask` work. */
export const hooked: readonly string[] = ['--expose-gc', '--import', fileURLToPath(new URL('usage-hook.mjs', import.meta.url))];

/** The port of the last address of the transport in a ready line. */
export function portIn(printed: string, transport: string): number {
  return Number(new RegExp(`:(\\d+);transport=${transport}\\b`).exec(printed)?.[1]);
}
