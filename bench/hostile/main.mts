/** What the server does under attack: `npm run bench:hostile -- NAME`. Traffic stays on loopback. */
import { endServersOnSignals } from '../program.mts';

const attacks = ['flood', 'slowloris', 'rejects', 'passwords', 'reflector', 'collisions', 'state', 'held', 'pings', 'pipelines', 'fragments', 'readers', 'idle', 'watchers'];
const attack = process.argv[2] ?? '';
if (!attacks.includes(attack)) {
  console.error(`Usage: npm run bench:hostile -- ${attacks.join('|')}; the numbers that each takes are told at its top.`);
  process.exit(1);
}
endServersOnSignals();
const { main }: { main(): Promise<void> } = await import(`./${attack}.mts`);
await main();
