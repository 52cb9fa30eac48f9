import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { Command, run } from './command.js';

describe('check', function () {
  this.timeout(30_000);
  let folder: string;
  before(async () => {
    folder = temporaryFolder();
  });
  after(() => { removeFolder(folder); });

  async function written(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  it('says that serve would start, beside one that runs, and exits with 0', async () => {
    await using server = new Command('serve', '--listen', 'sip:127.0.0.1:0');
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    const file = await written('good.json', JSON.stringify({ sip_listen: address }));
    const { code, out, err } = await run('check', '--config', file);
    expect({ code, out, err }).to.deep.equal({ code: 0, out: `${file} is good: nksip-ts would start, and listen on ${address} unless a port there is taken.\n`, err: '' });
    expect((await run('check')).code).to.equal(0);
  });

  for (const [what, name, text, sentence] of [
    ['an option that nobody knows', 'a.json', '{\n  "sip_evnts": "x"\n}', (file: string) => `The option 'sip_evnts' is unknown. Did you mean 'sip_events'? It stands in ${file}, line 2.`],
    ['a value that cannot be', 'b.mjs', 'export const options = {\n  sip_no_100: 1,\n};', (file: string) => `The option 'sip_no_100' cannot be 1: it must be true or false. It stands in ${file}.`],
    ['an address that cannot be', 'c.json', '{\n\n  "sip_listen": "sip:all:5060, sip:all:5060" }', (file: string) => `sip_listen cannot be 'sip:all:5060, sip:all:5060': 'sip:all:5060' is there twice. Write, for example, 'sip:all:5060, sips:all:5061'. It stands in ${file}, line 3.`],
    ['JSON that is none', 'd.json', '{\n  "sip_events": "x",\n}', (file: string) => `The configuration file '${file}' cannot be used: line 2, column 20: a comma stands before '}': leave it out.`],
  ] as const) {
    it(`says of ${what} what is wrong and where, and exits with 1`, async () => {
      const file = await written(name, text);
      const { code, out, err } = await run('check', '--config', file);
      expect({ code, out, err }).to.deep.equal({ code: 1, out: '', err: `nksip-ts: ${sentence(file)}\n` });
    });
  }

  it('says of a value of the command line nothing about the file, which has another one', async () => {
    const file = await written('under.json', '{\n  "sip_listen": "sip:127.0.0.1:0", "sip_no_100": true, "plugins": ["event-compositor"]\n}');
    for (const [args, sentence] of [
      [['--listen', 'sip:all:x'], /^nksip-ts: sip_listen cannot be 'sip:all:x'.*'sip:all:5060, sips:all:5061'\.\n$/],
      [['--set', 'sip_no_100=1'], /^nksip-ts: The option 'sip_no_100' cannot be 1: it must be true or false\.\n$/],
      [['--set', 'plugins=nobody-knows-it'], /^nksip-ts: The plugin 'nobody-knows-it' is unknown\..*(?<!line \d)\.\n$/],
    ] as const) {
      const { code, err } = await run('check', '--config', file, ...args);
      expect(err).to.match(sentence);
      expect(code).to.equal(1);
    }
    const { err } = await run('store', 'check', '--config', file, '--set', 'sip_no_100=1');
    expect(err).to.match(/cannot be 1: it must be true or false\.\n$/);
  });

  it('says where plugins stands if one of the file is unknown, whatever --set has', async () => {
    const file = await written('plugins.json', '{\n  "plugins": ["nobody-knows-it"]\n}');
    for (const more of [[], ['--set', 'sip_no_100=true']]) expect((await run('check', '--config', file, ...more)).err).to.include(`It stands in ${file}, line 2.`);
  });

  it('says which file never ends to load, and exits with 1', async () => {
    const file = await written('forever.mjs', 'await new Promise(() => {}); export const options = {};');
    for (const command of ['check', 'serve']) {
      expect(await run(command, '--config', file)).to.deep.equal({ code: 1, out: '', err: `nksip-ts: The configuration file '${file}' cannot be used: an await outside of functions, in it or in what it imports, never ends.\n` });
    }
  });

  it('has store say the same of a configuration', async () => {
    const file = await written('e.json', '{\n  "sip_evnts": "x"\n}');
    expect((await run('store', 'export', '--config', file)).err).to.equal(`nksip-ts: The option 'sip_evnts' is unknown. Did you mean 'sip_events'? It stands in ${file}, line 2.\n`);
  });

  it('says what workers need, and which certificate cannot be read', async () => {
    expect((await run('check', '--workers', '2')).err).to.match(/Several workers need a store that they share/);
    const { code, err } = await run('check', '--listen', 'sips:all:5061', '--set', 'tls_certfile=/nowhere/c.pem');
    expect([code, /\/nowhere\/c\.pem/.test(err)]).to.deep.equal([1, true]);
  });

  it('finds a plugin beside the configuration file, wherever it is started', async () => {
    const plugin = join(folder, 'node_modules', 'beside');
    await mkdir(plugin, { recursive: true });
    await writeFile(join(plugin, 'package.json'), JSON.stringify({ name: 'beside', type: 'module', exports: './index.js' }));
    await writeFile(join(plugin, 'index.js'), `import { definePlugin } from ${JSON.stringify(import.meta.resolve('../../packages/core/dist/index.js'))}; export default definePlugin({ name: 'beside' });`);
    const { code, err } = await run('check', '--config', await written('beside.json', '{ "plugins": ["event-compositor", "beside"] }'));
    expect(code, err).to.equal(0);
  });
});
