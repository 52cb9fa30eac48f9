import { setTimeout as wait } from 'node:timers/promises';
import type { Contender, Place, Running } from './contenders.mts';
import { Generator, type Outcome, type Phase } from './generator.mts';
import { metered, type Cost } from './meter.mts';
import type { Plan } from './plan.mts';
import { kinds } from './publish.mts';
import type { Sample } from './samples.mts';
import { percentile } from './statistics.mts';

/** Publications for which every operation is done once before anything is measured. */
const WARM = 3000;

/** Starts a server, warms it, and measures throughput and latency of each operation. */
export async function measureLoad(contender: Contender, place: Place, plan: Plan, round: number): Promise<readonly Sample[]> {
  const running = await contender.start(place);
  const { server } = running;
  const paced = plan.rate * plan.seconds;
  const generator = await Generator.open(running, place.transport, WARM + plan.count + paced);
  const samples: Sample[] = [];
  const phases = async (phase: Omit<Phase, 'kind'>, read: (cost: Cost, outcome: Outcome) => Pick<Sample, 'figures' | 'busy'>): Promise<void> => {
    for (const operation of kinds) {
      if (operation !== 'initial' && !plan.operations.includes(operation)) continue;
      const { result, ...cost } = await metered(server, () => generator.run({ kind: operation, ...phase }));
      if (!plan.operations.includes(operation)) continue;
      samples.push({ server: contender.name, place, operation, round, noise: cost.noise, wrong: result.wrong, resent: result.resent, ...read(cost, result) });
    }
  };
  try {
    await warm(generator, contender.window);
    if (plan.measures.includes('throughput')) {
      await phases({ first: WARM, count: plan.count, window: contender.window }, ({ cpu, seconds }) => (
        { figures: { cpu: 10_000 * cpu / plan.count, rate: plan.count / seconds }, busy: cpu / seconds }));
    }
    if (plan.measures.includes('latency')) {
      await phases({ first: WARM + plan.count, count: paced, window: contender.window, rate: plan.rate }, (_, { times }) => (
        { figures: { p50: percentile(times, 0.5), p99: percentile(times, 0.99), p999: percentile(times, 0.999) } }));
    }
  } finally {
    generator.close();
    await server.stop();
  }
  return samples;
}

/** Bytes for each publication stored, when the transactions have ended and the garbage is collected; all servers side by side. */
export async function measureMemory(contenders: readonly Contender[], place: Place, plan: Plan): Promise<readonly Sample[]> {
  const all: { contender: Contender; running: Running; generator: Generator }[] = [];
  try {
    for (const contender of contenders) {
      const running = await contender.start(place);
      const generator = await Generator.open(running, place.transport, WARM + plan.count);
      all.push({ contender, running, generator });
      await warm(generator, contender.window);
    }
    await wait(1000 * plan.settle);
    const empty = await Promise.all(all.map(({ running }) => weigh(running)));
    const outcomes: Outcome[] = [];
    for (const { contender, generator } of all) outcomes.push(await generator.run({ kind: 'initial', first: WARM, count: plan.count, window: contender.window }));
    await wait(1000 * plan.settle);
    return await Promise.all(all.map(async ({ contender, running }, index): Promise<Sample> => {
      const full = await weigh(running);
      const each = (what: keyof Weight): number => (full[what] - (empty[index]?.[what] ?? NaN)) / plan.count;
      const { wrong = new Map<string, number>(), resent = 0 } = outcomes[index] ?? {};
      return { server: contender.name, place, operation: 'initial', round: 0, figures: { live: each('live'), bytes: each('bytes') }, noise: 0, wrong, resent };
    }));
  } finally {
    for (const { generator, running } of all) {
      generator.close();
      await running.server.stop();
    }
  }
}

export async function warm(generator: Generator, window: number): Promise<void> {
  for (const kind of kinds) await generator.run({ kind, count: WARM, window });
}

interface Weight {
  readonly live: number;
  readonly bytes: number;
}

/** What a garbage collection frees is given back a little later, by another thread. */
async function weigh({ server, live }: Running): Promise<Weight> {
  for (let i = 0; i < 3; i++) {
    await live();
    await wait(200);
  }
  return { live: await live(), bytes: server.bytes() };
}
