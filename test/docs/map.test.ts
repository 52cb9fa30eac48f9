import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../docs/generator/pages.ts';

const packages = join(root, 'packages');
const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');

/** The lines of the table under a heading, without its own two. */
function rowsUnder(heading: string): readonly string[] {
  const lines = text.slice(text.indexOf(`\n## ${heading}\n`) + 1).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  return lines.slice(first + 2, end);
}

/** `sip/src`, `sip/src/headers` and so on. */
function foldersOfSource(): readonly string[] {
  return readdirSync(packages).filter((name) => existsSync(join(packages, name, 'src'))).flatMap((name) => {
    const inside = readdirSync(join(packages, name, 'src'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [`${name}/src`, ...inside.map((entry) => join(entry.parentPath, entry.name).slice(packages.length + 1))];
  });
}

describe('docs/architecture.md', () => {
  it('has every folder of source in its map, and none that is not there', () => {
    const drawn = rowsUnder('The map').map((row) => /^\| `([^`]+)` \| [^|]+ \|$/.exec(row)?.[1] ?? row);
    expect([...drawn].sort()).to.deep.equal([...foldersOfSource()].sort());
  });

  it('has every package in its picture, the lowest at the bottom', () => {
    const picture = readFileSync(join(root, 'docs/layers.svg'), 'utf8');
    const drawn = [...picture.matchAll(/<text class="name"[^>]*>([^<]+)</g)].map(([, name]) => name);
    expect([...drawn].sort()).to.deep.equal([...new Set(foldersOfSource().map((folder) => folder.split('/')[0]))].sort());
    expect(drawn.slice(-3)).to.deep.equal(['core', 'sip', 'memory']);
  });

  it('has for each step of a PUBLISH the file with its rule', () => {
    const rows = rowsUnder('The life of a PUBLISH');
    const files = rows.map((row) => /\| `([^`]+\.ts)` \|$/.exec(row)?.[1] ?? row);
    expect(files.filter((file) => !existsSync(join(packages, file)))).to.deep.equal([]);
    expect(files.length).to.be.above(25);
  });

  for (const heading of ['The life of a SUBSCRIBE', 'The life of a change']) {
    it(`has files that are there under '${heading}'`, () => {
      const files = rowsUnder(heading).map((row) => /\| `([^`]+\.ts)` \|$/.exec(row)?.[1] ?? row);
      expect(files.filter((file) => !existsSync(join(packages, file)))).to.deep.equal([]);
      expect(files.length).to.be.above(8);
    });
  }

  it('finds no file at the root of core but those on which all of it stands', () => {
    const files = readdirSync(join(packages, 'core/src'), { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);
    expect(files.sort()).to.deep.equal(['diagnostics.ts', 'errors.ts', 'events.ts', 'index.ts', 'nearest-name.ts', 'thenable.ts', 'trace.ts']);
  });
});
