import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { blocks, blocksIn } from '../docs/blocks.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['sip', 'memory', 'core', 'event-compositor', 'registrar', 'uac-auto', 'event-notifier', 'event-store-lmdb', 'event-store-redis', 'admin', 'cli'] as const;

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** An application outside the repository, with what `npm pack` makes of each package and nothing else of ours. */
function makeProject(): string {
  const project = temporaryFolder('pack');
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  const args = ['pack', '--json', '--ignore-scripts', '--workspaces', '--pack-destination', project];
  const packed: unknown = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: Infinity }));
  // npm answers a list of packages, or, from version 12 on, an object of them.
  const files = new Map(Object.values(packed as Record<string, { readonly name: string; readonly filename: string }>).map((one) => [one.name, one.filename]));
  for (const name of packages) unpack(project, name, files.get(name === 'cli' ? 'nksip-ts' : `@nksip-ts/${name}`)?.replace('@', '').replace('/', '-') ?? '');
  return project;
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
  this.timeout(120_000);
  let project: string;

  before(() => {
    project = makeProject();
  });

  after(() => {
    removeFolder(project);
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
    expect(execFileSync(process.execPath, ['redis.js'], { cwd: project, encoding: 'utf8' })).to.include("'event-store-redis' failed in plugin_prepare").and.to.include('nobody listens there');
  });

  it('run the command', () => {
    const out = execFileSync(process.execPath, [join(project, 'node_modules/nksip-ts/bin/nksip-ts.js'), '--version'], { cwd: project, encoding: 'utf8' });
    expect(out).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  for (const name of packages) {
    it(`have README, LICENSE and package.json of ${name} in them`, () => {
      const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest;
      const folder = join(project, 'node_modules', manifest.name);
      expect(readFileSync(join(folder, 'README.md'), 'utf8')).to.match(/^# (?:@nksip-ts\/|nksip-ts\n)/);
      expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).to.equal(readFileSync(join(root, 'LICENSE'), 'utf8'));
      expect(createRequire(join(project, 'app.js'))(`${manifest.name}/package.json`)).to.include({ name: manifest.name, license: 'Apache-2.0' });
      expect(existsSync(join(folder, 'dist/.tsbuildinfo'))).to.equal(false);
    });
  }

  for (const [name, printed] of [
    ['sip', 'MESSAGE sip:alice@example.com hello\n'], ['core', 'received: hello\n200\n'], ['event-compositor', 'hello\n'], ['registrar', 'sip:alice@192.0.2.1\n'], ['uac-auto', 'lamp ok\n'], ['event-notifier', 'sunny\n'], ['event-store-lmdb', 'event-store-lmdb, event-compositor\n'],
  ] as const) {
    it(`run the example of the README of ${name}, which prints what it says`, () => {
      const page = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8');
      const [example] = blocksIn('README.md', page).filter(({ language }) => language === 'ts');
      writeFileSync(join(project, `readme-${name}.mjs`), example?.text ?? '');
      expect(outputOf(`readme-${name}.mjs`)).to.equal(printed);
      for (const line of printed.trim().split('\n')) expect(page).to.include(`\`${line}\``);
    });
  }

  it('can be required from CommonJS, and are the same modules there', () => {
    writeFileSync(join(project, 'app.cjs'), `
      const core = require('@nksip-ts/core');
      const { default: eventCompositor, find } = require('@nksip-ts/event-compositor');
      const { storeChecks } = require('@nksip-ts/event-compositor/store-checks');
      async function main() {
        const { start } = await import('@nksip-ts/core');
        const service = await core.start('server', { plugins: [eventCompositor], sip_events: 'nkpublish' });
        console.log(core.list().join(), start === core.start, await find('server', 'sip:a@b', 'tag'), storeChecks.length > 10);
        await service.stop();
      }
      main();
    `);
    expect(outputOf('app.cjs')).to.equal('server true not_found true\n');
  });

  it('run the CommonJS example of the documentation', () => {
    const [example] = blocks().filter(({ page, text }) => page === 'docs/api.md' && text.includes('require('));
    writeFileSync(join(project, 'documented.cjs'), example?.text ?? '');
    expect(outputOf('documented.cjs')).to.match(/^sip:127\.0\.0\.1:\d+;transport=udp /);
  });

  const esm = `
    import { start, update } from '@nksip-ts/core';
    import '@nksip-ts/event-compositor';
    import '@nksip-ts/event-store-lmdb';
    import { RedisStore } from '@nksip-ts/event-store-redis';
    import { storeChecks } from '@nksip-ts/event-compositor/store-checks';
    import { parse } from '@nksip-ts/sip';
  `;
  const cts = `
    import core = require('@nksip-ts/core');
    import compositor = require('@nksip-ts/event-compositor');
    import { RedisStore } from '@nksip-ts/event-store-redis';
    import { storeChecks } from '@nksip-ts/event-compositor/store-checks';
    import { parse } from '@nksip-ts/sip';
    const { start, update } = core;
    export const plugin: string = compositor.default.name;
  `;
  const body = `
    export const ids: readonly string[] = storeChecks.map((check) => check.id);
    export const store = new RedisStore({ url: 'redis://127.0.0.1' });
    export const { ok } = parse(new Uint8Array());
    export async function main(): Promise<void> {
      const service = await start('a', { plugins: ['event-compositor'], sip_event_compositor_default_expires: 9 });
      await update(service, { sip_event_compositor_default_expires: 10 });
      // @ts-expect-error
      await update(service, { sip_event_compositor_default_expiry: 10 });
      // @ts-expect-error
      await start('a', { plugins: ['event-compositor'], sip_event_compositor_default_expiry: 9 });
    }
  `;
  for (const [kind, file, text, options] of [
    ['an ES module, nodenext', 'esm.mts', esm, ['--module', 'nodenext']],
    ['CommonJS, nodenext', 'common.cts', cts, ['--module', 'nodenext']],
    ['a bundler', 'bundled.ts', esm, ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ] as const) {
    it(`carry their types, which name the wrong option: ${kind}`, () => {
      writeFileSync(join(project, file), text + body);
      expect(compile(file, ['--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', ...options])).to.equal('');
    });
  }

  it('lead from a declaration to the source', () => {
    const folder = join(project, 'node_modules/@nksip-ts/core/dist');
    const { sources } = JSON.parse(readFileSync(join(folder, 'index.d.ts.map'), 'utf8')) as { sources: readonly string[] };
    expect(sources.map((source) => existsSync(join(folder, source)))).to.deep.equal([true]);
  });

  function outputOf(file: string): string {
    return execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  }

  /** What the compiler has to say, but for a mistake in the declarations of lmdb itself. */
  function compile(file: string, options: readonly string[]): string {
    const types = join(project, 'node_modules/@types');
    if (!existsSync(types)) symlinkSync(join(root, 'node_modules/@types'), types);
    const args = [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--types', 'node', ...options, file];
    return spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' }).stdout.replace(/^\S*node_modules\/lmdb\/.*\n/gm, '');
  }
});
