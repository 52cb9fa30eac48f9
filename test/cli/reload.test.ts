import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { changesBetween } from '../../packages/cli/src/reload.ts';
import { Command, run } from './command.js';
import { Directories } from '../event-store-lmdb/directories.ts';
import { WorkerServer } from './worker-server.ts';

describe('serve at a SIGHUP', function () {
  this.timeout(60_000);
  const directories = new Directories();
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nksip-ts-'));
  });
  after(() => rm(folder, { recursive: true }));
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
    for (const [text, sentence] of [
      ['{ "sip_events": }', `The configuration file '${file}' cannot be used: line 1, column 17: this is no value: '}'. A text stands in double quotes.`],
      [JSON.stringify({ ...listen, sip_evnts: 'x' }, undefined, 1), `The option 'sip_evnts' is unknown. Did you mean 'sip_events'? It stands in ${file}, line 4.`],
      [JSON.stringify({ ...listen, log_level: 'debug' }, undefined, 1), `The option 'log_level' cannot be 'debug': it cannot change while the service runs: stop it and start it again. It stands in ${file}, line 4.`],
    ] as const) {
      await write('b.json', text);
      server.signal('SIGHUP');
      await server.told(kept + sentence);
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

  it('takes the options of an .mjs file, and tells that its callbacks wait for the next start', async () => {
    const config = (minimum: number): string => `console.log('loaded'); export const options = ${JSON.stringify({ ...listen, sip_event_compositor_min_expires: minimum })}; export const module = {};`;
    const file = await write('c.mjs', config(0));
    await using server = new Command('serve', '--config', file);
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    server.signal('SIGHUP');
    await server.printed(/no option has changed; the callbacks in it are taken at the next start\./);
    expect(server.out.match(/loaded/g)).to.have.length(1);
    await write('c.mjs', config(60));
    server.signal('SIGHUP');
    await server.printed(/changed: sip_event_compositor_min_expires; the callbacks in it are taken at the next start\./);
    expect(await codeFor(address)).to.equal('423');
  });

  it('says what is missing without --config, and goes on', async () => {
    await using server = new Command('serve', '--listen', 'sip:127.0.0.1:0');
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    server.signal('SIGHUP');
    await server.told('error SIGHUP: the configuration stays as it was. There is no configuration file to read again: start with --config FILE.');
    expect(await codeFor(address)).to.equal('200');
  });

  it('does not end while it starts: what was asked for is done then', async () => {
    const file = await write('d.mjs', `console.log('starting'); const alive = setInterval(() => undefined, 1_000); await new Promise((go) => process.once('SIGHUP', go)); clearInterval(alive); export const options = ${JSON.stringify(listen)};`);
    await using server = new Command('serve', '--config', file);
    await server.printed(/starting/);
    server.signal('SIGHUP');
    await server.printed(/ready on [^]*SIGHUP: \S+ was read again; no option has changed\./);
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
    await using server = await WorkerServer.start(directories, '--config', file);
    const address = `sip:127.0.0.1:${server.port()}`;
    expect(await codeFor(address)).to.equal('423');
    await write('f.json', JSON.stringify({ sip_events: 'nkpublish', sip_max_memory: 64 * 1024 * 1024 }));
    server.signal('SIGHUP');
    await server.printed(/info {2}SIGHUP: \S+f\.json was read again; changed: sip_event_compositor_min_expires, sip_max_memory\./);
    for (const [worker] of server.processes) await server.withoutOthers(worker, async () => { expect(await codeFor(address), `worker ${worker}`).to.equal('200'); });
    await write('f.json', JSON.stringify({ sip_events: 'nkpublish', sip_evnts: 'x' }));
    server.signal('SIGHUP');
    await server.told(`error SIGHUP: the configuration stays as it was. The option 'sip_evnts' is unknown. Did you mean 'sip_events'? It stands in ${file}, line 1.`);
    await write('f.json', JSON.stringify({ sip_events: 'nkpublish', plugins: ['event-compositor'] }));
    server.signal('SIGHUP');
    for (const [worker] of server.processes) await server.withoutOthers(worker, async () => { expect(await codeFor(address), `worker ${worker}`).to.equal('200'); });
    for (const [, pid] of server.processes) process.kill(pid, 'SIGHUP');
    expect(await codeFor(address)).to.equal('200');
  });
});

describe('what an update is told', () => {
  it('has what changed, and undefined for what is no longer given', () => {
    expect(changesBetween({ a: 1, b: [1], c: 'x' }, { a: 1, b: [2], d: true })).to.deep.equal({ b: [2], c: undefined, d: true });
    expect(changesBetween({ a: ['x'] }, { a: ['x'] })).to.deep.equal({});
  });
});
