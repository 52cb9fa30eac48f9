/**
 * A million requests that are refused, each for one of the reasons there are: memory before and after.
 * Run: npm run bench:hostile -- rejects [requests]
 */
import type { Socket } from 'node:dgram';
import { setTimeout as wait } from 'node:timers/promises';
import { publish } from './requests.mts';
import { startServer } from './server.mts';
import { openSocket } from './socket.mts';

const [requests = 1_000_000] = process.argv.slice(3).map(Number);
const window = 200;
/** Timer J keeps answers for 32 s; then 64 MiB of them go at 8,000 a second. */
const settle = 60_000;

type Make = (port: number) => Buffer;
const address = '127.0.0.2';

const kinds: Readonly<Record<string, Make>> = {
  '400 malformed': (port) => edited(publish(address, port), /^CSeq: 1 PUBLISH/m, 'CSeq: many PUBLISH'),
  '400 no body': (port) => publish(address, port, { body: '' }),
  '405': (port) => publish(address, port, { method: 'SUBSCRIBE' }),
  '412': (port) => publish(address, port, { etag: `none-${port}` }),
  '415': (port) => edited(publish(address, port), /application\/pidf\+xml/, 'text/plain'),
  '416': (port) => edited(publish(address, port), /^PUBLISH sip:/, 'PUBLISH tel:'),
  '420': (port) => edited(publish(address, port), /^Expires: 60/m, 'Require: nothing'),
  '481': (port) => publish(address, port, { toTag: 'dialog' }),
  '489': (port) => publish(address, port, { event: 'none' }),
  '501': (port) => publish(address, port, { method: 'NONSENSE' }),
};

export async function main(): Promise<void> {
  const { server, port } = await startServer({});
  await rejected(port('udp'), 50_000); // everything compiled, every block allocated once
  await wait(settle);
  const before = await server.collected();
  const began = performance.now();
  const codes = await rejected(port('udp'), requests);
  const seconds = (performance.now() - began) / 1000;
  const busy = await server.ask('usage');
  await wait(settle);
  const after = await server.collected();
  console.log(`${requests} refused in ${seconds.toFixed(1)} s, ${((busy.cpu - before.cpu) / requests * 10_000).toFixed(3)} CPU-s per 10,000: ${JSON.stringify(Object.fromEntries([...codes].sort()))}`);
  for (const what of ['heap', 'rss'] as const) {
    console.log(`  ${what}: ${mib(before[what])} before, ${mib(after[what])} after, ${mib(after[what] - before[what])} more`);
  }
  await server.stop();
}

/** Closed loop; one without an answer for a second is sent no more and counted as lost. Answers by code. */
async function rejected(port: number, total: number): Promise<Map<string, number>> {
  const socket = await openSocket(address);
  const codes = new Map<string, number>();
  const makers = Object.values(kinds);
  const own = socket.address().port;
  let [sent, answered] = [0, 0];
  const more = (): void => {
    for (; sent < total && sent - answered < window; sent++) socket.send((makers[sent % makers.length] ?? publishAgain)(own), port, '127.0.0.1');
  };
  const done = new Promise<void>((resolve) => {
    socket.on('message', (bytes) => {
      count(codes, bytes.toString('latin1', 8, 11));
      if (++answered >= total) resolve();
      else more();
    });
  });
  more();
  await Promise.race([done, stalled(() => answered, () => { count(codes, 'lost', sent - answered); answered = sent; more(); }, () => sent >= total)]);
  await closed(socket);
  return codes;
}

const publishAgain: Make = (port) => publish(address, port);

/** Calls `skip` whenever a second went by without progress; resolves when that happens at the end. */
async function stalled(progress: () => number, skip: () => void, isEnd: () => boolean): Promise<void> {
  for (let last = -1; ; last = progress()) {
    await wait(1000, undefined, { ref: false });
    if (progress() !== last) continue;
    skip();
    if (isEnd()) return;
  }
}

function count(codes: Map<string, number>, code: string, by = 1): void {
  codes.set(code, (codes.get(code) ?? 0) + by);
}

function edited(request: Buffer, from: RegExp, to: string): Buffer {
  return Buffer.from(request.toString('latin1').replace(from, to), 'latin1');
}

async function closed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => { socket.close(resolve); });
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
