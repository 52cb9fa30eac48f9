import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { requireTool } from '../clients/tools.ts';
import { Directories } from '../event-store-lmdb/directories.ts';
import { requestText } from '../kit/request-text.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { hidden } from '../wire/hostile-text.ts';
import { UdpPeer } from '../wire/peers.ts';
import { Command } from './command.ts';
import { WorkerServer } from './worker-server.ts';

const bin = fileURLToPath(new URL('../../packages/cli/bin/nksip-ts.js', import.meta.url));
const listen = ['--listen', 'sip:127.0.0.1:0;transport=udp'];
/** Each leaves about two thousand characters in the trace. */
const request = (): string => requestText({ method: 'OPTIONS', via: [`SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK${Math.random()}`], headers: [`Subject: ${'x'.repeat(1_500)}`] });
const dropped = /(\d+) entries of this log were dropped here: nobody read fast enough\n/;

/** Asks so often, one after the other; all are answered. */
async function ask(port: number, often: number): Promise<void> {
  const peer = await UdpPeer.open(port);
  for (let i = 0; i < often; i++) expect((await peer.ask(request())).code).to.equal(200);
  peer.close();
}

/** What matches in what comes from now on. */
async function printed(from: Readable | null, pattern: RegExp): Promise<RegExpExecArray> {
  return await new Promise((resolve, reject) => {
    let out = '';
    from?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      const match = pattern.exec(out);
      if (match !== null) resolve(match);
    });
    from?.once('end', () => { reject(new Error(`ended without ${String(pattern)}:\n${out}`)); });
  });
}

async function portOf(server: Command): Promise<number> {
  return Number((await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/))[1]);
}

describe('a log that nobody reads', function () {
  this.timeout(60_000);

  it('drops what finds no room; one line tells how much it was when the reader is back', async () => {
    await using server = new Command('serve', ...listen, '--trace');
    const port = await portOf(server);
    server.stopReading();
    await ask(port, 1_000);
    server.readAgain();
    await server.printed(dropped);
    await ask(port, 1);
    await server.printed(new RegExp(`${dropped.source}[^]*sent to `));
    const [, many] = dropped.exec(server.out) ?? [];
    expect(server.out.match(/ dropped here/g)).to.have.length(1);
    const entries = server.out.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info /gm) ?? [];
    // What was received, what was sent, and the line about it.
    expect(entries.length + Number(many)).to.equal(3 * 1_001);
    expect(Number(many)).to.be.above(500);
    // 1 MiB that waits, and what stands in pipes on the way.
    expect(server.out).to.have.length.below(1_500_000);
  });

  it('does not keep the process from ending', async () => {
    await using server = new Command('serve', ...listen, '--trace');
    const port = await portOf(server);
    server.stopReading();
    await ask(port, 1_000);
    const told = performance.now();
    server.signal('SIGTERM');
    expect(await server.exited()).to.equal(0);
    expect(performance.now() - told).to.be.below(4_000);
  });

  it('keeps no worker from ending, nor the first process', async () => {
    const directories = new Directories();
    await using server = await WorkerServer.start(directories, ...listen, '--trace');
    server.stopReading();
    await ask(server.port(), 2_000);
    const told = performance.now();
    server.signal('SIGTERM');
    expect(await server.exited()).to.equal(0);
    expect(performance.now() - told).to.be.below(4_000);
    await directories.remove();
  });
});

describe('a log that cannot be written', function () {
  this.timeout(60_000);
  let folder: string;
  let child: ChildProcess | undefined;

  before(async () => {
    folder = temporaryFolder();
  });
  afterEach(() => { child?.kill('SIGKILL'); });
  after(() => { removeFolder(folder); });

  /** A server whose standard output is this file; its standard error tells the port. */
  async function serverInto(out: number): Promise<number> {
    const config = join(folder, 'config.mjs');
    await writeFile(config, `
      import { definePlugin } from '${import.meta.resolve('../../packages/core/dist/index.js')}';
      const telling = definePlugin({ name: 'telling', plugin_start: (service) => {
        service.events.once('started', ({ addresses }) => { process.stderr.write(addresses[0] + '\\n'); });
      } });
      export const options = { plugins: ['event-compositor', telling] };`);
    child = spawn(process.execPath, [bin, 'serve', ...listen, '--trace', '--config', config], { stdio: ['ignore', out, 'pipe'] });
    closeSync(out);
    return Number((await printed(child.stderr, /:(\d+);transport/))[1]);
  }

  it('because its reader is gone, ends nothing, and goes on when there is a reader again', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = (): Socket => new Socket({ fd: openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
    const first = reader();
    const port = await serverInto(openSync(fifo, constants.O_WRONLY));
    await printed(first, / is ready on /);
    await once(first.destroy(), 'close');
    await ask(port, 10);
    const second = reader();
    await ask(port, 1);
    await printed(second, / \d+ entries of this log were dropped here[^]*received from[^]*sent to/);
    await once(second.destroy(), 'close');
  });

  it('because the disk is full, ends nothing', async () => {
    const port = await serverInto(openSync('/dev/full', 'w'));
    await ask(port, 10);
    child?.kill('SIGTERM');
    const [code] = await once(child ?? process, 'exit');
    expect(code).to.equal(0);
  });
});

describe('a terminal that stands still', function () {
  this.timeout(60_000);

  it('does not stop the service', async function () {
    requireTool(this, 'script', 'bsdutils');
    const child = spawn('script', ['-qfec', `exec ${[process.execPath, bin, 'serve', ...listen, '--trace'].map((word) => `'${word}'`).join(' ')}`, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [, port] = await printed(child.stdout, /ready on sip:127\.0\.0\.1:(\d+)/);
      child.stdout.pause();
      await ask(Number(port), 500);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});

describe('store export', function () {
  this.timeout(60_000);

  it('waits for a slow reader and loses nothing; what strangers wrote is escaped in it', async () => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 3_000 }, (_, i) => [
      JSON.stringify(['nksip-ts', 'sip', `a\x9b31m\u202e${i}`, 'example.com', 't']),
      { event: 'nkpublish', expires: Date.now() / 1000 + 3_600, data: 'x'.repeat(1_000) },
    ] as const);
    await writeFile(join(folder, 'state.json'), JSON.stringify(Object.fromEntries(rows)));
    await writeFile(join(folder, 'config.mjs'), `import { fileStore } from '${new URL('file-store.mjs', import.meta.url).href}';
      export const options = {};
      export const module = { sip_event_compositor_store: fileStore(${JSON.stringify(join(folder, 'state.json'))}) };`);
    const child = spawn(process.execPath, [bin, 'store', 'export', '--config', join(folder, 'config.mjs')], { stdio: ['ignore', 'pipe', 'ignore'] });
    const exit = once(child, 'exit');
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      child.stdout.pause();
      setImmediate(() => child.stdout.resume());
    });
    await once(child.stdout, 'end');
    expect((await exit)[0]).to.equal(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).to.have.length(3_002);
    expect(lines.join('')).not.to.match(hidden);
    expect(JSON.parse(lines[1] ?? '')).to.have.nested.property('aor.user', 'a\x9b31m\u202e0');
    removeFolder(folder);
  });
});
