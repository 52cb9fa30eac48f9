/**
 * Connections that ask for pongs as fast as they can and read none: double CRLFs over TCP and WebSocket, and pings of RFC 6455.
 * Run: npm run bench:hostile -- pings [connections] [seconds]
 */
import { addressOf, dialTcp, frame, opcodes, pour, upgraded } from './dial.mts';
import { assault, attacker, type Order } from './assault.mts';

const [connections = 150, seconds = 20] = process.argv.slice(3).map(Number);

const pings: Readonly<Record<string, Buffer>> = {
  'tcp CRLFCRLF': Buffer.from('\r\n\r\n'.repeat(16_384)),
  'ws CRLFCRLF': Buffer.concat(Array<Buffer>(6000).fill(frame(opcodes.text, '\r\n\r\n'))),
  'ws ping': Buffer.concat(Array<Buffer>(6000).fill(frame(opcodes.ping, 'x'))),
};

async function ping({ shape, connections, ports }: Order): Promise<void> {
  const bytes = pings[shape] ?? Buffer.alloc(0);
  for (let index = 0; index < connections; index++) {
    const tcp = await dialTcp((shape.startsWith('tcp') ? ports['tcp'] : ports['ws']) ?? 0, addressOf(index));
    const socket = shape.startsWith('tcp') ? tcp : await upgraded(tcp);
    if (socket !== undefined) pour(socket.pause(), bytes);
  }
}

export async function main(): Promise<void> {
  await assault(import.meta.url, { shapes: Object.keys(pings), connections, seconds });
}

await attacker(ping);
