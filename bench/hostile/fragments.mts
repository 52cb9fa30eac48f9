/**
 * WebSocket messages that never end, in pieces of one byte each: as many as the server takes, then on a new connection, or few beside much else.
 * Run: npm run bench:hostile -- fragments [connections] [seconds]
 */
import type { Socket } from 'node:net';
import { addressOf, dialTcp, frame, opcodes, pour, upgraded } from './dial.mts';
import { assault, attacker, type Order } from './assault.mts';

const [connections = 900, seconds = 20] = process.argv.slice(3).map(Number);

const first = frame(opcodes.text, 'x', false);
const next = frame(opcodes.continuation, 'x', false);

const shapes: Readonly<Record<string, (socket: Socket) => void>> = {
  'endless fragments': (socket) => { pour(socket, Buffer.concat(Array<Buffer>(4000).fill(next))); },
  'fragments, held': (socket) => { socket.write(Buffer.concat(Array<Buffer>(16_000).fill(next))); },
  'few fragments, held': (socket) => { socket.write(Buffer.concat(Array<Buffer>(120).fill(next))); },
  // Each fragment holds the piece of the stream that it came in.
  'fragments between pings': (socket) => { pour(socket, Buffer.concat([next, ...Array<Buffer>(490).fill(frame(opcodes.ping, 'x'.repeat(125)))])); },
  'a frame byte by byte': (socket) => {
    socket.write(Buffer.from([0x80, 0x80 | 126, 0xff, 0xff, 0, 0, 0, 0]));
    setInterval(() => { if (socket.writable) socket.write('x'); }, 20);
  },
};

/** Whoever is thrown out comes again. */
async function hold(order: Order, index: number): Promise<void> {
  const socket = await upgraded(await dialTcp(order.ports['ws'] ?? 0, addressOf(index)));
  if (socket === undefined) return void setTimeout(() => { void hold(order, index); }, 100);
  socket.once('close', () => { void hold(order, index); }).resume();
  socket.write(first);
  shapes[order.shape]?.(socket);
}

async function fragment(order: Order): Promise<void> {
  for (let index = 0; index < order.connections; index++) await hold(order, index);
}

export async function main(): Promise<void> {
  await assault(import.meta.url, { shapes: Object.keys(shapes), connections, seconds });
}

await attacker(fragment);
