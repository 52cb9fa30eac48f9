import { setTimeout as wait } from 'node:timers/promises';
import { nameOf, type Contender, type Place, type Running } from './contenders.mts';
import { Generator, type Outcome, type Phase } from './generator.mts';
import { metered } from './meter.mts';
import type { Plan } from './plan.mts';
import { kinds } from './publish.mts';
import type { Sample } from './samples.mts';
import { percentile } from './statistics.mts';

/** Publications, unless fewer are measured, for which every operation is done once before anything is. */
const WARM = 3000;

/** A server and the generator that asks it. */
class Pair implements AsyncDisposable {
  private constructor(readonly contender: Contender, readonly running: Running, readonly generator: Generator) {}

  static async start(contender: Contender, place: Place, publications: number): Promise<Pair> {
    const running = await contender.start(place);
    try {
      return new Pair(contender, running, await Generator.open(running, place.transport, publications));
    } catch (error) {
      await running.server.stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.generator[Symbol.dispose]();
    await this.running.server.stop();
  }
}

/** Starts a server, warms it, and measures throughput and latency of each operation. */
export async function measureLoad(contender: Contender, place: Place, plan: Plan, round: number): Promise<readonly Sample[]> {
  const { name, window } = contender;
  const paced = Math.ceil(plan.rate * plan.seconds);
  await using pair = await Pair.start(contender, place, plan.count + paced);
  const { running, generator } = pair;
  const samples: Sample[] = [];
  const phases = async (phase: Omit<Phase, 'kind'>): Promise<void> => {
    for (const kind of kinds) {
      const isAsked = plan.operations.includes(kind);
      if (!isAsked && kind !== 'initial') continue;
      const sample = await measurePhase(running, generator, { kind, ...phase }, { server: name, where: nameOf(place), round });
      if (isAsked) samples.push(sample);
    }
  };
  await warm(generator, window, plan.count);
  if (plan.measures.includes('throughput')) await phases({ count: plan.count, window });
  if (plan.measures.includes('latency')) await phases({ publication: (index) => plan.count + index, count: paced, window, rate: plan.rate });
  return samples;
}

/** Latency if the phase has a rate, else throughput. */
export async function measurePhase({ server }: Running, generator: Generator, phase: Phase, label: Pick<Sample, 'server' | 'where' | 'round'>): Promise<Sample> {
  const { result: { times, wrong, resent }, cpu, seconds, noise } = await metered(server, () => generator.run(phase));
  const told = { ...label, operation: phase.kind, noise, wrong, resent };
  return phase.rate === undefined
    ? { ...told, figures: { cpu: 10_000 * cpu / phase.count, rate: phase.count / seconds }, busy: cpu / seconds }
    : { ...told, figures: { p50: percentile(times, 0.5), p99: percentile(times, 0.99), p999: percentile(times, 0.999) } };
}

/** Bytes for each publication stored, when the transactions have ended and the garbage is collected; all servers side by side. */
export async function measureMemory(contenders: readonly Contender[], place: Place, plan: Plan): Promise<readonly Sample[]> {
  const all: Pair[] = [];
  try {
    for (const contender of contenders) {
      const pair = await Pair.start(contender, place, plan.count);
      all.push(pair);
      await warm(pair.generator, contender.window, plan.count);
    }
    await wait(1000 * plan.settle);
    const empty = await Promise.all(all.map(({ running }) => weigh(running)));
    const outcomes: Outcome[] = [];
    for (const { contender: { window }, generator } of all) {
      outcomes.push(await generator.run({ kind: 'initial', count: plan.count, window }));
    }
    await wait(1000 * plan.settle);
    return await Promise.all(all.map(async ({ contender, running }, index): Promise<Sample> => {
      const full = await weigh(running);
      const each = (what: keyof Weight): number => (full[what] - (empty[index]?.[what] ?? NaN)) / plan.count;
      const { wrong = new Map<string, number>(), resent = 0 } = outcomes[index] ?? {};
      const figures = { live: each('live'), bytes: each('bytes') };
      return { server: contender.name, where: nameOf(place), operation: 'initial', round: 0, figures, noise: 0, wrong, resent };
    }));
  } finally {
    for (const pair of all) await pair[Symbol.asyncDispose]();
  }
}

/** Of the first publications, none is left. */
export async function warm(generator: Generator, window: number, measured: number): Promise<void> {
  for (const kind of kinds) await generator.run({ kind, count: Math.min(WARM, measured), window });
}

interface Weight {
  readonly live: number;
  readonly bytes: number;
}

async function weigh({ server, live }: Running): Promise<Weight> {
  return { live: await live(), bytes: server.bytes() };
}
