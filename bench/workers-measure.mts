/** The measurements of `npm run bench -- --only workers`. */
import { ours, projectRoot, type Contender, type Place, type Running } from './contenders.mts';
import { Generator, type Phase } from './generator.mts';
import { WARM } from './measure.mts';
import { metered } from './meter.mts';
import { Pair } from './pair.mts';
import type { Plan } from './plan.mts';
import type { Sample } from './samples.mts';

const common = { sip_event_compositor_etag: 'renew' };

function serving(name: string, workers: number, options: Readonly<Record<string, unknown>> = {}): Contender {
  const contender = ours(name, projectRoot, [], ['--workers', String(workers)], true);
  return { ...contender, start: (place, more) => contender.start(place, { ...common, ...options, ...more }) };
}

/** One process of the command without workers, which the others are measured by, is the second. */
export const workerContenders: readonly [two: Contender, ...others: Contender[]] = [
  serving('2 workers', 2), serving('1 process', 1), serving('2, one socket', 2, { sip_udp_batch: false }),
];

const [, oneProcess] = workerContenders;

/** Ports that the requests come from: of a proxy, and of many phones. */
const sourceCounts = [1, 64];

/** Requests a second: a third of what one process can do. */
export async function thirdOfCapacity(place: Place, plan: Plan): Promise<number> {
  if (oneProcess === undefined) throw new Error('there is nothing to measure by');
  await using pair = await start(oneProcess, place, plan, 64);
  const { seconds } = await metered(pair.running.server, () => pair.generator.run({ kind: 'initial', count: plan.count, window: oneProcess.window }));
  return Math.max(1, Math.round(plan.count / seconds / 3));
}

/** Starts a server for each number of sources, warms it, and measures initial publications: as many as it takes, and `plan.rate` a second. */
export async function measureWorkers(contender: Contender, place: Place, plan: Plan, round: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const sources of sourceCounts) {
    await using pair = await start(contender, place, plan, sources);
    const { window } = contender;
    const paced = Math.ceil(plan.rate * plan.seconds);
    const label = { server: contender.name, round };
    samples.push(await measurePhase(pair, { kind: 'initial', count: plan.count, window }, { ...label, where: `from ${sources}, full` }));
    samples.push(await measurePhase(pair, { kind: 'initial', count: paced, window, rate: plan.rate, publication: (index) => plan.count + index }, { ...label, where: `from ${sources}, ${plan.rate}/s` }));
  }
  return samples;
}

async function measurePhase({ running: { server }, generator }: Pair<Generator>, phase: Phase, label: Pick<Sample, 'server' | 'where' | 'round'>): Promise<Sample> {
  const before = server.cpuOfChildren();
  const { result: { wrong, resent }, cpu, seconds, noise } = await metered(server, () => generator.run(phase));
  const used = server.cpuOfChildren().map((after, worker) => after - (before[worker] ?? 0));
  const all = used.reduce((sum, one) => sum + one, 0);
  const shares = used.map((one) => one / all);
  return { ...label, operation: phase.kind, figures: { cpu: 10_000 * cpu / phase.count, rate: phase.count / seconds }, noise, wrong, resent, shares };
}

async function start(contender: Contender, place: Place, plan: Plan, ports: number): Promise<Pair<Generator>> {
  const publications = plan.count + Math.ceil(plan.rate * plan.seconds);
  const open = async (running: Running): Promise<Generator> => {
    const generator = new Generator('udp', publications, 1, ports);
    await generator.connect(running);
    return generator;
  };
  const pair = await Pair.start(contender, () => contender.start(place), open);
  for (const kind of ['initial', 'remove'] as const) await pair.generator.run({ kind, count: Math.min(WARM, plan.count), window: contender.window });
  return pair;
}
