import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
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
    folder = await mkdtemp(join(tmpdir(), 'nksip-ts-'));
    old = await house('old', { [key('alice', 't1')]: row(), [key('alice', 't2')]: row({ event: 'dialog' }), [key('böb "\0', 't3')]: row({ content_encoding: 'gzip', publisher: 'alice@example.com', since: soon - 60.5 }) });
    fresh = await house('new', {});
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const exported = async (): Promise<string> => {
    const { code, out, err } = await run('store', 'export', '--config', old, '--service', 'mine');
    expect(code, err).to.equal(0);
    await writeFile(path('state.jsonl'), out);
    return out;
  };
  const imported = (...more: readonly string[]) => run('store', 'import', path('state.jsonl'), '--config', fresh, ...more);

  it('moves everything: keys, tags, bodies byte for byte, times, the name of the service', async () => {
    const lines = (await exported()).split('\n');
    expect(JSON.parse(lines[0]!)).to.deep.equal({ format: 'nksip-ts event state', version: 1, service: 'mine' });
    expect(lines).to.have.length(6);
    const { code, out, err } = await imported();
    expect(err).to.equal('3 publications stored, 0 were there already, 0 were over, 0 not stored because something else is there\n');
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
    expect(err).to.equal('0 publications stored, 1 were there already, 1 were over, 1 not stored because something else is there\n');
    expect(code).to.equal(2);
    expect(await stored('new')).to.deep.equal(before);
  });

  it('is run again after a file that was cut off: the line has a number, what went before stays', async () => {
    const whole = await exported();
    await writeFile(path('state.jsonl'), whole.split('\n').slice(0, 3).join('\n').slice(0, -10));
    const cut = await imported();
    expect(cut.code).to.equal(1);
    expect(cut.err).to.match(/^1 publications stored.*\nnksip-ts: Line 3 cannot be read: it is no JSON object; perhaps the file was cut off\. [^\n]+\n$/);
    await writeFile(path('state.jsonl'), `${whole.split('\n').slice(0, 3).join('\n')}\n`);
    expect((await imported()).err).to.match(/^1 publications stored, 1 were there already.*\nnksip-ts: Line 4 cannot be read: it is missing, the file was cut off/);
    await writeFile(path('state.jsonl'), whole);
    expect((await imported()).err).to.match(/^1 publications stored, 2 were there already/);
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

  it('says that the memory of a new process has nothing to export', async () => {
    for (const direction of ['export', 'import']) {
      await exported();
      const { code, out, err } = await run('store', direction, ...(direction === 'import' ? [path('state.jsonl')] : []));
      expect(err).to.include('there is nothing to export');
      expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    }
  });
});
