import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServerProcess, Usage } from '../server-process.mts';
import { neighbour } from './neighbour.mts';
import { startServer } from './server.mts';

/** What the attacker is told. */
export interface Order {
  readonly shape: string;
  readonly connections: number;
  readonly seconds: number;
  readonly ports: Readonly<Record<string, number>>;
}

export interface Plan {
  readonly shapes: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  readonly options?: Readonly<Record<string, unknown>>;
}

const transports = ['udp', 'tcp', 'ws', 'tls', 'wss'];

/**
 * Each shape attacks a server of its own, with a heap of 256 MiB, from a process of its own: the program at `self`, which calls `attacker`.
 * Beside it somebody publishes 20 a second over UDP. Told: whether the server lived, its memory, what became of the neighbour.
 */
export async function assault(self: string, { shapes, connections, seconds, options = {} }: Plan): Promise<void> {
  for (const shape of shapes) {
    const { server, port } = await startServer(options, ['--max-old-space-size=256']);
    const before = await server.collected();
    const order: Order = { shape, connections, seconds, ports: Object.fromEntries(transports.map((transport) => [transport, port(transport)])) };
    const attack = fork(fileURLToPath(self), ['attacker', JSON.stringify(order)]);
    const ended = once(attack, 'exit');
    const begun = Promise.race([once(attack, 'message'), wait(60_000, undefined, { ref: false })]);
    const watch = watched(server);
    const report = await neighbour('127.0.0.3', port('udp'), 20, seconds);
    await begun;
    const held = await memory(server);
    attack.kill();
    await ended;
    await wait(3000);
    const after = await memory(server);
    const { peak, fate } = watch.end();
    console.log(`${shape}, ${connections} connections for ${seconds} s: the server ${fate}`);
    console.log(`  memory: ${mib(before.rss)} before, at most ${mib(peak)}, ${told(held)} at the end, ${told(after)} after it`);
    if (held !== undefined) console.log(`  for each connection: ${Math.round((held.rss - before.rss) / connections)} bytes`);
    console.log(`  neighbour: ${JSON.stringify(report)}`);
    await server.stop();
  }
}

/** Runs the attack in the process that `assault` has started, until that ends it. */
export async function attacker(attack: (order: Order) => Promise<void> | void): Promise<void> {
  if (process.argv[2] !== 'attacker') return;
  const order = JSON.parse(process.argv[3] ?? '') as Order;
  await attack(order);
  process.send?.('begun');
}

/** Its peak is gone once it has ended, so it is asked again and again. */
function watched(server: ServerProcess): { end(): { readonly peak: number; readonly fate: string } } {
  const began = performance.now();
  let [peak, fate] = [0, 'lived'];
  const look = (): void => {
    peak = Math.max(peak, server.peak());
    if (server.ended !== undefined && fate === 'lived') fate = `died after ${((performance.now() - began) / 1000).toFixed(0)} s (${server.ended})`;
  };
  const timer = setInterval(look, 100);
  return {
    end() {
      clearInterval(timer);
      look();
      return { peak, fate };
    },
  };
}

/** What it holds when garbage is collected; undefined if it is no more. */
async function memory(server: ServerProcess): Promise<Usage | undefined> {
  return server.ended === undefined ? await server.collected().catch(() => undefined) : undefined;
}

function told(usage: Usage | undefined): string {
  return usage === undefined ? 'nothing' : `${mib(usage.rss)} (heap ${mib(usage.heap)})`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
