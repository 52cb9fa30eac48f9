import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** One line of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile, as far as ours needs it: no variables, no heredocs. */
export function stagesOf(dockerfile: string): readonly Stage[] {
  const lines = dockerfile.split('\n').filter((line) => !line.startsWith('#')).join('\n').replaceAll(/\\\n\s*/g, ' ').split('\n').filter((line) => line.trim() !== '');
  const stages: { name: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push({ name: / AS (\S+)/.exec(text)?.[1] ?? '', instructions: [] });
    stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** The variables of an ENV. */
export function variablesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.trim().split(/ +/).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

export function copyOf(text: string): { readonly from: string | undefined; readonly sources: readonly string[]; readonly to: string } {
  const words = text.split(/ +/);
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice(7) : undefined;
  return { from, sources: words.slice(0, -1), to: words.at(-1) ?? '' };
}

/** Carries the steps of the Dockerfile out in an empty folder, as no image can be built everywhere, and has the server in it answer its health check. Throws where a step fails. */
export async function buildAndAsk(root: string, dockerfile: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nksip-ts-image-'));
  try {
    const stages = stagesOf(dockerfile);
    const environment: Record<string, string> = {};
    let at = folder;
    for (const [index, stage] of stages.entries()) {
      const own = join(folder, stage.name || String(index));
      for (const { name, text } of stage.instructions) {
        if (name === 'WORKDIR') mkdirSync(at = join(own, text), { recursive: true });
        if (name === 'ENV') Object.assign(environment, variablesOf(text));
        if (name === 'COPY') copy(text, root, folder, at);
        if (name === 'RUN') execFileSync('sh', ['-c', text.replaceAll('/var/', `${own}/var/`).replaceAll(/&& chown .*/g, '')], { cwd: at, stdio: ['ignore', 'ignore', 'inherit'] });
      }
    }
    await ask(at, stages.at(-1)?.instructions ?? [], environment, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copy(text: string, root: string, folder: string, at: string): void {
  const { from, sources, to } = copyOf(text);
  for (const source of sources) {
    const path = from === undefined ? join(root, source) : join(folder, from, source);
    const ignored = (file: string): boolean => from === undefined && ['node_modules', 'dist'].includes(basename(file));
    cpSync(path, to.endsWith('/') ? join(at, to, basename(source)) : join(at, to), { recursive: true, verbatimSymlinks: true, filter: (file) => !ignored(file) });
  }
}

async function ask(at: string, instructions: readonly Instruction[], environment: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const wordsOf = (name: string): readonly string[] => JSON.parse(/\[.*\]/.exec(instructions.find((one) => one.name === name)?.text ?? '')?.[0] ?? '[]') as readonly string[];
  const port = await freePort();
  const users = join(folder, 'users');
  writeFileSync(users, '');
  const server = spawn(process.execPath, [...wordsOf('ENTRYPOINT').slice(1), ...wordsOf('CMD')], {
    cwd: at, stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment, NKSIP_TS_SIP_LISTEN: 'sip:127.0.0.1:0', NKSIP_TS_SIP_EVENT_STORE_LMDB_PATH: join(folder, 'store'), NKSIP_TS_SIP_USERS_FILE: users, NKSIP_TS_SIP_ADMIN_LISTEN: `127.0.0.1:${port}` },
  });
  try {
    const ended = once(server, 'exit').then(() => { throw new Error('the server ended'); });
    await Promise.race([once(server.stdout, 'data'), ended]);
    const [, ...health] = wordsOf('HEALTHCHECK');
    execFileSync(process.execPath, health.map((word) => word.replaceAll('8088', String(port))), { stdio: 'inherit' });
    const development = readdirSync(join(at, 'node_modules')).filter((name) => ['typescript', 'mocha', 'eslint', 'lerna'].includes(name));
    if (development.length > 0) throw new Error(`the image has ${development.join(', ')}, which only build and test`);
    ended.catch(() => undefined);
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

export function dockerfileIn(root: string): string {
  return readFileSync(join(root, 'examples/operations/Dockerfile'), 'utf8');
}
