import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { restore, useFakeTimers, type SinonFakeTimers } from 'sinon';
import { responseConnectionTime } from '../../packages/core/src/transport/connection/connection.ts';
import type { TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import type { Source } from '../../packages/core/src/transport/transport.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { expectAnswersBeforeEnd, expectSharedTurns } from './shared-turns.ts';
import { allOf, bind, closeAll, later, listeningPort, needIpv6, portOf, someOf, tcpClient, until, type Bench } from './sockets.ts';
import { sender, whenBroken } from './flow-user.ts';

const listen = (options: Partial<TransportOptions> = {}): Promise<Bench> => bind('sip:127.0.0.1:0;transport=tcp', options);
const answerAll = (bench: Bench): void => {
  let count = 0;
  bench.receiver.onMessage = ({ source }) => source.reply(bytes(`[${count++}]`), source.address, source.port);
};

describe('TCP', () => {
  afterEach(closeAll);
  afterEach(restore);

  for (const address of ['127.0.0.1', '::1']) {
    it(`D17 RFC 3261 18.2.2 answers over the connection of the request, at ${address}`, async function () {
      if (address === '::1') needIpv6(this);
      const bench = await bind(`sip:${address === '::1' ? '[::1]' : address}:0;transport=tcp`);
      const client = await tcpClient(portOf(bench, 'tcp'), address);
      const answer = someOf(client, 6);
      client.write(optionsText('1'));
      const { text, source } = await bench.receiver.nth(1);
      expect(text).to.equal(optionsText('1'));
      expect(source).to.include({ transport: 'tcp', address, port: client.localPort, localAddress: address, localPort: portOf(bench, 'tcp') });
      source.reply(bytes('answer'), '127.0.0.99', 1);
      expect(await answer).to.equal('answer');
    });
  }

  it('D19 RFC 3261 18.3 answers 50 requests of one chunk in their order', async () => {
    const bench = await listen();
    answerAll(bench);
    const client = await tcpClient(portOf(bench, 'tcp'));
    const expected = Array.from({ length: 50 }, (_, index) => `[${index}]`).join('');
    const answers = someOf(client, expected.length);
    client.write(Array.from({ length: 50 }, (_, index) => optionsText(String(index), 'x'.repeat(index))).join(''));
    expect(await answers).to.equal(expected);
    expect(bench.receiver.messages.map(({ text }) => text)).to.deep.equal(Array.from({ length: 50 }, (_, index) => optionsText(String(index), 'x'.repeat(index))));
  });

  it('connections share a turn of the event loop: others have theirs after some milliseconds, and each one message at least', async () => {
    const bench = await listen();
    await expectSharedTurns(bench, await Promise.all([1, 2, 3].map(() => tcpClient(portOf(bench, 'tcp')))));
  });

  it('RFC 3261 18.2.2 answers all that was read of a peer who ends his side behind it, and only then ends ours', async () => {
    const bench = await listen();
    await expectAnswersBeforeEnd(bench, await tcpClient(portOf(bench, 'tcp')));
  });

  it('D26 closes a peer that ends his side and does not read his answers', async () => {
    const bench = await listen({ maxBufferedBytes: 1024 ** 3, headTimeout: 30 });
    bench.receiver.onMessage = ({ source }) => source.reply(new Uint8Array(24_000_000), source.address, source.port);
    const client = connect({ port: portOf(bench, 'tcp'), host: '127.0.0.1', allowHalfOpen: true });
    later(() => client.destroy());
    client.pause().end(optionsText('1'));
    await bench.receiver.nth(1);
    await until(() => bench.memory.usage().parts['connections'] === 0);
    expect(bench.memory.usage().parts['connections']).to.equal(0);
  });

  it('D22 RFC 5626 3.5.1 answers a double CRLF by a single one', async () => {
    const bench = await listen();
    const client = await tcpClient(portOf(bench, 'tcp'));
    const answer = someOf(client, 2);
    client.write('\r\n\r\n');
    expect(await answer).to.equal('\r\n');
    expect(bench.receiver.messages).to.deep.equal([]);
  });

  it('D20 RFC 3261 18.3 closes a stream that cannot be framed, after the answer', async () => {
    const bench = await listen();
    bench.receiver.onBroken = (source) => source.reply(bytes('SIP/2.0 400 Bad Request\r\n\r\n'), source.address, source.port);
    const client = await tcpClient(portOf(bench, 'tcp'));
    const answer = allOf(client);
    client.write(optionsText('1').replace('Content-Length: 0', 'Content-Length: nonsense') + 'x'.repeat(200_000));
    expect(await answer).to.equal('SIP/2.0 400 Bad Request\r\n\r\n');
    expect(bench.receiver.breaks).to.have.length(1);
    expect(bench.receiver.messages).to.have.length(0);
  });

  it('D58 closes a connection whose message stays incomplete, however often a byte comes', async () => {
    const bench = await listen({ headTimeout: 60 });
    const client = await tcpClient(portOf(bench, 'tcp'));
    const trickle = setInterval(() => client.write('x'), 5);
    later(() => clearInterval(trickle));
    const ended = once(client, 'close');
    client.write('OPTIONS sip:a@example.com SIP/2.0\r\nSubject: ');
    client.resume();
    await ended;
    expect(bench.receiver.messages).to.deep.equal([]);
  });

  it('D58 closes a connection on which nothing moves', async () => {
    const bench = await listen({ idleTimeout: 30 });
    const client = await tcpClient(portOf(bench, 'tcp'));
    expect(await allOf(client)).to.equal('');
  });

  it('D26 closes a peer that does not read its answers', async () => {
    const bench = await listen({ maxBufferedBytes: 100_000 });
    bench.receiver.onMessage = ({ source }) => {
      for (let count = 0; count < 3; count++) source.reply(new Uint8Array(12_000_000), source.address, source.port);
    };
    const client = await tcpClient(portOf(bench, 'tcp'));
    client.write(optionsText('1') + optionsText('2'));
    await bench.receiver.until(() => bench.receiver.faults.length > 0);
    expect(bench.receiver.faults.map(({ message }) => message).join()).to.contain('does not read');
    expect(bench.receiver.messages).to.have.length(1);
    client.resume();
    await once(client, 'close');
  });

  it('D26 keeps a peer that reads, however much one turn of the event loop answers', async () => {
    const bench = await listen({ maxBufferedBytes: 100_000 });
    bench.receiver.onMessage = ({ source }) => {
      for (let count = 0; count < 3; count++) source.reply(new Uint8Array(60_000), source.address, source.port);
    };
    const client = await tcpClient(portOf(bench, 'tcp'));
    const answers = someOf(client, 180_000);
    client.write(optionsText('1'));
    expect(await answers).to.have.length(180_000);
  });

  it('D26 takes one message larger than the bound when nothing else waits', async () => {
    const bench = await listen({ maxBufferedBytes: 1000 });
    bench.receiver.onMessage = ({ source }) => source.reply(new Uint8Array(5000), source.address, source.port);
    const client = await tcpClient(portOf(bench, 'tcp'));
    const answer = someOf(client, 5000);
    client.write(optionsText('1'));
    expect(await answer).to.have.length(5000);
  });

  it('D58 refuses connections above the limit of one address, tells so once, and takes new ones when there is room', async () => {
    const bench = await listen({ maxConnectionsPerAddress: 2 });
    const port = portOf(bench, 'tcp');
    answerAll(bench);
    const first = await tcpClient(port);
    const second = await tcpClient(port);
    const answered = someOf(second, 3);
    second.write(optionsText('1'));
    await answered;
    for (let count = 0; count < 3; count++) await allOf(await tcpClient(port));
    expect(bench.receiver.faults).to.have.length(1);
    first.end();
    await allOf(first);
    await takesAgain(port);
  });

  it('D58 refuses connections above the limit of all together', async () => {
    const bench = await listen({ maxConnections: 1 });
    answerAll(bench);
    const first = await tcpClient(portOf(bench, 'tcp'));
    const answered = someOf(first, 3);
    first.write(optionsText('1'));
    await answered;
    expect(await allOf(await tcpClient(portOf(bench, 'tcp')))).to.equal('');
  });

  it('D17 RFC 3261 18.2.2 opens a new connection for an answer whose own one is gone', async () => {
    const bench = await listen();
    const server = createServer();
    server.listen(0, '127.0.0.1');
    later(() => server.close());
    await once(server, 'listening');
    const port = listeningPort(server);
    const accepted = once(server, 'connection');
    const client = await tcpClient(portOf(bench, 'tcp'));
    client.write(optionsText('1'));
    const { source } = await bench.receiver.nth(1);
    client.destroy();
    await goneFor(bench, source.port);
    source.reply(bytes('answer'), '127.0.0.1', port);
    const [connection] = (await accepted) as [Socket];
    expect(await someOf(connection, 6)).to.equal('answer');
  });

  describe('D58 a connection opened for an answer', () => {
    let clock: SinonFakeTimers;
    beforeEach(() => (clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })));
    afterEach(() => clock.restore());

    /** A source whose connection is gone. */
    const orphan = async (bench: Bench): Promise<Source> => {
      const client = await tcpClient(portOf(bench, 'tcp'));
      client.write(optionsText('1'));
      const { source } = await bench.receiver.nth(1);
      client.destroy();
      await goneFor(bench, source.port);
      return source;
    };

    it('carries all answers to there, and is closed soon', async () => {
      const bench = await listen();
      const peer = await acceptor();
      const source = await orphan(bench);
      source.reply(bytes('[0]'), '127.0.0.1', peer.port);
      source.reply(bytes('[1]'), '127.0.0.1', peer.port);
      const connection = await peer.next();
      expect(await someOf(connection, 6)).to.equal('[0][1]');
      const closed = once(connection, 'close');
      clock.tick(responseConnectionTime);
      await closed;
      expect(peer.count).to.equal(1);
    });

    it('stays when a request of ours takes it over', async () => {
      const bench = await listen();
      const peer = await acceptor();
      (await orphan(bench)).reply(bytes('[0]'), '127.0.0.1', peer.port);
      const connection = await peer.next();
      await someOf(connection, 3);
      const flow = await bench.transports.open({ transport: 'tcp', address: '127.0.0.1', port: peer.port, host: '127.0.0.1' });
      clock.tick(responseConnectionTime);
      const text = someOf(connection, optionsText('2').length);
      flow.send(bytes(optionsText('2')), sender);
      expect(await text).to.equal(optionsText('2'));
      expect(peer.count).to.equal(1);
    });

    for (const limit of ['maxConnections', 'maxConnectionsPerAddress'] as const) {
      it(`counts against ${limit}: without a place the answer is dropped`, async () => {
        const bench = await listen({ [limit]: 1 });
        const [first, second] = [await acceptor(), await acceptor()];
        const source = await orphan(bench);
        source.reply(bytes('[0]'), '127.0.0.1', first.port);
        source.reply(bytes('[1]'), '127.0.0.1', second.port);
        const connection = await first.next();
        await someOf(connection, 3);
        expect(bench.receiver.faults.map(({ message }) => message).join()).to.contain('too many connections');
        expect(second.count).to.equal(0);
        connection.destroy();
        await goneFor(bench, first.port);
        source.reply(bytes('[2]'), '127.0.0.1', second.port);
        expect(await someOf(await second.next(), 3)).to.equal('[2]');
      });
    }

    it('gives its place back when nobody is there', async () => {
      const bench = await listen({ maxConnections: 1 });
      const source = await orphan(bench);
      const gone = await bind('sip:127.0.0.1:0;transport=tcp');
      const port = portOf(gone, 'tcp');
      await gone.transports.close();
      source.reply(bytes('[0]'), '127.0.0.1', port);
      await bench.receiver.until(() => bench.receiver.faults.some(({ message }) => message.includes('nobody listens')));
      const peer = await acceptor();
      source.reply(bytes('[1]'), '127.0.0.1', peer.port);
      expect(await someOf(await peer.next(), 3)).to.equal('[1]');
    });
  });

  it('closes every connection when it is closed, after what was answered has gone out', async () => {
    const bench = await listen();
    const client = await tcpClient(portOf(bench, 'tcp'));
    const answer = allOf(client);
    client.write(optionsText('1'));
    const { source } = await bench.receiver.nth(1);
    source.reply(bytes('answer'), source.address, source.port);
    await bench.transports.close();
    expect(await answer).to.equal('answer');
  });
});

/** A peer that takes connections. */
async function acceptor(): Promise<{ readonly port: number; readonly count: number; next(): Promise<Socket> }> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    later(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  later(() => server.close());
  await once(server, 'listening');
  const first = once(server, 'connection') as Promise<[Socket]>;
  return { port: listeningPort(server), get count() { return count; }, next: async () => (await first)[0] };
}

/** Until a connection is served: the place of the one that ended is free as soon as the server has heard of it. */
async function takesAgain(port: number): Promise<void> {
  for (;;) {
    const client = await tcpClient(port);
    const answer = someOf(client, 3).catch(() => '');
    client.write(optionsText('again'));
    if ((await answer) !== '') return;
  }
}

/** Until the server has no connection to that port any more. */
async function goneFor(bench: Bench, port: number): Promise<void> {
  const flow = await bench.transports.open({ transport: 'tcp', address: '127.0.0.1', port, host: '127.0.0.1' }).catch(() => undefined);
  if (flow !== undefined) await whenBroken(flow);
}
