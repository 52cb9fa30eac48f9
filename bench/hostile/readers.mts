/**
 * Peers that send requests and read no answer, over TCP, TLS and WebSocket: each as many as the system takes answers and a little less than
 * `sip_max_unsent_bytes` beyond, then nothing. Whoever is thrown out comes again.
 * Run: npm run bench:hostile -- readers [connections] [seconds]
 */
import type { Socket } from 'node:net';
import { addressOf, dialTcp, dialTls, pour, upgraded } from './dial.mts';
import { assault, attacker, type Order } from './assault.mts';

const [connections = 60, seconds = 30] = process.argv.slice(3).map(Number);

const dialers: Readonly<Record<string, (order: Order, from: string) => Promise<Socket | undefined>>> = {
  tcp: ({ ports }, from) => dialTcp(ports['tcp'] ?? 0, from),
  ws: async ({ ports }, from) => await upgraded(await dialTcp(ports['ws'] ?? 0, from)),
  tls: async ({ ports }, from) => (await dialTls(ports['tls'] ?? 0, from))?.socket,
};

/** Bytes that Linux takes for a peer on loopback that reads nothing, and nearly a MiB more. */
const enough = 8_300_000;

/** Its answer has the same long headers. */
const request = Buffer.from([
  'OPTIONS sip:example.com SIP/2.0', `Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK-reader;x=${'x'.repeat(7000)}`, 'Max-Forwards: 70',
  'From: <sip:a@example.com>;tag=f', 'To: <sip:a@example.com>', 'Call-ID: reader', 'CSeq: 1 OPTIONS', 'Content-Length: 0', '', '',
].join('\r\n'));

/** Of one message of up to 65,535 bytes, as RFC 6455 5.2 has it. */
function masked(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126, message.length >> 8, message.length & 0xff, 0, 0, 0, 0]), message]);
}

async function ask(order: Order, index: number): Promise<void> {
  const socket = await dialers[order.shape]?.(order, addressOf(index));
  if (socket === undefined) return void setTimeout(() => { void ask(order, index); }, 100);
  // What is paused does not hear of its end, so it is tried by writing.
  socket.once('close', () => { void ask(order, index); }).pause();
  pour(socket, order.shape === 'ws' ? masked(request) : request, enough);
}

async function all(order: Order): Promise<void> {
  for (let index = 0; index < order.connections; index++) await ask(order, index);
}

export async function main(): Promise<void> {
  const sip_listen = 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws, sips:127.0.0.1:0';
  await assault(import.meta.url, { shapes: Object.keys(dialers), connections, seconds, options: { sip_listen } });
}

await attacker(all);
