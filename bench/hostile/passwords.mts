/**
 * One address guesses the password of one user as fast as it can, another one publishes 20 a second: how many guesses are looked at?
 * Run: npm run bench:hostile -- passwords [seconds]
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../contenders.mts';
import { hooked, portIn, ServerProcess } from '../server-process.mts';
import { neighbour } from './neighbour.mts';
import { publish } from './requests.mts';
import { openSocket } from './socket.mts';

const [seconds = 10] = process.argv.slice(3).map(Number);
const self = fileURLToPath(import.meta.url);
const address = '127.0.0.2';
const window = 64;

async function start(failures: number): Promise<ServerProcess> {
  const serve = [join(projectRoot, 'packages/cli/bin/nksip-ts.js'), 'serve', '--config', join(projectRoot, 'bench/hostile/guarded.mjs'), '--set', `sip_max_auth_failures=${failures}`];
  return await ServerProcess.start({ command: process.execPath, args: [...hooked, ...serve], cwd: projectRoot, isReady: (printed) => / is ready on .*\n/.test(printed) });
}

/** In a process of its own: `window` guesses under way at a time. What gets no answer within a second makes room for others. */
async function guesses(port: number): Promise<void> {
  const socket = await openSocket(address);
  const own = socket.address().port;
  socket.send(publish(address, own), port, '127.0.0.1');
  const [challenged] = await once(socket, 'message') as [Buffer];
  const [, nonce = ''] = /nonce="([0-9a-f]+)"/.exec(challenged.toString('latin1')) ?? [];
  let [sent, answered] = [0, 0];
  const codes: Record<string, number> = {};
  const more = (): void => {
    for (; sent - answered < window; sent++) socket.send(guess(own, nonce, sent + 1), port, '127.0.0.1');
  };
  socket.on('message', (bytes) => {
    const code = bytes.toString('latin1', 8, 11);
    codes[code] = (codes[code] ?? 0) + 1;
    answered++;
    more();
  });
  let before = -1;
  const skip = setInterval(() => {
    if (answered === before) answered = sent;
    before = answered;
    more();
  }, 1000);
  const began = performance.now();
  more();
  await new Promise((resolve) => { setTimeout(resolve, 1000 * seconds); });
  clearInterval(skip);
  process.send?.({ codes, seconds: (performance.now() - began) / 1000 });
  socket.close();
}

/** Eight in each request: all but the first must be passed over. */
function guess(port: number, nonce: string, count: number): Buffer {
  const nc = count.toString(16).padStart(8, '0');
  const credentials = Array.from({ length: 8 }, () =>
    `Authorization: Digest username="alice", realm="example.com", nonce="${nonce}", uri="sip:alice@example.com", response="${randomBytes(16).toString('hex')}", algorithm=MD5, cnonce="1", qop=auth, nc=${nc}`);
  return Buffer.from(publish(address, port).toString('latin1').replace('Event: ', `${credentials.join('\r\n')}\r\nEvent: `), 'latin1');
}

export async function main(): Promise<void> {
  for (const failures of [0, 10]) {
    const server = await start(failures);
    const port = portIn(server.printed, 'udp');
    const before = await server.collected();
    const guesser = fork(self, ['guesser', String(seconds), String(port)]);
    const guessed = once(guesser, 'message') as Promise<[{ codes: Readonly<Record<string, number>>; seconds: number }]>;
    const report = await neighbour('127.0.0.3', port, 20, seconds);
    const [{ codes, seconds: lasted }] = await guessed;
    const after = await server.collected();
    const checked = codes['401'] ?? 0;
    console.log(`sip_max_auth_failures ${failures}: ${checked} guesses looked at, ${(checked / lasted).toFixed(1)} a second, ${codes['503'] ?? 0} refused unread, server busy ${((after.cpu - before.cpu) / lasted).toFixed(2)}`);
    console.log(`  neighbour: ${JSON.stringify(report)}`);
    await server.stop();
  }
}

if (process.argv[2] === 'guesser') await guesses(Number(process.argv[4]));
