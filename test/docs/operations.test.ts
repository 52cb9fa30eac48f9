import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { requireTool } from '../clients/tools.ts';
import { Command } from '../cli/command.ts';
import { root } from '../../docs/generator/pages.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { blocks } from './blocks.ts';

const steps = new Map(blocks().filter(({ page, language, name }) => page === 'docs/operations.md' && language === 'sh' && name !== '').map(({ name, text }) => [name, text]));

/** What needs another machine: it is root's, or takes minutes. npm run release:check types everything on one. */
const elsewhere = /^(?:npm ci|useradd|systemctl|journalctl|cp examples\/operations\/nksip-ts\.service)/;

/** Ports that are free, of any address. */
async function freePorts(many: number): Promise<readonly number[]> {
  const servers = Array.from({ length: many }, () => createServer().listen(0));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

describe('docs/operations.md', function () {
  this.timeout(60_000);
  let folder: string;
  let moved: (text: string) => string;

  before(async () => {
    folder = temporaryFolder();
    for (const name of ['etc', 'bin', 'var/lib', 'var/backups']) mkdirSync(join(folder, name), { recursive: true });
    symlinkSync(join(root, 'packages/cli/bin/nksip-ts.js'), join(folder, 'bin/nksip-ts'));
    const [udp = 0, tls = 0, desk = 0] = await freePorts(3);
    moved = (text) => text.replaceAll('/opt/nksip-ts/', root).replaceAll('/usr/local/bin', `${folder}/bin`).replaceAll('/etc/nksip-ts', `${folder}/etc/nksip-ts`).replaceAll('/var/', `${folder}/var/`)
      .replaceAll(/-g nksip-ts|-o nksip-ts/g, '').replaceAll('chgrp nksip-ts', `chgrp ${process.getgid?.() ?? 0}`).replaceAll('runuser -u nksip-ts --', '').replaceAll('sip:all:', 'sip:127.0.0.1:').replaceAll('sips:all:', 'sips:127.0.0.1:')
      .replaceAll('5060', String(udp)).replaceAll('5061', String(tls)).replaceAll('8088', String(desk)).replaceAll('ALICES-PASSWORD', 'sesame')
      .replaceAll('"sip_admin_token_file"', `"sip_admin_listen": "127.0.0.1:${desk}",\n  "sip_admin_token_file"`);
  });
  after(() => { removeFolder(folder); });

  /** Types the commands of a step, but for those that need another machine. */
  function type(step: string, password = 'sesame'): string {
    const text = (steps.get(step) ?? '').split('\n').filter((line) => !elsewhere.test(line)).join('\n');
    const { status, stdout, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', moved(text)], {
      cwd: root, encoding: 'utf8', env: { ...process.env, PATH: `${folder}/bin:${process.env['PATH']}`, NKSIP_TS_PASS: password },
    });
    expect(status, `${step}: ${stdout}${stderr}`).to.equal(0);
    return stdout;
  }

  it('leads from a new machine to a service with users, TLS, LMDB, metrics and the page, with the commands that it has', async function () {
    for (const program of ['openssl', 'curl']) requireTool(this, program, program);
    expect([...steps.keys()]).to.deep.equal(['install', 'certificate', 'users', 'configuration', 'service', 'try', 'upgrade', 'backup', 'restore']);
    for (const step of ['install', 'certificate', 'users', 'configuration']) type(step);
    for (const name of ['key.pem', 'users', 'admin-token', 'config.json']) expect(statSync(join(folder, 'etc/nksip-ts', name)).mode & 0o777, name).to.equal(0o640);
    expect(readFileSync(join(folder, 'etc/nksip-ts/users'), 'utf8').match(/^\w+:example\.com:MD5:/gm)).to.deep.equal(['alice:example.com:MD5:', 'bob:example.com:MD5:']);
    await using server = new Command('serve', '--config', join(folder, 'etc/nksip-ts/config.json'));
    await server.printed(/ready on/);
    const tried = type('try');
    expect(tried).to.match(/^200 OK\nSIP-ETag: /).and.to.include('Messages-Waiting: yes').and.to.include('{"status":"ready"}').and.to.include('nksip_requests_total{');
    const [, page = ''] = await server.printed(/its page is (http:\S+)/);
    expect((await fetch(page)).status).to.equal(200);
    const authorization = `Bearer ${readFileSync(join(folder, 'etc/nksip-ts/admin-token'), 'utf8').trim()}`;
    expect(await (await fetch(new URL('/api/reload', page), { method: 'POST', headers: { authorization } })).json()).to.deep.equal({ changed: [], needs_restart: [] });
    type('backup');
    expect(readFileSync(join(folder, 'var/backups/nksip-ts/state.jsonl'), 'utf8')).to.include('"message-summary"');
    server.signal('SIGTERM');
    const { code, err } = await server.finished();
    expect({ code, err: err.split('\n').filter((line) => !line.includes('is pending')).join('\n') }).to.deep.equal({ code: 0, err: '' });
  });
});
