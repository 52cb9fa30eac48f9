/**
 * Requests with `maddr` elsewhere, and INVITEs that are refused and never acknowledged: how many bytes are sent for each that came, to
 * the source and to the victim?
 * Run: npm run bench:hostile -- reflector [requests of each kind] [seconds to listen] [checkout]
 */
import type { Socket } from 'node:dgram';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from '../contenders.mts';
import { fileURLToPath } from 'node:url';
import { hooked, portIn, ServerProcess } from '../server-process.mts';
import { openSocket } from './socket.mts';

const [requests = 50, seconds = 33] = process.argv.slice(3, 5).map(Number);
const root = process.argv[5] ?? projectRoot;
const [attacker, victim] = ['127.0.0.2', '127.0.0.9'];

/** A request of which an answer is counted as 300 bytes at least. */
const least = 300;

interface Shape {
  readonly method: string;
  /** Bytes of a header field that makes it longer. */
  readonly padding?: number;
  readonly maddr?: boolean;
  /** How often it is sent. */
  readonly copies?: number;
  readonly isMalformed?: boolean;
}

const shapes: readonly Shape[] = ['OPTIONS', 'PUBLISH', 'MESSAGE', 'INVITE', 'CANCEL', 'NONSENSE'].flatMap((method) => [
  { method }, { method, maddr: true }, { method, padding: 400, maddr: true }, { method, copies: 3 }, { method, isMalformed: true, maddr: true },
]);

/** What was sent because of one transaction, in bytes. */
class Exchange {
  received = 0;
  counted = 0;
  toSource = 0;
  toVictim = 0;

  constructor(readonly shape: Shape) {}

  get times(): number {
    return (this.toSource + this.toVictim) / this.counted;
  }
}

function nameOf({ method, padding = 0, maddr = false, copies = 1, isMalformed = false }: Shape): string {
  return [method, ...(maddr ? ['maddr'] : []), ...(padding > 0 ? ['longer'] : []), ...(copies > 1 ? [`sent ${copies} times`] : []), ...(isMalformed ? ['malformed'] : [])].join(', ');
}

/** As short as they are taken. */
function request({ method, padding = 0, maddr = false, isMalformed = false }: Shape, callId: string, port: number): Buffer {
  return Buffer.from([
    `${method} sip:a@a.example SIP/2.0`,
    `Via: SIP/2.0/UDP ${attacker}:${port}${maddr ? `;maddr=${victim}` : ''};branch=z9hG4bK${callId}`,
    'From: <sip:a@a.example>;tag=a', 'To: <sip:a@a.example>', `Call-ID: ${callId}`, `CSeq: ${isMalformed ? 'x' : 1} ${method}`,
    ...(padding > 0 ? [`X: ${'x'.repeat(padding)}`] : []), 'Content-Length: 0', '', '',
  ].join('\r\n'));
}

/** Two sockets with one port: what is not sent to `maddr` goes to the same port of the source. */
async function pair(): Promise<readonly [Socket, Socket]> {
  const at = await openSocket(victim);
  return [await openSocket(attacker, at.address().port), at];
}

async function attack(port: number): Promise<readonly Exchange[]> {
  const [source, elsewhere] = await pair();
  const exchanges = new Map<string, Exchange>();
  const listen = (socket: Socket, to: 'toSource' | 'toVictim'): void => {
    socket.on('message', (bytes) => {
      const exchange = exchanges.get(/^Call-ID: (.*)\r$/m.exec(bytes.toString('latin1'))?.[1] ?? '');
      if (exchange !== undefined) exchange[to] += bytes.length;
    });
  };
  listen(source, 'toSource');
  listen(elsewhere, 'toVictim');
  for (let i = 0; i < requests; i++) {
    for (const shape of shapes) {
      const [callId, exchange] = [`c${exchanges.size}`, new Exchange(shape)];
      exchanges.set(callId, exchange);
      const bytes = request(shape, callId, source.address().port);
      for (let copy = 0; copy < (shape.copies ?? 1); copy++) {
        source.send(bytes, port, '127.0.0.1');
        exchange.received += bytes.length;
        exchange.counted += Math.max(bytes.length, least);
      }
    }
    await wait(5);
  }
  await wait(1000 * seconds);
  source.close();
  elsewhere.close();
  return [...exchanges.values()];
}

function report(exchanges: readonly Exchange[]): void {
  const sum = (of: readonly Exchange[], what: 'received' | 'toSource' | 'toVictim'): number => of.reduce((all, one) => all + one[what], 0);
  const rows = new Map(shapes.map((shape) => [nameOf(shape), exchanges.filter((one) => one.shape === shape)]));
  for (const [name, of] of rows) {
    const received = sum(of, 'received');
    console.log(`  ${name.padEnd(28)} ${(sum(of, 'toSource') / received).toFixed(2)} to the source, ${(sum(of, 'toVictim') / received).toFixed(2)} to the victim; at most ${Math.max(...of.map(({ times }) => times)).toFixed(2)} over one transaction`);
  }
  console.log(`  in all: at most ${Math.max(...exchanges.map(({ times }) => times)).toFixed(2)} bytes for each that came over one transaction (${least} at least), ${sum(exchanges, 'toVictim')} bytes to the victim`);
}

export async function main(): Promise<void> {
  const program = fileURLToPath(new URL('guarded-server.mjs', import.meta.url));
  for (const algorithms of [['MD5'], ['SHA-512-256', 'SHA-256', 'MD5']]) {
    const server = await ServerProcess.start({ command: process.execPath, args: [...hooked, program, root, ...algorithms], isReady: (printed) => / is ready on .*\n/.test(printed) });
    console.log(`bytes sent for each byte that came, challenged with ${algorithms.join(', ')}:`);
    report(await attack(portIn(server.printed, 'udp')));
    await server.stop();
  }
}
