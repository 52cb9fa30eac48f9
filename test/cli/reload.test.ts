import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { changesBetween } from '../../packages/cli/src/process/reload.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { Command, run } from './command.js';
import { Directories } from '../event-store-lmdb/directories.ts';
import { oneSocket, sharing, WorkerServer } from './worker-server.ts';

describe('serve at a SIGHUP', function () {
  this.timeout(60_000);
  const directories = new Directories();
  let folder: string;
  before(async () => {
    folder = temporaryFolder();
  });
  after(() => { removeFolder(folder); });
  afterEach(() => directories.remove());

  const listen = { sip_listen: 'sip:127.0.0.1:0', sip_events: 'nkpublish' };

  async function write(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  /** Publishes with so short a lifetime that only a server without a minimum takes it. */
  async function codeFor(address: string, ...more: readonly string[]): Promise<string> {
    const { out } = await run('publish', address.replace('sip:', 'sip:alice@'), '--event', 'nkpublish', '--body', 'x', '--expires', '5', ...more);
    return out.slice(0, 3);
  }

  it('reads the file of --config again, and takes what changed, under what the command line says', async () => {
    const file = await write('a.json', JSON.stringify({ ...listen, sip_event_compositor_min_expires: 60 }));
    await using server = new Command('serve', '--config', file, '--set', 'sip_no_100=true');
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    expect(await codeFor(address)).to.equal('423');
    await write('a.json', JSON.stringify({ ...listen, sip_no_100: false }));
    server.signal('SIGHUP');
    await server.printed(/Z info {2}SIGHUP: \S+a\.json was read again; changed: sip_event_compositor_min_expires\.\n/);
    expect(await codeFor(address)).to.equal('200');
    server.signal('SIGHUP');
    await server.printed(/SIGHUP: \S+a\.json was read again; no option has changed\.\n/);
  });

  it('says why it cannot take a file, with the place, and goes on as before; a better one is taken', async () => {
    const file = await write('b.json', JSON.stringify(listen));
    await using server = new Command('serve', '--config', file);
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    const kept = 'error SIGHUP: the configuration stays as it was. ';
    let refused = 0;
    for (const [text, sentence] of [
      ['{ "sip_events": }', `The configuration file '${file}' cannot be used: line 1, column 17: a value must stand here, not '}'.`],
      [JSON.stringify({ ...listen, sip_evnts: 'x' }, undefined, 1), `The option 'sip_evnts' is unknown. Did you mean 'sip_events'? It stands in ${file}, line 4.`],
      [JSON.stringify({ ...listen, log_level: 'loud' }, undefined, 1), "The option 'log_level' cannot be 'loud'"],
    ] as const) {
      await write('b.json', text);
      server.signal('SIGHUP');
      await server.told(sentence);
      expect(server.err.split(kept)).to.have.length(++refused + 1);
    }
    await rm(file);
    server.signal('SIGHUP');
    await server.told(`${kept}The configuration file '${file}' cannot be used: there is no such file.`);
    expect(await codeFor(address)).to.equal('200');
    await write('b.json', JSON.stringify({ ...listen, sip_event_compositor_min_expires: 60 }));
    server.signal('SIGHUP');
    await server.printed(/changed: sip_event_compositor_min_expires/);
    expect(await codeFor(address)).to.equal('423');
  });

  it('takes what can change, and names what stays as it was until the next start, each time', async () => {
    const file = await write('h.json', JSON.stringify(listen));
    await using server = new Command('serve', '--config', file);
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    for (const minimum of [60, 70]) {
      await write('h.json', JSON.stringify({ ...listen, sip_event_compositor_min_expires: minimum, sip_secret: 'a secret of its own', tls_verify: false, sip_event_compositor_store_maintenance: false }));
      server.signal('SIGHUP');
      await server.printed(/SIGHUP: \S+h\.json was read again; changed: sip_event_compositor_min_expires\.\n/);
      await server.told('warn  SIGHUP: what cannot change while the service runs stays as it was until it is started again: sip_secret, tls_verify, sip_event_compositor_store_maintenance.');
      expect(await codeFor(address)).to.equal('423');
      server.out = server.err = '';
    }
    await write('h.json', JSON.stringify({ ...listen, sip_event_compositor_min_expires: 70 }));
    server.signal('SIGHUP');
    await server.printed(/no option has changed/);
    expect(server.err).to.equal('');
  });

  it('has more in the log, or less, from then on', async () => {
    const file = await write('i.json', JSON.stringify({ ...listen, log_level: 'warn' }));
    await using server = new Command('serve', '--config', file);
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    await codeFor(address);
    await write('i.json', JSON.stringify({ ...listen, log_level: 'info' }));
    server.signal('SIGHUP');
    await server.printed(/changed: log_level\.\n/);
    await codeFor(address);
    await server.printed(/PUBLISH/);
    expect(server.out.match(/PUBLISH/g)).to.have.length(1);
  });

  it('reads the users and the certificates again, whether or not an option has changed', async () => {
    const users = await write('users', '');
    const file = await write('j.json', JSON.stringify({ ...listen, sip_users_file: users }));
    await using server = new Command('serve', '--config', file);
    await server.printed(/ready on/);
    await write('users', 'nonsense\n');
    server.signal('SIGHUP');
    await server.told(`The file of users '${users}' cannot be used: line 1`);
    expect(server.out).not.to.contain('has changed');
  });

  it('needs no file of options where there is one of users', async () => {
    const users = await write('users', '');
    await using server = new Command('serve', '--listen', 'sip:127.0.0.1:0', '--users', users);
    await server.printed(/ready on/);
    server.signal('SIGHUP');
    const [line] = await server.printed(/SIGHUP: .*/);
    expect(line).to.contain('What the service uses was read again; no option has changed.');
  });

  it('says that an .mjs file is loaded once, does not load it again, and goes on', async () => {
    const config = (minimum: number): string => `console.log('loaded'); export const options = ${JSON.stringify({ ...listen, sip_event_compositor_min_expires: minimum })};`;
    const file = await write('c.mjs', config(0));
    await using server = new Command('serve', '--config', file);
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    await write('c.mjs', config(60));
    server.signal('SIGHUP');
    await server.told(`error SIGHUP: the configuration stays as it was. ${file} is a program, which is loaded once: stop the service and start it again. A .json file is read again.`);
    expect(server.out.match(/loaded/g)).to.have.length(1);
    expect(await codeFor(address)).to.equal('200');
  });

  for (const workers of ['1', '2']) {
    it(`ends as at a SIGTERM where there is no file to read again, ${workers} of them: the terminal is closed`, async () => {
      const args = workers === '1' ? [] : ['--workers', '2', ...sharing(directories.make())];
      await using server = new Command('serve', '--listen', 'sip:127.0.0.1:0', ...args);
      await server.printed(/ready on/);
      server.signal('SIGHUP');
      const { code, out, err } = await server.finished();
      expect(out).to.match(/info {2}Stopping: SIGHUP came\.\n[^]*info {2}Stopped\.\n$/);
      expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    });
  }

  it('does not end while it starts: what was asked for is done then', async () => {
    const file = await write('d.mjs', `console.log('starting'); const alive = setInterval(() => undefined, 1_000); await new Promise((go) => process.once('SIGHUP', go)); clearInterval(alive); export const options = ${JSON.stringify(listen)};`);
    await using server = new Command('serve', '--config', file);
    await server.printed(/starting/);
    server.signal('SIGHUP');
    await server.printed(/ready on /);
    await server.told('error SIGHUP: the configuration stays as it was. ');
    expect(server.out.match(/ready on /g)).to.have.length(1);
  });

  it('does not end while it drains, and reads nothing', async () => {
    const file = await write('e.mjs', `let finish; process.on('SIGHUP', () => setImmediate(() => finish(['reply', 'forbidden'])));
      export const options = ${JSON.stringify(listen)};
      export const module = { sip_publish: () => new Promise((resolve) => { finish = resolve; console.log('busy'); }) };`);
    await using server = new Command('serve', '--config', file);
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    const client = codeFor(address);
    await server.printed(/busy/);
    server.signal('SIGTERM');
    await server.printed(/Stopping: SIGTERM came/);
    server.signal('SIGHUP');
    expect(await client).to.equal('403');
    const { code, out } = await server.finished();
    expect(out).to.include('info  SIGHUP: nothing is read again, for the service stops.');
    expect(code).to.equal(0);
  });

  it('has every worker take it, or none, and what follows one that dies', async () => {
    const file = await write('f.json', JSON.stringify({ sip_events: 'nkpublish', sip_event_compositor_min_expires: 60 }));
    await using server = await WorkerServer.start(directories, '--config', file, ...oneSocket);
    const address = `sip:127.0.0.1:${server.port()}`;
    expect(await codeFor(address)).to.equal('423');
    await write('f.json', JSON.stringify({ sip_events: 'nkpublish', sip_max_memory: 64 * 1024 * 1024 }));
    server.signal('SIGHUP');
    await server.printed(/info {2}SIGHUP: \S+f\.json was read again; changed: sip_event_compositor_min_expires, sip_max_memory\./);
    for (const [worker] of server.processes) await server.withoutOthers(worker, async () => { expect(await codeFor(address), `worker ${worker}`).to.equal('200'); });
    await write('f.json', JSON.stringify({ sip_events: 'nkpublish', sip_evnts: 'x' }));
    server.signal('SIGHUP');
    await server.told(`error SIGHUP: the configuration stays as it was. The option 'sip_evnts' is unknown. Did you mean 'sip_events'? It stands in ${file}, line 1.`);
    await write('f.json', JSON.stringify({ sip_events: 'nkpublish', sip_secret: 'a secret of its own' }));
    server.signal('SIGHUP');
    await server.told('stays as it was until it is started again: sip_secret.');
    for (const [worker] of server.processes) await server.withoutOthers(worker, async () => { expect(await codeFor(address), `worker ${worker}`).to.equal('200'); });
    for (const [, pid] of server.processes) process.kill(pid, 'SIGHUP');
    expect(await codeFor(address)).to.equal('200');
  });

  it('has a worker that takes the place of another start with the configuration of the last one that was good, whatever stands in the file', async () => {
    const file = await write('g.json', JSON.stringify({ sip_events: 'nkpublish', sip_event_compositor_min_expires: 60 }));
    await using server = await WorkerServer.start(directories, '--config', file, ...oneSocket);
    await write('g.json', JSON.stringify({ sip_events: 'nkpublish' }));
    server.signal('SIGHUP');
    await server.printed(/changed: sip_event_compositor_min_expires\./);
    await write('g.json', '{ broken');
    server.signal('SIGHUP');
    await server.told('the configuration stays as it was');
    process.kill(server.processes.get(1) ?? 0, 'SIGKILL');
    await server.printed(/Worker 3 \(process \d+\) serves/);
    await server.withoutOthers(3, async () => { expect(await codeFor(`sip:127.0.0.1:${server.port()}`)).to.equal('200'); });
  });

  /** Two workers with a plugin that runs `update` when the minimum of Expires becomes `min`. */
  async function withFussyWorkers(name: string, update: string): Promise<{ readonly server: WorkerServer; readonly file: string; readonly config: (minimum: number) => string }> {
    const plugin = join(folder, 'node_modules', name);
    await mkdir(plugin, { recursive: true });
    await writeFile(join(plugin, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
    await writeFile(join(plugin, 'index.js'), `import cluster from 'node:cluster'; import { definePlugin } from ${JSON.stringify(import.meta.resolve('../../packages/core/dist/index.js'))};
      export default definePlugin({ name: '${name}', plugin_update({ sip_event_compositor_min_expires: min }) { const { id } = cluster.worker; ${update} } });`);
    const config = (minimum: number): string => JSON.stringify({ sip_events: 'nkpublish', sip_event_compositor_min_expires: minimum });
    const file = await write(`${name}.json`, config(0));
    return { server: await WorkerServer.start(directories, '--config', file, ...oneSocket, '--set', `plugins=event-compositor,event-store-lmdb,${name}`), file, config };
  }

  it('has the workers that took a configuration go back where one of them cannot take it', async () => {
    const { server: started, file, config } = await withFussyWorkers('fussy', "if (id === 2 && min === 60) throw new Error('not with me');");
    await using server = started;
    await writeFile(file, config(60));
    server.signal('SIGHUP');
    await server.told("error SIGHUP: the configuration stays as it was. The plugin 'fussy' failed in plugin_update: not with me.\n");
    for (const worker of [1, 2]) await server.withoutOthers(worker, async () => { expect(await codeFor(`sip:127.0.0.1:${server.port()}`), `worker ${worker}`).to.equal('200'); });
    await writeFile(file, config(0));
    server.signal('SIGHUP');
    await server.printed(/was read again; no option has changed\./);
  });

  it('has another worker take the place of one that cannot go back', async () => {
    const { server: started, file, config } = await withFussyWorkers('stubborn', "if ((id === 2 && min === 60) || (id === 1 && min === 0)) throw new Error('no');");
    await using server = started;
    await writeFile(file, config(60));
    server.signal('SIGHUP');
    await server.told("died: it could not go back to the configuration of before. The plugin 'stubborn' failed in plugin_update: no. Another one takes its place");
    await server.printed(/Worker 3 \(process \d+\) serves/);
    for (const worker of [2, 3]) await server.withoutOthers(worker, async () => { expect(await codeFor(`sip:127.0.0.1:${server.port()}`), `worker ${worker}`).to.equal('200'); });
  });
});

describe('what an update is told', () => {
  it('has what changed, and undefined for what is no longer given', () => {
    expect(changesBetween({ a: 1, b: [1], c: 'x' }, { a: 1, b: [2], d: true })).to.deep.equal({ b: [2], c: undefined, d: true });
    expect(changesBetween({ a: ['x'] }, { a: ['x'] })).to.deep.equal({});
  });
});
