/**
 * One address floods with PUBLISHes, another one publishes 20 a second: does it lose any?
 * Run: npm run bench:hostile -- flood [rate] [seconds] [sip_max_request_rate]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { neighbour } from './neighbour.mts';
import { publish } from './requests.mts';
import { startServer } from './server.mts';
import { openSocket } from './socket.mts';

const [rate = 50_000, seconds = 15, limit = 1000] = process.argv.slice(3).map(Number);
const self = fileURLToPath(import.meta.url);

/** In a process of its own: the floods would delay the neighbour's clock. It reads no answers. */
async function flood(port: number): Promise<void> {
  const socket = await openSocket('127.0.0.2');
  socket.setSendBufferSize(1 << 20);
  const own = socket.address().port;
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < 1000 * seconds) {
    const due = Math.min(sent + 2000, Math.floor((performance.now() - began) * rate / 1000));
    for (; sent < due; sent++) socket.send(publish('127.0.0.2', own, { from: `flood-${sent % 1000}` }), port, '127.0.0.1');
    await new Promise(setImmediate);
  }
  process.send?.({ sent, seconds: (performance.now() - began) / 1000 });
  socket.close();
}

export async function main(): Promise<void> {
  for (const [name, options] of [['without a limit', {}], [`sip_max_request_rate ${limit}`, { sip_max_request_rate: limit }]] as const) {
    const { server, port } = await startServer(options);
    const before = await server.collected();
    const flooder = fork(self, ['flooder', String(rate), String(seconds), String(port('udp'))]);
    const flooded = once(flooder, 'message') as Promise<[{ sent: number; seconds: number }]>;
    const report = await neighbour('127.0.0.3', port('udp'), 20, seconds);
    const [{ sent, seconds: lasted }] = await flooded;
    const after = await server.collected();
    console.log(`${name}: flood ${Math.round(sent / lasted)}/s for ${lasted.toFixed(1)} s, server busy ${((after.cpu - before.cpu) / lasted).toFixed(2)}`);
    console.log(`  neighbour: ${JSON.stringify(report)}`);
    await server.stop();
  }
}

if (process.argv[2] === 'flooder') await flood(Number(process.argv[5]));
