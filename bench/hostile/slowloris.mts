/**
 * 2,000 connections that never finish a message, over TCP and WebSocket, while one peer publishes 20 a second.
 * Run: npm run bench:hostile -- slowloris [connections] [seconds]
 */
import { connect, type Socket } from 'node:net';
import { neighbour } from './neighbour.mts';
import { startServer } from './server.mts';

const [connections = 2000, seconds = 40] = process.argv.slice(3).map(Number);
const openings = { tcp: 'PUBLISH sip:alice@example.com SIP/2.0\r\nX-Slow: ', ws: 'GET / HTTP/1.1\r\nX-Slow: ' };

class Slow {
  readonly #socket: Socket;
  readonly #began = performance.now();
  /** Seconds from its opening until the server closed it. */
  lived: number | undefined;

  constructor(transport: keyof typeof openings, port: number, from: string) {
    this.#socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => { this.#socket.write(openings[transport]); });
    this.#socket.on('error', () => undefined).on('close', () => { this.lived ??= (performance.now() - this.#began) / 1000; }).resume();
  }

  drip(): void {
    if (this.lived === undefined && this.#socket.readyState === 'open') this.#socket.write('a');
  }

  end(): void {
    this.#socket.destroy();
  }
}

export async function main(): Promise<void> {
  const { server, port } = await startServer({});
  const before = await server.collected();
  const all = Array.from({ length: connections }, (_, index) => {
    const transport = index % 2 === 0 ? 'tcp' : 'ws';
    // The limit for one address is 1,000: they come from several.
    return new Slow(transport, port(transport), `127.0.1.${1 + (index % 4)}`);
  });
  const dripping = setInterval(() => { for (const one of all) one.drip(); }, 1000);
  const report = await neighbour('127.0.0.3', port('udp'), 20, seconds);
  clearInterval(dripping);
  const after = await server.collected();
  const lives = all.flatMap(({ lived }) => lived === undefined ? [] : [lived]).sort((one, other) => one - other);
  console.log(`${connections} connections, a byte a second each: ${lives.length} closed by the server, after ${lives[0]?.toFixed(1)} to ${lives.at(-1)?.toFixed(1)} s`);
  console.log(`  server busy ${((after.cpu - before.cpu) / seconds).toFixed(3)}, heap ${mib(after.heap - before.heap)} more after it`);
  console.log(`  neighbour: ${JSON.stringify(report)}`);
  for (const one of all) one.end();
  await server.stop();
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
