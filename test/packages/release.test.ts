import { expect } from 'chai';
import { pack, problems, versionOfLerna, type Manifest } from '../../.ci/release.ts';

const dist = ['README.md', 'LICENSE', 'package.json', 'src/index.ts', 'dist/index.js'];
const packed = (manifest: Partial<Manifest> & { name: string }, files: readonly string[] = dist) =>
  ({ manifest: { version: '1.0.0', exports: { '.': { default: './dist/index.js' } }, ...manifest }, files, size: 0 });
const sip = packed({ name: '@nksip-ts/sip' });

describe('A release', () => {
  it('would publish every package, those that others depend on first, with all that belongs to them', function () {
    this.timeout(120_000);
    const packages = pack();
    expect(packages).to.have.lengthOf(11);
    expect(problems(packages, versionOfLerna())).to.deep.equal([]);
  });

  it('of packages that agree has no problem', () => {
    expect(problems([sip, packed({ name: '@nksip-ts/core', dependencies: { '@nksip-ts/sip': '1.0.0', zod: '^4.0.0' } })], '1.0.0')).to.deep.equal([]);
  });

  for (const [what, packages, problem] of [
    ['another version', [packed({ name: '@nksip-ts/sip', version: '0.9.0' })], '@nksip-ts/sip is 0.9.0, and lerna.json says 1.0.0.'],
    ['a private package', [packed({ name: '@nksip-ts/sip', private: true })], '@nksip-ts/sip is private: it would not be published.'],
    ['no README', [packed({ name: '@nksip-ts/sip' }, dist.slice(1))], '@nksip-ts/sip has no README.md in it.'],
    ['an entry that is not built', [packed({ name: '@nksip-ts/sip' }, dist.slice(0, 4))], '@nksip-ts/sip has no dist/index.js in it.'],
    ['what the compiler left', [packed({ name: '@nksip-ts/sip' }, [...dist, 'dist/.tsbuildinfo'])], '@nksip-ts/sip has dist/.tsbuildinfo in it, which is not for others.'],
    ['what was built of a source that is gone', [packed({ name: '@nksip-ts/sip' }, [...dist, 'dist/old.js'])], '@nksip-ts/sip has dist/old.js in it, whose source is gone: remove dist and build anew.'],
    ['a dependency in another version', [sip, packed({ name: '@nksip-ts/core', dependencies: { '@nksip-ts/sip': '0.9.0' } })], '@nksip-ts/core wants @nksip-ts/sip in 0.9.0, and it will be 1.0.0.'],
    ['the wrong order', [packed({ name: '@nksip-ts/core', dependencies: { '@nksip-ts/sip': '1.0.0' } }), sip], '@nksip-ts/core would be published before @nksip-ts/sip, which it depends on.'],
    ['a dependency that is no package of ours', [packed({ name: '@nksip-ts/core', dependencies: { '@nksip-ts/spi': '1.0.0' } })], '@nksip-ts/core depends on @nksip-ts/spi, which lerna does not know.'],
  ] as const) {
    it(`is told of ${what}`, () => {
      expect(problems(packages, '1.0.0')).to.deep.equal([problem]);
    });
  }
});
