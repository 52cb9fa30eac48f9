/**
 * Watchers who do harm, while somebody publishes, whom most of them watch, and whose friend must be notified. The heap is small.
 * Run: npm run bench:hostile -- watchers [watchers] [seconds] [part of the name of a shape]
 */
import type { Socket } from 'node:dgram';
import { watching } from '../contenders.mts';
import { responseTo } from '../notify.mts';
import { field } from '../response.mts';
import { assault, attacker, type Order } from './assault.mts';
import { addressOf, dialTcp } from './dial.mts';
import { noted, publish, subscribe } from './requests.mts';
import { openSocket } from './socket.mts';
import { watchedNeighbour } from './watched-neighbour.mts';

const [watchers = 500, seconds = 40] = process.argv.slice(3, 5).map(Number);
const [chosen = ''] = process.argv.slice(5);
const host = '127.0.0.1';

const shapes: Readonly<Record<string, (order: Order) => Promise<void>>> = {
  'new Call-IDs with one Contact': ({ ports }) => subscribing(ports['udp'] ?? 0, () => ({ watched: 'neighbour', watcher: 'attacker' })),
  'new Call-IDs, Contacts and addresses': ({ ports }) => subscribing(ports['udp'] ?? 0, (n) => ({ watched: `watched-${n}`, watcher: `attacker-${n}` })),
  'no response to NOTIFY': (order) => answering(order, undefined),
  '500 to NOTIFY': (order) => answering(order, '500 Server Internal Error'),
  'a response to the first NOTIFY only': answeringOnce,
  'a thousand new ones a second, Contacts elsewhere, no response': ({ ports }) => flooding(ports['udp'] ?? 0),
  'NOTIFYs over TCP that nobody reads': notReading,
};

/** What came to the attacker, and how often he was thrown out. */
const tally = new Map<string, number>();

function count(what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

/** SUBSCRIBEs under way, and milliseconds of silence after which they count as lost. */
const WINDOW = 100;
const SILENCE = 500;

/** SUBSCRIBEs with new Call-IDs, as fast as they are answered; every NOTIFY is answered 200. */
async function subscribing(port: number, parts: (n: number) => { readonly watched: string; readonly watcher: string }): Promise<void> {
  const socket = await openSocket('127.0.0.2');
  const own = socket.address().port;
  let [sent, heard] = [0, -Infinity];
  const send = (bytes: Buffer | string): void => { socket.send(bytes, port, host); };
  const next = (): void => { send(subscribe('127.0.0.2', own, parts(sent++))); };
  socket.on('message', (bytes) => {
    const text = bytes.toString('latin1');
    count(firstWord(text));
    if (text.startsWith('NOTIFY ')) send(responseTo(text));
    else {
      heard = performance.now();
      next();
    }
  });
  setInterval(() => { if (performance.now() - heard > SILENCE) for (let i = 0; i < WINDOW; i++) next(); }, 100);
}

/** The method of a request, the code of a response. */
function firstWord(text: string): string {
  return /^(?:SIP\/2\.0 )?(\w+)/.exec(text)?.[1] ?? '';
}

/** All watch the neighbour, each from a Contact of his own, and subscribe anew every ten seconds. */
async function answering({ connections, ports }: Order, status: string | undefined): Promise<void> {
  const port = ports['udp'] ?? 0;
  const sockets: Socket[] = [];
  for (let index = 0; index < 20; index++) {
    const socket = await openSocket(addressOf(index));
    socket.on('message', (bytes) => {
      const text = bytes.toString('latin1');
      count(firstWord(text));
      if (status !== undefined && text.startsWith('NOTIFY ')) socket.send(responseTo(text, status), port, host);
    });
    sockets.push(socket);
  }
  let next = 0;
  setInterval(() => {
    for (const due = next + connections / 100; next < due; next++) {
      const socket = sockets[next % sockets.length]!;
      const { address, port: own } = socket.address();
      socket.send(subscribe(address, own, { watched: 'neighbour', watcher: `attacker-${next % connections}` }), port, host);
    }
  }, 100);
}

/** Each at a port of its own, as many as watch, and all of them silent from the first change on. */
async function answeringOnce({ connections, ports }: Order): Promise<void> {
  const port = ports['udp'] ?? 0;
  for (let index = 0; index < connections; index++) {
    const address = addressOf(index);
    const socket = await openSocket(address);
    const { port: own } = socket.address();
    let answered = 0;
    socket.on('message', (bytes) => {
      const text = bytes.toString('latin1');
      count(firstWord(text));
      if (text.startsWith('NOTIFY ') && answered++ === 0) socket.send(responseTo(text), port, host);
    });
    const begin = (): void => {
      answered = 0;
      socket.send(subscribe(address, own, { watched: 'neighbour', watcher: `attacker-${index}` }), port, host);
    };
    begin();
    setInterval(begin, 40_000);
  }
}

/** Each from another address and port, of some thousands; nobody is at the Contact. */
async function flooding(port: number): Promise<void> {
  const sockets: Socket[] = [];
  for (let index = 0; index < 2000; index++) {
    const socket = await openSocket(addressOf(index));
    socket.on('message', (bytes) => { count(firstWord(bytes.toString('latin1'))); });
    sockets.push(socket);
  }
  let next = 0;
  const began = performance.now();
  setInterval(() => {
    for (const due = performance.now() - began; next < due; next++) {
      const socket = sockets[next % sockets.length]!;
      const { address, port: own } = socket.address();
      socket.send(subscribe(address, own, { watched: `watched-${next}`, watcher: `attacker-${next}`, contact: `127.0.2.${1 + next % 250}:9` }), port, host);
    }
  }, 20);
}

/** Subscriptions of each connection to a large document, of which the system takes a few hundred copies for a peer that reads none. */
const PER_CONNECTION = 400;
const CONNECTIONS = 60;

async function notReading({ ports }: Order): Promise<void> {
  await changing(ports['udp'] ?? 0);
  for (let index = 0; index < CONNECTIONS; index++) await subscribeOver(ports['tcp'] ?? 0, index);
}

/** Whoever is thrown out comes again. */
async function subscribeOver(port: number, index: number): Promise<void> {
  const address = addressOf(index);
  const socket = await dialTcp(port, address);
  const again = (): void => { setTimeout(() => { void subscribeOver(port, index); }, 100); };
  if (socket === undefined) {
    again();
    return;
  }
  count('connections');
  socket.once('close', again).pause();
  const own = socket.localPort ?? 0;
  for (let n = 0; n < PER_CONNECTION; n++) socket.write(subscribe(address, own, { watched: 'large', watcher: `attacker-${index}-${n}`, transport: 'TCP' }));
  // What is paused does not hear of its end, so it is tried by writing.
  const trial = setInterval(() => { if (!socket.destroyed) socket.write('\r\n\r\n'); }, 1000);
  socket.once('close', () => { clearInterval(trial); });
}

/** The large document, which changes five times a second. */
async function changing(port: number): Promise<void> {
  const socket = await openSocket('127.0.0.2');
  const own = socket.address().port;
  let etag: string | undefined;
  socket.on('message', (bytes) => { etag ??= field(bytes.toString('latin1'), 'SIP-ETag') || undefined; });
  let version = 0;
  setInterval(() => {
    const body = noted('large', `${'x'.repeat(15_000)} ${++version}`);
    socket.send(publish('127.0.0.2', own, { from: 'large', body, ...(etag !== undefined && { etag }) }), port, host);
  }, 200);
}

export async function main(): Promise<void> {
  await assault(import.meta.url, { shapes: Object.keys(shapes).filter((name) => name.includes(chosen)), connections: watchers, called: 'watchers', seconds, options: watching, beside: watchedNeighbour });
}

await attacker(async (order) => {
  process.once('SIGTERM', () => {
    console.log(`${order.shape}: the attacker got ${JSON.stringify(Object.fromEntries(tally))}`);
    process.exit();
  });
  await shapes[order.shape]?.(order);
});
