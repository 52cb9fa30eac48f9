/**
 * PUBLISHes to addresses that a hash without a key would put into one place, beside as many to random ones. The seed of the former hash,
 * FNV-1a, had 256 classes: the one that costs most is looked for first, as an attacker would by the time of answers.
 * Run: npm run bench:hostile -- collisions [addresses] [checkout]
 */
import type { Socket } from 'node:dgram';
import { collidingTexts } from '../../test/memory/fnv-collisions.ts';
import { ours, projectRoot } from '../contenders.mts';
import { portIn, type ServerProcess } from '../server-process.mts';
import { publish } from './requests.mts';
import { openSocket } from './socket.mts';

const [addresses = 20_000] = process.argv.slice(3, 4).map(Number);
const root = process.argv[4] ?? projectRoot;

/** Requests under way at a time. */
const window = 100;
/** Addresses of each class that are tried, and of the few that then seemed the dearest. */
const [probes, finalProbes, finalists] = [300, 1500, 6];
/** Parts of the flood, each kind in turn, so that both find the server in the same state. */
const parts = 10;

/** Users of one class whose addresses collided; `from`: how many were taken before. */
function colliding(lowByte: number, from: number, count: number): readonly string[] {
  return collidingTexts(lowByte, from + count, 'sip:').slice(from).map((text) => text.slice('sip:'.length));
}

function random(like: readonly string[]): readonly string[] {
  return like.map(({ length }) => Array.from({ length }, () => Math.floor(36 * Math.random()).toString(36)).join(''));
}

class Flood {
  constructor(private readonly server: ServerProcess, private readonly socket: Socket, private readonly port: number) {}

  /** Microseconds of CPU that the server takes for one initial PUBLISH to each. */
  async cost(users: readonly string[]): Promise<number> {
    const before = await this.server.ask('usage');
    await this.#send(users);
    const after = await this.server.ask('usage');
    return (after.cpu - before.cpu) / users.length * 1e6;
  }

  async #send(users: readonly string[]): Promise<void> {
    let [sent, answered] = [0, 0];
    await new Promise<void>((resolve, reject) => {
      const more = (): void => {
        for (; sent < users.length && sent - answered < window; sent++) {
          this.socket.send(publish('127.0.0.2', this.socket.address().port, { from: users[sent] ?? '', expires: 3600 }), this.port, '127.0.0.1');
        }
      };
      this.socket.removeAllListeners('message').on('message', (bytes) => {
        if (bytes.toString('latin1', 8, 11) !== '200') return reject(new Error(`It should have been 200: ${bytes.toString('latin1')}`));
        if (++answered === users.length) resolve();
        else more();
      });
      more();
    });
  }
}

/** The class of seeds whose addresses cost the server most. */
async function dearest(flood: Flood): Promise<number> {
  const costs: { readonly lowByte: number; readonly cost: number }[] = [];
  for (let lowByte = 0; lowByte < 256; lowByte++) costs.push({ lowByte, cost: await flood.cost(colliding(lowByte, 0, probes)) });
  costs.sort((one, other) => other.cost - one.cost);
  const again: typeof costs = [];
  for (const { lowByte } of costs.slice(0, finalists)) again.push({ lowByte, cost: await flood.cost(colliding(lowByte, probes, finalProbes)) });
  return again.sort((one, other) => other.cost - one.cost)[0]?.lowByte ?? 0;
}

export async function main(): Promise<void> {
  for (let lowByte = 0; lowByte < 256; lowByte++) collidingTexts(lowByte, 2 ** 4, 'sip:'); // computed before anybody is attacked
  const { server } = await ours('ours', root).start({ transport: 'udp', store: 'ram' }, { sip_events: 'presence', log_level: 'error' });
  const socket = await openSocket('127.0.0.2');
  const flood = new Flood(server, socket, portIn(server.printed, 'udp'));
  await flood.cost(random(Array.from({ length: 20_000 }, () => 'x'.repeat(75)))); // everything compiled
  const began = performance.now();
  const lowByte = await dearest(flood);
  console.log(`class ${lowByte} of 256 seems the dearest, found in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const sums = { colliding: 0, random: 0 };
  for (let part = 0; part < parts; part++) {
    const users = colliding(lowByte, probes + finalProbes + part * addresses / parts, addresses / parts);
    sums.random += await flood.cost(random(users)) / parts;
    sums.colliding += await flood.cost(users) / parts;
  }
  console.log(`${addresses} initial PUBLISHes of each kind: ${sums.colliding.toFixed(1)} us of CPU for one to addresses that collided, `
    + `${sums.random.toFixed(1)} for one to a random address: ${(sums.colliding / sums.random).toFixed(2)} times as much`);
  socket.close();
  await server.stop();
}
