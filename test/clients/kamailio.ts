import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { freePort } from '../service/faults.ts';
import { later } from '../wire/running.ts';
import { requireTool, skipOrFail } from './tools.ts';

export interface Kamailio {
  readonly port: number;
  /** A command, over HTTP; resolves to what it answers. */
  command(method: string, ...params: readonly string[]): Promise<unknown>;
  /** Kills it, and starts it again at the same port: what it had in memory is gone. */
  restart(): Promise<void>;
}

const tables = '/usr/share/kamailio/dbtext/kamailio';

/** Skips a test where it is not installed with the modules that the configurations here load. */
export function requireKamailio(test: Mocha.Context): void {
  requireTool(test, 'kamailio', 'kamailio kamailio-presence-modules');
  if (!hasModule('presence')) skipOrFail(test, 'kamailio has no module presence: apt-get install kamailio-presence-modules');
}

function hasModule(name: string): boolean {
  return readdirSync('/usr/lib').some((folder) => existsSync(`/usr/lib/${folder}/kamailio/modules/${name}.so`));
}

/** A Kamailio with a configuration of this folder; `defines` are its texts, or numbers, besides PORT, OWN and DATABASE. Ended after the test. */
export async function kamailio(configuration: string, defines: Readonly<Record<string, string | number>> = {}): Promise<Kamailio> {
  const folder = temporaryFolder('kamailio');
  later(() => { removeFolder(folder); });
  cpSync(tables, join(folder, 'tables'), { recursive: true });
  const port = await freePort();
  const all = { PORT: port, OWN: `sip:127.0.0.1:${port}`, DATABASE: `text://${join(folder, 'tables')}`, ...defines };
  const defined = Object.entries(all).flatMap(([name, value]) => ['-A', `${name}=${typeof value === 'number' ? value : `"${value}"`}`]);
  const file = fileURLToPath(new URL(configuration, import.meta.url));
  const args = ['-f', file, '-DD', '-E', '-m', '64', '-M', '8', '-Y', folder, '-w', folder, '-P', join(folder, 'pid'), ...defined];
  let process = await begin(port, args);
  later(() => end(process));
  return {
    port,
    command: (method, ...params) => command(port, method, params),
    async restart() {
      await end(process);
      process = await begin(port, args);
    },
  };
}

async function command(port: number, method: string, params: readonly string[]): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) });
  const text = await response.text();
  const { result, error } = JSON.parse(text) as { readonly result?: unknown; readonly error?: unknown };
  if (error !== undefined) throw new Error(`${method}: ${text}`);
  return result;
}

type Process = ReturnType<typeof spawnKamailio>;

function spawnKamailio(args: readonly string[]) {
  // A group of its own: killed at once, its children go with it.
  return spawn('kamailio', args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
}

/** Its last process is the one that takes connections. */
async function begin(port: number, args: readonly string[]): Promise<Process> {
  const process = spawnKamailio(args);
  let printed = '';
  process.stderr.setEncoding('utf8').on('data', (text: string) => { printed += text; });
  for (;;) {
    if (process.exitCode !== null) throw new Error(`kamailio ended:\n${printed}`);
    try {
      await command(port, 'core.version', []);
      return process;
    } catch {
      await wait(20);
    }
  }
}

async function end(kamailio: Process): Promise<void> {
  if (kamailio.exitCode !== null || kamailio.signalCode !== null || kamailio.pid === undefined) return;
  const ended = once(kamailio, 'exit');
  process.kill(-kamailio.pid, 'SIGKILL');
  await ended;
}
