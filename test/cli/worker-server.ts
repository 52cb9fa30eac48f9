import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import type { Publication } from '@nksip-ts/event-compositor';
import { Directories } from '../event-store-lmdb/directories.ts';
import { Command } from './command.ts';

/** A store that workers can share. */
export const sharing = (path: string): readonly string[] => [
  '--set', 'plugins=event-compositor,event-store-lmdb', '--set', `sip_event_store_lmdb_path=${path}`, ...renewing,
];

const renewing = ['--set', 'sip_event_compositor_etag=renew'];

/** All workers read from one socket, so that any of them takes what the others do not. */
export const oneSocket = ['--set', 'sip_udp_batch=false'];

/** `nksip-ts serve` with two workers over one directory of its own. */
export class WorkerServer extends Command {
  /** Of the directory. */
  readonly path: string;

  private constructor(path: string, store: readonly string[], args: readonly string[]) {
    super('serve', '--workers', '2', ...store, ...args);
    this.path = path;
  }

  static async start(directories: Directories, ...args: readonly string[]): Promise<WorkerServer> {
    const path = directories.make();
    return await new WorkerServer(path, sharing(path), args.includes('--listen') ? args : ['--listen', 'sip:127.0.0.1:0', ...args]).#ready();
  }

  /** Over a Redis instead. */
  static async withRedis(url: string, etag: 'keep' | 'renew'): Promise<WorkerServer> {
    const store = ['--set', 'plugins=event-compositor,event-store-redis', '--set', `sip_event_store_redis_url=${url}`, '--set', `sip_event_compositor_etag=${etag}`];
    return await new WorkerServer('', store, ['--listen', 'sip:127.0.0.1:0']).#ready();
  }

  async #ready(): Promise<this> {
    await this.printed(/ is ready on /);
    return this;
  }

  /** Of the transport; it is the same for all workers. */
  port(transport = 'udp'): number {
    return Number(new RegExp(`:(\\d+);transport=${transport}`).exec(this.out)?.[1]);
  }

  /** Processes by the number of their worker. */
  get processes(): ReadonlyMap<number, number> {
    return new Map([...this.out.matchAll(/Worker (\d+) \(process (\d+)\) serves/g)].map(([, worker, pid]) => [Number(worker), Number(pid)]));
  }

  /** Resolves to which worker answered each request for this user, sorted, when there are so many: each writes its lines in its own time. */
  async answerers(user: string, many: number): Promise<readonly number[]> {
    const line = `\\[(\\d+)\\] \\w+ sip:${user}@`;
    await this.printed(new RegExp(`(?:${line}[^]*){${many}}`));
    return [...this.out.matchAll(new RegExp(line, 'g'))].map(([, worker]) => Number(worker)).sort((one, other) => one - other);
  }

  /** Runs `task` while this worker is the only one that takes anything. With sockets of their own the others lose what is sent to them. */
  async withoutOthers(worker: number, task: () => Promise<void>): Promise<void> {
    const others = [...this.processes].filter(([one, pid]) => one !== worker && !this.err.includes(`(process ${pid}) died`));
    const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => { for (const [, pid] of others) process.kill(pid, name); };
    const store = new LmdbStore({ path: this.path, beginWithin: 1_000, maintains: false }).open();
    try {
      for (signal('SIGSTOP'); !(await canWrite(store)); signal('SIGSTOP')) {
        signal('SIGCONT');
        await canWrite(store);
      }
      await task();
    } finally {
      signal('SIGCONT');
      await store.close();
    }
  }

  /** What is stored for the user, whoever stored it. */
  async stored(user: string): Promise<readonly Publication[]> {
    const store = new LmdbStore({ path: this.path }).open();
    try {
      const found: Publication[] = [];
      for await (const one of store.list('nksip-ts', { scheme: 'sip', user, domain: 'example.com' })) found.push(one);
      return found;
    } finally {
      await store.close();
    }
  }
}

/** False where a process was stopped in the middle of a transaction: all that write would wait for it. */
async function canWrite(store: LmdbStore): Promise<boolean> {
  const record = { data: Buffer.from('x'), event: 'presence', expires: Date.now() / 1000 + 60 };
  return await store.put('nobody', { scheme: 'sip', user: 'nobody', domain: 'example.com' }, 'tag', record, 60).then(() => true, () => false);
}
