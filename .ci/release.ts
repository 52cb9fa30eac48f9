import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// What a release would do, without publishing anything.

const root = fileURLToPath(new URL('..', import.meta.url));

/** A package as its package.json has it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** What npm would publish of it: paths in the package. */
export interface Packed {
  readonly manifest: Manifest;
  readonly files: readonly string[];
  /** Bytes of the archive. */
  readonly size: number;
}

/** What is wrong, a sentence each. `packages`: those before others depend on them. */
export function problems(packages: readonly Packed[], version: string): readonly string[] {
  const names = packages.map(({ manifest }) => manifest.name);
  return packages.flatMap(({ manifest, files }, index) => [
    ...(manifest.version === version ? [] : [`${manifest.name} is ${manifest.version}, and lerna.json says ${version}.`]),
    ...(manifest.private === true ? [`${manifest.name} is private: it would not be published.`] : []),
    ...wantedFiles(manifest).filter((file) => !files.includes(file)).map((file) => `${manifest.name} has no ${file} in it.`),
    ...files.filter((file) => /(?:\.tsbuildinfo|\.tgz|\.test\.\w+)$/.test(file)).map((file) => `${manifest.name} has ${file} in it, which is not for others.`),
    ...files.filter((file) => isLeftOver(file, files)).map((file) => `${manifest.name} has ${file} in it, whose source is gone: remove dist and build anew.`),
    ...Object.entries(manifest.dependencies ?? {}).flatMap(([name, range]) => ofOurs(manifest.name, name, range, version, names, index)),
  ]);
}

/** tsc removes nothing that it has once written. */
function isLeftOver(file: string, files: readonly string[]): boolean {
  const [, name] = /^dist\/(.+)\.js$/.exec(file) ?? [];
  return name !== undefined && !files.includes(`src/${name}.ts`);
}

function wantedFiles({ exports = {}, bin = {} }: Manifest): readonly string[] {
  const targets = [...Object.values(exports).flatMap((entry) => typeof entry === 'object' && entry !== null ? Object.values(entry) : [entry]), ...Object.values(bin)];
  const files = targets.filter((target) => typeof target === 'string').map((target) => target.replace(/^\.\//, ''));
  return [...new Set(['README.md', 'LICENSE', 'package.json', ...files])];
}

/** A package of ours must be published before, and in just this version. */
function ofOurs(dependent: string, name: string, range: string, version: string, names: readonly string[], index: number): readonly string[] {
  if (!name.startsWith('@nksip-ts/')) return [];
  const place = names.indexOf(name);
  if (place < 0) return [`${dependent} depends on ${name}, which lerna does not know.`];
  return [
    ...(range === version ? [] : [`${dependent} wants ${name} in ${range}, and it will be ${version}.`]),
    ...(place < index ? [] : [`${dependent} would be published before ${name}, which it depends on.`]),
  ];
}

/** Of every package that lerna would publish, in its order. */
export function pack(): readonly Packed[] {
  const run = (command: string, args: readonly string[], cwd: string): unknown => JSON.parse(execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: Infinity }));
  const listed = run(process.execPath, [join(root, 'node_modules/lerna/dist/cli.js'), 'ls', '--all', '--toposort', '--json'], root) as readonly { location: string }[];
  // npm answers a list of packages, or, from version 12 on, an object of them.
  const packed = Object.values(run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--workspaces'], root) as Record<string, { name: string; size: number; files: readonly { path: string }[] }>);
  return listed.map(({ location }) => {
    const manifest = JSON.parse(readFileSync(join(location, 'package.json'), 'utf8')) as Manifest;
    const one = packed.find(({ name }) => name === manifest.name);
    return { manifest, files: one?.files.map(({ path }) => path) ?? [], size: one?.size ?? 0 };
  });
}

export function versionOfLerna(): string {
  return (JSON.parse(readFileSync(join(root, 'lerna.json'), 'utf8')) as { version: string }).version;
}
