import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** What stands before a command that is to run in the machine. */
type Prefix = readonly string[];

/** A Debian machine of its own: systemd in namespaces of this one, without a network, on a copy of its disk that is forgotten at the end. */
export class Machine {
  private constructor(private readonly process: ChildProcess, private readonly group: string, private readonly first: number, private readonly prefix: Prefix) {}

  /** Why there can be none here; undefined if there can. */
  static get obstacle(): string | undefined {
    if (process.getuid?.() !== 0) return 'only root can make one';
    for (const program of ['/lib/systemd/systemd', '/usr/bin/unshare', '/usr/bin/nsenter', '/usr/bin/script']) if (!existsSync(program)) return `${program} is missing`;
    return cgroups() === undefined ? 'there is no cgroup2 file system' : undefined;
  }

  /** Resolves when it runs. */
  static async boot(): Promise<Machine> {
    const group = join(cgroups() ?? '', `nksip-ts-machine-${process.pid}`);
    const boot = spawn('sh', [join(import.meta.dirname, 'machine-boot.sh'), group], { stdio: ['ignore', 'inherit', 'inherit'] });
    for (;;) {
      if (boot.exitCode !== null) throw new Error('the machine ended before it ran');
      const first = childOf(boot.pid ?? 0);
      const prefix = ['nsenter', '-t', String(first), '-a', '-r', '-w', '--', 'env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LANG=C.UTF-8', 'npm_config_offline=true'];
      const state = first === undefined ? '' : spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'systemctl', 'is-system-running'], { encoding: 'utf8' }).stdout.trim();
      if (first !== undefined && ['running', 'degraded'].includes(state)) return new Machine(boot, group, first, prefix);
      await wait(100);
    }
  }

  /** The words that start a command in it. */
  words(...command: readonly string[]): readonly string[] {
    return [...this.prefix, ...command];
  }

  /** Types commands as root, in a folder; returns what they print on standard output. Throws where one fails. */
  type(text: string, { folder = '/root', input = '' }: { readonly folder?: string; readonly input?: string | Buffer } = {}): string {
    const [program = '', ...args] = this.words('bash', '-eo', 'pipefail', '-c', `cd ${folder}\n${text}`);
    return execFileSync(program, args, { encoding: 'utf8', input, maxBuffer: 1e9, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Starts a program in it. */
  start(...command: readonly string[]): ChildProcess {
    const [program = '', ...args] = this.words(...command);
    return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  async end(): Promise<void> {
    const ended = once(this.process, 'exit');
    // The first process of a pid namespace takes all others with it.
    process.kill(this.first, 'SIGKILL');
    await ended;
    for (let tries = 0; existsSync(this.group) && tries < 50; tries++) {
      spawnSync('find', [this.group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], { stdio: 'ignore' });
      await wait(100);
    }
  }
}

function cgroups(): string | undefined {
  return readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
}

function childOf(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return child === undefined || child === '' ? undefined : Number(child);
  } catch {
    return undefined;
  }
}
