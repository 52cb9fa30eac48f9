import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { neighbour, type Report } from './neighbour.mts';
import { startServer } from './server.mts';
import { told, watched } from './survival.mts';

/** What the attacker is told. */
export interface Order {
  readonly shape: string;
  readonly connections: number;
  readonly ports: Readonly<Record<string, number>>;
}

export interface Plan {
  readonly shapes: readonly string[];
  readonly connections: number;
  /** What they are if they are no connections; then it is not told what each costs. */
  readonly called?: string;
  readonly seconds: number;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Who behaves meanwhile, for so many seconds; unless told somebody who publishes 20 a second over UDP. */
  readonly beside?: (port: number, seconds: number) => Promise<Report>;
}

const transports = ['udp', 'tcp', 'ws', 'tls', 'wss'];

/**
 * Each shape attacks a server of its own, with a heap of 256 MiB, from a process of its own: the program at `self`, which calls `attacker`.
 */
export async function assault(self: string, { shapes, connections, called, seconds, options = {}, beside = publishing }: Plan): Promise<void> {
  for (const shape of shapes) {
    const { server, port } = await startServer(options, ['--max-old-space-size=256']);
    const before = await server.collected();
    const life = watched(server);
    const order: Order = { shape, connections, ports: Object.fromEntries(transports.map((transport) => [transport, port(transport)])) };
    const attack = fork(fileURLToPath(self), ['attacker', JSON.stringify(order)]);
    const ended = once(attack, 'exit');
    const begun = Promise.race([once(attack, 'message'), wait(60_000, undefined, { ref: false })]);
    const report = await beside(port('udp'), seconds);
    await begun;
    const during = life.isAlive() ? await server.collected().catch(() => undefined) : undefined;
    attack.kill();
    await ended;
    await wait(3000); // connections that are ended have 2 s to take their last bytes
    console.log(`${shape}, ${connections} ${called ?? 'connections'} for ${seconds} s${during === undefined || called !== undefined ? '' : `: each costs ${Math.round((during.rss - before.rss) / connections)} bytes`}`);
    console.log(told(await life.end(report)));
    await server.stop();
  }
}

function publishing(port: number, seconds: number): Promise<Report> {
  return neighbour('127.0.0.3', port, 20, seconds);
}

/** Runs the attack in the process that `assault` has started, until that ends it. */
export async function attacker(attack: (order: Order) => Promise<void>): Promise<void> {
  if (process.argv[2] !== 'attacker') return;
  await attack(JSON.parse(process.argv[3] ?? '') as Order);
  process.send?.('begun');
}
