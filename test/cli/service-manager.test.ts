import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import sinon from 'sinon';
import { ServiceManager } from '../../packages/cli/src/process/service-manager.ts';
import { requireTool } from '../clients/tools.ts';
import { Directories } from '../event-store-lmdb/directories.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { closeAll, later, LogRecorder } from '../wire/running.ts';
import { Command, inEnvironment } from './command.js';
import { sharing } from './worker-server.ts';

/** The socket of a service manager: socat prints what comes. */
class Manager {
  #printed = '';
  #more: (() => void) | undefined;

  private constructor(readonly socket: string) {}

  static async open(socket: string): Promise<Manager> {
    const manager = new Manager(socket);
    const appeared = new Promise<void>((resolve) => {
      const watcher = watch(join(socket, '..'), () => { if (existsSync(socket)) { watcher.close(); resolve(); } });
    });
    const socat = spawn('socat', ['-u', `UNIX-RECV:${socket}`, 'STDOUT'], { stdio: ['ignore', 'pipe', 'inherit'] });
    socat.stdout.setEncoding('utf8').on('data', (text: string) => {
      manager.#printed += text;
      manager.#more?.();
    });
    later(async () => {
      socat.kill('SIGKILL');
      await once(socat, 'close');
    });
    await appeared;
    return manager;
  }

  /** What has come since the last time, up to something that matches. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#printed);
      if (match !== null) {
        const end = match.index + match[0].length;
        const text = this.#printed.slice(0, end);
        this.#printed = this.#printed.slice(end);
        return text;
      }
      await new Promise<void>((resolve) => { this.#more = resolve; });
    }
  }
}

describe('serve under a service manager', function () {
  this.timeout(30_000);
  const directories = new Directories();
  let folder: string;
  beforeEach(function () {
    requireTool(this, 'socat', 'socat');
    requireTool(this, 'systemd-notify', 'systemd');
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await closeAll();
    await directories.remove();
    removeFolder(folder);
  });

  for (const workers of [1, 2]) {
    it(`tells it when it is ready, reads its configuration again, lives and stops: ${workers} of them`, async () => {
      const manager = await Manager.open(join(folder, 'notify'));
      const file = join(folder, 'config.json');
      await writeFile(file, JSON.stringify({ sip_listen: 'sip:127.0.0.1:0', sip_events: 'nkpublish' }));
      // It waits until the manager has closed what it sent last, which socat does not do.
      await writeFile(join(folder, 'systemd-notify'), `#!/bin/sh\nPATH='${process.env['PATH']}' exec systemd-notify --no-block "$@"\n`, { mode: 0o755 });
      const more = workers === 1 ? [] : ['--workers', '2', ...sharing(directories.make())];
      await using server = await inEnvironment({ PATH: `${folder}:${process.env['PATH']}`, NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: '400000' }, async () => new Command('serve', '--config', file, ...more));
      expect(await manager.until(/READY=1/)).to.equal('READY=1');
      expect(server.out).to.match(/ready on/);
      expect(await manager.until(/WATCHDOG=1[^]*WATCHDOG=1/)).to.not.include('READY');
      await server.printed(/ready on/);
      server.signal('SIGHUP');
      expect(await manager.until(/RELOADING=1\s+MONOTONIC_USEC=\d+[^]*READY=1/)).to.match(/RELOADING=1\s+MONOTONIC_USEC=\d+/);
      await server.printed(/was read again/);
      server.signal('SIGTERM');
      await manager.until(/STOPPING=1/);
      expect((await server.finished()).code).to.equal(0);
    });
  }

  it('runs where the program that tells it is missing, and says so once', async () => {
    const log = new LogRecorder();
    const manager = new ServiceManager({ NOTIFY_SOCKET: '/nowhere', PATH: folder }, log);
    const warned = new Promise<void>((resolve) => { sinon.replace(log, 'warn', (_fields, message) => { log.lines.push({ level: 'warn', fields: {}, message }); resolve(); }); });
    manager.ready();
    await warned;
    await manager.whileReloading(async () => undefined);
    expect(log.lines.map(({ message }) => message)).to.deep.equal(['NOTIFY_SOCKET is set, but systemd-notify fails, so that the service manager may not know how it goes: spawn systemd-notify ENOENT']);
  });

  it('tells nobody where nobody asks', () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      new ServiceManager({ WATCHDOG_USEC: '1000000', WATCHDOG_PID: '1' }, new LogRecorder()).ready();
      expect(clock.countTimers()).to.equal(0);
    } finally {
      clock.restore();
    }
  });
});
