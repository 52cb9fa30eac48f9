import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { pages, root } from '../../docs/generator/pages.ts';

const page = (file: string): string => pages().find((one) => one.file === file)?.text ?? '';

describe('The commands in the documentation', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

  it('start and test with one line each', () => {
    const lines = page('README.md').split('\n');
    expect(lines).to.include('npm ci && npm start');
    expect(lines).to.include('npm ci && npm test');
  });

  it('are the five of CONTRIBUTING.md', () => {
    const five = [...page('CONTRIBUTING.md').matchAll(/^\| `npm ([^`]*)`/gm)].map(([, command]) => command);
    expect(five).to.deep.equal(['ci', 'run build', 'test', 'run lint', 'run docs:check']);
  });

  it('are scripts of the project', () => {
    const named = pages().flatMap(({ text }) => [...text.matchAll(/\bnpm (?:run )?(start|test|[a-z]+:[a-z]+|(?<=run )[a-z:]+)/g)].map(([, name = '']) => name));
    expect(named).to.include('docs:check');
    expect(named.filter((name) => scripts[name] === undefined)).to.deep.equal([]);
  });
});
