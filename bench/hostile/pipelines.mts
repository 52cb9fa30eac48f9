/**
 * Connections that send small requests as fast as they can, thousands in a chunk: OPTIONS over TCP, TLS and WebSocket, and HTTP to the
 * port for WebSockets.
 * Run: npm run bench:hostile -- pipelines [connections] [seconds]
 */
import { addressOf, dialTcp, dialTls, frame, opcodes, pour, upgraded } from './dial.mts';
import { assault, attacker, type Order } from './assault.mts';

const [connections = 1000, seconds = 15] = process.argv.slice(3).map(Number);

const chunk = 256 * 1024;

/** OPTIONS with the fewest header fields; those that may be left out over a WebSocket are, for a frame has at most 125 bytes. */
const options = (index: number): string =>
  `OPTIONS sip:a SIP/2.0\r\nv:SIP/2.0/TCP h;branch=z9hG4bK${index}\r\nMax-Forwards:7\r\nf:<sip:a>;tag=1\r\nt:<sip:a>\r\ni:${index}\r\nCSeq:1 OPTIONS\r\nl:0\r\n\r\n`;

function many(one: (index: number) => Buffer): Buffer {
  const all: Buffer[] = [];
  for (let size = 0; size < chunk; size += all.at(-1)?.length ?? 0) all.push(one(all.length));
  return Buffer.concat(all);
}

const overStream = many((index) => Buffer.from(options(index)));
const shapes: Readonly<Record<string, Buffer>> = {
  'tcp OPTIONS': overStream,
  'tls OPTIONS': overStream,
  'ws OPTIONS': many((index) => frame(opcodes.text, options(index).replace('Max-Forwards:7\r\n', '').replace('l:0\r\n', ''))),
  'ws HTTP': many(() => Buffer.from('GET / HTTP/1.1\r\nHost:x\r\n\r\n')),
};

async function pipeline({ shape, connections, ports }: Order): Promise<void> {
  const [transport = '', what] = shape.split(' ');
  const bytes = shapes[shape] ?? Buffer.alloc(0);
  for (let index = 0; index < connections; index++) {
    const port = ports[transport] ?? 0;
    const socket = transport === 'tls' ? (await dialTls(port, addressOf(index)))?.socket : await dialTcp(port, addressOf(index));
    const ready = transport === 'ws' && what === 'OPTIONS' ? await upgraded(socket) : socket;
    if (ready !== undefined) pour(ready.resume(), bytes);
  }
}

export async function main(): Promise<void> {
  await assault(import.meta.url, { shapes: Object.keys(shapes), connections, seconds, options: { sip_listen: 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws, sips:127.0.0.1:0' } });
}

await attacker(pipeline);
