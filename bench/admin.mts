/** What the operator's desk costs: `npm run bench:admin`. What its table says stands in README.md. */
import { adminPlanOf, usage, type AdminPlan } from './admin-plan.mts';
import { ours, type Running } from './contenders.mts';
import { DeskClients } from './desk-clients.mts';
import { Generator } from './generator.mts';
import { endServersOnSignals, failed, progress } from './program.mts';
import { percentile, spread } from './statistics.mts';

interface Measured {
  /** Microseconds of CPU for a request. */
  readonly cpu: number;
  /** Milliseconds for which the event loop stood still at most, and in which 99 of 100 requests were answered. */
  readonly gap: number;
  readonly late: number;
}

const { window } = ours();

async function measure({ server }: Running, generator: Generator, url: string, { count, rate, seconds, readers, listings }: AdminPlan, isWatched: boolean): Promise<Measured> {
  const clients = isWatched ? await DeskClients.start(url, readers, listings) : undefined;
  const before = await server.ask('watch');
  const many = Math.ceil(rate * seconds);
  const { times, wrong } = await generator.run({ kind: 'modify', count: many, rate, window, publication: (index) => index % count });
  const after = await server.ask('usage');
  const looked = await clients?.stop();
  if (wrong.size > 0) throw new Error(`wrong responses: ${[...wrong].map(([what, times]) => `${what} (${times})`).join(', ')}`);
  const measured = { cpu: 1e6 * (after.cpu - before.cpu) / many, gap: after.gap, late: percentile(times, 0.99) };
  progress(`${isWatched ? 'with   ' : 'without'} ${text(measured)}${looked === undefined ? '' : `; ${looked.events} events read, ${looked.items} publications listed on ${looked.pages} pages`}`);
  return measured;
}

function text({ cpu, gap, late }: Measured): string {
  return `${cpu.toFixed(1)} us of CPU a request, the event loop stood still for ${gap.toFixed(1)} ms at most, 99 % answered within ${late.toFixed(1)} ms`;
}

function row(name: string, measured: readonly Measured[]): string {
  const columns = (['cpu', 'gap', 'late'] as const).map((figure) => {
    const { median, min, max } = spread(measured.map((one) => one[figure])) ?? { median: NaN, min: NaN, max: NaN };
    return `${median.toFixed(1)} (${min.toFixed(1)} to ${max.toFixed(1)})`;
  });
  return `| ${[name, ...columns].join(' | ')} |`;
}

async function run(plan: AdminPlan): Promise<void> {
  const running = await ours().start({ transport: 'udp', store: 'ram' }, { plugins: ['event-compositor', 'admin'], sip_admin_listen: '127.0.0.1:0' });
  try {
    const [, url = ''] = /its page is (http:\S+)/.exec(running.server.printed) ?? [];
    using generator = await Generator.open(running, 'udp', plan.count);
    await generator.run({ kind: 'initial', count: plan.count, window });
    // Whatever is compiled only when it is used often.
    await measure(running, generator, url, plan, true);
    const [without, withClients]: [Measured[], Measured[]] = [[], []];
    for (let round = 0; round < plan.rounds; round++) {
      const order = round % 2 === 0 ? [false, true] : [true, false];
      for (const isWatched of order) (isWatched ? withClients : without).push(await measure(running, generator, url, plan, isWatched));
    }
    const ratios = spread(without.map(({ cpu }, round) => (withClients[round]?.cpu ?? NaN) / cpu));
    console.log([
      `${plan.rate} PUBLISH/s, ${plan.count} publications; median of ${plan.rounds} rounds (lowest to highest)`, '',
      '| | CPU, us a request | longest pause, ms | 99 % answered within, ms |', '| --- | --- | --- | --- |',
      row('nobody looks', without), row(`${plan.readers} read events, ${plan.listings} list everything`, withClients), '',
      `CPU with them by CPU without: ${ratios?.median.toFixed(2)} (${ratios?.min.toFixed(2)} to ${ratios?.max.toFixed(2)})`,
    ].join('\n'));
  } finally {
    await running.server.stop();
  }
}

endServersOnSignals();
try {
  const plan = adminPlanOf(process.argv.slice(2));
  if (plan === undefined) console.log(usage);
  else await run(plan);
} catch (error) {
  failed(error);
}
