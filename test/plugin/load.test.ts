import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { definePlugin } from '../../packages/core/src/plugin/define.ts';
import { NksipError } from '../../packages/core/src/errors.ts';
import { loadPlugins, pluginFolders } from '../../packages/core/src/plugin/load.ts';
import { faultOf } from '../kit/caught.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';

declare module '@nksip-ts/core' {
  interface Plugins { 'load-known': object; 'load-dependent': { deps: 'load-known' } }
}

const core = pathToFileURL(join(import.meta.dirname, '../../packages/core/src/plugin/define.ts')).href;
const known = definePlugin({ name: 'load-known' });
const dependent = definePlugin({ name: 'load-dependent', plugin_deps: ['load-known'] });

const loadFault = (listed: readonly unknown[], from?: string): Promise<NksipError> => faultOf(loadPlugins(listed, from === undefined ? undefined : [from]));

describe('loading plugins', () => {
  let folder = '';
  before(() => { folder = temporaryFolder(); });
  after(() => { removeFolder(folder); });

  function install(name: string, source: string, exports: object | string = { '.': { default: './index.js' } }): void {
    const at = join(folder, 'node_modules', name);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'package.json'), JSON.stringify({ name, version: '1.0.0', type: 'module', exports }));
    writeFileSync(join(at, 'index.js'), source);
  }
  const defining = (definition: string): string => `import { definePlugin } from ${JSON.stringify(core)}; export default definePlugin(${definition});`;
  const load = async (...listed: readonly unknown[]): Promise<readonly string[]> => (await loadPlugins(listed, [folder])).map((plugin) => plugin.name);

  it('takes a plugin by its name, or itself, with what it depends on', async () => {
    expect(await load('load-dependent')).to.deep.equal(['load-dependent', 'load-known']);
    expect(await load(known, dependent)).to.deep.equal(['load-dependent', 'load-known']);
    expect(await load(known, 'load-known')).to.deep.equal(['load-known']);
    expect(await load()).to.deep.equal([]);
  });

  it('loads @nksip-ts/NAME from the folder of the application, before NAME', async () => {
    install('@nksip-ts/load-scoped', defining("{ name: 'load-scoped' }"));
    install('load-scoped', 'throw new Error("the wrong one")');
    expect(await load('load-scoped')).to.deep.equal(['load-scoped']);
  });

  it('looks into several folders, one after the other, and tells all of them', async () => {
    const [first, second] = ['first', 'second'].map((name) => join(folder, name));
    if (first === undefined || second === undefined) throw new Error('none');
    for (const [at, text] of [[first, "{ name: 'load-twice', callback_names: ['first'] }"], [second, 'throw new Error()']] as const) {
      mkdirSync(join(at, 'node_modules', 'load-twice'), { recursive: true });
      writeFileSync(join(at, 'node_modules', 'load-twice', 'package.json'), JSON.stringify({ name: 'load-twice', type: 'module', exports: './index.js' }));
      writeFileSync(join(at, 'node_modules', 'load-twice', 'index.js'), defining(text));
    }
    expect((await loadPlugins(['load-twice'], [join(folder, 'nowhere'), first, second])).map(({ name }) => name)).to.deep.equal(['load-twice']);
    const fault = await loadPlugins(['load-not'], [first, second]).catch((error: unknown) => String(error));
    expect(fault).to.include(`It was looked for from ${first}, ${second}.`);
  });

  it('looks beside the configuration, the main module and the command, and in the current folder', () => {
    const main = join(process.argv[1] ?? '', '..');
    expect(pluginFolders('/config', '/command')).to.deep.equal(['/config', main, '/command', process.cwd()]);
    expect(pluginFolders()).to.deep.equal([main, process.cwd()]);
    expect(pluginFolders(process.cwd())).to.deep.equal([process.cwd(), main]);
  });

  it('loads NAME, and a name with a scope as it is', async () => {
    install('load-plain', defining("{ name: 'load-plain' }"));
    install('@acme/load-theirs', defining("{ name: '@acme/load-theirs' }"));
    expect(await load('load-plain', '@acme/load-theirs')).to.deep.equal(['load-plain', '@acme/load-theirs']);
  });

  it('loads a dependency that nobody listed', async () => {
    install('@nksip-ts/load-below', defining("{ name: 'load-below' }"));
    install('@nksip-ts/load-above', defining("{ name: 'load-above', plugin_deps: ['load-below'] }"));
    expect(await load('load-above')).to.deep.equal(['load-above', 'load-below']);
  });

  it('loads a package written as CommonJS', async () => {
    const at = join(folder, 'node_modules', 'load-common');
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'package.json'), JSON.stringify({ name: 'load-common', main: './index.cjs' }));
    writeFileSync(join(at, 'index.cjs'), 'module.exports = globalThis.commonPlugin;');
    Object.assign(globalThis, { commonPlugin: (await import(core)).definePlugin({ name: 'load-common' }) });
    expect(await load('load-common')).to.deep.equal(['load-common']);
    Reflect.deleteProperty(globalThis, 'commonPlugin');
  });

  it('never takes a module of Node for a plugin', async () => {
    for (const name of ['fs', 'path', 'test', 'events']) expect((await loadFault([name], folder)).code).to.equal('unknown_plugin');
  });

  it('never takes a path for a name', async () => {
    writeFileSync(join(folder, 'near.js'), 'throw new Error("loaded")');
    for (const name of ['./near.js', '../near.js', join(folder, 'near.js'), 'file:///near.js', 'node:fs', 'a/b', '', '@acme', 'data:text/javascript,1']) {
      expect((await loadFault([name], folder)).code, name).to.equal('unknown_plugin');
    }
  });

  it('suggests the nearest plugin that is imported or installed, or says what to install', async () => {
    const error = await loadFault(['load-knwon'], folder);
    expect(error.code).to.equal('unknown_plugin');
    expect(error.message).to.include("'load-knwon' is unknown. Did you mean 'load-known'?").and.not.include('Install');
    expect((await loadFault(['zzzz'], folder)).message).to.include("Install '@nksip-ts/zzzz' or 'zzzz' where it is looked for").and.include(`It was looked for from ${folder}.`);
    install('@nksip-ts/never-imported', '');
    expect((await loadFault(['never-importd'], join(folder, 'deep', 'inside'))).details['nearest']).to.equal('never-imported');
  });

  it('names both sides when a dependency is missing', async () => {
    install('load-lonely', defining("{ name: 'load-lonely', plugin_deps: ['load-nobody'] }"));
    const error = await loadFault(['load-lonely'], folder);
    expect(error.code).to.equal('unknown_plugin');
    expect(error.message).to.include("'load-nobody', which 'load-lonely' depends on,");
  });

  it('refuses a circle across packages', async () => {
    install('load-ring-a', defining("{ name: 'load-ring-a', plugin_deps: ['load-ring-b'] }"));
    install('load-ring-b', defining("{ name: 'load-ring-b', plugin_deps: ['load-ring-a'] }"));
    expect((await loadFault(['load-ring-a'], folder)).message).to.include('load-ring-a -> load-ring-b -> load-ring-a');
  });

  it('says which package throws, keeping what it threw', async () => {
    install('load-broken', 'throw new Error("no driver")');
    const error = await loadFault(['load-broken'], folder);
    expect(error.code).to.equal('plugin_failed');
    expect(error.message).to.equal("The plugin 'load-broken' failed in import: no driver.");
    expect(error.cause).to.be.instanceOf(Error);
  });

  it('says so when a package hides its entry from require', async () => {
    install('load-hidden', '', { './other': './index.js' });
    expect((await loadFault(['load-hidden'], folder)).code).to.equal('plugin_failed');
  });

  it('refuses a package whose default export is no plugin, or one of another name', async () => {
    install('load-nothing', 'export const plugin = 1;');
    install('load-other', defining("{ name: 'load-not-other' }"));
    for (const name of ['load-nothing', 'load-other']) {
      const error = await loadFault([name], folder);
      expect(error.code).to.equal('invalid_plugin');
      expect(error.message).to.include(`definePlugin({ name: '${name}', ... })`);
    }
  });

  it('tells of a plugin that another copy of core has made', async () => {
    const { ...copy } = dependent;
    const why = 'it was made by another copy of @nksip-ts/core; `npm ls @nksip-ts/core` shows both.';
    expect((await loadFault([copy])).message).to.equal(`'load-dependent' is not a plugin: ${why}`);
    install('load-copied', "export default { name: 'load-copied', plugin_deps: [], options: {}, callback_names: [], callbacks() {} };");
    expect((await loadFault(['load-copied'], folder)).message).to.equal(`'load-copied' is not a plugin: ${why}`);
  });

  it('refuses what is neither a name nor a plugin', async () => {
    for (const entry of [3, null, undefined, {}, [], { name: 'load-known' }, { name: 'nobody' }]) {
      expect((await loadFault([entry])).code).to.equal('invalid_plugin');
    }
    expect((await loadFault([{ default: known }])).message).to.include('list its default export');
  });
});

describe('definePlugin', () => {
  const define = (definition: unknown): unknown => Reflect.apply(definePlugin, undefined, [definition]);

  it('refuses a second plugin of one name', () => {
    expect(() => define({ name: 'load-known' })).to.throw(NksipError, "Another plugin is called 'load-known' already");
  });

  for (const [definition, message] of [
    [{ name: 'Wrong Name' }, 'lower-case'],
    [{ name: '' }, 'lower-case'],
    [{}, 'name'],
    [undefined, "undefined is not a plugin: write an object, for example { name: 'my-plugin' }."],
    [function nameless() {}, "A function is not a plugin: write an object, for example { name: 'my-plugin' }."],
    [{ name: 'load-x', plugin_strat: () => {} }, "'load-x' is not a plugin: definePlugin takes no 'plugin_strat'. Did you mean 'plugin_start'?"],
    [{ name: 'load-x', plugin_strt: () => {} }, 'plugin_strt'],
    [{ name: 'load-x', plugin_start: true }, 'plugin_start: it must be a function'],
    [{ name: 'load-x', callbacks: {} }, 'callbacks: it must be a function'],
    [{ name: 'load-x', plugin_deps: 'load-known' }, 'plugin_deps'],
    [{ name: 'load-x', options: { sip_x: 1 } }, 'options: it must be a zod object'],
  ] as const) {
    it(`refuses ${JSON.stringify(definition) ?? 'nothing'}`, () => {
      expect(() => define(definition)).to.throw(NksipError, message).with.property('code', 'invalid_plugin');
    });
  }
});
