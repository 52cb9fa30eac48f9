import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { fresh, publishText } from '../kit/request-text.ts';
import { frame, opcodes, upgradeRequest } from '../transport/web-sockets.ts';
import { UdpPeer } from './peers.ts';
import { closeAll, later } from './running.ts';
import { SmallHeap } from './small-heap.ts';

const MiB = 1024 * 1024;

interface Attack {
  readonly transport: 'tcp' | 'ws';
  readonly connections: number;
  readonly bytes: Buffer;
}

/** As many bytes as a heap of 256 MiB did not survive when the count of what waits or of what was begun was the bound. */
const attacks: Readonly<Record<string, Attack>> = {
  'double CRLFs whose pongs nobody reads': { transport: 'tcp', connections: 150, bytes: Buffer.from('\r\n\r\n'.repeat(MiB / 4)) },
  'WebSocket pings whose pongs nobody reads': { transport: 'ws', connections: 100, bytes: Buffer.concat(Array<Buffer>(50_000).fill(frame(opcodes.ping, 'x'))) },
  'WebSocket messages of fragments of one byte that never end': {
    transport: 'ws', connections: 300, bytes: Buffer.concat([frame(opcodes.text, 'x', false), ...Array<Buffer>(16_000).fill(frame(opcodes.continuation, 'x', false))]),
  },
};

/** Sends as much of it as the connection takes, and reads nothing. The service may refuse the connection: memory is short by design here. */
async function pour(port: number, { transport, bytes }: Attack): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  later(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (transport === 'ws') {
    socket.write(upgradeRequest);
    await Promise.race([once(socket, 'data'), once(socket, 'close')]).catch(() => undefined);
  }
  socket.pause();
  await new Promise<void>((done) => socket.write(bytes, () => { done(); }));
  return socket;
}

interface Report {
  readonly answers: Set<number>;
  count: number;
  /** Milliseconds. */
  worst: number;
}

/** Somebody who refreshes his one publication until `isOver`, and waits for each answer. */
async function neighbour(port: number, isOver: () => boolean): Promise<Report> {
  const peer = await UdpPeer.open(port);
  later(() => { peer.close(); });
  const report: Report = { answers: new Set(), count: 0, worst: 0 };
  let etag: string | undefined;
  do {
    const began = performance.now();
    const via = [`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK${fresh('branch')}`];
    const response = await peer.ask(publishText({ via, event: 'presence', ...(etag === undefined ? { headers: ['Content-Type: application/pidf+xml'], body: 'x' } : { etag }) }));
    etag ??= response.one('SIP-ETag');
    report.answers.add(response.code);
    report.count++;
    report.worst = Math.max(report.worst, performance.now() - began);
  } while (!isOver());
  return report;
}

describe('D26 sip_max_memory with a heap of 256 MiB', () => {
  afterEach(closeAll);

  for (const [name, attack] of Object.entries(attacks)) {
    it(`survives ${attack.connections} connections with ${name}; a neighbour is answered meanwhile, and memory returns`, async function () {
      this.timeout(120_000);
      const service = await SmallHeap.start();
      later(() => service.stop());
      await neighbour(service.port('udp'), () => true);
      const before = await service.ask();
      let isOver = false;
      const polite = neighbour(service.port('udp'), () => isOver || !service.isAlive);
      const sockets = await Promise.all(Array.from({ length: attack.connections }, () => pour(service.port(attack.transport), attack)));
      isOver = true;
      expect(service.isAlive, 'whether it lives').to.equal(true);
      const { answers, count, worst } = await polite;
      expect([...answers]).to.deep.equal([200]);
      expect(count).to.be.at.least(1);
      expect(worst).to.be.below(10_000);
      for (const socket of sockets) socket.destroy();
      let after = await service.ask();
      while (after.usage.parts['connections'] !== 0) after = await service.ask();
      const { transactions: _then, publications: _there, ...others } = before.usage.parts;
      expect(after.usage.parts).to.deep.include(others);
      expect(after.heap - before.heap).to.be.below(32 * MiB);
    });
  }
});
