import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Command, run } from './command.js';

const bin = fileURLToPath(new URL('../../packages/cli/bin/nksip-ts.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly err: string;
}

async function ended(child: ChildProcess): Promise<Ended> {
  let err = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { err += text; });
  await once(child, 'close');
  return { code: child.exitCode, err };
}

/** A run of the command whose standard output is a disk that is full. */
async function runIntoFull(...args: readonly string[]): Promise<Ended> {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  return await ended(child);
}

/** A run of the command whose reader is gone before it prints anything. */
async function runUnread(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  return await ended(child);
}

const diskIsFull = 'nksip-ts: Standard output cannot be written: the disk is full.\n';

describe('a command whose standard output takes nothing more', function () {
  this.timeout(60_000);
  let server: Command;
  let lamp: string;

  before(async () => {
    server = new Command('serve', '--listen', 'sip:127.0.0.1:0', '--log-level', 'warn');
    const [, port = ''] = await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/);
    lamp = `sip:lamp@127.0.0.1:${port}`;
  });

  after(() => server[Symbol.asyncDispose]());

  const state = async (): Promise<string> => (await run('watch', lamp, '--event', 'nkpublish', '--once', '--raw')).out;

  for (const args of [['--help'], ['serve', '--help'], ['completion', 'bash']]) {
    it(`${args.join(' ')}: says in one sentence that the disk is full, and exits with 1`, async () => {
      expect(await runIntoFull(...args)).to.deep.equal({ code: 1, err: diskIsFull });
    });

    it(`${args.join(' ')}: says nothing where the reader is gone, and exits with 1`, async () => {
      expect(await runUnread(...args)).to.deep.equal({ code: 1, err: '' });
    });
  }

  it('options, publish, watch: the same for what a server has answered', async () => {
    for (const args of [['options', lamp], ['publish', lamp, '--event', 'nkpublish', '--body', 'on', '--expires', '0'], ['watch', lamp, '--event', 'nkpublish', '--once']]) {
      expect(await runIntoFull(...args), args[0]).to.deep.equal({ code: 1, err: diskIsFull });
      expect(await runUnread(...args), args[0]).to.deep.equal({ code: 1, err: '' });
    }
  });

  it('RFC 3903 4.5 publish --keep: removes what it has published', async () => {
    const { code, err } = await runUnread('publish', lamp, '--event', 'nkpublish', '--body', 'lit', '--keep');
    expect([code, err]).to.deep.equal([1, 'Removing the publication.\n']);
    expect(await state()).to.equal('');
  });

  it('RFC 6665 4.1.2.3 watch: ends its subscription', async () => {
    await using watch = new Command('watch', lamp, '--event', 'nkpublish', '--trace');
    await watch.printed(/^Subscription-State: active/m);
    watch.closeOutput();
    await run('publish', lamp, '--event', 'nkpublish', '--body', 'seen', '--expires', '60');
    expect(await watch.exited()).to.equal(1);
    expect(watch.err).to.match(/SUBSCRIBE [^]*Expires: 0[^]*200 OK/).and.not.include('EPIPE');
  });
});
