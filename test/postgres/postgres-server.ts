import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { skipOrFail } from '../clients/tools.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';

/** PostgreSQL does not run as root; then it runs as nobody. */
const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** The folder of `initdb` and `postgres`: Debian's is in no PATH. */
function programs(): string | undefined {
  const installed = '/usr/lib/postgresql';
  const versions = entries(installed).sort((a, b) => Number(b) - Number(a)).map((version) => join(installed, version, 'bin'));
  return [...versions, ...(process.env['PATH'] ?? '').split(':')].find((folder) => entries(folder).includes('initdb'));
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** A server of its own, in a temporary folder, that listens on nothing but a socket in it. */
export class PostgresServer {
  readonly #bin: string;
  readonly #folder = temporaryFolder('pg');
  #child: ChildProcess | undefined;

  private constructor(bin: string) {
    this.#bin = bin;
  }

  /** Skips the test, or fails with CI=true, where there is no PostgreSQL. */
  static async started(test: Mocha.Context): Promise<PostgresServer> {
    const server = new PostgresServer(programs() ?? skipOrFail(test, 'PostgreSQL is not installed: apt-get install postgresql'));
    if (owner.uid !== undefined) chownSync(server.#folder, owner.uid, owner.gid);
    const args = ['-D', server.#data, '-U', 'nksip', '-E', 'UTF8', '--locale=C', '--auth=trust', '--no-sync'];
    execFileSync(join(server.#bin, 'initdb'), args, { ...owner, cwd: server.#folder, stdio: ['ignore', 'ignore', 'inherit'] });
    await server.start();
    return server;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  get url(): string {
    return `postgres:///postgres?host=${this.#folder}&user=nksip`;
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const args = ['-D', this.#data, '-k', this.#folder, '-c', 'listen_addresses=', '-c', 'max_connections=60'];
    const child = spawn(join(this.#bin, 'postgres'), args, { ...owner, cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const said: string[] = [];
    const lines = createInterface({ input: child.stderr });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line);
        if (line.includes('ready to accept connections')) resolve();
      });
      child.once('exit', () => { reject(new Error(`PostgreSQL does not start:\n${said.join('\n')}`)); });
    });
  }

  /** As a crash does: connections are cut, nothing is tidied up. */
  async crash(): Promise<void> {
    await this.#end('SIGQUIT');
  }

  /** Lets it take no new connections, without refusing them. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGQUIT');
    removeFolder(this.#folder);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
