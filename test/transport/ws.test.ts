import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { expect } from 'chai';
import { restore, spy, useFakeTimers } from 'sinon';
import { lingerTime } from '../../packages/core/src/transport/connection/connection.ts';
import { parseListen } from '../../packages/core/src/transport/listen.ts';
import type { TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { expectAnswersBeforeEnd, expectSharedTurns } from './shared-turns.ts';
import { allOf, bind, closeAll, later, portOf, tcpClient, until, type Bench } from './sockets.ts';
import { closeCode, frame, nextMessage, opcodes, rawClient, upgradeRequest, wsClient } from './web-sockets.ts';
import { sender, whenBroken } from './flow-user.ts';

const listen = (options: Partial<TransportOptions> = {}): Promise<Bench> => bind('sip:127.0.0.1:0;transport=ws', options);

const answerAll = (bench: Bench): void => {
  let count = 0;
  bench.receiver.onMessage = ({ source }) => source.reply(bytes(`[${count++}]`), source.address, source.port);
};

const problems = ({ receiver }: Bench): string => receiver.faults.map(({ message }) => message).join();

describe('WebSocket', () => {
  afterEach(closeAll);
  afterEach(restore);

  it('D40 RFC 7118 5 takes one message in each WebSocket message, text and binary', async () => {
    const bench = await listen();
    const client = await wsClient(bench);
    client.send(optionsText('1', 'grüße'));
    client.send(Buffer.from(optionsText('2', 'x'), 'latin1'));
    await bench.receiver.nth(2);
    expect(bench.receiver.messages.map(({ text }) => text)).to.deep.equal([Buffer.from(optionsText('1', 'grüße')).toString('latin1'), optionsText('2', 'x')]);
    expect(bench.receiver.messages[0]?.source).to.include({ transport: 'ws', address: '127.0.0.1', localAddress: '127.0.0.1', localPort: portOf(bench, 'ws') });
    expect(bench.transports.listeners.map(({ uri }) => uri)).to.deep.equal([`sip:127.0.0.1:${portOf(bench, 'ws')};transport=ws`]);
  });

  it('D40 RFC 7118 5 answers in text where all of it is UTF-8, and in binary otherwise', async () => {
    const bench = await listen();
    const client = await wsClient(bench);
    client.send(optionsText('1'));
    const { source } = await bench.receiver.nth(1);
    for (const [answer, isBinary] of [[Buffer.from('grüße'), false], [Buffer.from('grüße', 'latin1'), true]] as const) {
      const answered = nextMessage(client);
      source.reply(answer, source.address, source.port);
      expect(await answered).to.deep.equal({ text: answer.toString('latin1'), isBinary });
    }
  });

  it('sends all messages of one turn of the event loop with one call of the system', async () => {
    const bench = await listen();
    const client = await wsClient(bench);
    client.send(optionsText('1'));
    const { source } = await bench.receiver.nth(1);
    const writes = [spy(Socket.prototype, '_write'), spy(Socket.prototype, '_writev')];
    const received = new Promise<string[]>((resolve) => {
      const texts: string[] = [];
      client.on('message', (data) => { if (texts.push(Buffer.isBuffer(data) ? data.toString() : '') === 10) resolve(texts); });
    });
    for (let i = 0; i < 10; i++) source.reply(bytes(`[${i}]`), source.address, source.port);
    expect(await received).to.deep.equal(Array.from({ length: 10 }, (_, i) => `[${i}]`));
    const ofServer = writes.flatMap(({ thisValues }) => thisValues).filter((socket) => (socket as Socket).localPort === portOf(bench, 'ws'));
    expect(ofServer).to.have.lengthOf(1);
  });

  it('D41 RFC 7118 5 answers over the connection of the request, and nowhere once that is gone', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=ws, sip:127.0.0.1:0;transport=tcp');
    const client = await wsClient(bench);
    client.send(optionsText('1'));
    const { source } = await bench.receiver.nth(1);
    const answered = nextMessage(client);
    source.reply(bytes('answer'), '127.0.0.1', portOf(bench, 'tcp'));
    expect((await answered).text).to.equal('answer');
    const flow = await bench.transports.open({ transport: 'ws', address: source.address, port: source.port, host: source.address });
    const gone = whenBroken(flow);
    client.terminate();
    await gone;
    source.reply(bytes(optionsText('lost')), '127.0.0.1', portOf(bench, 'tcp'));
    const other = await tcpClient(portOf(bench, 'tcp'));
    other.write(optionsText('2'));
    expect((await bench.receiver.nth(2)).text).to.equal(optionsText('2'));
    expect(bench.receiver.faults).to.deep.equal([]);
  });

  it('D58 uses the connection of a client for requests to the very same place, and opens none', async () => {
    const bench = await listen();
    const client = await wsClient(bench);
    client.send(optionsText('1'));
    const { source } = await bench.receiver.nth(1);
    const target = { transport: 'ws', address: source.address, port: source.port, host: source.address } as const;
    const flow = await bench.transports.open(target);
    expect(flow).to.equal(source);
    const received = nextMessage(client);
    flow.send(bytes(optionsText('2')), sender);
    expect((await received).text).to.equal(optionsText('2'));
    const refused = await bench.transports.open({ ...target, port: 1 }).then(() => 'opened', (error: unknown) => String(error));
    expect(refused).to.contain('only if the peer opened it');
  });

  it('D42 RFC 7118 6 answers a double CRLF by a single one, and takes other line ends in silence', async () => {
    const bench = await listen();
    const client = await wsClient(bench);
    client.send('\r\n');
    client.send('');
    const answered = nextMessage(client);
    client.send('\r\n\r\n');
    expect(await answered).to.deep.equal({ text: '\r\n', isBinary: false });
    client.send(optionsText('1'));
    await bench.receiver.nth(1);
    expect(bench.receiver.messages).to.have.length(1);
  });

  it('connections share a turn of the event loop: others have theirs after some milliseconds, and each one message at least', async () => {
    const bench = await listen();
    await expectSharedTurns(bench, await Promise.all([1, 2, 3].map(() => rawClient(bench))), (message) => frame(opcodes.text, message));
  });

  for (const [how, goodbye] of [['after a close', frame(opcodes.close, '')], ['without one', bytes('')]] as const) {
    it(`RFC 6455 5.5.1 answers all that was read of a peer who ends his side behind it ${how}, and only then ends ours`, async () => {
      const bench = await listen();
      await expectAnswersBeforeEnd(bench, await rawClient(bench), (message) => frame(opcodes.text, message), goodbye);
    });
  }

  for (const [what, data] of [['pings', frame(opcodes.ping, 'x')], ['pongs', frame(opcodes.pong, '')], ['line ends', frame(opcodes.text, '\r\n\r\n')], ['messages of nothing', frame(opcodes.binary, '')]] as const) {
    it(`D43 RFC 6455 7.4.1 closes with 1008 where more ${what} come at once than anybody needs, and takes 32`, async () => {
      const bench = await listen();
      const [few, many] = [await rawClient(bench), await rawClient(bench)];
      const closed = closedWith(many, 1008);
      few.write(Buffer.concat([...Array<Buffer>(32).fill(data), frame(opcodes.text, optionsText('1'))]));
      await bench.receiver.nth(1);
      many.write(Buffer.concat(Array<Buffer>(10_000).fill(data)));
      await closed;
      expect(problems(bench)).to.match(/^ws .*more pings, pongs and line ends/);
      await until(() => bench.memory.usage().parts['connections'] === 32 * 1024);
      expect(few.destroyed).to.equal(false);
    });
  }

  it('D43 RFC 6455 5.5.1 reads nothing behind a close, and ends the connection of a peer who does not', async () => {
    const bench = await listen();
    const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const socket = connect({ port: portOf(bench, 'ws'), host: '127.0.0.1', allowHalfOpen: true });
    later(() => socket.destroy());
    socket.write(upgradeRequest);
    await once(socket, 'data');
    const [closed, gone] = [closedWith(socket, 1000), once(socket, 'end')];
    socket.write(Buffer.concat([frame(opcodes.close, '\x03\xe8'), frame(opcodes.text, optionsText('1')), frame(opcodes.ping, '')]));
    await closed;
    await gone;
    expect(bench.memory.usage().parts['connections']).to.equal(32 * 1024);
    clock.tick(lingerTime);
    await until(() => bench.memory.usage().parts['connections'] === 0);
    expect(bench.receiver.messages).to.deep.equal([]);
  });

  it('D42 RFC 7118 6 pings, and keeps a client that answers', async () => {
    const bench = await listen({ ws: { pingInterval: 20 }, idleTimeout: 80 });
    const client = await wsClient(bench);
    for (let count = 0; count < 8; count++) await once(client, 'ping');
    expect(client.readyState).to.equal(client.OPEN);
  });

  it('D42 RFC 7118 6 gives up a client that answers no ping', async () => {
    const bench = await listen({ ws: { pingInterval: 20 } });
    const client = await wsClient(bench, { options: { autoPong: false } });
    expect(await closeCode(client)).to.equal(1006);
  });

  it('D42 RFC 6455 5.5.2 answers a ping with its data', async () => {
    const client = await wsClient(await listen());
    const answered = once(client, 'pong') as Promise<[Buffer]>;
    client.ping('some data');
    expect((await answered)[0].toString()).to.equal('some data');
  });

  it('D43 RFC 6455 5.1 closes with 1002 on a frame that is not masked', async () => {
    const bench = await listen();
    const socket = await rawClient(bench);
    const rest = allOf(socket);
    socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello')]));
    expect(bytes(await rest)).to.deep.equal(Buffer.from([0x88, 2, 1002 >> 8, 1002 & 0xff]));
    expect(bench.receiver.messages).to.deep.equal([]);
    expect(problems(bench)).to.match(/^ws 127\.0\.0\.1:\d+ failed: .*MASK/);
  });

  it('D43 RFC 6455 5.4 puts fragments together, with frames of control between them', async () => {
    const bench = await listen();
    const socket = await rawClient(bench);
    const text = optionsText('1', 'a body');
    const { continuation, ping, binary } = opcodes;
    socket.write(frame(binary, text.slice(0, 10), false));
    socket.write(frame(ping, 'x'));
    socket.write(frame(continuation, text.slice(10, 50), false));
    socket.write(frame(continuation, text.slice(50)));
    expect((await bench.receiver.nth(1)).text).to.equal(text);
  });

  for (const fragments of [1, 3]) {
    it(`D43 RFC 6455 7.4.1 closes with 1009 on a message above the limit, in ${fragments} fragments`, async () => {
      const bench = await listen({ limits: { maxBytes: 1000, maxHeadBytes: 1000, maxHeaders: 10, maxHeaderLine: 100, maxUri: 100, maxBody: 1000 } });
      const client = await wsClient(bench);
      client.send('x'.repeat(1000));
      await bench.receiver.nth(1);
      const closed = closeCode(client);
      for (let count = 1; count <= fragments; count++) client.send('x'.repeat(Math.ceil(1001 / fragments)), { fin: count === fragments });
      expect(await closed).to.equal(1009);
      expect(bench.receiver.messages).to.have.length(1);
    });
  }

  it('D43 RFC 6455 8.1 closes with 1007 on text that is no UTF-8', async () => {
    const bench = await listen();
    const client = await wsClient(bench);
    const closed = closeCode(client);
    client.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await closed).to.equal(1007);
  });

  it('D26 closes a peer that does not read its answers', async () => {
    const bench = await listen({ maxBufferedBytes: 100_000 });
    bench.receiver.onMessage = ({ source }) => {
      for (let count = 0; count < 3; count++) source.reply(new Uint8Array(4_000_000), source.address, source.port);
    };
    const client = await wsClient(bench);
    client.pause();
    const received = bench.receiver.until(() => bench.receiver.faults.length > 0);
    client.send(optionsText('1'));
    await received;
    expect(problems(bench)).to.contain('does not read');
    expect(bench.receiver.faults).to.have.length(1);
  });

  it('D58 closes with 1001 a connection on which nothing moves', async () => {
    const client = await wsClient(await listen({ idleTimeout: 30 }));
    expect(await closeCode(client)).to.equal(1001);
  });

  it('D58 closes a connection whose message stays incomplete, however often pings come between', async () => {
    const bench = await listen({ headTimeout: 60 });
    const socket = await rawClient(bench);
    const ended = closedWith(socket, 1001);
    socket.write(frame(opcodes.text, 'OPTIONS ', false));
    const trickle = setInterval(() => socket.write(Buffer.concat([frame(opcodes.ping, 'x'), frame(opcodes.continuation, 'x', false)])), 5);
    later(() => clearInterval(trickle));
    await ended;
    expect(bench.receiver.messages).to.deep.equal([]);
  });

  it('D58 takes a frame of control that comes in pieces for no message', async () => {
    const bench = await listen({ headTimeout: 100 });
    const socket = await rawClient(bench);
    const answered = once(socket, 'data') as Promise<[Buffer]>;
    const ping = frame(opcodes.ping, 'ab');
    socket.write(ping.subarray(0, 3), () => setImmediate(() => socket.write(ping.subarray(3))));
    expect((await answered)[0].subarray(2).toString(), 'the pong').to.equal('ab');
    // Whoever asks for nothing is thrown out after the same time.
    for (let count = 0; count < 2; count++) await allOf(await tcpClient(portOf(bench, 'ws')));
    socket.write(frame(opcodes.text, optionsText('1')));
    expect((await bench.receiver.nth(1)).text).to.equal(optionsText('1'));
  });

  it('D58 refuses connections above the limit, which TCP and WebSocket share', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=ws, sip:127.0.0.1:0;transport=tcp', { maxConnectionsPerAddress: 2 });
    answerAll(bench);
    await wsClient(bench);
    const tcp = await tcpClient(portOf(bench, 'tcp'));
    tcp.write(optionsText('1'));
    await bench.receiver.nth(1);
    expect(await allOf(await tcpClient(portOf(bench, 'ws')))).to.equal('');
    expect(await allOf(await tcpClient(portOf(bench, 'tcp')))).to.equal('');
    expect(problems(bench)).to.match(/^ws .*too many connections/);
  });

  it('keeps a listener and its connections when sip_listen changes, and closes one that is gone', async () => {
    const bench = await listen();
    const [listener] = bench.transports.listeners;
    const client = await wsClient(bench);
    await bench.transports.update(parseListen('sip:127.0.0.1:0;transport=ws, sip:127.0.0.1:0;transport=udp'));
    expect(bench.transports.listeners[0]).to.equal(listener);
    await bench.transports.update(parseListen('sip:127.0.0.1:0;transport=udp'));
    const refused = await tcpClient(listener?.port ?? 0).then(() => 'taken', () => 'refused');
    expect(refused).to.equal('refused');
    client.send(optionsText('1'));
    await bench.receiver.nth(1);
  });

  it('closes every connection with 1001 when it is closed, after what was answered has gone out', async () => {
    const bench = await listen();
    const client = await wsClient(bench);
    client.send(optionsText('1'));
    const { source } = await bench.receiver.nth(1);
    const [answered, closed] = [nextMessage(client), closeCode(client)];
    source.reply(bytes('answer'), source.address, source.port);
    await bench.transports.close();
    expect((await answered).text).to.equal('answer');
    expect(await closed).to.equal(1001);
  });
});

/** Until the server has sent a frame that closes with this code. */
function closedWith(socket: Socket, code: number): Promise<void> {
  let received = Buffer.alloc(0);
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.indexOf(Buffer.from([code >> 8, code & 0xff])) > 0) resolve();
    });
  });
}
