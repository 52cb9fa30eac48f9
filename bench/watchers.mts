/** What many watchers mean: `npm run bench:watchers`. What its table says stands in README.md. */
import { setTimeout as wait } from 'node:timers/promises';
import { crowdedAudience } from './audience.mts';
import { ours, type Running } from './contenders.mts';
import type { Weight } from './pair.mts';
import { endServersOnSignals, failed, progress } from './program.mts';
import type { Sample } from './samples.mts';
import { lineOf, resultsTable } from './table.mts';
import { WatchGenerator, type WatchPhase } from './watch-generator.mts';
import { measureWatchPhase, watchOperations, type Shown } from './watch-measure.mts';
import { usage, watchersPlanOf, type WatchersPlan } from './watchers-plan.mts';

const server = ours();
const { window } = server;
/** Addresses of the loopback network at which the watchers are. */
const PLACES = 10;
/** Watchers for whom every operation is done once before anything is measured. */
const WARM = 3000;

/** All that is measured, one after the other, at one server. */
class Run {
  readonly #samples: Sample[] = [];

  constructor(private readonly plan: WatchersPlan, private readonly running: Running, private readonly generator: WatchGenerator) {}

  async run(): Promise<readonly Sample[]> {
    const { count, crowd, each, changes, rate, seconds } = this.plan;
    const others = { from: 1, count: Math.ceil((count - crowd) / each) };
    const [all, one, many] = [`${named(count)} watchers`, `${named(crowd)} watch one`, `${named(each)} watch each of ${named(others.count)}`];
    await this.#warm(others.count);
    const empty = await this.#weigh();
    await this.#measure(all, { kind: 'subscribe', count, window });
    await this.#weighed(all, 'subscribe', empty);
    await this.#measure(one, { kind: 'notify', count: changes, window: 1, among: { from: 0, count: 1 } }, ['throughput', 'latency']);
    await this.#measure(many, { kind: 'notify', count: others.count, window: Math.ceil(window / each), among: others });
    await this.#measure(`${many}, ${named(rate)} a second`, { kind: 'notify', count: Math.ceil(rate * seconds / each), rate: rate / each, window, among: others });
    await this.#measure(all, { kind: 'unsubscribe', count, window });
    await this.#weighed(all, 'unsubscribe', empty);
    return this.#samples;
  }

  /** Each address has a state afterwards, and nobody watches. */
  async #warm(others: number): Promise<void> {
    const { count, crowd, each } = this.plan;
    await this.generator.run({ kind: 'publish', count: 1 + others, window });
    const watchers = { from: crowd, count: Math.min(WARM, count - crowd) };
    const addresses = { from: 1, count: Math.ceil(watchers.count / each) };
    for (const kind of watchOperations) {
      const among = kind === 'notify' ? addresses : watchers;
      await this.generator.run({ kind, count: among.count, window, among });
    }
  }

  async #measure(where: string, phase: WatchPhase, shown?: readonly Shown[]): Promise<void> {
    await this.running.server.ask('watch');
    const sample = await measureWatchPhase(this.running, this.generator, phase, labelOf(where), shown);
    const { gap } = await this.running.server.ask('usage');
    this.#note({ ...sample, figures: { ...sample.figures, gap } });
  }

  /** When the transactions have ended and the garbage is collected. */
  async #weigh(): Promise<Weight> {
    progress(`${this.plan.settle} s until memory is weighed`);
    await wait(1000 * this.plan.settle);
    return { live: await this.running.live(), bytes: this.running.server.bytes() };
  }

  /** What there is more than when nobody watched, for each watcher. */
  async #weighed(where: string, operation: string, empty: Weight): Promise<void> {
    const { live, bytes } = await this.#weigh();
    const figures = { live: (live - empty.live) / this.plan.count, bytes: (bytes - empty.bytes) / this.plan.count };
    this.#note({ ...labelOf(where), operation, figures, noise: 0, wrong: new Map(), resent: 0 });
  }

  #note(sample: Sample): void {
    this.#samples.push(sample);
    progress(lineOf(sample));
  }
}

endServersOnSignals();
try {
  const plan = watchersPlanOf(process.argv.slice(2));
  if (plan === undefined) console.log(usage);
  else console.log(resultsTable(await watch(plan)));
} catch (error) {
  failed(error);
}

async function watch(plan: WatchersPlan): Promise<readonly Sample[]> {
  if (server.startWatched === undefined) throw new Error('packages/event-notifier has no plugin, or is not built.');
  const running = await server.startWatched({
    sip_event_notifier_max_watchers: plan.count, sip_event_notifier_max_per_aor: Math.max(plan.crowd, plan.each), sip_event_compositor_max_publications: plan.count,
  });
  try {
    using generator = await WatchGenerator.open(running, crowdedAudience(plan.count, plan.crowd, plan.each), PLACES);
    return await new Run(plan, running, generator).run();
  } finally {
    await running.server.stop();
  }
}

function labelOf(where: string): Pick<Sample, 'server' | 'where' | 'round'> {
  return { server: server.name, where, round: 0 };
}

function named(count: number): string {
  return count.toLocaleString('en');
}
