import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { run } from './command.js';

const fixture = new URL('file-store.mjs', import.meta.url).href;
const soon = Date.now() / 1000 + 3600.125;
const body = Uint8Array.from({ length: 256 }, (_, i) => i);

describe('store export and import', function () {
  this.timeout(30_000);
  this.slow(5_000);
  let folder: string;
  let old: string;
  let fresh: string;
  const path = (name: string): string => join(folder, name);

  /** A configuration whose store is a file with what it is given. */
  const house = async (name: string, rows: object): Promise<string> => {
    await writeFile(path(`${name}.json`), JSON.stringify(rows));
    await writeFile(path(`${name}.mjs`), `import { fileStore } from '${fixture}';
      export const options = { sip_listen: 'sip:127.0.0.1:1' };
      export const module = { sip_event_compositor_store: fileStore(${JSON.stringify(path(`${name}.json`))}) };`);
    return path(`${name}.mjs`);
  };
  const row = (more: object = {}): object => ({ event: 'presence', content_type: 'text/plain', expires: soon, data: Buffer.from(body).toString('base64'), ...more });
  const key = (user: string, tag: string, srv = 'mine'): string => JSON.stringify([srv, 'sip', user, 'example.com', tag]);
  const stored = async (name: string): Promise<object> => JSON.parse(await readFile(path(`${name}.json`), 'utf8'));

  beforeEach(async () => {
    folder = temporaryFolder();
    old = await house('old', { [key('alice', 't1')]: row(), [key('alice', 't2')]: row({ event: 'dialog' }), [key('böb "\0', 't3')]: row({ content_encoding: 'gzip', publisher: 'alice@example.com', since: soon - 60.5 }) });
    fresh = await house('new', {});
  });

  afterEach(async () => {
    removeFolder(folder);
  });

  let exportOfOld: string | undefined;
  /** The same for each test: it is exported once. */
  const exported = async (): Promise<string> => {
    if (exportOfOld === undefined) {
      const { code, out, err } = await run('store', 'export', '--config', old, '--service', 'mine');
      expect(code, err).to.equal(0);
      exportOfOld = out;
    }
    await writeFile(path('state.jsonl'), exportOfOld);
    return exportOfOld;
  };
  const imported = (...more: readonly string[]) => run('store', 'import', path('state.jsonl'), '--config', fresh, ...more);

  it('moves everything: keys, tags, bodies byte for byte, times, the name of the service', async () => {
    const lines = (await exported()).split('\n');
    expect(JSON.parse(lines[0]!)).to.deep.equal({ format: 'nksip-ts event state', version: 1, service: 'mine' });
    expect(lines).to.have.length(6);
    const { code, out, err } = await imported();
    expect(err).to.equal('3 publications stored, 0 already present, 0 expired, 0 not stored because something else is there\n');
    expect({ code, out }).to.deep.equal({ code: 0, out: '' });
    expect(await stored('new')).to.deep.equal(await stored('old'));
  });

  it('stores under another name where that is asked for', async () => {
    await exported();
    expect((await imported('--service', 'other')).code).to.equal(0);
    expect(await stored('new')).to.have.property(key('alice', 't1', 'other'));
  });

  it('writes a file where one is named', async () => {
    const { out } = await run('store', 'export', path('state.jsonl'), '--config', old, '--service', 'mine');
    expect(out).to.equal('');
    expect((await imported()).err).to.match(/^3 publications stored/);
  });

  it('leaves out what is over, skips what is there and keeps what is there and different, with exit code 2', async () => {
    await exported();
    const text = await readFile(path('state.jsonl'), 'utf8');
    await writeFile(path('state.jsonl'), text.replace(String(soon), '1700000000'));
    fresh = await house('new', { [key('alice', 't2')]: row({ event: 'dialog' }), [key('böb "\0', 't3')]: row({ data: '' }) });
    const before = await stored('new');
    const { code, err } = await imported();
    expect(err).to.equal('0 publications stored, 1 already present, 1 expired, 1 not stored because something else is there\n');
    expect(code).to.equal(2);
    expect(await stored('new')).to.deep.equal(before);
  });

  it('is run again after a file that was cut off: the line has a number, what went before stays', async () => {
    const whole = await exported();
    await writeFile(path('state.jsonl'), whole.split('\n').slice(0, 3).join('\n').slice(0, -10));
    const cut = await imported();
    expect(cut.code).to.equal(1);
    expect(cut.err).to.match(/^1 publication stored.*\nnksip-ts: Line 3 cannot be read: it is no JSON object; perhaps the file was cut off\. [^\n]+\n$/);
    await writeFile(path('state.jsonl'), `${whole.split('\n').slice(0, 3).join('\n')}\n`);
    expect((await imported()).err).to.match(/^1 publication stored, 1 already present.*\nnksip-ts: Line 4 cannot be read: it is missing, the file was cut off/);
    await writeFile(path('state.jsonl'), whole);
    expect((await imported()).err).to.match(/^1 publication stored, 2 already present/);
    expect(await stored('new')).to.deep.equal(await stored('old'));
  });

  for (const [what, from, to, sentence] of [
    ['a body that is no base64', /"data":"./, '"data":"*', /Line 2 cannot be read: its data is no base64/],
    ['a line without a tag', '"tag":"t1",', '', /Line 2 cannot be read: its tag/],
    ['another version', '"version":1', '"version":2', /Line 1 cannot be read: its version is 2/],
    ['something else', /^.*/, '{}', /Line 1 cannot be read: no export/],
    ['fewer than it says', /"end":3/, '"end":4', /Line 6 cannot be read: the end says that there are 4 publications, and there are 3/],
  ] as const) {
    it(`refuses ${what} in a sentence`, async () => {
      await writeFile(path('state.jsonl'), (await exported()).replace(from, to));
      const { code, err } = await imported();
      expect(err).to.match(sentence);
      expect(code).to.equal(1);
    });
  }

  it('refuses a key that comes twice with something else, and says what was stored; twice with the same is once', async () => {
    const lines = (await exported()).trimEnd().split('\n');
    const end = JSON.stringify({ end: 4 });
    await writeFile(path('state.jsonl'), [...lines.slice(0, 4), lines[1]!.replace('"text/plain"', '"text/html"'), end].join('\n'));
    const differs = await imported();
    expect(differs.err).to.match(/^3 publications stored, 0 already present.*\nnksip-ts: Line 5 cannot be read: line 2 has the same aor and tag with something else\. What the lines before it have stays stored/);
    expect(differs.code).to.equal(1);
    fresh = await house('again', {});
    await writeFile(path('state.jsonl'), [...lines.slice(0, 4), lines[1], end].join('\n'));
    const same = await imported();
    expect(same.err).to.match(/^3 publications stored, 1 already present/);
    expect(same.code).to.equal(0);
  });

  it('refuses a line that is no UTF-8, which would be stored for another user; what went before stays', async () => {
    const lines = (await exported()).split('\n');
    const bytes = (text: string | undefined): Uint8Array => Buffer.from(text ?? '', 'latin1');
    await writeFile(path('state.jsonl'), Buffer.concat([Buffer.from(`${lines.slice(0, 2).join('\n')}\n`), bytes(lines[2]?.replace('alice', 'al\u00efce')), Buffer.from(`\n${lines.slice(3).join('\n')}`)]));
    const { code, err } = await imported();
    expect(err).to.match(/^1 publication stored.*\nnksip-ts: Line 3 cannot be read: it is no UTF-8\. What the lines before it have stays stored/);
    expect(code).to.equal(1);
  });

  it('refuses what no PUBLISH could have made, with the number of the line', async () => {
    await writeFile(path('state.jsonl'), (await exported()).replace('"tag":"t2"', '"tag":"t 2"'));
    const { code, err } = await imported();
    expect(err).to.match(/^\d publications? stored.*\nnksip-ts: Line 3 cannot be read: its tag is no token/);
    expect(code).to.equal(1);
  });

  it('says that nothing is stored for a service, with exit code 1, unless that is allowed', async () => {
    const other = ['store', 'export', path('none.jsonl'), '--config', old, '--service', 'other'] as const;
    const { code, err } = await run(...other);
    expect(err).to.equal("0 publications exported\nnksip-ts: Nothing is stored for the service 'other'. Name another one with --service, or say --allow-empty.\n");
    expect(code).to.equal(1);
    expect(await run(...other, '--allow-empty')).to.deep.equal({ code: 0, out: '', err: '0 publications exported\n' });
    expect((await readFile(path('none.jsonl'), 'utf8')).split('\n')[1]).to.equal('{"end":0}');
  });

  it('a failed export leaves the export before it as it is, and nothing beside it', async () => {
    const before = await exported();
    await chmod(path('state.jsonl'), 0o600);
    await writeFile(path('fails.mjs'), `export const module = { sip_event_compositor_store: Object.assign(() => 'not_found', { list: async function* () { throw new Error('disk'); } }) };`);
    const left = `'${path('state.jsonl')}' is left as it was.\n`;
    const none = await run('store', 'export', path('state.jsonl'), '--config', old, '--service', 'other');
    expect([none.code, none.err]).to.deep.equal([1, `${left}0 publications exported\nnksip-ts: Nothing is stored for the service 'other'. Name another one with --service, or say --allow-empty.\n`]);
    const failed = await run('store', 'export', path('state.jsonl'), '--config', path('fails.mjs'));
    expect(failed.code).to.equal(1);
    expect(failed.err).to.include(left).and.to.include('disk');
    expect(await readFile(path('state.jsonl'), 'utf8')).to.equal(before);
    expect((await readdir(folder)).filter((name) => name.startsWith('state'))).to.deep.equal(['state.jsonl']);
    expect((await run('store', 'export', path('state.jsonl'), '--config', old, '--service', 'mine')).code).to.equal(0);
    expect((await stat(path('state.jsonl'))).mode & 0o777).to.equal(0o600);
    expect((await run('store', 'export', path('fresh.jsonl'), '--config', old, '--service', 'other')).err).to.not.include('left as it was');
    expect((await readdir(folder)).filter((name) => name.startsWith('fresh'))).to.deep.equal([]);
  });

  it('an export to what is no file writes it there', async () => {
    expect((await run('store', 'export', '/dev/null', '--config', old, '--service', 'mine')).err).to.equal('3 publications exported\n');
    expect((await stat('/dev/null')).isCharacterDevice()).to.equal(true);
  });

  it('says what is wrong with a file in words', async () => {
    for (const [name, reason] of [['none/x', `there is no folder '${path('none')}'`], ['.', 'it is a folder']] as const) {
      for (const task of ['export', 'import'] as const) {
        const { code, err } = await run('store', task, path(name), '--config', old, '--service', 'mine');
        expect([code, err.split('\n').at(-2)], task).to.deep.equal([1, `nksip-ts: The file '${path(name)}' cannot be used: ${reason}.`]);
      }
    }
    expect((await run('store', 'import', path('none.jsonl'), '--config', old)).err).to.match(/none\.jsonl' cannot be used: there is no such file\.\n$/);
  });

  it('exits with 1 where a store that cannot tell more counts more than it lists', async () => {
    await writeFile(path('counts.mjs'), `import { countingStore } from '${new URL('counting-store.mjs', import.meta.url).href}';
      export const module = { sip_event_compositor_store: countingStore(${soon}) };`);
    const exporting = await run('store', 'export', path('state.jsonl'), '--config', path('counts.mjs'));
    expect(exporting.err).to.equal('2 publications exported\nnksip-ts: 1 publication is missing in this export: what is stored there cannot be read. See nksip-ts store check.\n');
    expect(exporting.code).to.equal(1);
    const checking = await run('store', 'check', '--config', path('counts.mjs'));
    expect(checking.out).to.equal('A publication cannot be right, its tag is no token, which an entity-tag must be: [{"scheme":"sip","user":"alice","domain":"example.com"},"t 2"]\n'
      + 'The store counts 1 publication more than it lists\n1 publication good, 0 expired, 2 damaged or missing\n');
    expect(checking.code).to.equal(1);
  });

  it('checks a store that lists: all good is exit code 0', async () => {
    expect(await run('store', 'check', '--config', old, '--service', 'mine')).to.deep.equal({ code: 0, out: '3 publications good, 0 expired, 0 damaged or missing\n', err: '' });
  });

  it('says that the memory of a new process has nothing to export', async () => {
    await exported();
    for (const direction of ['export', 'import', 'check']) {
      const { code, out, err } = await run('store', direction, ...(direction === 'import' ? [path('state.jsonl')] : []));
      expect(err).to.include('there is nothing to export');
      expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    }
  });
});
