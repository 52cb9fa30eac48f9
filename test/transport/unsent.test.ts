import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { forWaiting, maxMessages } from '../../packages/core/src/transport/connection/unsent.ts';
import type { TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import type { Source } from '../../packages/core/src/transport/transport.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { bind, closeAll, later, portOf, tcpClient, until, type Bench } from './sockets.ts';
import { frame, opcodes, rawClient } from './web-sockets.ts';

const listen = (options: Partial<TransportOptions> = {}, maxMemory?: number): Promise<Bench> =>
  bind('sip:127.0.0.1:0;transport=tcp, sip:127.0.0.1:0;transport=ws, sips:127.0.0.1:0', options, maxMemory);

/** More than the system takes for a peer that reads nothing. */
const flood = 12_000_000;

interface Peer {
  readonly socket: Socket;
  readonly source: Source;
}

type Transport = 'tcp' | 'tls' | 'ws';

/** A peer who has asked, and reads nothing from now on. */
async function peer(bench: Bench, transport: Transport): Promise<Peer> {
  const socket = await dialed(bench, transport);
  const heard = bench.receiver.nth(bench.receiver.messages.length + 1);
  socket.write(transport === 'ws' ? frame(opcodes.text, optionsText('1')) : optionsText('1'));
  const { source } = await heard;
  socket.pause();
  return { socket, source };
}

async function dialed(bench: Bench, transport: Transport): Promise<Socket> {
  if (transport === 'ws') return rawClient(bench);
  if (transport === 'tcp') return tcpClient(portOf(bench, 'tcp'));
  const socket = connectSecure({ port: portOf(bench, 'tls'), host: '127.0.0.1', rejectUnauthorized: false });
  later(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** A peer for whom so much waits that nothing more leaves at once. */
async function blocked(bench: Bench, transport: Transport): Promise<Peer> {
  const one = await peer(bench, transport);
  reply(one.source, flood);
  await new Promise(setImmediate);
  return one;
}

function fakeTime(): SinonFakeTimers {
  const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  later(() => clock.restore());
  return clock;
}

function reply(source: Source, size: number): void {
  source.reply(new Uint8Array(size).fill(0x78), source.address, source.port);
}

const unsent = ({ memory }: Bench): number => memory.usage().parts['unsent'] ?? NaN;
const problems = ({ receiver }: Bench): string[] => receiver.faults.map(({ message }) => message);

describe('what a peer does not read', () => {
  afterEach(closeAll);

  it("D26 sip_max_memory: a message that will wait holds its own bytes, and not the pool that they are a part of", () => {
    const pooled = Buffer.from('an answer');
    expect(pooled.buffer.byteLength).to.be.above(1000);
    const own = forWaiting(pooled);
    expect(Buffer.from(own).toString()).to.equal('an answer');
    expect(own.buffer.byteLength).to.equal(9);
    expect(forWaiting(own)).to.equal(own);
  });

  for (const transport of ['tcp', 'tls', 'ws'] as const) {
    it(`D26 sip_max_memory counts what waits over ${transport}, and nothing once it is taken`, async () => {
      const bench = await listen({ maxBufferedBytes: 100_000_000 });
      const { socket, source } = await blocked(bench, transport);
      const waiting = unsent(bench);
      expect(waiting).to.be.within(1_000_000, 3 * flood);
      reply(source, 1000);
      await new Promise(setImmediate);
      expect(unsent(bench) - waiting).to.be.within(1000 + 300, 2000 + 700);
      socket.resume();
      await until(() => unsent(bench) === 0);
    });

    it(`D26 sip_message_timeout closes a peer who takes nothing for so long over ${transport}, and nothing is left in the account`, async () => {
      const bench = await listen({ headTimeout: 5000 });
      const clock = fakeTime();
      await blocked(bench, transport);
      clock.tick(4999);
      expect(problems(bench)).to.deep.equal([]);
      clock.tick(1);
      expect(problems(bench).join()).to.contain('does not read');
      await gone(bench);
      expect(bench.memory.usage().used).to.equal(0);
    });

    it(`D26 closes a peer for whom ${maxMessages} messages wait over ${transport}, however small they are`, async () => {
      const bench = await listen({ maxBufferedBytes: 100_000_000 });
      const { source } = await blocked(bench, transport);
      for (let count = 1; count < maxMessages; count++) reply(source, 1);
      expect(problems(bench)).to.deep.equal([]);
      reply(source, 1);
      expect(problems(bench).join()).to.contain('does not read');
      await gone(bench);
      expect(bench.memory.usage().used).to.equal(0);
    });

    it(`D26 sip_max_memory closes a peer who does not read over ${transport} where memory is short, and tells so once`, async () => {
      const bench = await listen({ maxBufferedBytes: 100_000_000 }, 4_000_000);
      for (let count = 0; count < 3; count++) {
        await blocked(bench, transport);
        await gone(bench);
      }
      expect(problems(bench)).to.have.length(1);
      expect(problems(bench)[0]).to.contain('sip_max_memory');
      expect(bench.memory.usage().used).to.equal(0);
    });
  }

  it('D26 sip_message_timeout keeps a peer who takes some in time', async () => {
    const bench = await listen({ headTimeout: 1000, maxBufferedBytes: 100_000_000 });
    const clock = fakeTime();
    const { socket, source } = await blocked(bench, 'tcp');
    reply(source, 1);
    for (let round = 0; round < 3; round++) {
      clock.tick(900);
      const before = unsent(bench);
      socket.resume();
      await until(() => before === 0 || unsent(bench) < before);
      socket.pause();
      reply(source, flood);
      await new Promise(setImmediate);
    }
    expect(problems(bench)).to.deep.equal([]);
    clock.tick(1000);
    expect(problems(bench).join()).to.contain('does not read');
  });

  it('D22 RFC 5626 3.5.1 at most one pong waits over TCP: it answers all pings that came before it was taken', async () => {
    const bench = await listen({ maxBufferedBytes: 100_000_000 });
    const { socket } = await blocked(bench, 'tcp');
    socket.write('\r\n\r\n'.repeat(5000));
    socket.write(optionsText('2'));
    await bench.receiver.nth(2);
    const end = lastOf(socket);
    await end.until('\r\n');
    socket.write('\r\n\r\n');
    await end.until('\r\n\r\n');
    socket.write(optionsText('3'));
    const { source } = await bench.receiver.nth(3);
    source.reply(bytes('answer'), source.address, source.port);
    expect(await end.until('answer')).to.match(/x\r\n\r\nanswer$/);
  });

  it('D42 RFC 7118 6 at most one answer to a double CRLF waits over a WebSocket', async () => {
    const bench = await listen({ maxBufferedBytes: 100_000_000 });
    const { socket } = await blocked(bench, 'ws');
    socket.write(Buffer.concat(Array<Buffer>(30).fill(frame(opcodes.text, '\r\n\r\n'))));
    socket.write(frame(opcodes.text, optionsText('2')));
    await bench.receiver.nth(2);
    const end = lastOf(socket);
    await end.until('\r\n');
    socket.write(frame(opcodes.ping, 'end'));
    expect(await end.until('end')).to.match(/x\x81\x02\r\n\x8a\x03end$/);
  });

  it('D42 RFC 6455 5.5.3 at most one pong waits over a WebSocket, then the last ping that came meanwhile is answered', async () => {
    const bench = await listen({ maxBufferedBytes: 100_000_000 });
    const { socket } = await blocked(bench, 'ws');
    for (let count = 0; count < 30; count++) socket.write(frame(opcodes.ping, String(count)));
    socket.write(frame(opcodes.text, optionsText('2')));
    await bench.receiver.nth(2);
    expect(await lastOf(socket).until('29')).to.match(/x\x8a\x010\x8a\x0229$/);
  });

  it('D42 RFC 7118 6 pings of ours wait for their peer like all else', async () => {
    const bench = await listen({ ws: { pingInterval: 5 }, headTimeout: 100 });
    const { socket } = await blocked(bench, 'ws');
    const chatter = setInterval(() => socket.write(frame(opcodes.pong, '')), 1);
    later(() => clearInterval(chatter));
    await bench.receiver.until(() => problems(bench).some((problem) => problem.includes('does not read')));
    await gone(bench);
    expect(problems(bench).filter((problem) => problem.includes('does not read'))).to.have.length(1);
  });

  it('RFC 3261 18.2.2 answers that wait for a new connection are bounded and counted, and left over are none', async () => {
    const bench = await listen({ maxBufferedBytes: 1_000_000 });
    const { socket, source } = await peer(bench, 'tcp');
    const other = await bind('sip:127.0.0.1:0;transport=tcp');
    socket.destroy();
    await gone(bench);
    const answer = bytes(optionsText('answer', 'x'.repeat(500)));
    for (let count = 0; count < 2 * maxMessages; count++) source.reply(answer, '127.0.0.1', portOf(other, 'tcp'));
    const most = Math.floor(1_000_000 / answer.length);
    expect(unsent(bench)).to.be.within(most * answer.length, most * (answer.length + 500));
    await other.receiver.nth(most);
    await until(() => unsent(bench) === 0);
    await bench.transports.close();
    expect(other.receiver.messages).to.have.length(most);
    expect(bench.memory.usage().used).to.equal(0);
  });
});

/** Until no connection is left. */
async function gone({ memory }: Bench): Promise<void> {
  await until(() => memory.usage().parts['connections'] === 0);
}

/** Reads on, and answers the last of it as soon as that ends so. */
function lastOf(socket: Socket): { until(end: string): Promise<string> } {
  let read = '';
  socket.on('data', (chunk) => { read = read.slice(-100) + chunk.toString('latin1'); });
  socket.resume();
  return {
    async until(end) {
      while (!read.endsWith(end)) await once(socket, 'data');
      return read;
    },
  };
}
