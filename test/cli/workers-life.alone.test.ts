import cluster, { type Worker } from 'node:cluster';
import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { stub } from 'sinon';
import { Misuse } from '../../packages/cli/src/command-line/command-line.ts';
import { Restarts } from '../../packages/cli/src/workers/restarts.ts';
import { WorkerPlace } from '../../packages/cli/src/workers/worker-place.ts';
import { Directories } from '../event-store-lmdb/directories.ts';
import { Load, numbersOf } from '../event-store-lmdb/kill-rounds.ts';
import { publishText } from '../kit/request-text.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { StreamPeer } from '../wire/peers.ts';
import { run } from './command.ts';
import { sharing, WorkerServer } from './worker-server.ts';

const bin = fileURLToPath(new URL('../../packages/cli/bin/nksip-ts.js', import.meta.url));

/** In its workers a PUBLISH waits; `onDrain` is what one of them does when it is told to finish. */
const busyConfig = (onDrain: string): string => `
  let finish;
  process.on('message', ({ type }) => { if (type === 'drain') { console.log('told'); ${onDrain} } });
  export const options = { log_level: 'info' };
  export const module = { sip_publish: () => new Promise((resolve) => { finish = resolve; console.log('busy'); process.send(null); }) };
`;

/** Of a program, which each worker loads itself. */
const setting = { config: undefined, shared: { sip_listen: 'sip:127.0.0.1:0' } };

describe('workers of serve', function () {
  this.timeout(60_000);
  const directories = new Directories();
  let folder: string;
  before(async () => {
    folder = temporaryFolder();
  });
  after(() => { removeFolder(folder); });
  afterEach(() => directories.remove());

  async function started(config: string, ...args: readonly string[]): Promise<WorkerServer> {
    const file = join(folder, 'config.mjs');
    await writeFile(file, config);
    return await WorkerServer.start(directories, '--config', file, ...args);
  }

  it('that is killed under load is replaced; the others go on; all that was answered 200 is there', async () => {
    const seed = Date.now() % 2 ** 32;
    await using server = await started("export const name = 'server';", '--log-level', 'info');
    const load = new Load(server.port(), 'k', numbersOf(seed));
    await load.bound();
    const began = performance.now();
    const loadUntil = async (enough: () => boolean): Promise<void> => {
      while (!enough()) {
        load.sendUpTo(Math.floor(performance.now() - began));
        await pause(2);
      }
    };
    await loadUntil(() => load.answered >= 200);
    process.kill(server.processes.get(1) ?? 0, 'SIGKILL');
    await loadUntil(() => server.err.includes('Worker 1 '));
    expect(server.processes.size).to.equal(2);
    const whenTold = load.answered;
    await loadUntil(() => server.processes.size === 3 && load.answered > whenTold + 200);
    server.signal('SIGTERM');
    const { code, err } = await server.finished();
    load.close();
    expect(err).to.match(/^\S+ error Worker 1 \(process \d+\) died: it ended with SIGKILL\. Another one takes its place[^\n]*\n$/);
    expect(code).to.equal(0);
    const { wrong, removed } = await load.compare(directories.open(server.path));
    expect(wrong, `seed ${seed}`).to.deep.equal([]);
    expect(removed, `seed ${seed}`).to.be.above(0);
  });

  /** Each worker has a request under way, over a connection of its own. */
  async function busy(onDrain: string): Promise<{ readonly server: WorkerServer; readonly peers: readonly StreamPeer[] }> {
    const server = await started(busyConfig(onDrain));
    const peers = [await StreamPeer.open(server.port('tcp')), await StreamPeer.open(server.port('tcp'))];
    for (const peer of peers) peer.send(publishText({ body: 'x' }));
    await server.printed(/busy[^]*busy/);
    return { server, peers };
  }

  it('finish what is under way on SIGTERM, all of them', async () => {
    const { server, peers } = await busy("setTimeout(() => finish(['reply', ['ok', { sip_etag: 'e', expires: 1 }]]), 50);");
    server.signal('SIGTERM');
    expect((await Promise.all(peers.map((peer) => peer.next()))).map(({ code }) => code)).to.deep.equal([200, 200]);
    const { code, err } = await server.finished();
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
  });

  it('stop at once on the second SIGTERM, whatever is under way', async () => {
    const { server } = await busy('');
    server.signal('SIGTERM');
    await server.printed(/told[^]*told/);
    server.signal('SIGTERM');
    expect((await server.finished()).code).to.equal(0);
  });

  it('that no longer can be told anything are killed', async () => {
    const { server } = await busy('for (;;);');
    server.signal('SIGTERM');
    await server.printed(/told[^]*told/);
    server.signal('SIGTERM');
    expect((await server.finished()).code).to.equal(0);
  });

  it('end with the first process, even if it is killed', async () => {
    const server = await started('export const options = {};');
    await server[Symbol.asyncDispose]();
    // The output is at its end when no process has it open any more.
    expect((await server.finished()).err).to.equal('');
  });

  it('that cannot start end the command with their sentence, exit code 1', async () => {
    const file = join(folder, 'worse.mjs');
    await writeFile(file, "import cluster from 'node:cluster'; export const options = cluster.isWorker ? { sip_lisen: 'sip:all' } : {};");
    const { code, out, err } = await run('serve', '--workers', '2', '--config', file, '--listen', 'sip:127.0.0.1:0', ...sharing(directories.make()));
    expect({ code, out, err }).to.deep.equal({ code: 1, out: '', err: `nksip-ts: The option 'sip_lisen' is unknown. Did you mean 'sip_listen'? It stands in ${file}.\n` });
  });

  /** One place, whose first process is this one; it looks after its worker ten times a second. */
  async function place(config: string): Promise<{ readonly place: WorkerPlace; readonly said: readonly string[] }> {
    const file = join(folder, 'place.mjs');
    await writeFile(file, config);
    cluster.setupPrimary({ exec: bin, execArgv: [], args: ['serve', '--config', file, ...sharing(directories.make())] });
    const said: string[] = [];
    const log = { info: (_fields: object, message: string) => { said.push(message); }, error: (_fields: object, message: string) => { said.push(message); } };
    const made = new WorkerPlace(setting, log, new Restarts(1), 100);
    await made.ready;
    return { place: made, said };
  }

  it('that start are told of a reload when they serve, and it is theirs to refuse', async () => {
    cluster.setupPrimary({ exec: bin, execArgv: [], args: ['serve', '--log-level', 'silent', ...sharing(directories.make())] });
    const log = { info: () => undefined, error: () => undefined };
    const [good, bad] = [{ options: {}, places: {} }, { options: { sip_no_100: 1 }, places: {} }].map((config) => ({ ...setting, config }));
    const one = new WorkerPlace(good!, log);
    expect(await one.reload(bad!)).to.match(/^The option 'sip_no_100' cannot be 1/);
    expect(await one.reload(good!)).to.equal(undefined);
    one.drain(10_000);
    await one.ended;
    expect(await one.reload(good!)).to.equal('The service stops.');
  });

  it('that hang are killed and replaced', async () => {
    // The first one that is to serve spins for ever.
    const mark = join(folder, 'hung');
    const { place: one, said } = await place(`import { existsSync, writeFileSync } from 'node:fs';
      export const options = { log_level: 'silent' };
      if (!existsSync('${mark}')) setTimeout(() => { writeFileSync('${mark}', ''); for (;;); }, 500);`);
    while (said.length < 3) await once(cluster, 'message');
    one.drain(10_000);
    await one.ended;
    expect(said[0]).to.match(/^Worker \d+ \(process \d+\) serves$/);
    expect(said[1]).to.match(/^Worker \d+ \(process \d+\) died: it said nothing for 1 s, so its event loop stood still, and was killed\. Another one takes its place in 0\.001 s\.$/);
    expect(said[2]).to.match(/^Worker \d+ \(process \d+\) serves$/);
  });

  it('that hang while they start are killed and replaced, with more patience', async () => {
    // The second one spins for ever before it serves.
    const mark = join(folder, 'starts');
    const { place: one, said } = await place(`import { appendFileSync, readFileSync } from 'node:fs';
      export const options = { log_level: 'silent' };
      appendFileSync('${mark}', 'x');
      if (readFileSync('${mark}', 'utf8') === 'xx') for (;;);`);
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
    while (said.length < 4) await once(cluster, 'message');
    one.drain(10_000);
    await one.ended;
    expect(said[1]).to.match(/^Worker \d+ \(process \d+\) died: it ended with SIGKILL\./);
    expect(said[2]).to.match(/^Worker \d+ \(process \d+\) died: it did not serve 6 s after its start, and was killed\. Another one takes its place in 0\.002 s\.$/);
    expect(said[3]).to.match(/^Worker \d+ \(process \d+\) serves$/);
  });

  it('for whom the system has no process, file or memory are tried again until it has, and that is no short life', async () => {
    const { place: one, said } = await place("export const options = { log_level: 'silent' };");
    const lacking = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'EMFILE', 'EMFILE', 'EMFILE', 'EMFILE', 'EMFILE', 'EMFILE'];
    const fork = stub(cluster, 'fork');
    for (const [i, code] of lacking.entries()) {
      fork.onCall(i).callsFake(() => {
        const error = Object.assign(new Error(`spawn ${code}`), { code });
        if (code === 'ENOMEM') throw error; // as node:child_process does
        const worker = Object.assign(new EventEmitter(), { id: -1, process: {} });
        process.nextTick(() => worker.emit('error', error));
        return worker as unknown as Worker;
      });
    }
    fork.callThrough();
    try {
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
      while (said.length < lacking.length + 3) await once(cluster, 'message');
    } finally {
      fork.restore();
    }
    one.drain(10_000);
    await one.ended;
    const missing = said.slice(2, -1);
    expect(missing).to.have.length(lacking.length);
    for (const [i, code] of lacking.entries()) expect(missing[i]).to.match(new RegExp(`^A worker is missing: it could not be started \\(${code}: .*\\)\\. That is tried again in 0\\.02 s\\.$`));
    expect(missing[0]).to.contain("raise the limit 'nofile'");
    expect(said.at(-1)).to.match(/^Worker \d+ \(process \d+\) serves$/);
  });

  it('that are healthy stay when the first process stood still itself', async () => {
    const { place: one, said } = await place("export const options = { log_level: 'silent' };");
    for (let i = 0; i < 2; i++) {
      // Longer than a worker may be silent.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
      for (let heard = 0; heard < 2; heard++) await once(cluster, 'message');
    }
    one.drain(10_000);
    await one.ended;
    expect(said).to.have.length(1);
  });

  it('that die again and again end the command with a sentence', async () => {
    const [file, mark] = [join(folder, 'dying.mjs'), join(folder, 'first')];
    // Only the first one comes as far as to serve.
    await writeFile(file, `import { existsSync, writeFileSync } from 'node:fs';
      if (existsSync('${mark}')) process.exit(7);
      writeFileSync('${mark}', '');
      export const options = { log_level: 'silent' };`);
    cluster.setupPrimary({
      exec: bin, execArgv: [],
      args: ['serve', '--config', file, ...sharing(directories.make())],
    });
    const said: string[] = [];
    const log = { info: () => undefined, error: (_fields: object, message: string) => { said.push(message); } };
    const place = new WorkerPlace(setting, log, new Restarts(1));
    await place.ready;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
    const end = await place.ended.catch((error: unknown) => error);
    expect(end).to.be.instanceOf(Misuse).with.property('message').that.matches(/^Workers died 8 times in a row soon after their start, the last one so: it ended with exit code 7\. Mend .*\.$/);
    expect(said).to.have.length(7);
    expect(said[0]).to.match(/^Worker \d+ \(process \d+\) died: it ended with SIGKILL\. Another one takes its place in 0\.001 s\.$/);
  });
});

describe('the pauses between workers', () => {
  it('are none after a long life, twice as long after each short one, and end after eight of those in a row', () => {
    const restarts = new Restarts();
    const pauses = [60_000, 0, 9_999, 10_000, 1, 2, 3, 4, 5, 6, 7, 8].map((lived) => restarts.pauseAfter(lived));
    expect(pauses).to.deep.equal([0, 250, 500, 0, 250, 500, 1000, 2000, 4000, 8000, 16_000, undefined]);
  });
});
