/**
 * Requests with large bodies, held by a callback that takes long. The heap is small.
 * Run: npm run bench:hostile -- held [requests] [bytes of a body] [heap in MiB] [checkout]
 */
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../contenders.mts';
import { hooked, portIn, ServerProcess } from '../server-process.mts';
import { neighbour } from './neighbour.mts';
import { publish } from './requests.mts';
import { openSocket } from './socket.mts';
import { told, watched } from './survival.mts';

const [requests = 60_000, bytes = 60_000, heap = 256] = process.argv.slice(3, 6).map(Number);
const root = process.argv[6] ?? projectRoot;
const burst = 20;

export async function main(): Promise<void> {
  const program = fileURLToPath(new URL('slow-server.mjs', import.meta.url));
  const server = await ServerProcess.start({
    command: process.execPath, args: [`--max-old-space-size=${heap}`, ...hooked, program, root], isReady: (printed) => / is ready on .*\n/.test(printed),
  });
  const port = portIn(server.printed, 'udp');
  const life = watched(server);
  const friend = neighbour('127.0.0.3', port, 20, 15, 'refreshes');
  const socket = await openSocket('127.0.0.2');
  let refused = 0;
  socket.on('message', () => { refused++; });
  const body = 'x'.repeat(bytes);
  for (let sent = 0; sent < requests && life.isAlive(); sent += burst) {
    for (let i = 0; i < burst; i++) socket.send(publish('127.0.0.2', socket.address().port, { from: `slow-${sent + i}`, event: 'nkpublish', body }), port, '127.0.0.1');
    await new Promise((resolve) => { setTimeout(resolve, 4); });
  }
  console.log(`${requests} PUBLISHes of ${bytes} bytes to a callback that takes 20 s: ${refused} answered meanwhile`);
  console.log(told(await life.end(await friend)));
  socket.close();
  await server.stop();
}
