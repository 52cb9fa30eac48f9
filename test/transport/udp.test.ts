import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { stub, useFakeTimers } from 'sinon';
import { bytes, optionsText } from '../kit/request-text.ts';
import { bind, closeAll, datagram, later, needIpv6, portOf, udpClient, type Bench } from './sockets.ts';
import { sendError } from './flow-user.ts';

for (const udpBatch of ['auto', false] as const) {
  describe(udpBatch === 'auto' ? 'UDP by the batch' : 'UDP', () => {
    const bindOne = (listen: string): Promise<Bench> => bind(listen, { udpBatch });
    afterEach(closeAll);

    for (const address of ['127.0.0.1', '::1']) {
      it(`D16 D56 answers from the socket that the request came to, at ${address}`, async function () {
        if (address === '::1') needIpv6(this);
        const bench = await bindOne(`sip:${address === '::1' ? '[::1]' : address}:0;transport=udp`);
        const client = await udpClient(address);
        const answer = datagram(client);
        client.send(optionsText('1'), portOf(bench, 'udp'), address);
        const { text, source } = await bench.receiver.nth(1);
        expect(text).to.equal(optionsText('1'));
        expect(source).to.include({ transport: 'udp', address, port: client.address().port, localAddress: address, localPort: portOf(bench, 'udp') });
        source.reply(bytes('answer'), source.address, source.port);
        expect(await answer).to.deep.include({ text: 'answer' });
        expect((await answer).from).to.include({ address, port: portOf(bench, 'udp') });
      });
    }

    it('D56 answers from each of two addresses of this machine', async () => {
      const bench = await bindOne('sip:127.0.0.1:0;transport=udp, sip:127.0.0.2:0;transport=udp');
      bench.receiver.onMessage = ({ source }) => source.reply(bytes('answer'), source.address, source.port);
      const client = await udpClient();
      for (const { address, port } of bench.transports.listeners) {
        const answer = datagram(client);
        client.send(optionsText('1'), port, address);
        expect((await answer).from).to.include({ address, port });
      }
    });

    for (const address of ['127.0.0.1', '::1']) {
      it(`has its port for itself: a program that would share it (SO_REUSEADDR) is refused, at ${address}`, async function () {
        if (address === '::1') needIpv6(this);
        const bench = await bindOne(`sip:${address === '::1' ? '[::1]' : address}:0;transport=udp`);
        const other = createSocket({ type: address === '::1' ? 'udp6' : 'udp4', reuseAddr: true });
        later(() => other.close());
        const refused = once(other, 'listening').then(() => 'it has the port as well', (error: unknown) => error);
        other.bind(portOf(bench, 'udp'), address);
        expect(await refused).to.have.property('code', 'EADDRINUSE');
      });
    }

    it('D17 sends the answer where it is told', async () => {
      const bench = await bindOne('sip:127.0.0.1:0;transport=udp');
      const client = await udpClient();
      const other = await udpClient();
      const answer = datagram(other);
      client.send(optionsText('1'), portOf(bench, 'udp'), '127.0.0.1');
      (await bench.receiver.nth(1)).source.reply(bytes('answer'), '127.0.0.1', other.address().port);
      expect((await answer).text).to.equal('answer');
    });

    it('D23 RFC 5626 4.4.2 lets STUN and empty datagrams pass without a word', async () => {
      const bench = await bindOne('sip:127.0.0.1:0;transport=udp');
      const client = await udpClient();
      const port = portOf(bench, 'udp');
      client.send(Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), port, '127.0.0.1');
      client.send(Buffer.from([1, 1, 0, 0]), port, '127.0.0.1');
      client.send('', port, '127.0.0.1');
      client.send(optionsText('after'), port, '127.0.0.1');
      expect((await bench.receiver.nth(1)).text).to.equal(optionsText('after'));
      expect(bench.receiver.faults).to.deep.equal([]);
    });

    it('survives answers to ports and addresses that cannot be', async () => {
      const bench = await bindOne('sip:127.0.0.1:0;transport=udp');
      const client = await udpClient();
      client.send(optionsText('1'), portOf(bench, 'udp'), '127.0.0.1');
      const { source } = await bench.receiver.nth(1);
      source.reply(bytes('answer'), '127.0.0.1', 0);
      source.reply(bytes('answer'), '127.0.0.1', 65536);
      source.reply(bytes('answer'), '::1', 5060);
      source.reply(bytes('answer'), 'example.com', 5060);
      const answer = datagram(client);
      source.reply(bytes('still here'), source.address, source.port);
      expect((await answer).text).to.equal('still here');
      await bench.transports.close();
      source.reply(bytes('too late'), source.address, source.port);
    });
  });
}

describe('UDP, one datagram at a time', () => {
  afterEach(closeAll);

  it('D26 gathers no more than a MiB of answers before they leave', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=udp', { udpBatch: false });
    const client = await udpClient();
    client.send(optionsText('1'), portOf(bench, 'udp'), '127.0.0.1');
    const { source } = await bench.receiver.nth(1);
    await setImmediate();
    const clock = useFakeTimers({ toFake: ['setImmediate'] });
    const send = stub(Socket.prototype, 'send');
    try {
      for (let count = 0; count < 40; count++) source.reply(new Uint8Array(60_000), source.address, source.port);
      expect(send.callCount).to.be.within(20, 39);
      clock.runAll();
      expect(send.callCount).to.equal(40);
    } finally {
      send.restore();
      clock.restore();
    }
  });

  it('D26 drops what the system does not take, above a MiB, and sends again when it does', async () => {
    const bench = await bind('sip:127.0.0.1:0;transport=udp', { udpBatch: false });
    const client = await udpClient();
    client.send(optionsText('1'), portOf(bench, 'udp'), '127.0.0.1');
    const { source } = await bench.receiver.nth(1);
    const flow = await bench.transports.open({ transport: 'udp', address: source.address, port: source.port, host: source.address });
    const waiting = stub(Socket.prototype, 'getSendQueueSize').returns(1024 * 1024);
    try {
      const other = (await udpClient()).address().port;
      for (let count = 0; count < 18; count++) source.reply(new Uint8Array(60_000), source.address, other);
      source.reply(bytes('lost'), source.address, source.port);
      await setImmediate();
      expect((await sendError(flow, bytes('lost'))).message).to.contain('takes no more datagrams');
      waiting.returns(0);
      const answer = datagram(client);
      source.reply(bytes('answer'), source.address, source.port);
      expect((await answer).text).to.equal('answer');
    } finally {
      waiting.restore();
    }
  });
});
