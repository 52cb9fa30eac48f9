import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';

export interface ServerSetup {
  /** As on the command line of redis-server, for example ['--maxmemory', '10mb']. */
  readonly args?: readonly string[];
  readonly password?: string;
  /** Where it keeps its files; its own, removed when it stops, unless given. */
  readonly folder?: string;
  readonly port?: number;
  /** The program's name: valkey-server takes the same arguments. */
  readonly program?: string;
  /** Its arguments are all that it takes. */
  readonly isSentinel?: boolean;
}

/** A redis-server of a test's own on this machine: nothing is saved unless the arguments say so. */
export class RedisServer {
  #child: ChildProcess | undefined;

  private constructor(readonly port: number, private readonly folder: string, private readonly setup: ServerSetup) {}

  /** Resolves when it listens. */
  static async start(setup: ServerSetup = {}): Promise<RedisServer> {
    for (let attempt = 0; ; attempt++) {
      const folder = setup.folder ?? temporaryFolder('redis');
      const server = new RedisServer(setup.port ?? await freePort(), folder, setup);
      try {
        await server.run();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody else was faster to take the port.
        if (attempt === 5 || !String(error).includes('Address already in use')) throw error;
      }
    }
  }

  /** One Sentinel that alone decides that a master is gone. */
  static async sentinel(master: string, port: number): Promise<RedisServer> {
    const folder = temporaryFolder('sentinel');
    const config = join(folder, 'sentinel.conf');
    await writeFile(config, [`sentinel monitor ${master} 127.0.0.1 ${port} 1`, `sentinel down-after-milliseconds ${master} 300`, `sentinel failover-timeout ${master} 3000`].join('\n'));
    const own = await freePort();
    const server = new RedisServer(own, folder, { args: [config, '--sentinel', '--port', String(own), '--bind', '127.0.0.1', '--dir', folder], isSentinel: true });
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://${this.setup.password === undefined ? '' : `:${this.setup.password}@`}127.0.0.1:${this.port}`;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it again, on its port, after `kill`; `more` arguments hold for this time. */
  async run(...more: readonly string[]): Promise<void> {
    const { args = [], password, program = 'redis-server', isSentinel = false } = this.setup;
    const given = isSentinel ? args : ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', '', '--appendonly', 'no', '--daemonize', 'no',
      ...(password === undefined ? [] : ['--requirepass', password]), ...args, ...more];
    const child = this.#child = spawn(program, given, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const listening = new Promise<void>((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-20_000);
        if (/Ready to accept connections|Server initialized|\+monitor/.test(said)) resolve();
      });
      child.once('exit', () => { reject(new Error(`${program} ended:\n${said}`)); });
      child.once('error', reject);
    });
    await listening;
  }

  /** A client for the test's own doings. It must be closed. */
  async client(): Promise<Redis> {
    return RedisServer.clientOf(this.port, this.setup.password);
  }

  static async clientOf(port: number, password?: string): Promise<Redis> {
    const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, protocol: 2, retryStrategy: null, ...(password !== undefined && { password }) });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** One command of the test's own. */
  async ask(command: string, ...args: readonly (string | number)[]): Promise<unknown> {
    const client = await this.client();
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  /** It hangs: what is sent to it arrives and is not answered. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** As by a power cut. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    if (this.setup.folder === undefined) removeFolder(this.folder);
  }
}

/** For a server that takes some time to load what `saveMuch` has saved: 20 ms for each key. */
export const slowLoading = ['--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024'];

export async function saveMuch(server: RedisServer): Promise<void> {
  const client = await server.client();
  for (let i = 0; i < 60; i++) await client.set(`filler${i}`, randomBytes(1024));
  await client.call('SAVE');
  client.disconnect();
}

/** Below the ports that the system gives out, and with 10000 more still a port: a Cluster's bus listens there. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port) && await isFree(port + 10_000)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  // An error rejects it.
  const outcome = once(server, 'listening').then(() => true, () => false);
  server.listen(port, '127.0.0.1');
  const free = await outcome;
  if (free) await new Promise((closed) => { server.close(closed); });
  return free && port === (port & 0xffff);
}

/** Waits in truth, for what another process does: looks again every 20 ms until it is so. */
export async function until(isSo: () => Promise<boolean> | boolean, within = 10_000): Promise<void> {
  for (const end = Date.now() + within; !(await isSo());) {
    if (Date.now() > end) throw new Error(`It was not so within ${within} ms: ${isSo.toString()}`);
    await wait(20);
  }
}

