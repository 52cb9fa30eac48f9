import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['sip', 'core', 'event-compositor', 'event-store-lmdb', 'event-store-redis', 'cli'] as const;

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** An application outside the repository, with what `npm pack` makes of each package and nothing else of ours. */
function makeProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'nksip-ts-pack-'));
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  for (const name of packages) {
    const packed: unknown = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: join(root, 'packages', name), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    unpack(project, name, fileNameOf(packed));
  }
  return project;
}

/** npm answers a list of packages, or, from version 12 on, an object of them. */
function fileNameOf(packed: unknown): string {
  const [first] = Object.values(packed as Record<string, { filename: string }>);
  return (first?.filename ?? '').replace('@', '').replace('/', '-');
}

function unpack(project: string, name: string, file: string): void {
  const folder = mkdtempSync(join(project, 'unpacked-'));
  execFileSync('tar', ['-xzf', join(project, file), '-C', folder]);
  const manifest = JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8')) as Manifest;
  const target = join(project, 'node_modules', manifest.name);
  mkdirSync(dirname(target), { recursive: true });
  execFileSync('mv', [join(folder, 'package'), target]);
  for (const dependency of Object.keys(manifest.dependencies ?? {})) link(project, name, dependency);
}

/** What others publish comes from the repository's own installation: no test asks a registry. */
function link(project: string, name: string, dependency: string): void {
  if (dependency.startsWith('@nksip-ts/')) return;
  const own = join(root, 'packages', name, 'node_modules', dependency);
  const target = join(project, 'node_modules', dependency);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { force: true });
  symlinkSync(existsSync(own) ? own : join(root, 'node_modules', dependency), target);
}

describe('the packages as npm packs them', function () {
  this.timeout(60_000);
  let project: string;

  before(() => {
    project = makeProject();
  });

  after(() => {
    rmSync(project, { recursive: true, force: true });
  });

  it('work in an empty project outside the repository, a plugin loaded by name', () => {
    writeFileSync(join(project, 'app.js'), `
      import { start, uac } from '@nksip-ts/core';
      const server = await start('server', { plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'nkpublish' });
      const port = /:(\\d+);/.exec(server.addresses[0])[1];
      const { code, meta } = await uac.publish('server', 'sip:a@127.0.0.1:' + port, { event: 'nkpublish', body: 'data' });
      const { find, textOf } = await import('@nksip-ts/event-compositor');
      console.log(code, textOf(await find('server', 'sip:a@127.0.0.1', meta.sip_etag)));
      await server.stop();
    `);
    expect(execFileSync(process.execPath, ['app.js'], { cwd: project, encoding: 'utf8' })).to.equal('200 data\n');
  });

  it('have event-store-redis, loaded by name, which tells that no Redis is there', () => {
    writeFileSync(join(project, 'redis.js'), `
      import { start } from '@nksip-ts/core';
      await start('server', { plugins: ['event-store-redis'], sip_event_store_redis_url: 'redis://127.0.0.1:1' }).catch((error) => console.log(error.message));
    `);
    expect(execFileSync(process.execPath, ['redis.js'], { cwd: project, encoding: 'utf8' })).to.include("'event-store-redis' failed in plugin_config").and.to.include('nobody listens there');
  });

  it('run the command', () => {
    const out = execFileSync(process.execPath, [join(project, 'node_modules/nksip-ts/bin/nksip-ts.js'), '--version'], { cwd: project, encoding: 'utf8' });
    expect(out).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  it('carry their types, which name the wrong option', () => {
    writeFileSync(join(project, 'app.ts'), `
      import { start } from '@nksip-ts/core';
      import '@nksip-ts/event-compositor';
      import { storeChecks } from '@nksip-ts/event-compositor/store-checks';
      export const ids: readonly string[] = storeChecks.map((check) => check.id);
      await start('a', { plugins: ['event-compositor'], sip_event_compositor_default_expires: 9 });
      // @ts-expect-error
      await start('a', { plugins: ['event-compositor'], sip_event_compositor_default_expiry: 9 });
    `);
    symlinkSync(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'));
    const args = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--target', 'es2023', '--module', 'nodenext', '--types', 'node', 'app.ts'];
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], { cwd: project, encoding: 'utf8' });
    expect({ status, stdout }).to.deep.equal({ status: 0, stdout: '' });
  });
});
