/** The pieces of the way of a PUBLISH, each alone: `npm run bench:micro`. */
import { parseArgs } from 'node:util';
import { cases, datagrams, proof, type Case } from './micro-cases.mts';
import { numberOf } from './plan.mts';
import { spread } from './statistics.mts';
import { table, text } from './table.mts';

const usage = `Usage: npm run bench:micro -- [options]

Operations per second of CPU (all threads, with compiling and collecting garbage), each piece alone, in rounds over all of them.

  --only TEXT     pieces whose name begins so
  --rounds N      5
  --ms N          CPU time of a piece in a round, in milliseconds; 300
  --help          prints this
`;

const option = { type: 'string' } as const;
const { values } = parseArgs({ options: { only: option, rounds: option, ms: option, help: { type: 'boolean' } } });
if (values.help === true) console.log(usage);
else micro(cases.filter(({ name }) => name.startsWith(values.only ?? '')), numberOf('rounds', values.rounds, 5), numberOf('ms', values.ms, 300));

function micro(chosen: readonly Case[], rounds: number, milliseconds: number): void {
  const rates = new Map<Case, number[]>(chosen.map((one) => [one, []]));
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? 'warming\n' : `round ${round}/${rounds}\n`);
    for (const [one, its] of rates) {
      const rate = operationsPerSecond(one, milliseconds);
      if (round > 0) its.push(rate);
    }
  }
  console.log(`PUBLISH of ${datagrams[0]?.length} bytes, Node ${process.version}\n`);
  console.log(table(['piece', 'operations/CPU-s', 'least', 'most', 'microseconds'], [...rates].map(([{ name }, its]) => {
    const { median, min, max } = spread(its) ?? { median: NaN, min: NaN, max: NaN };
    return [name, text(median, 0), text(min, 0), text(max, 0), text(1e6 / median, 3)];
  })));
  if (proof.sum === 0) throw new Error('nothing was done');
}

/** Of CPU. */
function operationsPerSecond({ size, prepare, work }: Case, milliseconds: number): number {
  // Not a full collection: it takes the shapes of objects that are gone with it, and the machine code that was made for them.
  globalThis.gc?.({ type: 'minor' });
  let [used, count] = [0, 0];
  while (used < 1000 * milliseconds) {
    prepare?.();
    const from = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(from);
    used += user + system;
    count += size;
  }
  return count / used * 1e6;
}
