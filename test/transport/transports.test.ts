import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import sinon from 'sinon';
import { parseListen } from '../../packages/core/src/transport/listen.ts';
import type { Flow, FlowUse, TransportName } from '../../packages/core/src/transport/transport.ts';
import { faultOf } from '../kit/caught.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { bind, closeAll, datagram, later, listeningPort, needIpv6, portOf, tcpClient, udpClient, type Bench } from './sockets.ts';
import { sendError, sender, whenBroken } from './flow-user.ts';
import type { FlowUser } from '../../packages/core/src/transport/transport.ts';

const uris = ({ transports }: Bench): string[] => transports.listeners.map(({ uri }) => uri);

const open = ({ transports }: Bench, transport: TransportName, port: number, address = '127.0.0.1', use?: FlowUse): Promise<Flow> => {
  return transports.open({ transport, address, port, host: address }, use);
};

/** A TCP port that is taken while the test runs. */
async function takenPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(() => server.close());
  return listeningPort(server);
}

async function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const bound = once(socket, 'listening').then(() => true, () => false);
  socket.bind(port, '127.0.0.1');
  const free = await bound;
  socket.close();
  return free;
}

describe('binding the listeners', () => {
  afterEach(closeAll);

  it('binds UDP and TCP on one port where no transport is named, port 0 too', async () => {
    const bench = await bind('sip:127.0.0.1:0');
    const port = portOf(bench, 'udp');
    expect(port).to.be.greaterThan(0);
    expect(uris(bench)).to.deep.equal([`sip:127.0.0.1:${port};transport=udp`, `sip:127.0.0.1:${port};transport=tcp`]);
  });

  it('binds every interface of both families at once', async function () {
    needIpv6(this);
    const bench = await bind('sip:all:0');
    const port = portOf(bench, 'udp');
    await bench.transports.update(parseListen(`sip:all:${port}, sip:all6:${port}, sips:all6:0`));
    expect(uris(bench).slice(0, 4)).to.have.members([
      `sip:0.0.0.0:${port};transport=udp`, `sip:0.0.0.0:${port};transport=tcp`, `sip:[::]:${port};transport=udp`, `sip:[::]:${port};transport=tcp`,
    ]);
    expect(uris(bench)[4]).to.match(/^sips:\[::\]:\d+;transport=tls$/);
  });

  it('says in a sentence why a port cannot be had, and keeps none of the others', async () => {
    const taken = await takenPort();
    const error = await faultOf(bind(`sip:127.0.0.1:${taken}`));
    expect(error.code).to.equal('listen_failed');
    expect(error.message).to.equal(`Cannot listen on 'sip:127.0.0.1:${taken}': TCP 127.0.0.1:${taken}, the port is in use already: choose another one in sip_listen, or stop the program that has it.`);
    expect(await isFree(taken)).to.equal(true);
  });

  it('says so for a UDP port, too', async () => {
    const first = await bind('sip:127.0.0.1:0;transport=udp');
    const error = await faultOf(bind(`sip:127.0.0.1:${portOf(first, 'udp')};transport=udp`));
    expect(error.message).to.contain(`UDP 127.0.0.1:${portOf(first, 'udp')}, the port is in use already`);
  });

  it('says so when the machine has no such address', async () => {
    const error = await faultOf(bind('sip:203.0.113.99:0;transport=tcp'));
    expect(error.message).to.contain('no interface of this machine has that address');
  });

  it('lets the ports go when it is closed', async () => {
    const bench = await bind('sip:127.0.0.1:0');
    const port = portOf(bench, 'udp');
    await bench.transports.close();
    await bench.transports.close();
    const other = await bind(`sip:127.0.0.1:${port}`);
    expect([portOf(other, 'udp'), portOf(other, 'tcp')]).to.deep.equal([port, port]);
  });
});

describe('changing sip_listen while running', () => {
  afterEach(closeAll);

  it('keeps what stays, binds what is new and closes what is gone', async () => {
    const bench = await bind('sip:127.0.0.1:0, sip:127.0.0.1:0;transport=udp');
    const [first, , third] = bench.transports.listeners;
    const port = first?.port ?? 0;
    await bench.transports.update(parseListen('sip:127.0.0.1:0, sip:127.0.0.2:0;transport=tcp'));
    expect(bench.transports.listeners[0]).to.equal(first);
    expect(bench.transports.listeners.map(({ address, transport }) => `${address} ${transport}`)).to.deep.equal(['127.0.0.1 udp', '127.0.0.1 tcp', '127.0.0.2 tcp']);
    expect(await isFree(third?.port ?? 0)).to.equal(true);
    await bench.transports.update(parseListen(`sip:127.0.0.1:${port};transport=udp`));
    expect(bench.transports.listeners).to.deep.equal([first]);
    await bench.transports.update(parseListen(`sip:127.0.0.1:${port}`));
    expect(uris(bench)).to.deep.equal([`sip:127.0.0.1:${port};transport=udp`, `sip:127.0.0.1:${port};transport=tcp`]);
  });

  it('keeps connections', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=tcp');
    const client = await tcpClient(portOf(bench, 'tcp'));
    client.write(optionsText('1'));
    await bench.receiver.nth(1);
    await bench.transports.update(parseListen('sip:127.0.0.1:0;transport=udp'));
    client.write(optionsText('2'));
    expect((await bench.receiver.nth(2)).text).to.equal(optionsText('2'));
  });

  it('can go from one address to all of them on the same port, and back', async () => {
    const bench = await bind('sip:127.0.0.1:0');
    const port = portOf(bench, 'udp');
    await bench.transports.update(parseListen(`sip:all:${port}`));
    expect(uris(bench)[0]).to.equal(`sip:0.0.0.0:${port};transport=udp`);
    await bench.transports.update(parseListen(`sip:127.0.0.1:${port}`));
    expect(uris(bench)[0]).to.equal(`sip:127.0.0.1:${port};transport=udp`);
  });

  it('leaves all as it was when one point cannot be bound', async () => {
    const taken = await takenPort();
    const bench = await bind('sip:127.0.0.1:0');
    const before = uris(bench);
    const port = portOf(bench, 'udp');
    const error = await faultOf(bench.transports.update(parseListen(`sip:all:${port}, sip:127.0.0.1:${taken};transport=tcp`)));
    expect(error.code).to.equal('listen_failed');
    expect(uris(bench)).to.deep.equal(before);
    const client = await udpClient();
    client.send(optionsText('1'), port, '127.0.0.1');
    expect((await bench.receiver.nth(1)).text).to.equal(optionsText('1'));
    await bench.transports.update(parseListen('sip:127.0.0.1:0'));
    expect(uris(bench)).to.deep.equal(before);
  });
});

describe('opening a way to a target', () => {
  afterEach(closeAll);

  it('RFC 3581 4 sends over UDP from a socket that listens, of the right family and address', async function () {
    needIpv6(this);
    const bench = await bind('sip:[::1]:0;transport=udp, sip:127.0.0.2:0;transport=udp, sip:127.0.0.1:0;transport=udp, sip:all:0;transport=udp');
    const listener = bench.transports.listeners[2];
    const client = await udpClient();
    const flow = await open(bench, 'udp', client.address().port);
    expect(flow).to.include({ transport: 'udp', localAddress: '127.0.0.1', localPort: listener?.port });
    const received = datagram(client);
    flow.send(bytes(optionsText('1')), sender);
    expect(await received).to.deep.include({ text: optionsText('1') });
    expect((await received).from.port).to.equal(listener?.port);
    expect((await open(bench, 'udp', 5060, '127.0.0.2')).localAddress).to.equal('127.0.0.2');
    expect((await open(bench, 'udp', 5060, '192.0.2.55')).localPort).to.equal(bench.transports.listeners[3]?.port);
  });

  it('sends over UDP from a socket of its own although one listens, where answers to that one may reach another process', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=udp', { udpClientSocket: true });
    const client = await udpClient();
    const flow = await open(bench, 'udp', client.address().port);
    expect(flow.localPort).not.to.equal(portOf(bench, 'udp'));
    const received = datagram(client);
    flow.send(bytes(optionsText('1')), sender);
    expect((await received).from.port).to.equal(flow.localPort);
  });

  it('sends over UDP from a socket of its own where none listens, and hears the answer there', async () => {
    const bench = await bind('');
    const client = await udpClient();
    const flow = await open(bench, 'udp', client.address().port);
    expect(flow.localAddress).to.equal('127.0.0.1');
    const received = datagram(client);
    flow.send(bytes(optionsText('1')), sender);
    const { from } = await received;
    expect(from.port).to.equal(flow.localPort);
    expect((await open(bench, 'udp', 5060)).localPort).to.equal(flow.localPort);
    client.send('answer', from.port, from.address);
    expect((await bench.receiver.nth(1)).text).to.equal('answer');
  });

  describe('over UDP for one request, where none listens', () => {
    const forRequest = (bench: Bench, port: number, address?: string): Promise<Flow> => open(bench, 'udp', port, address, 'request');
    const deadPort = async (): Promise<number> => {
      const socket = createSocket('udp4').bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const { port } = socket.address();
      socket.close();
      await once(socket, 'close');
      return port;
    };

    it('D28 RFC 3261 18.4 8.1.3.1 tells that nobody listens there (ICMP), and that is no fault of the service', async () => {
      for (const options of [{ listen: '' }, { listen: 'sip:127.0.0.1:0;transport=udp', udpClientSocket: true }]) {
        const bench = await bind(options.listen, options);
        const port = await deadPort();
        const flow = await forRequest(bench, port);
        const broken = whenBroken(flow);
        flow.send(bytes(optionsText('1')), sender);
        expect((await broken).message).to.equal(`udp 127.0.0.1:${port} failed: nobody listens there.`);
        expect(bench.receiver.faults).to.deep.equal([]);
        flow.release();
      }
    });

    it('D28 tells it over IPv6', async function () {
      needIpv6(this);
      const flow = await forRequest(await bind(''), await deadPort(), '::1');
      const broken = whenBroken(flow);
      flow.send(bytes(optionsText('1')), sender);
      expect((await broken).message).to.contain('nobody listens there');
    });

    it('RFC 3261 18.1.2 hears an answer from anywhere, at the same port, once the request was sent again', async () => {
      const bench = await bind('');
      const [asked, other] = [await udpClient(), await udpClient()];
      const flow = await forRequest(bench, asked.address().port);
      for (const count of [1, 2]) {
        const received = datagram(asked);
        flow.send(bytes(optionsText('1')), sender);
        expect((await received).from.port, `of datagram ${count}`).to.equal(flow.localPort);
      }
      other.send('from elsewhere', flow.localPort, '127.0.0.1');
      expect((await bench.receiver.nth(1)).text).to.equal('from elsewhere');
      asked.send('from there', flow.localPort, '127.0.0.1');
      expect((await bench.receiver.nth(2)).text).to.equal('from there');
    });

    it('answers what it is asked meanwhile, wherever the answer goes', async () => {
      const bench = await bind('');
      const [asked, other] = [await udpClient(), await udpClient()];
      const flow = await forRequest(bench, asked.address().port);
      asked.send('a request', flow.localPort, '127.0.0.1');
      const { source } = await bench.receiver.nth(1);
      const received = datagram(other);
      source.reply(bytes('an answer'), '127.0.0.1', other.address().port);
      expect((await received).text).to.equal('an answer');
      flow.send(bytes(optionsText('1')), sender);
    });

    it('closes its socket when it is released, and when the transports are closed', async () => {
      const bench = await bind('');
      const [released, held] = [await forRequest(bench, 5060), await forRequest(bench, 5060)];
      expect(released.localPort).not.to.equal(held.localPort);
      released.release();
      released.release();
      expect((await sendError(released, bytes('x'))).message).to.contain('closed');
      const broken = whenBroken(held);
      await bench.transports.close();
      expect((await broken).message).to.contain('closed');
      for (const { localPort } of [released, held]) expect(await isFree(localPort)).to.equal(true);
    });

    it('shares a socket with others beyond a hundred, until one is released', async () => {
      const bench = await bind('');
      const first = await forRequest(bench, 5060);
      const flows = await Promise.all(Array.from({ length: 101 }, () => forRequest(bench, 5060)));
      expect(new Set(flows.map(({ localPort }) => localPort)).size).to.equal(100);
      expect((await open(bench, 'udp', 5060)).localPort).to.equal((await forRequest(bench, 5060)).localPort);
      first.release();
      expect((await open(bench, 'udp', 5060)).localPort).not.to.equal((await forRequest(bench, 5060)).localPort);
    });

    it('opens no shared socket once the transports are closed, although it was asked before', async () => {
      const bench = await bind('');
      await Promise.all(Array.from({ length: 100 }, () => forRequest(bench, 5060)));
      const opening = faultOf(forRequest(bench, 5060));
      await bench.transports.close();
      expect((await opening).message).to.contain('closed');
    });

    it('leaves the sending to a shared socket where none can be connected, which then says why; and that it does is a line at debug', async () => {
      const bench = await bind('');
      expect((await sendError(await forRequest(bench, 0), bytes('x'))).message).to.contain('no port');
      expect(bench.notes).to.have.length(1);
      expect(bench.notes[0]).to.match(/^a request to udp 127\.0\.0\.1:0 shares a socket, and is not told when nobody listens there: .*port/i);
      await Promise.all(Array.from({ length: 101 }, () => forRequest(bench, 5060)));
      expect(bench.notes.slice(1)).to.deep.equal(['a request to udp 127.0.0.1:5060 shares a socket, and is not told when nobody listens there: 100 requests have one of their own']);
    });

    it('has the buffer that the system gives, for one answer needs no more, and says from which address it sends', async () => {
      const buffers = sinon.spy(Socket.prototype, 'setRecvBufferSize');
      later(() => buffers.restore());
      const flow = await forRequest(await bind(''), 5060, '127.0.0.1');
      expect([buffers.callCount, flow.localAddress]).to.deep.equal([0, '127.0.0.1']);
    });
  });

  it('D28 RFC 3261 18.4 tells the sender that a datagram cannot be sent', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=udp');
    const flow = await open(bench, 'udp', 5060);
    const error = await sendError(flow, new Uint8Array(70_000));
    expect(error).to.include({ code: 'transport_error' });
    expect(error.message).to.contain('too large for one datagram');
    expect((await sendError(await open(bench, 'udp', 0), bytes('x'))).code).to.equal('transport_error');
  });

  it('D58 opens one TCP connection for many, and uses it again', async () => {
    const server = await bind('sip:127.0.0.1:0;transport=tcp');
    const from = await bind('');
    const port = portOf(server, 'tcp');
    const [one, other] = await Promise.all([open(from, 'tcp', port), open(from, 'tcp', port)]);
    expect(one).to.equal(other);
    expect(await open(from, 'tcp', port)).to.equal(one);
    one.send(bytes(optionsText('1')), sender);
    const { source } = await server.receiver.nth(1);
    expect(source).to.include({ port: one.localPort, address: one.localAddress });
    source.reply(bytes(optionsText('back')), source.address, source.port);
    expect((await from.receiver.nth(1)).text).to.equal(optionsText('back'));
  });

  it('D58 uses a TCP connection that came to it for requests to the very same place', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=tcp');
    const client = await tcpClient(portOf(bench, 'tcp'));
    client.write(optionsText('1'));
    const { source } = await bench.receiver.nth(1);
    expect(await open(bench, 'tcp', source.port)).to.equal(source);
  });

  it('D28 RFC 3261 18.4 tells that nobody listens there', async () => {
    const bench = await bind('');
    const gone = await bind('sip:127.0.0.1:0;transport=tcp');
    const port = portOf(gone, 'tcp');
    await gone.transports.close();
    const error = await faultOf(open(bench, 'tcp', port));
    expect(error.message).to.equal(`tcp 127.0.0.1:${port} failed: nobody listens there.`);
    expect((await faultOf(open(bench, 'tcp', 0))).code).to.equal('transport_error');
    expect((await faultOf(open(bench, 'ws', 80))).message).to.contain('only if the peer opened it');
  });

  it('D28 RFC 3261 18.4 tells those who watch that the connection is lost, and opens a new one afterwards', async () => {
    const server = await bind('sip:127.0.0.1:0;transport=tcp');
    const from = await bind('');
    const port = portOf(server, 'tcp');
    const flow = await open(from, 'tcp', port);
    const told: string[] = [];
    const never: FlowUser = { transportFailed: () => void told.push('never') };
    flow.watch(never);
    flow.unwatch(never);
    const broken = whenBroken(flow);
    flow.send(bytes(optionsText('1')), sender);
    await server.receiver.nth(1);
    await server.transports.close();
    expect((await broken).code).to.equal('transport_error');
    expect(told).to.deep.equal([]);
    expect(await whenBroken(flow)).to.equal(await broken);
    expect((await sendError(flow, bytes('x'))).code).to.equal('transport_error');
    await bind(`sip:127.0.0.1:${port};transport=tcp`);
    expect(await open(from, 'tcp', port)).not.to.equal(flow);
  });

  it('opens nothing once it is closed, and gives up what it was opening', async () => {
    const server = await bind('sip:127.0.0.1:0;transport=tcp');
    const bench = await bind('');
    const opening = faultOf(open(bench, 'tcp', portOf(server, 'tcp')));
    await bench.transports.close();
    expect((await opening).code).to.equal('transport_error');
    expect((await faultOf(open(bench, 'udp', 5060))).message).to.contain('closed');
  });
});
