/**
 * Initial PUBLISHes with large bodies, each to a new address, without a password: state that is kept for a day. The heap is small.
 * Run: npm run bench:hostile -- state [publications] [bytes of a body] [heap in MiB] [checkout]
 */
import { ours, projectRoot } from '../contenders.mts';
import { portIn } from '../server-process.mts';
import { neighbour } from './neighbour.mts';
import { told, watched } from './survival.mts';
import { publish } from './requests.mts';
import { openSocket } from './socket.mts';

const [publications = 30_000, bytes = 16_000, heap = 256] = process.argv.slice(3, 6).map(Number);
const root = process.argv[6] ?? projectRoot;
/** Sent in a burst, so that the socket's buffer of the server takes them. */
const burst = 20;

export async function main(): Promise<void> {
  const { server } = await ours('ours', root, [`--max-old-space-size=${heap}`]).start({ transport: 'udp', store: 'ram' }, { sip_events: 'presence, nkpublish', log_level: 'error' });
  const port = portIn(server.printed, 'udp');
  const life = watched(server);
  const friend = neighbour('127.0.0.3', port, 20, 10, 'refreshes');
  const socket = await openSocket('127.0.0.2');
  const codes = new Map<string, number>();
  socket.on('message', (answer) => { const code = answer.toString('latin1', 8, 11); codes.set(code, (codes.get(code) ?? 0) + 1); });
  const body = 'x'.repeat(bytes);
  for (let sent = 0; sent < publications && life.isAlive(); sent += burst) {
    for (let i = 0; i < burst; i++) socket.send(publish('127.0.0.2', socket.address().port, { from: `large-${sent + i}`, event: 'nkpublish', body, expires: 86_400 }), port, '127.0.0.1');
    await new Promise((resolve) => { setTimeout(resolve, 4); });
  }
  console.log(`${publications} initial PUBLISHes of ${bytes} bytes: answers ${JSON.stringify(Object.fromEntries([...codes].sort()))}`);
  console.log(told(await life.end(await friend)));
  socket.close();
  await server.stop();
}
