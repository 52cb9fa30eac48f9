/** The measurements of `npm run bench -- --only watch`. */
import { evenAudience } from './audience.mts';
import { nameOf, type Contender, type Place, type Running } from './contenders.mts';
import { WARM } from './measure.mts';
import { metered } from './meter.mts';
import { Pair, weighed } from './pair.mts';
import type { Plan } from './plan.mts';
import type { Sample } from './samples.mts';
import { percentile } from './statistics.mts';
import { WatchGenerator, type WatchKind, type WatchOutcome, type WatchPhase } from './watch-generator.mts';

/** So many watch each address. */
const EACH = 5;
/** In the order in which they can be done. */
export const watchOperations = ['subscribe', 'resubscribe', 'notify', 'unsubscribe'] as const;

/** Starts a server, warms it, and measures what each operation costs, and how soon the last watcher knows of a change. */
export async function measureWatch(contender: Contender, place: Place, plan: Plan, round: number): Promise<readonly Sample[]> {
  await using pair = await start(contender, plan);
  const { running, generator } = pair;
  const label = { server: contender.name, where: nameOf(place), round };
  const samples: Sample[] = [];
  for (const kind of watchOperations) {
    samples.push(await measureWatchPhase(running, generator, phaseOf(kind, contender, plan.count), label));
    if (kind !== 'notify') continue;
    const changes = Math.ceil(plan.rate * plan.seconds / EACH);
    samples.push(await measureWatchPhase(running, generator, { ...phaseOf(kind, contender, plan.count), count: changes, rate: plan.rate / EACH }, label));
  }
  return samples;
}

export type Shown = 'throughput' | 'latency';

/** Latency if the phase has a rate, else throughput, unless told what is `shown`: of NOTIFYs if it is their operation. */
export async function measureWatchPhase(
  { server }: Running, generator: WatchGenerator, phase: WatchPhase, label: Pick<Sample, 'server' | 'where' | 'round'>,
  shown: readonly Shown[] = [phase.rate === undefined ? 'throughput' : 'latency'],
): Promise<Sample> {
  const { result, cpu, seconds, noise } = await metered(server, () => generator.run(phase));
  const count = phase.kind === 'notify' ? result.notified : phase.count;
  return {
    ...label, operation: phase.kind, noise, ...remarks(result),
    figures: {
      ...(shown.includes('throughput') && { cpu: 10_000 * cpu / count, rate: count / seconds }),
      ...(shown.includes('latency') && { p50: percentile(result.times, 0.5), p99: percentile(result.times, 0.99), p999: percentile(result.times, 0.999) }),
    },
    ...(shown.includes('throughput') && { busy: cpu / seconds }),
  };
}

/** Bytes for each watcher, when the transactions have ended and the garbage is collected; all servers side by side. */
export async function measureWatchers(contenders: readonly Contender[], place: Place, plan: Plan): Promise<readonly Sample[]> {
  const starts = contenders.map((contender) => () => start(contender, plan));
  const all = await weighed(starts, plan.settle, plan.count, ({ contender, generator }) => generator.run(phaseOf('subscribe', contender, plan.count)));
  return all.map(({ contender: { name }, outcome, weight }) => (
    { server: name, where: nameOf(place), operation: 'subscribe', round: 0, figures: { ...weight }, noise: 0, ...remarks(outcome) }));
}

function remarks({ wrong, resent, repeated, dropped }: WatchOutcome): Pick<Sample, 'wrong' | 'resent' | 'repeated' | 'dropped'> {
  return { wrong, resent, repeated, dropped };
}

/** Each address has a state, the server is warm, and nobody watches. */
async function start(contender: Contender, { count }: Plan): Promise<Pair<WatchGenerator>> {
  const { name, startWatched } = contender;
  if (startWatched === undefined) throw new Error(`${name} has no watchers`);
  const audience = evenAudience(count, EACH);
  const pair = await Pair.start(contender, startWatched, (running) => WatchGenerator.open(running, audience));
  try {
    await pair.generator.run(phaseOf('publish', contender, count));
    const warm = Math.min(WARM, count);
    for (const kind of watchOperations) {
      const phase = phaseOf(kind, contender, warm);
      await pair.generator.run({ ...phase, among: { from: 0, count: phase.count } });
    }
    return pair;
  } catch (error) {
    await pair[Symbol.asyncDispose]();
    throw error;
  }
}

/** For so many watchers. At most `window` NOTIFYs are due at a time. */
function phaseOf(kind: WatchKind, { window }: Contender, watchers: number): WatchPhase {
  const addresses = Math.ceil(watchers / EACH);
  if (kind === 'publish') return { kind, count: addresses, window };
  return kind === 'notify' ? { kind, count: addresses, window: Math.ceil(window / EACH) } : { kind, count: watchers, window };
}
