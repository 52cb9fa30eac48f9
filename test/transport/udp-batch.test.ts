import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { boundSocket } from '../../packages/core/src/transport/udp/batch-socket.ts';
import { Batches, receiveBatch, sendBatch } from '../../packages/core/src/transport/udp/batches.ts';
import { tried, tryOn } from '../../packages/core/src/transport/udp/load-batches.ts';
import { addressIn, portIn, writeSocketAddress } from '../../packages/core/src/transport/udp/socket-address.ts';
import { linux, type Memory, type SystemCalls } from '../../packages/core/src/transport/udp/system-calls.ts';
import { rejectionOf } from '../kit/caught.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { sendError } from './flow-user.ts';
import { bind, closeAll, datagram, needBatch, needIpv6, portOf, udpClient } from './sockets.ts';

/** The texts of the next so many. */
async function datagrams(socket: Socket, many: number): Promise<string[]> {
  const texts: string[] = [];
  socket.on('message', (message: Buffer) => texts.push(message.toString()));
  while (texts.length < many) await once(socket, 'message');
  return texts;
}

/** Looks into the headers of messages, by their addresses. */
class HeaderTables {
  readonly #all: Memory[] = [];

  add(memory: Memory): Memory {
    this.#all.push(memory);
    return memory;
  }

  /** Of one `struct mmsghdr`: msg_iovlen, msg_control and msg_controllen are at 24, 32 and 40. */
  #header(address: bigint): Buffer {
    const { address: start, bytes: all } = this.#all.find((one) => address >= one.address && address < one.address + BigInt(one.bytes.length))!;
    return all.subarray(Number(address - start)).subarray(0, 64);
  }

  isJoined(address: bigint): boolean {
    return this.#header(address).readUInt32LE(24) > 1;
  }

  leaveControlOut(address: bigint, count: number): void {
    for (let i = 0; i < count; i++) this.#header(address + BigInt(i * 64)).fill(0, 32, 48);
  }
}

describe('datagrams by the batch', () => {
  let calls: SystemCalls;

  before(async function () {
    calls = await needBatch(this);
  });
  afterEach(closeAll);

  for (const address of ['127.0.0.1', '::1']) {
    it(`come in their order, each as it was sent, although their slots are used again, at ${address}`, async function () {
      if (address === '::1') needIpv6(this);
      const bench = await bind(`sip:${address === '::1' ? '[::1]' : address}:0;transport=udp`);
      const client = await udpClient(address);
      const many = 3 * receiveBatch + 7;
      const texts = Array.from({ length: many }, (_, n) => optionsText(String(n)) + 'x'.repeat((n * 37) % 1200));
      for (const text of texts) client.send(text, portOf(bench, 'udp'), address);
      await bench.receiver.nth(many);
      expect(bench.receiver.messages.map(({ bytes: kept }) => Buffer.from(kept).toString())).to.deep.equal(texts);
      expect(new Set(bench.receiver.messages.map(({ source }) => `${source.address} ${source.port}`))).to.deep.equal(new Set([`${address} ${client.address().port}`]));
    });
  }

  it('leave 32 at a time, and the rest at the end of the turn', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=udp');
    const client = await udpClient();
    client.send(optionsText('1'), portOf(bench, 'udp'), '127.0.0.1');
    const { source } = await bench.receiver.nth(1);
    const clock = useFakeTimers({ toFake: ['setImmediate'] });
    try {
      const early = datagrams(client, sendBatch);
      for (let n = 0; n < sendBatch + 8; n++) source.reply(bytes(`answer ${n}`), source.address, source.port);
      expect((await early).at(-1)).to.equal(`answer ${sendBatch - 1}`);
      const late = datagrams(client, 8);
      clock.runAll();
      expect((await late).at(-1)).to.equal(`answer ${sendBatch + 7}`);
    } finally {
      clock.restore();
    }
  });

  it('end with the socket: nothing is read from it once it is closed', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=udp');
    const client = await udpClient();
    let closing: Promise<void> | undefined;
    bench.receiver.onMessage = () => { closing ??= bench.transports.listeners[0]?.close(); };
    for (let n = 0; n < 10; n++) client.send(optionsText(String(n)), portOf(bench, 'udp'), '127.0.0.1');
    await bench.receiver.nth(1);
    await closing;
    expect(bench.receiver.messages).to.have.length(1);
  });

  for (const [what, address, size, reason] of [
    ['is too large for any datagram', '127.0.0.1', 70_000, 'the message is too large for one datagram'],
    ['the system does not permit', '255.255.255.255', 10, 'EACCES'],
    ['has an address of another family', '::1', 10, 'EINVAL'],
  ] as const) {
    it(`tell the sender of one that ${what}, and send the others`, async () => {
      const bench = await bind('sip:127.0.0.1:0;transport=udp');
      const client = await udpClient();
      const target = { transport: 'udp', port: client.address().port } as const;
      const flowTo = (to: string) => bench.transports.back({ ...target, address: to }, { localAddress: '127.0.0.1', localPort: portOf(bench, 'udp') })!;
      const answer = datagram(client);
      const refused = sendError(flowTo(address), new Uint8Array(size));
      void sendError(flowTo('127.0.0.1'), bytes('still here'));
      expect((await refused).message).to.contain(reason);
      expect((await answer).text).to.equal('still here');
    });
  }

  describe('sent', () => {
    /** To as many peers. */
    const datagramsOf = (many: number) => Array.from({ length: many }, (_, n) => ({ bytes: bytes(String(n)), address: '127.0.0.1', port: 5060 + n }));
    /** Batches whose system answers so: so many sent, or -1 and the number of an error. */
    const batchesWith = (...answers: [taken: number, error?: number][]): Batches => {
      let error = 0;
      return new Batches({
        ...calls,
        sendmmsg: () => {
          const [taken, number = 0] = answers.shift() ?? [-1, linux.EAGAIN];
          error = number;
          return taken;
        },
        lastError: () => error,
      });
    };

    it('are counted, and those that the system did not take at once are given to it again', () => {
      expect(batchesWith([3], [29], [8]).send(1, datagramsOf(40), () => undefined)).to.equal(40);
    });

    it('stop where the system has no room', () => {
      expect(batchesWith([32], [2], [-1, linux.EAGAIN]).send(1, datagramsOf(40), () => undefined)).to.equal(34);
    });

    it('stop where none is taken, and no error told', () => {
      expect(batchesWith([32], [0]).send(1, datagramsOf(40), () => undefined)).to.equal(32);
    });

    it('are sent again when a signal came', () => {
      expect(batchesWith([-1, linux.EINTR], [2]).send(1, datagramsOf(2), () => undefined)).to.equal(2);
    });

    it('are sent but for the one that is refused, of which is told', () => {
      const refused: string[] = [];
      const done = batchesWith([1], [-1, 101], [2]).send(1, datagramsOf(4), (one, error) => refused.push(`${Buffer.from(one.bytes).toString()} ${error.message}`));
      expect([done, refused]).to.deep.equal([4, ['1 sendmmsg ENETUNREACH']]);
    });
  });

  describe('of one size to one peer', () => {
    /** What there is to send: so many bytes, to the first client or to another one. */
    type Plan = readonly (readonly [size: number, to?: 'other'])[];

    /** Sends these by `batches`, and answers what arrived at each of two clients. */
    async function sent(batches: Batches, plan: Plan): Promise<string[][]> {
      const clients = [await udpClient(), await udpClient()];
      const fd = boundSocket(calls, '127.0.0.1', 0);
      try {
        const all = plan.map(([size, to], n) => ({ bytes: bytes(`${n}:`.padEnd(size, 'x')), address: '127.0.0.1', port: clients[to === 'other' ? 1 : 0]!.address().port }));
        const arrived = clients.map((client) => datagrams(client, all.filter(({ port }) => port === client.address().port).length));
        for (let left = all; left.length > 0;) left = left.slice(batches.send(fd, left, (_, error) => { throw error; }));
        return await Promise.all(arrived);
      } finally {
        calls.close(fd);
      }
    }

    const textsOf = (plan: Plan, to?: 'other') => plan.flatMap(([size, peer], n) => (peer === to ? [`${n}:`.padEnd(size, 'x')] : []));

    /** The system, and how many messages it has taken, or what it says of those that it should cut. */
    function counted(refusal?: number) {
      const tables = new HeaderTables();
      let error = 0;
      const counting = {
        messages: 0,
        refusal,
        calls: {
          ...calls,
          memory: (size: number) => tables.add(calls.memory(size)),
          sendmmsg: (fd: number, headers: bigint, count: number, flags: number) => {
            error = 0;
            if (counting.refusal !== undefined && tables.isJoined(headers)) {
              error = counting.refusal;
              return -1;
            }
            const taken = calls.sendmmsg(fd, headers, counting.refusal === undefined ? count : 1, flags);
            counting.messages += Math.max(0, taken);
            return taken;
          },
          lastError: () => (error === 0 ? calls.lastError() : error),
        },
      };
      return counting;
    }

    for (const [what, plan, messages] of [
      ['are one message', Array.from({ length: sendBatch }, () => [400]), 1],
      ['are one message with a shorter one at their end', [[400], [400], [399], [399], [400]], 3],
      ['are a message for each of two peers', [[400], [400], [400, 'other'], [400, 'other'], [400]], 3],
      ['and of the next size are two', [[400], [400], [401], [401]], 2],
      ['stay alone where they fill a packet of Ethernet', [[1452], [1452], [1453], [1453]], 3],
      ['are as many messages as calls', Array.from({ length: 2 * sendBatch + 1 }, () => [1400]), 3],
    ] as [string, Plan, number][]) {
      it(`${what}, and arrive as they were sent`, async () => {
        const system = counted();
        expect(await sent(new Batches(system.calls), plan)).to.deep.equal([textsOf(plan), textsOf(plan, 'other')]);
        expect(system.messages).to.equal(messages);
      });
    }

    for (const [code, messages] of [['EMSGSIZE', 1], ['EINVAL', 1], ['EIO', 3]] as const) {
      it(`go one by one once the system has said ${code} of them; smaller ones are ${messages} messages`, async () => {
        const system = counted(linux[code]);
        const batches = new Batches(system.calls);
        const large = [[400], [400], [400]] as const;
        expect(await sent(batches, large)).to.deep.equal([textsOf(large), []]);
        expect(system.messages).to.equal(3);
        system.refusal = undefined;
        expect(await sent(batches, large)).to.deep.equal([textsOf(large), []]);
        expect(system.messages).to.equal(6);
        const small = large.map(() => [399] as const);
        expect(await sent(batches, small)).to.deep.equal([textsOf(small), []]);
        expect(system.messages - 6).to.equal(messages);
      });
    }

    it('are each refused with the error of their message', () => {
      const refused: string[] = [];
      const system = counted(101);
      const three = ['a', 'b', 'c'].map((text) => ({ bytes: bytes(text), address: '127.0.0.1', port: 5060 }));
      expect(new Batches(system.calls).send(1, three, (one, error) => refused.push(`${Buffer.from(one.bytes).toString()} ${error.message}`))).to.equal(3);
      expect(refused).to.deep.equal(['a', 'b', 'c'].map((text) => `${text} sendmmsg ENETUNREACH`));
    });

    it('are not joined where the system does not cut them (Linux before 4.18)', async () => {
      const tables = new HeaderTables();
      const old = {
        ...calls,
        memory: (size: number) => tables.add(calls.memory(size)),
        sendmmsg: (fd: number, headers: bigint, count: number, flags: number) => {
          tables.leaveControlOut(headers, count);
          return calls.sendmmsg(fd, headers, count, flags);
        },
      };
      const batches = await tried(old);
      const plan = [[400], [400], [400]] as const;
      expect(await sent(batches, plan)).to.deep.equal([textsOf(plan), []]);
    });
  });

  it('are not used where a socket does not get what it sent itself', async () => {
    const shifted = new Batches({ ...calls, recvmmsg: (...of) => Math.max(0, calls.recvmmsg(...of) - 1) });
    expect(String(await rejectionOf(tryOn(shifted, 3)))).to.contain('did not arrive');
  });

  it('have addresses and ports as the system writes them', () => {
    const name = Buffer.alloc(32, 0xff);
    for (const [address, size] of [['192.0.2.254', 16], ['2001:db8::ff00:42:8329', 28], ['::1', 28], ['255.255.255.255', 16]] as const) {
      expect(writeSocketAddress(name, 4, address, 65_535)).to.equal(size);
      expect([addressIn(name, 4), portIn(name, 4)]).to.deep.equal([address, 65_535]);
    }
  });
});
