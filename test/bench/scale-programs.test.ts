import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../docs/generator/pages.ts';
import { operations, readFigures, valueOf } from '../../bench/scale-figures.mts';
import { transports } from '../../bench/transports.mts';
import { requireTool } from '../clients/tools.ts';

function run(args: readonly string[]): { readonly out: string; readonly err: string; readonly code: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', '-C', '@nksip-ts/source', 'bench/scale.mts', ...args], { cwd: root, encoding: 'utf8' });
  return { out: stdout, err: stderr, code: status };
}

describe('The program that reckons what a deployment needs', function () {
  this.timeout(240_000);

  it('tells nodes, Redis and traffic, and how far to trust it', () => {
    const { out, err, code } = run(['--publications', '10M', '--watchers', '10M', '--changes', '5000/s', '--store', 'redis', '--transport', 'udp']);
    expect(code, err).to.equal(0);
    expect(out).to.match(/PUBLISH, modify +\| +5,000\.0 /).and.match(/\| nodes +\| \d/).and.match(/\| Redis +\| \d/).and.contain('Measured on ');
    expect(JSON.parse(run(['--publications', '1k', '--json']).out)).to.include({ nodes: 1, spare: 1 });
  });

  it('prints a sentence for a mistake, and help', () => {
    expect(run(['--store', 'paper'])).to.deep.include({ out: '', err: '--store: there is no "paper", but ram, lmdb, redis.\n', code: 1 });
    expect(run(['--help']).out).to.contain('--measure');
  });

  it('measures its figures: each operation, at each transport and in each store', function () {
    requireTool(this, 'redis-server', 'redis-server');
    const folder = mkdtempSync(join(tmpdir(), 'nksip-ts-scale-'));
    try {
      const file = join(folder, 'figures.json');
      const { err, code } = run(['--measure', '--count', '40', '--weigh', '40', '--settle', '0', '--to', file]);
      expect(code, err).to.equal(0);
      const { figures } = readFigures(file);
      for (const operation of operations) {
        for (const transport of transports) {
          const atLeast = operation === 'notify' ? 0 : 1;
          expect(valueOf(figures, `cpu/${operation}/ram/${transport}`), `${operation} ${transport}`).to.be.at.least(atLeast);
          expect(valueOf(figures, `in/${operation}/${transport}`), `${operation} ${transport}`).to.be.above(100);
        }
      }
      expect(valueOf(figures, 'redis-commands/initial')).to.be.at.least(1);
      expect(valueOf(figures, 'store/publication/redis')).to.be.above(400);
      expect(figures['cpu/initial/lmdb/udp']).to.include({ unit: 'us of CPU', source: 'npm run bench:scale -- --measure --count 40 --weigh 40 --settle 0' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('compares what it reckons with a server under load', () => {
    const { out, err, code } = run(['--check', '--sizes', '100,200', '--seconds', '1', '--settle', '0']);
    expect(code, err).to.equal(0);
    expect(out.trim().split('\n').slice(2).map((line) => line.split('|').slice(1, 3).map((cell) => cell.trim()).join(': '))).to.deep.equal(
      ['100', '200', '10,000,000', '100,000,000'].flatMap((size) => [`${size}: busy cores`, `${size}: memory of the process`]));
  });
});
