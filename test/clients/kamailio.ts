import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { makeHa1 } from '@nksip-ts/core';
import { isBound } from '../../bench/process-cost.mts';
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
  const folder = ownFolder();
  cpSync(tables, join(folder, 'tables'), { recursive: true });
  const port = await freePort();
  const all = { PORT: port, OWN: `sip:127.0.0.1:${port}`, DATABASE: `text://${join(folder, 'tables')}`, ...defines };
  const defined = Object.entries(all).flatMap(([name, value]) => ['-A', `${name}=${typeof value === 'number' ? value : `"${value}"`}`]);
  const args = [...argumentsFor(folder, fileURLToPath(new URL(configuration, import.meta.url))), ...defined];
  const isReady = (): Promise<boolean> => command(port, 'core.version', []).then(() => true, () => false);
  let process = await begin(args, isReady);
  later(() => end(process));
  return {
    port,
    command: (method, ...params) => command(port, method, params),
    async restart() {
      await end(process);
      process = await begin(args, isReady);
    },
  };
}

/** The proxy of examples/operations/kamailio.cfg on this machine, before these nodes; alice, bob and these users have the password `secret`, in the realm 127.0.0.1. Resolves to its port. */
export async function kamailioProxy(nodes: readonly string[], users: readonly string[] = []): Promise<number> {
  const folder = ownFolder();
  const port = await freePort();
  const list = join(folder, 'nodes.list');
  const file = join(folder, 'kamailio.cfg');
  writeFileSync(list, nodes.map((uri) => `1 ${uri}\n`).join(''));
  const text = readFileSync(fileURLToPath(new URL('../../examples/operations/kamailio.cfg', import.meta.url)), 'utf8');
  // Phones here have the address of the proxy, which must not count as the domain.
  writeFileSync(file, text.replace('alias="example.com"\n', '')
    .replaceAll('192.0.2.1:5060', `127.0.0.1:${port}`).replaceAll('example.com', '127.0.0.1').replace('/etc/kamailio/kamailio-nodes.list', list)
    .replace(/\t\$sht\(users=>bob\).*\n/, (line) => [line, ...users.map((user) => line.replace('bob', user))].join(''))
    .replace(/(=>(\w+)\) = ")[^"]*/g, (_, head: string, user: string) => head + makeHa1(user, '127.0.0.1', 'secret').slice(-32)));
  const process = await begin(argumentsFor(folder, file), () => Promise.resolve(isBound('udp', port) && isBound('tcp', port)));
  later(() => end(process));
  return port;
}

function ownFolder(): string {
  const folder = temporaryFolder('kamailio');
  later(() => { removeFolder(folder); });
  return folder;
}

function argumentsFor(folder: string, file: string): readonly string[] {
  return ['-f', file, '-DD', '-E', '-m', '64', '-M', '8', '-Y', folder, '-w', folder, '-P', join(folder, 'pid')];
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

async function begin(args: readonly string[], isReady: () => Promise<boolean>): Promise<Process> {
  const process = spawnKamailio(args);
  let printed = '';
  process.stderr.setEncoding('utf8').on('data', (text: string) => { printed = (printed + text).slice(-20_000); });
  while (!await isReady()) {
    if (process.exitCode !== null) throw new Error(`kamailio ended:\n${printed}`);
    await wait(20);
  }
  return process;
}

async function end(kamailio: Process): Promise<void> {
  if (kamailio.exitCode !== null || kamailio.signalCode !== null || kamailio.pid === undefined) return;
  const ended = once(kamailio, 'exit');
  process.kill(-kamailio.pid, 'SIGKILL');
  await ended;
}
