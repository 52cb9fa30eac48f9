import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';

const packages = new URL('../../packages/', import.meta.url);
const tsconfig = fileURLToPath(new URL('../tsconfig.json', import.meta.url));

/** Names of packages without which ours is to work. */
function optionalOf(name: string): string[] {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8')) as { optionalDependencies?: Record<string, string> };
  return Object.keys(optionalDependencies);
}

/** What the compiler says of the sources of that package where these are not installed. */
function problems(name: string, missing: readonly string[]): string[] {
  const { config } = ts.readConfigFile(tsconfig, (path) => ts.sys.readFile(path)) as { config: object };
  const src = fileURLToPath(new URL(`${name}/src`, packages));
  const { options: ours } = ts.parseJsonConfigFileContent(config, ts.sys, fileURLToPath(new URL('..', import.meta.url)));
  const options = { ...ours, incremental: false, types: ['node'] };
  const host = ts.createCompilerHost(options);
  const isThere = (path: string): boolean => missing.every((one) => !path.includes(`/node_modules/${one}/`));
  const program = ts.createProgram({
    rootNames: ts.sys.readDirectory(src, ['.ts']), options,
    host: { ...host, fileExists: (path) => isThere(path) && host.fileExists(path), directoryExists: (path) => isThere(`${path}/`) && host.directoryExists!(path) },
  });
  return program.getSemanticDiagnostics().map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('a package with optional dependencies', () => {
  const some = readdirSync(packages).filter((name) => optionalOf(name).length > 0);

  it('is core, for one', () => expect(some).to.include('core'));

  for (const name of some) {
    it(`is built where they are not installed: ${name}`, () => expect(problems(name, optionalOf(name))).to.deep.equal([]));
  }
});
