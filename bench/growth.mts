/** How cost grows: `npm run bench:growth`. What its table says stands in README.md. */
import { setTimeout as wait } from 'node:timers/promises';
import { ours, projectRoot, type Running } from './contenders.mts';
import { Generator, scattered } from './generator.mts';
import { growthPlanOf, usage, type GrowthPlan } from './growth-plan.mts';
import { measurePhase, warm } from './measure.mts';
import { endServersOnSignals, failed, progress } from './program.mts';
import { kinds, type Kind } from './publish.mts';
import type { Sample } from './samples.mts';
import { lineOf, resultsTable } from './table.mts';

const server = ours('ours', projectRoot, ['--max-old-space-size=6000']);
const { window } = server;
const limits = { sip_event_compositor_max_publications: 10_000_000, sip_event_compositor_max_per_aor: 1_000_000 };

interface Bench {
  readonly plan: GrowthPlan;
  readonly running: Running;
  note(sample: Sample): void;
}

/** Requests of every operation, on these publications. */
interface Operations {
  readonly where: string;
  readonly kinds: readonly Kind[];
  publication(kind: Kind, index: number): number;
  /** So many are sent as asked for, or a few more. */
  rounded(count: number): number;
}

endServersOnSignals();
try {
  const plan = growthPlanOf(process.argv.slice(2));
  if (plan === undefined) console.log(usage);
  else await grow(plan);
} catch (error) {
  failed(error);
}

async function grow(plan: GrowthPlan): Promise<void> {
  const samples: Sample[] = [];
  const note = (sample: Sample): void => {
    samples.push(sample);
    progress(lineOf(sample));
  };
  const parts = { stored, crowded, expiry };
  for (const part of plan.parts) {
    const running = await server.start({ transport: 'udp', store: 'ram' }, limits);
    try {
      await parts[part]({ plan, running, note });
    } finally {
      await running.server.stop();
    }
  }
  console.log(resultsTable(samples));
}

/** More and more is stored. */
async function stored(bench: Bench): Promise<void> {
  const { plan, running, note } = bench;
  const most = Math.max(...plan.sizes);
  using generator = await Generator.open(running, 'udp', most + mostRequests(plan));
  await warm(generator, window, plan.count);
  let filled = 0;
  for (const size of plan.sizes) {
    const label = labelOf(`${size.toLocaleString('en')} stored`);
    const from = filled;
    await running.server.ask('watch');
    const filling = await measurePhase(running, generator, { kind: 'initial', count: size - from, publication: (index) => from + index, window }, label);
    const { gap } = await running.server.ask('usage');
    note({ ...filling, operation: 'filling', figures: { ...filling.figures, gap } });
    filled = size;
    await measureOperations(bench, generator, {
      where: label.where, kinds, rounded: (count) => count,
      publication: (kind, index) => kind === 'refresh' || kind === 'modify' ? scattered(index, size) : most + index,
    });
    // Last: after it the code has to become warm again.
    const { collected } = await running.server.ask('gc');
    note({ ...label, operation: 'full GC', figures: { gap: collected }, noise: 0, wrong: new Map(), resent: 0 });
  }
}

/** Every address of record has so many publications. */
async function crowded(bench: Bench): Promise<void> {
  const { plan, running } = bench;
  for (const perAor of plan.perAor) {
    const rounded = (count: number): number => Math.ceil(count / perAor) * perAor;
    using generator = await Generator.open(running, 'udp', rounded(mostRequests(plan)), perAor);
    await warm(generator, window, plan.count);
    // A request for a tag that is not there asks for an address of record that has none.
    await measureOperations(bench, generator, {
      where: `${perAor.toLocaleString('en')} per AOR`, kinds: kinds.filter((kind) => kind !== '412'), publication: (_, index) => index, rounded,
    });
  }
}

/** All are over within one second, while others are published. */
async function expiry({ plan, running, note }: Bench): Promise<void> {
  const [before, after] = [3, 7];
  const count = plan.rate * (before + after);
  using generator = await Generator.open(running, 'udp', Math.max(plan.count, plan.expiring + count));
  await warm(generator, window, plan.count);
  const end = performance.now() + 15_000 + plan.expiring / 8;
  const expires = (): number => Math.max(1, Math.round((end - performance.now()) / 1000));
  const label = labelOf(`${plan.expiring.toLocaleString('en')} over in a second`);
  note({ ...await measurePhase(running, generator, { kind: 'initial', count: plan.expiring, window, expires }, label), operation: 'filling' });
  const rest = end - 1000 * before - performance.now();
  if (rest < 0) throw new Error(`The store could not be filled in time. Ask for fewer than --expiring ${plan.expiring}.`);
  await wait(rest);
  await running.server.ask('watch');
  const sample = await measurePhase(running, generator, { kind: 'initial', count, rate: plan.rate, publication: (index) => plan.expiring + index, window }, label);
  const { gap } = await running.server.ask('usage');
  note({ ...sample, figures: { ...sample.figures, gap } });
  const { wrong } = await generator.run({ kind: 'refresh', count: Math.min(1000, plan.expiring), window });
  if (wrong.get('412 for 200') !== Math.min(1000, plan.expiring)) throw new Error('Publications were found whose time was over.');
}

async function measureOperations({ plan, running, note }: Bench, generator: Generator, { where, kinds: measured, publication, rounded }: Operations): Promise<void> {
  for (const pace of [{ count: rounded(plan.count) }, { count: rounded(Math.ceil(plan.rate * plan.seconds)), rate: plan.rate }]) {
    for (const kind of measured) {
      note(await measurePhase(running, generator, { ...pace, kind, publication: (index) => publication(kind, index), window }, labelOf(where)));
    }
  }
}

function mostRequests({ count, rate, seconds }: GrowthPlan): number {
  return Math.max(count, Math.ceil(rate * seconds));
}

function labelOf(where: string): Pick<Sample, 'server' | 'where' | 'round'> {
  return { server: server.name, where, round: 0 };
}
