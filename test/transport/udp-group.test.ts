import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { coreOptions, WorkerSockets } from '@nksip-ts/core';
import { parseListen } from '../../packages/core/src/transport/listen.ts';
import { Batches, receiveBatch } from '../../packages/core/src/transport/udp/batches.ts';
import { boundSocket } from '../../packages/core/src/transport/udp/batch-socket.ts';
import { portOfSocket } from '../../packages/core/src/transport/udp/load-batches.ts';
import { SocketGroup } from '../../packages/core/src/transport/udp/socket-group.ts';
import { faultOf, thrownBy } from '../kit/caught.ts';
import { bytes, optionsText, requestText } from '../kit/request-text.ts';
import { bind, closeAll, datagram, later, needBatch, needIpv6, udpClient } from './sockets.ts';

describe('UDP sockets of several processes at one port', () => {
  let batches: Batches;

  before(async function () {
    batches = new Batches(await needBatch(this));
  });
  afterEach(closeAll);

  function freePort(address: string): number {
    const fd = boundSocket(batches.calls, address, 0);
    const port = portOfSocket(batches.calls, fd);
    batches.calls.close(fd);
    return port;
  }

  interface Opened {
    readonly group: SocketGroup;
    /** Resolves to which member gets each of them; -1: none. */
    readonly receivers: (texts: readonly string[]) => Promise<number[]>;
  }

  async function opened(many: number, address = '127.0.0.1'): Promise<Opened> {
    const port = freePort(address);
    const group = SocketGroup.open(batches, address, port, many);
    later(() => group.close());
    const client = await udpClient(address);
    const receivers = async (texts: readonly string[]): Promise<number[]> => {
      const found: number[] = [];
      for (const text of texts) {
        await new Promise((sent) => { client.send(text, port, address, sent); });
        found.push(group.fds.findIndex((fd) => batches.receive(fd, receiveBatch, (received) => { if (received.toString('latin1') !== text) throw new Error('another one'); }) > 0));
      }
      return found;
    };
    return { group, receivers };
  }

  const withBranch = (branch: string, method = 'PUBLISH', before = ''): string =>
    requestText({ method, via: [`SIP/2.0/UDP 192.0.2.1:5060${before};branch=z9hG4bK${branch};rport`] });
  const branches = (many: number): string[] => Array.from({ length: many }, (_, n) => `-524287-1---${n.toString(16).padStart(4, '0')}`);

  for (const address of ['127.0.0.1', '::1']) {
    it(`RFC 3261 17.2.3: each gets a share of what one source sends, and retransmissions of its own, at ${address}`, async function () {
      if (address === '::1') needIpv6(this);
      const { receivers } = await opened(3, address);
      const requests = branches(300).map((branch) => withBranch(branch));
      const first = await receivers(requests);
      for (const member of [0, 1, 2]) expect(first.filter((one) => one === member).length).to.be.within(60, 140);
      expect(await receivers(requests)).to.deep.equal(first);
    });
  }

  it('RFC 3261 17.1.1.3: the ACK of a refused INVITE reaches the one that refused it, wherever the branch is in the datagram', async () => {
    const { receivers } = await opened(4);
    const befores = Array.from({ length: 40 }, (_, n) => `;a=${'x'.repeat(n * 7)}`);
    const of = (method: string): string[] => befores.map((before, n) => withBranch(`${n}abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789`, method, before));
    const refused = await receivers(of('INVITE'));
    expect(new Set(refused)).to.deep.equal(new Set([0, 1, 2, 3]));
    expect(await receivers(of('ACK'))).to.deep.equal(refused);
  });

  it('spread what has no branch of RFC 3261, or has it far behind, by its first bytes', async () => {
    const { receivers } = await opened(2);
    const old = Array.from({ length: 60 }, (_, n) => requestText({ uri: `sip:user${n}@example.com`, via: ['SIP/2.0/UDP 192.0.2.1;branch=1'] }));
    const far = Array.from({ length: 60 }, (_, n) => withBranch('same', 'PUBLISH', `;a=${'x'.repeat(400)}`).replace('sip:', `sip:user${n}.`));
    for (const requests of [old, far]) {
      const first = await receivers(requests);
      expect(new Set(first)).to.deep.equal(new Set([0, 1]));
      expect(await receivers(requests)).to.deep.equal(first);
    }
    expect(await receivers(['\r\n\r\n'])).to.deep.equal([0]);
  });

  it('leave one out: the others get its share, what waits at it is lost, nothing else moves; taken in again it has its share again', async () => {
    const { group, receivers } = await opened(3);
    const requests = branches(200).map((branch) => withBranch(branch));
    const before = await receivers(requests);
    group.leaveOut(1);
    const without = await receivers(requests);
    expect(without.every((one, i) => one === before[i] || (before[i] === 1 && one !== 1))).to.equal(true);
    for (const member of [0, 2]) expect(without.filter((one, i) => one === member && before[i] === 1).length).to.be.above(10);
    group.takeIn(1);
    expect(await receivers(requests)).to.deep.equal(before);
    group.leaveOut(0);
    group.leaveOut(1);
    expect(new Set(await receivers(requests))).to.deep.equal(new Set([2]));
    group.leaveOut(2);
    expect(await receivers(requests), 'with all out everything waits where it belongs').to.deep.equal(before);
  });

  it('discard what waits at one that is left out, unless all are', async () => {
    const address = '127.0.0.1';
    const port = freePort(address);
    const group = SocketGroup.open(batches, address, port, 2);
    later(() => group.close());
    const client = await udpClient();
    const waiting = (member: number): number => batches.receive(group.fds[member] as number, receiveBatch, () => undefined);
    const send = async (): Promise<void> => { for (const branch of branches(60)) await new Promise((sent) => { client.send(withBranch(branch), port, address, sent); }); };
    await send();
    group.leaveOut(0);
    expect([waiting(0), waiting(1) > 0]).to.deep.equal([0, true]);
    await send();
    group.leaveOut(1);
    expect([waiting(0), waiting(1)]).to.deep.equal([0, 60]);
    group.takeIn(0);
    group.leaveOut(0);
    await send();
    group.takeIn(1);
    expect([waiting(0), waiting(1) > 0], 'the first that is there again is asked for all').to.deep.equal([0, true]);
  });

  it('take no port that a program has, shared or not, and leave none to a second server', async () => {
    const address = '127.0.0.1';
    const [held, shared] = [boundSocket(batches.calls, address, 0), boundSocket(batches.calls, address, 0, 'sharing')];
    for (const fd of [held, shared]) {
      later(() => batches.calls.close(fd));
      const port = portOfSocket(batches.calls, fd);
      expect(thrownBy(() => SocketGroup.open(batches, address, port, 2))).to.have.property('code', 'EADDRINUSE');
    }
    const port = freePort(address);
    const group = SocketGroup.open(batches, address, port, 2);
    later(() => group.close());
    expect(thrownBy(() => SocketGroup.open(batches, address, port, 2))).to.have.property('code', 'EADDRINUSE');
    const other = createSocket('udp4');
    later(() => other.close());
    other.bind(port, address);
    expect((await once(other, 'error'))[0]).to.have.property('code', 'EADDRINUSE');
  });

  for (const udpBatch of ['auto', false] as const) {
    it(`sip_udp_sockets: one that is open already is received on where it is bound, once, and is closed with its listener (sip_udp_batch ${udpBatch})`, async () => {
      const fd = boundSocket(batches.calls, '127.0.0.1', 0);
      const port = portOfSocket(batches.calls, fd);
      const listen = `sip:127.0.0.1:${port};transport=udp`;
      const bench = await bind(listen, { udpBatch, udpSockets: new Map([[`127.0.0.1:${port}`, fd]]) });
      const client = await udpClient();
      const exchange = async (text: string): Promise<void> => {
        client.send(optionsText(text), port, '127.0.0.1');
        const { source } = await bench.receiver.nth(bench.receiver.messages.length + 1);
        const answer = datagram(client);
        source.reply(bytes(text), source.address, source.port);
        expect((await answer).text).to.equal(text);
      };
      await exchange('open');
      await bench.transports.update([]);
      await bench.transports.update(parseListen(listen));
      await exchange('bound');
    });
  }

  it('sip_udp_sockets: nobody else gets the port of one that is open already (SO_REUSEADDR)', async () => {
    const fd = boundSocket(batches.calls, '127.0.0.1', 0);
    const port = portOfSocket(batches.calls, fd);
    await bind(`sip:127.0.0.1:${port};transport=udp`, { udpSockets: new Map([[`127.0.0.1:${port}`, fd]]) });
    const other = createSocket({ type: 'udp4', reuseAddr: true });
    later(() => other.close());
    const refused = once(other, 'listening').then(() => 'it has the port as well', (error: unknown) => error);
    other.bind(port, '127.0.0.1');
    expect(await refused).to.have.property('code', 'EADDRINUSE');
  });

  it('sip_udp_sockets: one that is bound elsewhere, or is none, is an error', async () => {
    const fd = boundSocket(batches.calls, '127.0.0.1', 0);
    const port = freePort('127.0.0.1');
    const refused = (number: number) => faultOf(() => bind(`sip:127.0.0.1:${port};transport=udp`, { udpSockets: new Map([[`127.0.0.1:${port}`, number]]) }));
    expect(await refused(fd)).to.have.property('message').that.matches(/the socket of number \d+ is bound to 127\.0\.0\.1:\d+/);
    expect(await refused(1)).to.have.property('code', 'listen_failed');
  });

  it('are not there, and the reason is logged, where the system cannot have them', async () => {
    const lines: string[] = [];
    const log = { debug: () => undefined, error: () => undefined, info: (_fields: object, message: string) => { lines.push(message); } };
    expect(await WorkerSockets.open('sip:192.0.2.1:5060', 2, log)).to.equal(undefined);
    expect(lines).to.deep.equal(['The workers share one socket for each UDP address, and a datagram wakes all of them, since they cannot have sockets of their own: bind EADDRNOTAVAIL']);
    expect(await WorkerSockets.open('sip:127.0.0.1:5060;transport=tcp', 2, log), 'nothing to open').to.equal(undefined);
    expect(lines).to.have.length(1);
    const fd = boundSocket(batches.calls, '127.0.0.1', 0);
    later(() => batches.calls.close(fd));
    expect(await faultOf(() => WorkerSockets.open(`sip:127.0.0.1:${portOfSocket(batches.calls, fd)}`, 2, log))).to.have.property('code', 'listen_failed');
  });

  it('are named for a process that inherits them', async () => {
    const [one, other] = [freePort('127.0.0.1'), freePort('127.0.0.1')];
    const log = { debug: () => undefined, error: () => undefined, info: () => undefined };
    const sockets = await WorkerSockets.open(`sip:127.0.0.1:${one}, sip:127.0.0.1:${other};transport=udp`, 3, log);
    later(() => sockets?.close());
    const named = sockets?.namedFrom(4);
    expect(named).to.equal(`127.0.0.1:${one}=4, 127.0.0.1:${other}=5`);
    expect(coreOptions.shape.sip_udp_sockets.parse(named)).to.deep.equal(new Map([[`127.0.0.1:${one}`, 4], [`127.0.0.1:${other}`, 5]]));
    expect(coreOptions.shape.sip_udp_sockets.parse('[::1]:5060=7')).to.deep.equal(new Map([['[::1]:5060', 7]]));
    expect(coreOptions.shape.sip_udp_sockets.safeParse('5060=7').success).to.equal(false);
    expect(new Set([0, 1, 2].flatMap((process) => sockets?.of(process) ?? [])).size).to.equal(6);
  });
});
