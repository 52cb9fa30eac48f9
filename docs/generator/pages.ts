import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** From the root of the project. */
  readonly file: string;
  readonly text: string;
}

export function pages(): readonly Page[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  const ofPackages = readdirSync(join(root, 'packages')).sort().map((name) => `packages/${name}/README.md`);
  const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'bench/README.md', ...ofPackages, ...inDocs.sort()].filter((file) => existsSync(join(root, file)));
  return files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
}
