import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeHa1 } from '@nksip-ts/core';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { requireTool } from '../clients/tools.ts';
import { Command, run } from './command.js';
import { inTerminal } from './in-terminal.ts';

const bin = fileURLToPath(new URL('../../packages/cli/bin/nksip-ts.js', import.meta.url));

/** What `nksip-ts ha1` prints when this is typed. */
async function ha1(args: readonly string[], typed: string): Promise<string> {
  const child = spawn(process.execPath, [bin, 'ha1', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stdin.end(typed);
  await once(child, 'close');
  return out;
}

describe('serve with passwords', function () {
  this.timeout(30_000);
  let folder: string;

  before(async () => {
    folder = temporaryFolder();
  });

  after(async () => {
    removeFolder(folder);
  });

  it('lets the users of the example publish to their own address, from a folder outside of the project', async () => {
    await copyFile(new URL('../../examples/with-passwords.mjs', import.meta.url), join(folder, 'with-passwords.mjs'));
    await writeFile(join(folder, 'users.txt'), `${await ha1(['alice', 'example.com'], 'sesame\n')}bob:plain\r\n`);
    await using server = new Command('serve', '--config', join(folder, 'with-passwords.mjs'), '--listen', 'sip:127.0.0.1:0');
    const [, proxy = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    const publish = async (user: string, ...more: readonly string[]): Promise<string> =>
      (await run('publish', `sip:${user}@example.com`, '--proxy', proxy, '--event', 'nkpublish', '--body', 'x', ...more)).out.split('\n')[0] ?? '';
    expect(await publish('alice', '--pass', 'sesame')).to.equal('200 OK');
    expect(await publish('bob', '--pass', 'plain')).to.equal('200 OK');
    expect(await publish('alice')).to.match(/^401 /);
    expect(await publish('alice', '--pass', 'wrong')).to.match(/^401 /);
    expect(await publish('bob', '--user', 'alice', '--pass', 'sesame')).to.match(/^403 /);
  });

  it('lets the users of the example register their own address only, and watch others', async () => {
    await copyFile(new URL('../../examples/with-passwords.mjs', import.meta.url), join(folder, 'with-passwords.mjs'));
    await writeFile(join(folder, 'users.txt'), 'alice:sesame\nbob:plain\n');
    await using server = new Command('serve', '--config', join(folder, 'with-passwords.mjs'), '--listen', 'sip:127.0.0.1:0');
    const [, proxy = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    const ask = async (command: string, uri: string, ...more: readonly string[]): Promise<string> =>
      (await run(command, uri, '--proxy', proxy, '--from', 'sip:alice@example.com', '--pass', 'sesame', ...more)).out.split('\n')[0] ?? '';
    expect(await ask('register', 'sip:alice@example.com')).to.equal('200 OK');
    expect(await ask('register', 'sip:bob@example.com')).to.match(/^403 /);
    expect(await ask('register', 'sip:alice@elsewhere')).to.match(/^40[34] /);
    expect(await ask('watch', 'sip:bob@example.com', '--event', 'presence', '--once')).to.match(/^Subscription-State: terminated;reason=timeout/);
  });

  it('has ha1 print a line for a file of users, of whichever algorithm', async () => {
    expect(await ha1(['alice', 'example.com', '--algorithm', 'sha-256'], 'sesame')).to.equal(`alice:${makeHa1('alice', 'example.com', 'sesame', 'SHA-256')}\n`);
    for (const [args, sentence] of [
      [['alice'], /^nksip-ts: ha1 takes a user and a realm, for example: nksip-ts ha1 alice example\.com\n$/],
      [['a:b', 'example.com'], /^nksip-ts: The name of a user has no colon/],
      [['a', 'b', '--algorithm', 'SHA-1'], /^nksip-ts: --algorithm is one of MD5, SHA-256, SHA-512-256, not 'SHA-1'\.\n$/],
      [['a', 'b'], /^nksip-ts: There is no password: type it, or put it into the environment variable NKSIP_TS_PASS\.\n$/],
    ] as const) {
      const { code, err } = await run('ha1', ...args);
      expect(err).to.match(sentence);
      expect(code).to.equal(1);
    }
  });

  it('has passwd show nothing of what is typed, however quickly', async function () {
    requireTool(this, 'script', 'bsdutils');
    const file = join(folder, 'typed');
    const { code, shown } = await inTerminal(['script', '-qec', `${process.execPath} ${bin} passwd ${file} alice --realm example.com`, '/dev/null'], [['Password:', 'sesame'], ['Once more:', 'sesame']]);
    expect(shown).to.include('alice of example.com is new').and.not.to.include('sesame');
    expect(code).to.equal(0);
    expect(await readFile(file, 'utf8')).to.include(makeHa1('alice', 'example.com', 'sesame').slice(-32));
  });

  it('warns that sip_pass asks nobody', async () => {
    await using server = new Command('serve', '--listen', 'sip:127.0.0.1:0', '--set', 'sip_pass=secret');
    await server.printed(/ready/);
    expect(server.err).to.match(/ warn {2}sip_pass answers challenges to requests that this service sends: nobody is asked for a password\. See "With users" in docs\/command\.md\.\n$/).and.not.to.include('secret');
  });
});
