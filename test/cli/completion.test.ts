import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { flagsIn } from '../../packages/cli/src/command-line/command-table.ts';
import { manPage } from '../../packages/cli/src/command-line/man-page.ts';
import { serveFlags } from '../../packages/cli/src/config/invocation.ts';
import { commands, usageEnd } from '../../packages/cli/src/main.ts';
import { requireTool } from '../clients/tools.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { run } from './command.js';

describe('the help of the commands', () => {
  it('has all flags, each with its value and its text', () => {
    const [listen, , noWatchers] = flagsIn(commands['serve']?.help ?? '');
    expect(listen).to.deep.equal({ name: 'listen', value: 'URI', text: "where to listen, e.g. sip:all:5060 or 'sip:all:5060, sips:all:5061' (default sip:127.0.0.1:5060: this machine only, over UDP and TCP)" });
    expect(noWatchers).to.deep.equal({ name: 'no-watchers', value: undefined, text: 'refuse SUBSCRIBE requests: only keep what is published' });
    expect(flagsIn(commands['serve']?.help ?? '').map(({ name }) => name)).to.have.members(Object.keys(serveFlags));
  });
});

describe('the completion of shells', function () {
  this.timeout(20_000);
  let folder: string;
  let script: string;
  before(async () => {
    folder = temporaryFolder();
    script = join(folder, 'nksip-ts.bash');
    writeFileSync(script, (await run('completion', 'bash')).out);
    writeFileSync(join(folder, 'config.json'), '{}');
  });
  after(() => { removeFolder(folder); });

  /** What bash offers for the last of these words. */
  function offered(...words: readonly string[]): readonly string[] {
    const ask = `source "$1"; shift; COMP_WORDS=(nksip-ts "$@"); COMP_CWORD=$#; compopt() { :; }; _nksip_ts; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', ask, 'bash', script, ...words], { cwd: folder, encoding: 'utf8' }).split('\n').filter((word) => word !== '');
  }

  it('offers commands, flags, and what a flag can be', () => {
    expect(offered('')).to.include.members([...Object.keys(commands), '--version']);
    expect(offered('se')).to.deep.equal(['serve']);
    expect(offered('serve', '--no')).to.deep.equal(['--no-watchers', '--no-registrar']);
    expect(offered('serve', '--trace', '--log-level', '')).to.deep.equal(['silent', 'error', 'warn', 'info', 'debug']);
    expect(offered('serve', '--set', 'sip_users')).to.deep.equal(['sip_users=', 'sip_users_file=', 'sip_users_may=']);
    expect(offered('serve', '--config', '')).to.include('config.json');
    expect(offered('help', 'wa')).to.deep.equal(['watch', 'watchers']);
    expect(offered('store', '')).to.deep.equal(['export', 'import', 'check']);
    expect(offered('passwd', 'con')).to.deep.equal(['config.json']);
  });

  it('is in force in a shell that reads it', () => {
    expect(execFileSync('bash', ['-c', 'source "$1"; complete -p nksip-ts', 'bash', script], { encoding: 'utf8' })).to.equal('complete -o filenames -F _nksip_ts nksip-ts\n');
  });

  for (const [shell, check] of [['zsh', '-n'], ['fish', '--no-execute']] as const) {
    it(`is a script that ${shell} can read`, async function () {
      requireTool(this, shell, shell);
      const file = join(folder, `nksip-ts.${shell}`);
      writeFileSync(file, (await run('completion', shell)).out);
      const { status, stderr } = spawnSync(shell, [check, file], { encoding: 'utf8' });
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    });
  }

  it('offers flags in fish as well', async function () {
    requireTool(this, 'fish', 'fish');
    const file = join(folder, 'nksip-ts.fish');
    writeFileSync(file, (await run('completion', 'fish')).out);
    const offers = spawnSync('fish', ['--no-config', '-c', `source ${file}; complete -C 'nksip-ts serve --log-'`], { encoding: 'utf8', env: { ...process.env, HOME: folder } }).stdout;
    expect(offers.split('\n').map((line) => line.split('\t')[0]).filter(Boolean)).to.deep.equal(['--log-format', '--log-level']);
  });

  it('knows three shells', async () => {
    expect((await run('completion', 'csh')).err).to.equal("nksip-ts: completion takes the name of a shell, bash, zsh, fish, not 'csh'.\n");
  });
});

describe('the man page', () => {
  it('is what the commands say', () => {
    expect(readFileSync('packages/cli/man/nksip-ts.1', 'utf8')).to.equal(manPage(commands, usageEnd));
  });

  it('is one that man can show, without a warning', function () {
    requireTool(this, 'groff', 'groff-base');
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', 'packages/cli/man/nksip-ts.1'], { encoding: 'utf8' });
    expect(stderr).to.equal('');
    for (const name of Object.keys(commands)) expect(stdout).to.match(new RegExp(`^ {3}.*${name}`, 'm'));
    expect(stdout).to.include('NKSIP_TS_');
  });
});
