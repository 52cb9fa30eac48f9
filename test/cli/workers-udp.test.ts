import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { expect } from 'chai';
import { Directories } from '../event-store-lmdb/directories.ts';
import { fresh, publishText } from '../kit/request-text.ts';
import { needBatch, needIpv6 } from '../transport/sockets.ts';
import { UdpPeer } from '../wire/peers.ts';
import { run } from './command.ts';
import { UdpUsers } from './udp-users.ts';
import { oneSocket, sharing, WorkerServer } from './worker-server.ts';

const quiet = ['--log-level', 'info'];

function publishOf(user: string, port: number): string {
  const address = `<sip:${user}@example.com>`;
  return publishText({ port, uri: `sip:${user}@example.com`, from: `${address};tag=a1`, to: address, expires: 600, body: 'hello' });
}

/** The UDP sockets of this machine, by their inodes, that are bound to the port. */
function boundSockets(port: number): Set<string> {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = ['udp', 'udp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'latin1').split('\n').slice(1)).map((row) => row.trim().split(/\s+/));
  return new Set(rows.filter(([, local = '']) => local.endsWith(end)).map((row) => row[9] ?? ''));
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? '';
    } catch {
      return ''; // the one with which the folder was read
    }
  });
}

describe('UDP and several workers', function () {
  this.timeout(90_000);
  const directories = new Directories();
  afterEach(() => directories.remove());
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  for (const [what, args, each] of [['a socket of its own', [], 1], ["the one socket of all with 'sip_udp_batch' false", oneSocket, 0]] as const) {
    it(`have ${what} for each address, IPv6 too`, async function () {
      needIpv6(this);
      if (each === 1) await needBatch(this);
      await using server = await WorkerServer.start(directories, '--listen', 'sip:127.0.0.1:0, sip:[::1]:0', ...args);
      const ports = [...server.out.matchAll(/:(\d+);transport=udp/g)].map(([, port]) => Number(port));
      expect(ports).to.have.length(2);
      for (const [i, port] of ports.entries()) {
        const bound = boundSockets(port);
        expect(bound.size).to.equal(each === 1 ? 2 : 1);
        const held = [...server.processes.values()].map((pid) => socketsOf(pid).filter((one) => bound.has(one)));
        expect(held.map(({ length }) => length)).to.deep.equal([1, 1]);
        expect(new Set(held.flat())).to.deep.equal(bound);
        const peer = await UdpPeer.open(port, i === 0 ? '127.0.0.1' : '::1');
        if (each === 1) for (let n = 0; n < 20; n++) expect((await peer.ask(publishOf(fresh('six'), peer.port))).code).to.equal(200);
        peer.close();
      }
    });
  }

  it('D03 RFC 3261 17.2.2: a retransmission reaches the worker that has answered, which does nothing again; another worker answers the same if that one has died', async function () {
    await needBatch(this);
    await using server = await WorkerServer.start(directories, ...quiet);
    const peer = await UdpPeer.open(server.port());
    const users = Array.from({ length: 10 }, () => fresh('again'));
    const requests = new Map(users.map((user) => [user, publishOf(user, peer.port)]));
    const answered = new Map<string, string>();
    for (const [user, request] of requests) {
      answered.set(user, (await peer.ask(request)).text);
      for (let n = 0; n < 3; n++) expect((await peer.ask(request)).text).to.equal(answered.get(user));
    }
    const workers = new Map<string, number>();
    for (const user of users) {
      const by = await server.answerers(user, 1);
      expect(by).to.have.length(1);
      workers.set(user, by[0] ?? 0);
    }
    expect(new Set(workers.values()), 'one source is served by both').to.deep.equal(new Set([1, 2]));
    process.kill(server.processes.get(1) ?? 0, 'SIGKILL');
    await server.told('Worker 1 ');
    for (const [user, request] of requests) {
      expect((await peer.ask(request)).one('SIP-ETag')).to.equal(/^SIP-ETag: (.*)\r$/m.exec(answered.get(user) ?? '')?.[1]);
      expect(await server.stored(user)).to.have.length(1);
    }
    for (const user of users) expect(await server.answerers(user, workers.get(user) === 1 ? 2 : 1)).to.include(2);
    peer.close();
  });

  it('a worker that stands still has no share after some seconds, and none is served twice when it goes on', async () => {
    await using server = await WorkerServer.start(directories, ...quiet);
    const load = await UdpUsers.open(server.port(), 1, 20);
    let isOver = false;
    const publishing = load.publishUntil(() => isOver);
    const further = async (): Promise<void> => {
      const before = load.answered;
      while (load.answered < before + 400) await new Promise((later) => { setTimeout(later, 5); });
    };
    await further();
    await server.withoutOthers(2, further);
    await further();
    isOver = true;
    await publishing;
    expect(await load.wrong((user) => server.stored(user))).to.deep.equal([]);
    expect(server.processes.size).to.equal(2);
    load.close();
  });

  for (const sources of [1, 64]) {
    it(`no publication is lost, and none is there twice, when a worker is killed under the load of ${sources} ${sources === 1 ? 'source' : 'sources'}`, async () => {
      await using server = await WorkerServer.start(directories, ...quiet);
      const load = await UdpUsers.open(server.port(), sources, 64);
      let isOver = false;
      const publishing = load.publishUntil(() => isOver);
      const until = async (isEnough: () => boolean): Promise<void> => {
        while (!isEnough()) await new Promise((later) => { setTimeout(later, 5); });
      };
      await until(() => load.answered > 500);
      for (const [killed, following] of [[1, 3], [2, 4]] as const) {
        process.kill(server.processes.get(killed) ?? 0, 'SIGKILL');
        await server.printed(new RegExp(`Worker ${following} \\(process`));
        const before = load.answered;
        await until(() => load.answered > before + 500);
      }
      isOver = true;
      await publishing;
      expect(await load.wrong((user) => server.stored(user))).to.deep.equal([]);
      load.close();
    });
  }

  it('a port that is taken is told in one sentence, exit code 1', async () => {
    await using server = await WorkerServer.start(directories);
    const { code, out, err } = await run('serve', '--workers', '2', '--listen', `sip:127.0.0.1:${server.port()};transport=udp`, ...sharing(directories.make()));
    expect(err).to.match(/^nksip-ts: [^\n]*the port is in use already[^\n]*\n$/);
    expect({ code, out }).to.deep.equal({ code: 1, out: '' });
  });
});
