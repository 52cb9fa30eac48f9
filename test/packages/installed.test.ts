import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../docs/generator/pages.ts';

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  /** A link leads here: to a package of ours. */
  readonly resolved?: string;
  readonly link?: boolean;
}

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Locked>> };

/** The names of all packages that npm installs with one of ours, as package-lock.json has them. */
function installedWith(name: string): readonly string[] {
  const found = new Set<string>();
  const waiting = [`packages/${name}`];
  const seen = new Set(waiting);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { dependencies = {}, optionalDependencies = {} } = packages[at] ?? {};
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
      found.add(dependency);
      const place = placeOf(dependency, at);
      if (place !== undefined && !seen.has(place)) waiting.push(place);
      if (place !== undefined) seen.add(place);
    }
  }
  return [...found].sort();
}

/** Where Node.js finds it from there: in the nearest node_modules. Undefined: it is for another platform. */
function placeOf(dependency: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const found = packages[join(folder, 'node_modules', dependency)];
    if (found !== undefined) return found.link === true ? found.resolved : join(folder, 'node_modules', dependency);
    if (folder === '') return undefined;
  }
}

describe('What npm installs', () => {
  const desk = ['@nksip-ts/admin', 'fastify', 'prom-client', 'uplot'];

  it('with the compositor is no desk, no store of another package and no XML: three packages of ours, and few of others', () => {
    const installed = installedWith('event-compositor').filter((name) => !name.startsWith('@koromix/'));
    expect(installed.filter((name) => name.startsWith('@nksip-ts/'))).to.deep.equal(['@nksip-ts/core', '@nksip-ts/memory', '@nksip-ts/sip']);
    expect(installed).to.include.members(['pino', 'ws', 'zod']).and.to.have.length.below(25);
    expect(installed.filter((name) => [...desk, 'ioredis', 'lmdb', 'saxes'].includes(name))).to.deep.equal([]);
  });

  it('has the desk in it with the package admin and the command only', () => {
    const names = ['sip', 'memory', 'core', 'event-compositor', 'registrar', 'uac-auto', 'event-notifier', 'event-store-lmdb', 'event-store-redis', 'admin', 'cli'];
    expect(names.filter((name) => installedWith(name).some((other) => desk.includes(other)))).to.deep.equal(['admin', 'cli']);
  });
});
