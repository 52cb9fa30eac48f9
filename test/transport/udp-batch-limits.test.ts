import type { Socket } from 'node:dgram';
import { readdirSync } from 'node:fs';
import { once } from 'node:events';
import { expect } from 'chai';
import { Batches, receiveBatch } from '../../packages/core/src/transport/udp/batches.ts';
import { boundSocket } from '../../packages/core/src/transport/udp/batch-socket.ts';
import { portOfSocket } from '../../packages/core/src/transport/udp/load-batches.ts';
import { linux, type SystemCalls } from '../../packages/core/src/transport/udp/system-calls.ts';
import { listenUdp, UdpFlow } from '../../packages/core/src/transport/udp/udp.ts';
import { thrownBy } from '../kit/caught.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { Recorder } from './recorder.ts';
import { bind, closeAll, datagram, later, needBatch, needIpv6, portOf, udpClient, usual, type Bench } from './sockets.ts';

describe('datagrams by the batch, where not all is well', () => {
  let calls: SystemCalls;
  let batches: Batches;

  before(async function () {
    calls = await needBatch(this);
    batches = new Batches(calls);
  });
  afterEach(closeAll);

  const listenAt = (address: string): string => `sip:${address.includes(':') ? `[${address}]` : address}:0;transport=udp`;

  /** Sends them from the one socket of `bench`, to the port of `to` at each of these addresses; answers the numbers of those that were refused. */
  function sendAll(bench: Bench, to: Socket, datagrams: readonly { text: string; address?: string }[]): string[] {
    const refused: string[] = [];
    for (const [n, { text, address = '127.0.0.1' }] of datagrams.entries()) {
      const flow = bench.transports.back({ transport: 'udp', port: to.address().port, address }, { localAddress: '127.0.0.1', localPort: portOf(bench, 'udp') });
      flow?.send(bytes(text), { transportFailed: ({ message }) => { refused.push(`${n} ${message}`); } });
    }
    return refused;
  }

  /** The next so many. */
  async function texts(socket: Socket, many: number): Promise<string[]> {
    const received: string[] = [];
    socket.on('message', (message: Buffer) => received.push(message.toString('latin1')));
    while (received.length < many) await once(socket, 'message');
    return received;
  }

  it('wait in Node.js where the system has no room, and arrive in their order, what is sent behind them too', async () => {
    let room = 5;
    // Each is larger than the last one: none is joined to another.
    const textOf = (n: number): string => String(n).padEnd(10 + n);
    const full: Batches = new Batches({
      ...calls,
      sendmmsg: (fd, headers, count, flags) => {
        const taken = room === 0 ? -1 : calls.sendmmsg(fd, headers, Math.min(count, room), flags);
        room -= Math.max(0, taken);
        return taken;
      },
      lastError: () => linux.EAGAIN,
    });
    const listener = await listenUdp('127.0.0.1', 0, usual, new Recorder(), full);
    later(() => listener.close());
    const client = await udpClient();
    const arrived = texts(client, 41);
    const failures: Error[] = [];
    const flow = new UdpFlow(listener, '127.0.0.1', client.address().port);
    for (let n = 0; n < 40; n++) flow.send(bytes(textOf(n)), { transportFailed: (error) => { failures.push(error); } });
    listener.reply(bytes(textOf(40)), '127.0.0.1', client.address().port);
    expect(await arrived).to.deep.equal(Array.from({ length: 41 }, (_, n) => textOf(n)));
    expect([room, failures]).to.deep.equal([0, []]);
  });

  it('tell of each that is refused among others, once and in their order, and all others arrive', async () => {
    const bench = await bind(listenAt('127.0.0.1'));
    const client = await udpClient();
    const targets = ['127.0.0.1', '255.255.255.255', '127.0.0.1', '192.0.2.1'];
    const arrived = texts(client, 50);
    const refused = sendAll(bench, client, Array.from({ length: 100 }, (_, n) => ({ text: String(n), address: targets[n % 4]! })));
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    expect(await arrived).to.deep.equal(numbers.filter((n) => n % 2 === 0).map(String));
    const isBroadcast = (n: number): boolean => n % 4 === 1;
    expect(refused).to.deep.equal(numbers.filter((n) => n % 2 === 1)
      .map((n) => `${n} udp ${isBroadcast(n) ? targets[1] : targets[3]}:${client.address().port} failed: sendmmsg ${isBroadcast(n) ? 'EACCES' : 'EINVAL'}.`));
  });

  it('are all sent when the socket is closed behind them', async () => {
    const bench = await bind(listenAt('127.0.0.1'));
    const client = await udpClient();
    const arrived = texts(client, 50);
    const refused = sendAll(bench, client, Array.from({ length: 50 }, (_, n) => ({ text: String(n) })));
    await bench.transports.close();
    expect((await arrived).at(-1)).to.equal('49');
    expect(refused).to.deep.equal([]);
  });

  for (const [address, largest] of [['127.0.0.1', 65_507], ['::1', 65_507], ['::1', 65_527]] as const) {
    it(`come and leave whole and in their order, with the largest of ${largest} bytes among them, at ${address}`, async function () {
      if (address === '::1') needIpv6(this);
      const bench = await bind(listenAt(address));
      const client = await udpClient(address);
      const sent = [optionsText('1'), 'a'.repeat(largest), optionsText('2'), 'b'.repeat(largest), 'c'];
      for (const text of sent) client.send(text, portOf(bench, 'udp'), address);
      const { source } = await bench.receiver.nth(sent.length);
      expect(bench.receiver.messages.map(({ text }) => text)).to.deep.equal(sent);
      const back = texts(client, sent.length);
      for (const text of sent) source.reply(bytes(text), source.address, source.port);
      expect(await back).to.deep.equal(sent);
    });
  }

  it('have the address that each came from, over IPv4 and IPv6 at two services of one process', async function () {
    needIpv6(this);
    const services = [await bind(`${listenAt('127.0.0.1')}, ${listenAt('::1')}`), await bind(`${listenAt('::1')}, ${listenAt('127.0.0.1')}`)];
    const exchanges = services.flatMap(({ transports, receiver }) => transports.listeners.map(async ({ address, port }) => {
      receiver.onMessage = ({ source, text }) => { source.reply(bytes(`${text} ${source.address}`), source.address, source.port); };
      const client = await udpClient(address);
      const answers = texts(client, 100);
      for (let n = 0; n < 100; n++) client.send(`${port} ${n}`, port, address);
      expect(await answers).to.deep.equal(Array.from({ length: 100 }, (_, n) => `${port} ${n} ${address}`));
    }));
    await Promise.all(exchanges);
  });

  it('have their address although whoever took one before has thrown', async function () {
    needIpv6(this);
    /** Three that wait there. */
    const waiting = async (address: string): Promise<number> => {
      const fd = boundSocket(calls, address, 0);
      later(() => calls.close(fd));
      const client = await udpClient(address);
      for (let n = 0; n < 3; n++) await new Promise((sent) => { client.send(String(n), portOfSocket(calls, fd), address, sent); });
      return fd;
    };
    const [fd, other] = [await waiting('127.0.0.1'), await waiting('::1')];
    expect(thrownBy(() => batches.receive(fd, receiveBatch, () => { throw new Error('not taken'); }))).to.have.property('message', 'not taken');
    const from: string[] = [];
    batches.receive(other, receiveBatch, (_, address) => { from.push(address); });
    expect(from).to.deep.equal(['::1', '::1', '::1']);
  });

  it('leave no descriptor behind: sockets opened, used and closed a thousand times', async () => {
    const client = await udpClient();
    const cycle = async (): Promise<number> => {
      const bench = await bind(`${listenAt('127.0.0.1')}, ${listenAt('127.0.0.1')}`);
      client.send(optionsText('1'), portOf(bench, 'udp'), '127.0.0.1');
      const { source } = await bench.receiver.nth(1);
      const answer = datagram(client);
      source.reply(bytes('answer'), source.address, source.port);
      await bench.transports.close();
      expect((await answer).text).to.equal('answer');
      return readdirSync('/proc/self/fd').length;
    };
    const first = await cycle();
    let last = first;
    for (let n = 0; n < 1000; n++) last = await cycle();
    expect(last - first, 'what other files of tests have left may close meanwhile').to.be.below(10);
  });
});
