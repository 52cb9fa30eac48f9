import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { defaultLimits } from '@nksip-ts/sip';
import { expect } from 'chai';
import { restore, stub } from 'sinon';
import { MemoryAccount } from '../../packages/core/src/memory/account.ts';
import { ConnectionMemory, Holding } from '../../packages/core/src/transport/connection/memory.ts';
import type { TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { allOf, bind, closeAll, later, portOf, someOf, tcpClient, until, type Bench } from './sockets.ts';
import { closeCode, dial, frame, opcodes, rawClient, wsClient } from './web-sockets.ts';

const everything = 'sip:127.0.0.1:0;transport=tcp, sip:127.0.0.1:0;transport=ws, sips:127.0.0.1:0, sips:127.0.0.1:0;transport=ws';
/** As `sip_max_message_size` has it by default. */
const limits = { ...defaultLimits, maxBytes: 131_072, maxBody: 131_072 };
const listen = (options: Partial<TransportOptions> = {}, maxMemory?: number): Promise<Bench> => bind(everything, { limits, ...options }, maxMemory);

const parts = ({ memory }: Bench): Readonly<Record<string, number>> => memory.usage().parts;
const problems = ({ receiver }: Bench): string[] => receiver.faults.map(({ message }) => message);
const nothing = { connections: 0, unfinished: 0, unsent: 0 };

async function secure(bench: Bench): Promise<Socket> {
  const socket = connectSecure({ port: portOf(bench, 'tls'), host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  later(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** Until there is nothing in the account. */
async function empty(bench: Bench): Promise<void> {
  await until(() => !(bench.memory.usage().used !== 0));
}

/** Whether the peer was not served, for he was refused or closed without a word. */
async function isRefused(socket: Socket): Promise<boolean> {
  const answer = someOf(socket, 1).then(() => false, () => true);
  socket.write('\r\n\r\n');
  return answer;
}

describe('what connections hold', () => {
  afterEach(closeAll);

  it('D26 sip_max_memory counts each connection, by its transport, from its first byte on', async () => {
    const bench = await listen();
    const connections = (): number => parts(bench)['connections'] ?? 0;
    let before = 0;
    const dialed: readonly (readonly [number, () => Promise<unknown>])[] = [
      [10, () => tcpClient(portOf(bench, 'tcp'))], [32, () => rawClient(bench)], [56, () => secure(bench)], [64, () => wsClient(bench, { secure: true })],
    ];
    for (const [kib, dial] of dialed) {
      await dial();
      before += 1024 * kib;
      await until(() => connections() === before);
    }
    // OpenSSL holds as much as the first message of a handshake says that it will have.
    await tcpClient(portOf(bench, 'wss'));
    await until(() => connections() !== before);
    expect(connections() - before).to.equal(240 * 1024);
  });

  it('D26 sip_max_memory counts a TLS connection that we open as well, and less of it when its handshake is done', async () => {
    const bench = await listen({ tls: { selfSigned: true, verify: false, requireClientCertificate: false } });
    await bench.transports.open({ transport: 'tls', address: '127.0.0.1', port: portOf(bench, 'tls'), host: '127.0.0.1' });
    await until(() => parts(bench)['connections'] === 2 * 56 * 1024);
    expect(bench.memory.usage().used, 'no more is counted').to.equal(2 * 56 * 1024);
  });

  it('D26 sip_max_memory refuses new connections above half of it, tells so once, and takes new ones when there is room', async () => {
    const bench = await listen({}, 100 * 1024);
    const clients = [];
    // 10 KiB each, and 8 KiB that it may come to hold.
    for (let count = 0; count < 2; count++) clients.push(await tcpClient(portOf(bench, 'tcp')));
    for (const client of clients) expect(await isRefused(client)).to.equal(false);
    for (let count = 0; count < 3; count++) expect(await isRefused(await tcpClient(portOf(bench, 'tcp')))).to.equal(true);
    expect(problems(bench)).to.have.length(1);
    expect(problems(bench)[0]).to.match(/^tcp .*memory is short \(sip_max_memory\), so new connections are refused/);
    clients[0]?.destroy();
    while (await isRefused(await tcpClient(portOf(bench, 'tcp'))));
  });

  for (const transport of ['tcp', 'ws', 'tls', 'wss'] as const) {
    it(`D26 sip_max_memory: connections never get more than half of it, with the little that each may hold unasked: ${transport}`, () => {
      const account = new MemoryAccount(16 * 1024 * 1024);
      const memory = new ConnectionMemory(account);
      const holdings: Holding[] = [];
      const refused: number[] = [];
      for (let count = 0; memory.hasRoomFor(transport); count++) {
        memory.count(transport).established();
        for (const part of [memory.unfinished, memory.unsent]) {
          const held = new Holding(part, memory);
          // Some hold much, all of them a little at last.
          if (count % 10 === 0 && !held.set(20_000)) held.set(0);
          holdings.push(held);
        }
      }
      for (const [at, held] of holdings.entries()) if (held.bytes < 4096 && !held.set(4096)) refused.push(at);
      expect(refused, 'little is never refused').to.deep.equal([]);
      expect(account.used / account.limit).to.be.within(0.4, 0.5);
    });
  }

  it('D26 sip_max_memory: what a connection gave back is there for others', () => {
    const account = new MemoryAccount(1024 * 1024);
    const memory = new ConnectionMemory(account);
    const room = (): number => {
      let bytes = 0;
      while (memory.hasRoom(bytes + 1024)) bytes += 1024;
      return bytes;
    };
    const before = room();
    const { established, takeOff } = memory.count('tls');
    established();
    const held = new Holding(memory.unsent, memory);
    for (const bytes of [1, 4096, 100_000, 5000, 300_000, 4097, 3]) held.set(bytes);
    held.set(200_000);
    expect(room()).to.be.below(before - 200_000);
    held.end();
    takeOff();
    established();
    expect(room()).to.equal(before);
  });

  it('D26 sip_max_memory refuses a TLS connection where one over TCP still fits', async () => {
    const bench = await listen({}, 100 * 1024);
    const refused = await secure(bench).then(() => 'taken', () => 'refused');
    expect(refused).to.equal('refused');
    expect(await isRefused(await tcpClient(portOf(bench, 'tcp')))).to.equal(false);
  });

  it('D26 sip_max_memory refuses new connections where others hold it, above 90 % of it', async () => {
    const bench = await listen({}, 1_000_000);
    const others = bench.memory.tally('publications');
    others.add(895_000);
    expect(await isRefused(await tcpClient(portOf(bench, 'tcp')))).to.equal(true);
    others.add(-100_000);
    expect(await isRefused(await tcpClient(portOf(bench, 'tcp')))).to.equal(false);
  });

  it('D26 sip_max_memory counts a message that is not whole: twice its bytes over TCP at most, and its pieces over a WebSocket', async () => {
    const bench = await listen();
    const [tcp, ws] = [await tcpClient(portOf(bench, 'tcp')), await rawClient(bench)];
    const text = optionsText('1', 'x'.repeat(50_000));
    tcp.write(text.slice(0, 30_000));
    await until(() => !((parts(bench)['unfinished'] ?? 0) < 30_000));
    expect(parts(bench)['unfinished']).to.be.at.most(60_000);
    tcp.write(text.slice(30_000));
    await bench.receiver.nth(1);
    expect(parts(bench)['unfinished']).to.equal(0);
    for (let count = 0; count < 50; count++) ws.write(frame(count === 0 ? opcodes.text : opcodes.continuation, 'x', false));
    ws.write(frame(opcodes.ping, ''));
    await once(ws, 'data');
    expect(parts(bench)['unfinished']).to.be.within(50 * 240, 50 * 650);
    ws.write(frame(opcodes.continuation, ''));
    await bench.receiver.nth(2);
    await until(() => !((parts(bench)['unfinished'] ?? 0) > 0));
  });

  it('D26 sip_max_memory answers 503 to a message in pieces for which there is no room, and closes; a small one is taken', async () => {
    const bench = await listen({}, 120_000);
    bench.receiver.onBroken = (source) => source.reply(bytes('no room'), source.address, source.port);
    const small = await tcpClient(portOf(bench, 'tcp'));
    for (let count = 0; count < 2; count++) {
      const client = await tcpClient(portOf(bench, 'tcp'));
      const answer = allOf(client);
      client.write(optionsText('1', 'x'.repeat(100_000)).slice(0, 50_000));
      expect(await answer).to.equal('no room');
    }
    expect(bench.receiver.breaks.map(({ code }) => code)).to.deep.equal([503, 503]);
    expect(problems(bench)).to.have.length(1);
    expect(problems(bench)[0]).to.contain('sip_max_memory');
    const others = bench.memory.tally('publications');
    others.add(1_000_000);
    small.write(optionsText('2').slice(0, 100));
    await until(() => !(parts(bench)['unfinished'] === 0));
    small.write(optionsText('2').slice(100));
    await bench.receiver.nth(1);
    expect(bench.receiver.breaks).to.have.length(2);
  });

  it('D26 sip_max_memory closes a WebSocket with 1013 whose message in pieces has no room', async () => {
    const bench = await listen({}, 120_000);
    const client = await wsClient(bench);
    const closed = closeCode(client);
    client.send('x'.repeat(60_000), { fin: false });
    expect(await closed).to.equal(1013);
    await empty(bench);
  });

  describe('D26 sip_max_memory counts messages for which there is no time in a turn, with what may be read of a connection that is paused', () => {
    /** There is time for one message in a turn. */
    const slow = (): void => {
      let now = 0;
      stub(performance, 'now').callsFake(() => now += 20);
    };
    afterEach(restore);

    const small = (count: number): string[] => Array.from({ length: count }, (_none, index) => optionsText(`${index}`));
    const senders: Readonly<Record<string, (bench: Bench, texts: readonly string[]) => Promise<Socket>>> = {
      tcp: async (bench, texts) => {
        const client = await tcpClient(portOf(bench, 'tcp'));
        client.write(texts.join(''));
        return client;
      },
      ws: async (bench, texts) => {
        const client = await rawClient(bench);
        client.write(Buffer.concat(texts.map((text) => frame(opcodes.text, text))));
        return client;
      },
    };

    for (const [transport, send] of Object.entries(senders)) {
      it(`and closes it where they find no room, ${transport}`, async () => {
        const bench = await listen({}, 200_000);
        slow();
        const [few, many] = [await send(bench, small(10)), await send(bench, small(400))];
        await once(many.resume(), 'close');
        await bench.receiver.until(() => bench.receiver.messages.length >= 11);
        expect(problems(bench).join()).to.contain('faster than they can be handled').and.contain('sip_max_memory');
        expect(few.destroyed).to.equal(false);
        few.destroy();
        await empty(bench);
      });

      it(`takes one message however short memory is, ${transport}`, async () => {
        const bench = await listen({}, 200_000);
        slow();
        await send(bench, [optionsText('1', 'x'.repeat(40_000))]);
        await bench.receiver.nth(1);
        expect(problems(bench)).to.deep.equal([]);
      });

      it(`and does not read what is left in one go when the peer resets it, ${transport}`, async () => {
        const bench = await listen();
        slow();
        const perTurn = [0];
        let open = true;
        const next = (): void => { perTurn.push(0); if (open) setImmediate(next); };
        bench.receiver.onMessage = () => perTurn.push((perTurn.pop() ?? 0) + 1);
        next();
        const client = await send(bench, small(3000));
        await bench.receiver.nth(20);
        client.resetAndDestroy();
        await empty(bench);
        open = false;
        expect(Math.max(...perTurn)).to.be.at.most(5);
      });

      it(`and has none of it left when all are done, ${transport}`, async () => {
        const bench = await listen();
        slow();
        const client = await send(bench, small(400));
        await bench.receiver.nth(100);
        expect(parts(bench)['unfinished']).to.be.within(65_536, 3 * 65_536);
        await bench.receiver.nth(400);
        await until(() => parts(bench)['unfinished'] === 0);
        expect(client.destroyed).to.equal(false);
        expect(problems(bench)).to.deep.equal([]);
      });
    }
  });

  it('D43 RFC 6455 5.4 takes a message of 128 KiB in fragments of a KiB, and in segments of 536 bytes', async () => {
    const bench = await listen();
    const client = await rawClient(bench);
    const text = optionsText('1', 'x'.repeat(limits.maxBytes)).slice(0, limits.maxBytes);
    for (let at = 0; at < text.length; at += 1024) client.write(frame(at === 0 ? opcodes.text : opcodes.continuation, text.slice(at, at + 1024), at + 1024 >= text.length));
    await bench.receiver.nth(1);
    const head = Buffer.from([0x81, 0x80 | 127, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]);
    const whole = Buffer.concat([head, Buffer.from(text, 'latin1')]);
    for (let at = 0; at < whole.length; at += 536) await new Promise<void>((sent) => client.write(whole.subarray(at, at + 536), () => setImmediate(sent)));
    await bench.receiver.nth(2);
    expect(bench.receiver.messages.map((message) => message.text === text)).to.deep.equal([true, true]);
  });

  it('D43 RFC 6455 7.4.1 closes with 1008 on a message in too many pieces, however they come', async () => {
    const bench = await listen();
    const [fragments, chunks] = [await wsClient(bench), await rawClient(bench)];
    const closed = closeCode(fragments);
    for (let count = 0; count < 200; count++) fragments.send('x', { fin: false });
    expect(await closed).to.equal(1008);
    chunks.resume();
    chunks.write(Buffer.from([0x81, 0x80 | 126, 0xff, 0xff, 0, 0, 0, 0]));
    const drip = (): void => { if (chunks.writable) chunks.write('x', () => setImmediate(drip)); };
    drip();
    await once(chunks, 'close');
    expect(bench.receiver.messages).to.deep.equal([]);
  });

  it('D43 RFC 6455 7.4.1 closes with 1009 on a message that comes with a stream of pings', async () => {
    const bench = await listen();
    const client = await wsClient(bench);
    const closed = closeCode(client);
    client.send('x', { fin: false });
    const flood = (): void => { if (client.readyState === client.OPEN) client.ping('x'.repeat(125)); };
    client.on('pong', flood);
    flood();
    expect(await closed).to.equal(1009);
    await empty(bench);
  });

  describe('D58 is given back once', () => {
    const tcp = (bench: Bench): Promise<Socket> => tcpClient(portOf(bench, 'tcp'));
    const half = optionsText('1', 'x'.repeat(5000)).slice(0, 3000);
    const refusals: TransportOptions['ws'] = { pingInterval: 0, origins: ['https://example.com'] };
    const ended = async (socket: Socket): Promise<void> => { if (!socket.destroyed) await once(socket.resume(), 'close'); };

    const ways: Readonly<Record<string, (bench: Bench) => Promise<unknown>>> = {
      'tcp, nothing said': async (bench) => (await tcp(bench)).destroy(),
      'tcp, ended by the peer': async (bench) => ended((await tcp(bench)).end()),
      'tcp, reset': async (bench) => (await tcp(bench)).resetAndDestroy(),
      'tcp, in the middle of a message': async (bench) => (await tcp(bench)).end(half),
      'tcp, in the middle of a message, late': async (bench) => { const socket = await tcp(bench); socket.write(half); await ended(socket); },
      'tcp, idle': async (bench) => ended(await tcp(bench)),
      'tcp, broken': async (bench) => { const socket = await tcp(bench); socket.write('PUBLISH\r\n\r\n'); await ended(socket); },
      'tcp, answered': async (bench) => { const socket = await tcp(bench); socket.write(optionsText('1')); await once(socket, 'data'); socket.destroy(); },
      'tcp, answers unread': async (bench) => { const socket = await tcp(bench); socket.write(optionsText('flood')); await once(socket, 'readable'); socket.resetAndDestroy(); },
      'tcp, an answer elsewhere': async (bench) => { const socket = await tcp(bench); socket.end(optionsText('later')); await once(socket.resume(), 'close'); },
      'tls, no handshake': async (bench) => (await tcpClient(portOf(bench, 'tls'))).destroy(),
      'tls, no handshake in time': async (bench) => ended(await tcpClient(portOf(bench, 'tls'))),
      'tls, another protocol': async (bench) => { const socket = await tcpClient(portOf(bench, 'tls')); socket.write('GET / HTTP/1.1\r\n\r\n'); await ended(socket); },
      'tls, a certificate that is not taken': async (bench) => new Promise((done) => { connectSecure({ port: portOf(bench, 'tls'), host: '127.0.0.1' }).once('error', done); }),
      'tls, in the middle of a message': async (bench) => (await secure(bench)).end(half),
      'tls, answered': async (bench) => { const socket = await secure(bench); socket.write(optionsText('1')); await once(socket, 'data'); socket.destroy(); },
      'ws, no request': async (bench) => (await tcpClient(portOf(bench, 'ws'))).destroy(),
      'ws, half a request': async (bench) => { const socket = await tcpClient(portOf(bench, 'ws')); socket.write('GET / HTTP/1.1\r\nX: '); await ended(socket); },
      'ws, another request': async (bench) => { const socket = await tcpClient(portOf(bench, 'ws')); socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(50)); await ended(socket); },
      'ws, no HTTP': async (bench) => { const socket = await tcpClient(portOf(bench, 'ws')); socket.write('\0\0\0\0'); await ended(socket); },
      'ws, refused': async (bench) => once(dial(bench, { options: { origin: 'https://example.org' } }), 'error'),
      'ws, closed': async (bench) => { const client = await wsClient(bench); client.close(); await once(client, 'close'); },
      'ws, terminated in the middle of a message': async (bench) => { const client = await wsClient(bench); client.send(half, { fin: false }, () => client.terminate()); },
      'ws, in the middle of a message, late': async (bench) => { const client = await wsClient(bench); client.send(half, { fin: false }); await once(client, 'close'); },
      'ws, too many fragments': async (bench) => { const client = await wsClient(bench); for (let count = 0; count < 200; count++) client.send('x', { fin: false }); await once(client, 'close'); },
      'ws, broken': async (bench) => { const socket = await rawClient(bench); socket.write(Buffer.from([0xff, 0xff])); await ended(socket); },
      'ws, answered': async (bench) => { const client = await wsClient(bench); client.send(optionsText('1')); await once(client, 'message'); client.terminate(); },
      'wss, closed': async (bench) => { const client = await wsClient(bench, { secure: true }); client.close(); await once(client, 'close'); },
      'wss, no handshake': async (bench) => (await tcpClient(portOf(bench, 'wss'))).destroy(),
    };

    for (const maxMemory of [1024 ** 3, 2 * 1024 ** 2]) {
      it(`whatever ends it: ${Object.keys(ways).length} ways, ${maxMemory / 1024 ** 2} MiB of account`, async function () {
        this.timeout(120_000);
        const bench = await listen({ headTimeout: 150, idleTimeout: 300, ws: refusals, maxConnectionsPerAddress: 200 }, maxMemory);
        bench.receiver.onMessage = ({ text, source }) => {
          if (text.includes('flood')) source.reply(new Uint8Array(5_000_000), source.address, source.port);
          else if (text.includes('later')) setTimeout(() => source.reply(bytes('answer'), source.address, source.port), 20);
          else source.reply(bytes('answer'), source.address, source.port);
        };
        const all = Object.values(ways);
        for (let round = 0; round < 10; round++) {
          // What is refused may fail here as it likes.
          await Promise.all(all.flatMap((way) => Array<typeof way>(6).fill(way)).map((way) => inTime(way(bench))));
        }
        await empty(bench);
        expect(parts(bench)).to.deep.equal(nothing);
      });
    }

    it('when all is closed in the middle of it', async () => {
      const bench = await listen();
      for (const way of Object.values(ways)) for (let count = 0; count < 5; count++) way(bench).catch(() => undefined);
      await until(() => !((parts(bench)['connections'] ?? 0) < 1024 ** 2));
      await bench.transports.close();
      expect(parts(bench)).to.deep.equal(nothing);
    });
  });
});

/** One that is refused may wait for what never comes. */
async function inTime(way: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, 1000); });
  await Promise.race([way.then(() => undefined, () => undefined), late]);
  clearTimeout(timer);
}
