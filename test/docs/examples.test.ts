import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { update } from '@nksip-ts/core';
import lastWords from '../../examples/plugin/last-words.ts';
import { pages, root } from '../../docs/generator/pages.ts';
import { requestText } from '../kit/request-text.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { closeAll, running } from '../wire/running.ts';
import { blocks } from './blocks.ts';
import { nksipTs, node, Program } from './programs.ts';

const readme = pages().find(({ file }) => file === 'README.md')!.text;

describe('The examples', function () {
  this.timeout(20_000);
  this.slow(5_000);
  afterEach(closeAll);

  it('of the document does what the document says, with real sockets and TLS', async () => {
    expect((await node(['examples/document.ts'])).stdout).to.equal('as the document says\n');
  });

  it('of a plugin prints what the page says', async () => {
    const { stdout } = await node(['examples/plugin/app.ts']);
    const page = pages().find(({ file }) => file === 'docs/write-a-plugin.md')!.text;
    for (const line of stdout.trim().split('\n')) expect(page).to.include(`\`${line}\``);
    expect(stdout.trim().split('\n')).to.have.length(3);
  });

  it('of a plugin that counts what it holds refuses what has no room, and gives all back when it goes', async () => {
    const service = await running({ plugins: [lastWords], sip_max_memory: 16 * 1024 * 1024 });
    const held = (): number | undefined => service.usage().parts['last-words'];
    const code = async (user: string, body: string): Promise<number | undefined> => (await service.inject(requestText({ method: 'MESSAGE', uri: `sip:${user}@example.com`, body })))?.code;
    expect([await code('alice', 'x'.repeat(1000)), held()]).to.deep.equal([200, 1205]);
    expect([await code('alice', 'short'), held()]).to.deep.equal([200, 210]);
    let kept = 0;
    while (await code(`user-${kept}`, 'x'.repeat(50_000)) === 200) kept++;
    expect(kept).to.be.within(200, 280);
    await update(service, { plugins: [] });
    expect(held()).to.equal(undefined);
  });

  it('of the store checks runs with mocha', async () => {
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    const { stdout } = await node([mocha, '--no-config', '--grep', '(put|del|replace)\\.(get|found|missing)', 'examples/store-checks.test.ts']);
    expect(stdout).to.match(/put\.get[\s\S]*5 passing/);
  });

  it('with a store of its own keeps what the command of the README publishes', async () => {
    const [, port = ''] = await new Program(['examples/own-store.ts', 'sip:127.0.0.1:0']).until(/:(\d+);transport=udp/);
    const [, given = ''] = /^npx nksip-ts (publish .*)$/m.exec(readme) ?? [];
    const command = given.replace(':5060', `:${port}`).split(' ');
    const printed = async (...args: readonly string[]): Promise<string> => (await node(nksipTs(...args))).stdout;
    const [, tag = ''] = /^200 OK\nSIP-ETag: (\S+)\nExpires: 60\n$/.exec(await printed(...command)) ?? [];
    expect(tag, 'a tag').not.to.equal('');
    expect(await printed(...command.slice(0, -2), '--if-match', tag, '--expires', '0')).to.equal(`200 OK\nSIP-ETag: ${tag}\nExpires: 0\n`);
  });
});

describe('The README', function () {
  this.timeout(30_000);
  this.slow(10_000);
  afterEach(closeAll);

  it('shows in one terminal what is published in another, until Ctrl-C', async () => {
    const [, port = ''] = await new Program(nksipTs('serve', '--listen', 'sip:127.0.0.1:0')).until(/ready on sip:127\.0\.0\.1:(\d+)/);
    const [watch = [], publish = []] = [...readme.matchAll(/^npx nksip-ts ((?:watch|publish) .*)$/gm)].map(([, line = '']) => line.replace(':5060', `:${port}`).split(' '));
    const watching = new Program(nksipTs(...watch));
    await watching.until(/^Subscription-State: active;expires=\d+\n\n$/);
    expect((await node(nksipTs(...publish))).stdout).to.match(/^200 OK\nSIP-ETag: \S+\nExpires: 60\n$/);
    await watching.until(/\n\nhello\n\n$/);
    await watching.end('SIGINT');
    expect(watching.printed).to.match(/\nSubscription-State: terminated;reason=timeout\nContent-Type: text\/plain\n\nhello\n\n$/);
  });
});

describe('The page on plugins', () => {
  it('leads from an empty folder to a running plugin, loaded by its name', async () => {
    const folder = temporaryFolder();
    try {
      for (const { name, text } of blocks().filter(({ page, language, name }) => page === 'docs/write-a-plugin.md' && language !== 'ts' && name !== '')) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
      await mkdir(join(folder, 'node_modules/@nksip-ts'), { recursive: true });
      await symlink(join(root, 'packages/core'), join(folder, 'node_modules/@nksip-ts/core'));
      // As npm does for a folder that is installed.
      await symlink(join(folder, 'nksip-shout'), join(folder, 'node_modules/nksip-shout'));
      expect((await node(['app.mjs'], folder)).stdout).to.equal('200 HELLO\n');
    } finally {
      removeFolder(folder);
    }
  }).timeout(20_000).slow(5_000);
});
