import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const config = join(root, '.dependency-cruiser.cjs');
const { forbidden } = createRequire(import.meta.url)(config) as { forbidden: readonly { name: string }[] };
/** `core-uas` is the fence of a room: what no room may import stands in its package's index. */
const isRoom = /^(core|event-compositor|event-notifier|registrar|uac-auto|admin|cli)-([\w-]+)$/;

/** A file that breaks a fence, and what it imports. */
interface Violation {
  readonly file: string;
  readonly imports: string;
}

const planted: Readonly<Record<string, Violation>> = {
  'no-cycles': { file: 'core/src/uas/planted-cycle.ts', imports: './planted-cycle-back.js' },
  'names-say-what-is-in-a-file': { file: 'core/src/uas/planted-name.ts', imports: '../log/utils.js' },
  'sip-has-no-dependency': { file: 'sip/src/planted-dependency.ts', imports: 'node:fs' },
  'sip-imports-nothing': { file: 'sip/src/planted.ts', imports: '@nksip-ts/core' },
  'memory-has-no-dependency': { file: 'memory/src/planted-dependency.ts', imports: 'zod' },
  'memory-imports-nothing': { file: 'memory/src/planted.ts', imports: '@nksip-ts/core' },
  'core-root': { file: 'core/src/uas/planted-roof.ts', imports: '../planted.js' },
  'core-floor': { file: 'core/src/errors.ts', imports: './log/log.js' },
  'compositor-by-public-entries': { file: 'event-compositor/src/planted.ts', imports: '../../core/src/errors.js' },
  'registrar-by-public-entries': { file: 'registrar/src/planted.ts', imports: '../../core/src/errors.js' },
  'uac-auto-by-public-entries': { file: 'uac-auto/src/planted.ts', imports: '../../core/src/errors.js' },
  'notifier-by-public-entries': { file: 'event-notifier/src/planted.ts', imports: '../../core/src/errors.js' },
  'store-lmdb-by-public-entries': { file: 'event-store-lmdb/src/planted.ts', imports: '../../core/src/errors.js' },
  'store-redis-by-public-entries': { file: 'event-store-redis/src/planted.ts', imports: '../../core/src/errors.js' },
  'admin-by-public-entries': { file: 'admin/src/planted.ts', imports: '../../core/src/errors.js' },
  'only-admin-serves-http': { file: 'core/src/uas/planted-server.ts', imports: 'fastify' },
  'cli-by-public-entries': { file: 'cli/src/planted.ts', imports: '../../core/src/errors.js' },
};

/** The wiring of a package, which stands above its rooms. */
const aboveRooms: Readonly<Record<string, string>> = { core: '../service/running-service.js', 'event-compositor': '../compositor.js', 'event-notifier': '../index.js', registrar: '../registrar.js', 'uac-auto': '../uac-auto.js', admin: '../admin.js', cli: '../main.js' };

function violationOf(name: string): Violation {
  const [, owner = '', room = ''] = isRoom.exec(name) ?? [];
  return planted[name] ?? { file: `${owner}/src/${room}/planted.ts`, imports: aboveRooms[owner] ?? '' };
}

/** The packages of this checkout without what is built. */
function copyPackages(to: string): void {
  cpSync(join(root, 'packages'), join(to, 'packages'), { recursive: true, filter: (path) => !['dist', 'node_modules'].includes(basename(path)) });
  mkdirSync(join(to, 'node_modules/@nksip-ts'), { recursive: true });
  for (const name of readdirSync(join(to, 'packages'))) symlinkSync(join(to, 'packages', name), join(to, 'node_modules/@nksip-ts', name));
  symlinkSync(join(root, 'node_modules/zod'), join(to, 'node_modules/zod'));
}

function plant(to: string, { file, imports }: Violation): void {
  const path = join(to, 'packages', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `import '${imports}';\n`);
}

async function brokenRules(folder: string): Promise<readonly string[]> {
  const depcruise = join(root, 'node_modules/.bin/depcruise');
  const { stdout } = await promisify(execFile)(depcruise, ['--config', config, '--output-type', 'json', 'packages'], { cwd: folder, maxBuffer: 2 ** 28 }).catch((error: unknown) => error as { stdout: string });
  const { summary } = JSON.parse(stdout) as { summary: { violations: readonly { rule: { name: string } }[] } };
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

describe('the import fences', function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = temporaryFolder('fences');
    copyPackages(folder);
    for (const { name } of forbidden) plant(folder, violationOf(name));
    plant(folder, { file: 'core/src/uas/planted-cycle-back.ts', imports: './planted-cycle.js' });
    plant(folder, { file: 'core/src/log/utils.ts', imports: './printable.js' });
    plant(folder, { file: 'core/src/planted.ts', imports: './errors.js' });
  });

  after(() => { removeFolder(folder); });

  it('a planted violation breaks each of them', async () => {
    const names = forbidden.map(({ name }) => name).sort();
    expect(await brokenRules(folder)).to.deep.equal(names);
  });
});
