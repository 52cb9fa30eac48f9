import { Framer } from '@nksip-ts/sip';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { StreamPeer } from '../wire/peers.ts';
import { LiveTarget } from './live-target.ts';
import { anyMessage } from './mutations.ts';
import type { Random } from './random.ts';
import { checkResponseBytes, host, inTime, ServiceUnderFire } from './service-under-fire.ts';
import { must, type Input } from './target.ts';

/** Streams of rubbish, each over a connection of its own; a good client has another one all the time. */
export class TcpTarget extends LiveTarget<StreamPeer> {
  readonly name = 'tcp';

  static async start(): Promise<TcpTarget> {
    const service = await ServiceUnderFire.start('tcp');
    return new TcpTarget(service, await StreamPeer.open(service.port('tcp'), 'tcp', host));
  }

  make(random: Random): Input {
    const stream = Buffer.concat(Array.from({ length: 1 + random.below(4) }, () => (random.once(10) ? Buffer.alloc(4 * random.size(2000), '\r\n\r\n') : anyMessage(random))));
    return chunked(stream, random);
  }

  async run(input: Input): Promise<void> {
    checkStream(await exchanged(await connected(this.service.port('tcp')), input));
    await this.service.mustBeWell(this.peer, `SIP/2.0/TCP ${host}:${this.peer.port}`);
  }
}

/** Cut at up to eight places. */
export function chunked(stream: Buffer, random: Random): Input {
  const cuts = Array.from({ length: random.below(9) }, () => random.below(stream.length)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => stream.subarray(from, cuts[index] ?? stream.length)).filter((chunk) => chunk.length > 0);
}

export async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host, noDelay: true });
  // a service that closes on rubbish resets what still comes
  socket.on('error', () => undefined);
  await inTime(once(socket, 'connect'), 'no connection was taken');
  return socket;
}

/** Writes the chunks, each in a turn of its own, says goodbye, and answers with all that came until the other side had closed too. */
export async function exchanged(socket: Socket, chunks: Input): Promise<Buffer> {
  const came: Buffer[] = [];
  socket.on('data', (chunk) => { came.push(chunk); });
  await Promise.all([
    inTime(closeOf(socket), 'a connection stayed open behind the goodbye of its peer').finally(() => { socket.destroy(); }),
    writeAll(socket, chunks),
  ]);
  return Buffer.concat(came);
}

async function writeAll(socket: Socket, chunks: Input): Promise<void> {
  for (const chunk of chunks) {
    socket.write(chunk);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  socket.end();
}

/** Resolves once the socket is closed. A service may close while its peer still writes: that the peer is told so is no fault. */
async function closeOf(socket: Socket): Promise<void> {
  try {
    await once(socket, 'close');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET'))) throw error;
  }
}

/** RFC 5626 3.5.1: between the responses there may be the CRLF that answers a ping. */
function checkStream(bytes: Buffer): void {
  const framer = new Framer({ maxBytes: 1e8, maxHeadBytes: 1e8, maxHeaders: 1000, maxHeaderLine: 1e8, maxUri: 1e8, maxBody: 1e8 });
  framer.push(bytes);
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
    must(frame.kind !== 'broken', `the service sent a stream that cannot be read: ${frame.kind === 'broken' ? frame.reason : ''}`);
    if (frame.kind === 'message') checkResponseBytes(frame.bytes);
  }
}
