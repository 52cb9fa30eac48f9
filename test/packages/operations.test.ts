import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { copyOf, dockerfileIn, stagesOf, variablesOf } from '../../.ci/image.ts';
import { requireTool } from '../clients/tools.ts';
import { inEnvironment, run } from '../cli/command.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { root } from '../../docs/generator/pages.ts';
import { allowedCalls, callsOfNode } from './system-calls.ts';

const example = (name: string): string => readFileSync(join(root, 'examples/operations', name), 'utf8');

describe('examples/operations', function () {
  this.timeout(30_000);
  let folder: string;
  before(() => { folder = temporaryFolder(); });
  after(() => { removeFolder(folder); });

  describe('the Dockerfile, whose steps npm run release:check carries out', () => {
    const stages = stagesOf(dockerfileIn(root));
    const last = stages.at(-1)?.instructions ?? [];
    const texts = (name: string, of = last): readonly string[] => of.filter((one) => one.name === name).map(({ text }) => text);

    it('copies what is there', () => {
      const ignored = example('Dockerfile.dockerignore').split('\n');
      const copied = texts('COPY', stages[0]?.instructions).flatMap((text) => copyOf(text).sources);
      expect(copied).to.include.members(['package-lock.json', 'packages']);
      for (const file of copied) {
        expect(existsSync(join(root, file)), file).to.equal(true);
        expect(ignored).to.include(`!${file}`);
      }
      for (const { from } of texts('COPY').map(copyOf)) expect(from).to.equal('build');
    });

    it('runs as no root, without what only builds, and is asked whether it lives', () => {
      expect(texts('USER')).to.deep.equal(['node']);
      expect(texts('RUN', stages[0]?.instructions).at(-1)).to.match(/^npm ci --omit=dev/);
      expect(texts('HEALTHCHECK')[0]).to.include('/health');
    });

    it('starts with options that the command knows, and with users only', async () => {
      const users = join(folder, 'users');
      const variables = { ...variablesOf(texts('ENV').at(-1) ?? ''), NKSIP_TS_SIP_EVENT_STORE_LMDB_PATH: join(folder, 'store') };
      expect((await inEnvironment(variables, () => run('check'))).err).to.include("The file of users '/etc/nksip-ts/users' cannot be used: there is no such file.");
      writeFileSync(users, '', { mode: 0o600 });
      expect(await inEnvironment({ ...variables, NKSIP_TS_SIP_USERS_FILE: users, NKSIP_TS_SIP_ADMIN_LISTEN: '127.0.0.1:0' }, () => run('check'))).to.include({ code: 0 });
    });
  });

  it('compose.yaml has variables that are options: only its Redis is missing here', async () => {
    const given = Object.fromEntries([...example('compose.yaml').matchAll(/^ {6}(NKSIP_TS_\w+): (.*)$/gm)].map(([, name = '', value = '']) => [name, value.replaceAll('"', '')]));
    expect(given).to.include.keys('NKSIP_TS_PLUGINS', 'NKSIP_TS_SIP_EVENT_STORE_REDIS_URL');
    const { err } = await inEnvironment({ ...given, NKSIP_TS_SIP_EVENT_STORE_REDIS_URL: 'redis://127.0.0.1:1', NKSIP_TS_SIP_ADMIN_LISTEN: '127.0.0.1:0' }, () => run('check'));
    expect(err).to.match(/redis|ECONNREFUSED/i).and.not.to.match(/unknown|no option/);
  });

  it('nksip-ts.service is a unit that systemd takes, and is hardened', function () {
    requireTool(this, 'systemd-analyze', 'systemd');
    const unit = join(folder, 'nksip-ts.service');
    writeFileSync(unit, example('nksip-ts.service').replaceAll('/usr/bin/node', process.execPath).replaceAll('/opt/nksip-ts/', root));
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect({ status: verified.status, stderr: verified.stderr }).to.deep.equal({ status: 0, stderr: '' });
    const secure = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', '--no-pager', unit], { encoding: 'utf8' });
    expect(secure.status, secure.stdout.slice(-200)).to.equal(0);
  });

  it('nksip-ts.service allows every system call that Node.js and the server make', async function () {
    requireTool(this, 'systemd-analyze', 'systemd');
    requireTool(this, 'strace', 'strace');
    const options = ['sip_listen=sip:127.0.0.1:0, sips:127.0.0.1:0', 'plugins=event-compositor, event-notifier, registrar, event-store-lmdb, admin', `sip_event_store_lmdb_path=${join(folder, 'traced')}`, 'sip_admin_listen=127.0.0.1:0'];
    const server = [join(root, 'packages/cli/bin/nksip-ts.js'), 'serve', ...options.flatMap((option) => ['--set', option])];
    const allowed = allowedCalls(example('nksip-ts.service'));
    expect(allowed).to.include('openat').and.not.to.include('mount');
    const made = await callsOfNode(server, /is ready on/, join(folder, 'calls'));
    expect(made).to.include('execve').and.to.include('listen');
    expect([...made].filter((call) => !allowed.has(call))).to.deep.equal([]);
  });
});
