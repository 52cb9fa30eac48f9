import { nameOf, type Contender, type Place, type Running } from './contenders.mts';
import { Generator, type Phase } from './generator.mts';
import { metered } from './meter.mts';
import { Pair, weighed } from './pair.mts';
import type { Plan } from './plan.mts';
import { kinds } from './publish.mts';
import type { Sample } from './samples.mts';
import { percentile } from './statistics.mts';

/** Publications or watchers, unless fewer are measured, for which every operation is done once before anything is. */
export const WARM = 3000;

/** Starts a server, warms it, and measures throughput and latency of each operation. */
export async function measureLoad(contender: Contender, place: Place, plan: Plan, round: number): Promise<readonly Sample[]> {
  const { name, window } = contender;
  const paced = Math.ceil(plan.rate * plan.seconds);
  await using pair = await start(contender, place, plan.count + paced);
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
  const starts = contenders.map((contender) => async () => {
    const pair = await start(contender, place, plan.count);
    await warm(pair.generator, contender.window, plan.count);
    return pair;
  });
  const all = await weighed(starts, plan.settle, plan.count, ({ contender: { window }, generator }) => generator.run({ kind: 'initial', count: plan.count, window }));
  return all.map(({ contender: { name }, outcome: { wrong, resent }, weight }) => (
    { server: name, where: nameOf(place), operation: 'initial', round: 0, figures: { ...weight }, noise: 0, wrong, resent }));
}

/** Of the first publications, none is left. */
export async function warm(generator: Generator, window: number, measured: number): Promise<void> {
  for (const kind of kinds) await generator.run({ kind, count: Math.min(WARM, measured), window });
}

function start(contender: Contender, place: Place, publications: number): Promise<Pair<Generator>> {
  return Pair.start(contender, () => contender.start(place), (running) => Generator.open(running, place.transport, publications));
}
