import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NksipError } from '@nksip-ts/core';
import { expect } from 'chai';
import { readConfig, type Config } from '../../packages/cli/src/config/config-file.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';

describe('a configuration file', () => {
  let folder: string;

  before(async () => {
    folder = temporaryFolder();
  });

  after(async () => {
    removeFolder(folder);
  });

  let written = 0;

  /** A module is loaded once only: each gets a name of its own. */
  async function read(kind: 'json' | 'mjs', text: string | Uint8Array): Promise<Config> {
    const file = join(folder, `${++written}.${kind}`);
    await writeFile(file, text);
    return await readConfig(file);
  }

  async function refusal(kind: 'json' | 'mjs', text: string | Uint8Array): Promise<string> {
    const error = await read(kind, text).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(NksipError).with.property('code', 'config_file');
    return (error as NksipError).message;
  }

  it('may be a module with name, options and module, or with a default export that has them', async () => {
    const expected = { name: 'mine', options: { sip_events: 'presence' } };
    expect(await read('mjs', "export const name = 'mine'; export const options = { sip_events: 'presence' };")).to.deep.include(expected);
    expect(await read('mjs', "export default { name: 'mine', options: { sip_events: 'presence' } };")).to.deep.include(expected);
    expect(await read('mjs', "export const name = 'mine'; export default { options: { sip_events: 'presence' } };")).to.deep.include(expected);
  });

  for (const [text, sentence] of [
    ['export const option = {};', /it exports 'option'; did you mean 'options'\?$/],
    ['export const options = {}; export const modul = {};', /it exports 'modul'; did you mean 'module'\?$/],
    ["export default { sip_events: 'presence' };", /it exports 'sip_events', which is none of name, options, module\.$/],
    ['export default {};', /it exports none of name, options, module\.$/],
    ['export default 7;', /its default export must be an object\.$/],
    ['export const name = 7;', /its 'name' must be a text\.$/],
  ] as const) {
    it(`refuses ${text}`, async () => {
      expect(await refusal('mjs', text)).to.match(sentence);
    });
  }

  it('names the file and the line where a module throws, cannot be understood, or imports what is not there', async () => {
    const file = (): string => join(folder, `${written}.mjs`);
    expect(await refusal('mjs', 'const a = 1;\n\nthrow new Error("no such tenant");')).to.include(`cannot be used: ${file()}, line 3, column 7: no such tenant.`);
    expect(await refusal('mjs', 'const a = 1;\nconst b = ;')).to.include(`cannot be used: ${file()}, line 2: Unexpected token ';'.`);
    expect(await refusal('mjs', "\nimport { nobody } from 'node:fs';")).to.include(`${file()}, line 2: `);
    expect(await refusal('mjs', "import 'no-such-package';")).to.include(file());
    await writeFile(join(folder, 'broken.mjs'), 'const b = ;');
    expect(await refusal('mjs', "import './broken.mjs';")).to.match(/cannot be used: a file that it imports: Unexpected token ';'\.$/);
  });

  it('says how a package of the project is found from elsewhere', async () => {
    expect(await refusal('mjs', "import '@nksip-ts/sip';")).to.match(/Cannot find package '@nksip-ts\/sip' imported from .*: run 'npm install CHECKOUT\/packages\/sip' in the folder of the file \(CHECKOUT is where the checkout is\), or do without that import\.$/);
    expect(await refusal('mjs', "import '@nksip-ts/event-store-lmdb';")).to.include("'npm install CHECKOUT/packages/sip CHECKOUT/packages/core CHECKOUT/packages/event-store-lmdb'");
  });

  it('names the line of the file where one of our own functions throws', async () => {
    const reason = await refusal('mjs', `import { definePlugin } from ${JSON.stringify(import.meta.resolve('@nksip-ts/core'))};\n\ndefinePlugin({ name: 'UPPER' });`);
    expect(reason).to.include(`cannot be used: ${join(folder, `${written}.mjs`)}, line 3, column 1: `);
  });

  it('says of a program that is not there, and of a folder, what it says of JSON', async () => {
    for (const [file, reason] of [['none.mjs', 'there is no such file'], ['none.json', 'there is no such file'], ['.', 'it is a folder']] as const) {
      const error = await readConfig(join(folder, file)).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(NksipError).with.property('message').that.matches(new RegExp(`cannot be used: ${reason}\\.$`));
    }
  });

  it('says where each option stands: the line in JSON, the file of a program', async () => {
    expect((await read('json', '{ "a": 1,\n\n "b": { "c": 1 } }')).places).to.deep.equal({ a: `${join(folder, `${written}.json`)}, line 1`, b: `${join(folder, `${written}.json`)}, line 3` });
    expect((await read('mjs', '// b\nexport const options = { b: 1 };')).places).to.deep.equal({ b: join(folder, `${written}.mjs`) });
    expect(await readConfig(undefined)).to.deep.equal({ options: {}, places: {} });
  });

  it('RFC 8259 8.1 is UTF-8, and the line is told that is not', async () => {
    expect(await refusal('json', Buffer.from('{\n"x": "b\u00fcro" }', 'latin1'))).to.include('line 2 is no UTF-8');
    expect((await read('json', '{\n"x": "b\u00fcro" }')).options).to.deep.equal({ x: 'b\u00fcro' });
  });

  it('tells in one line where JSON is broken', async () => {
    expect(await refusal('json', '{\n  "a": 1,\n}')).to.match(/'[^']+' cannot be used: line 2, column 9: a comma stands before '\}': leave it out\.$/);
    expect(await refusal('json', '[]')).to.match(/the file must be an object, for example \{ "sip_listen": "sip:all:5060" \}\.$/);
  });
});
