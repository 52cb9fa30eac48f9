/**
 * Thousands of connections that do nothing, or begin something and stay there. Told for each kind, too: what one of them costs.
 * Run: npm run bench:hostile -- idle [connections] [seconds]
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { addressOf, dialTcp, dialTls, upgraded, upgradeRequest } from './dial.mts';
import { assault, attacker, type Order } from './assault.mts';

const [connections = 3000, seconds = 15] = process.argv.slice(3).map(Number);

type Ports = Order['ports'];

const kinds: Readonly<Record<string, (ports: Ports, from: string) => Promise<unknown>>> = {
  tcp: ({ tcp = 0 }, from) => dialTcp(tcp, from),
  'tcp, a head begun': async ({ tcp = 0 }, from) => (await dialTcp(tcp, from))?.write(`PUBLISH sip:a@example.com SIP/2.0\r\n${'X: y\r\n'.repeat(5000)}`),
  'tcp, 10 bytes behind much else': async ({ tcp = 0 }, from) => (await dialTcp(tcp, from))?.write(`${'\r\n'.repeat(32_000)}PUBLISH si`),
  tls: ({ tls = 0 }, from) => dialTls(tls, from),
  'tls, used once': async ({ tls = 0 }, from) => {
    const socket = (await dialTls(tls, from))?.socket;
    socket?.write('\r\n\r\n');
    if (socket !== undefined) await once(socket, 'data');
  },
  'tls, half of the handshake': async ({ tls = 0 }, from) => (await dialTcp(tls, from))?.write(await hello),
  'tls, a record begun': async ({ tls = 0 }, from) => (await dialTls(tls, from))?.below.write(Buffer.concat([Buffer.from([23, 3, 3, 0x40, 0]), Buffer.alloc(16_000)])),
  ws: async ({ ws = 0 }, from) => await upgraded(await dialTcp(ws, from)),
  'ws, a request begun': async ({ ws = 0 }, from) => (await dialTcp(ws, from))?.write(`${upgradeRequest.slice(0, -2)}${'X: y\r\n'.repeat(2600)}`),
  wss: async ({ wss = 0 }, from) => await upgraded((await dialTls(wss, from))?.socket),
};

/** The first flight of a TLS client. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connectSecure({ port: typeof address === 'object' ? address?.port ?? 0 : 0, host: '127.0.0.1' }).on('error', () => undefined);
  const [socket] = await once(server, 'connection') as [Socket];
  const [bytes] = await once(socket, 'data') as [Buffer];
  client.destroy();
  server.close();
  return bytes;
}

const hello = process.argv[2] === 'attacker' ? clientHello() : Promise.resolve(Buffer.alloc(0));

async function stay({ shape, connections, ports }: Order): Promise<void> {
  for (let index = 0; index < connections; index += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, more) => kinds[shape]?.(ports, addressOf(index + more))));
  }
}

export async function main(): Promise<void> {
  const sip_listen = 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws, sips:127.0.0.1:0, sips:127.0.0.1:0;transport=ws';
  await assault(import.meta.url, { shapes: Object.keys(kinds), connections, seconds, options: { sip_listen } });
}

await attacker(stay);
