import { figureOf, figures, ratioOf, type Figure, type Sample } from './samples.mts';
import type { Spread } from './statistics.mts';

const titles: Readonly<Record<Figure, string>> = { cpu: 'CPU-s/10k', rate: 'requests/s', p50: 'p50 ms', p99: 'p99 ms', p999: 'p99.9 ms', gap: 'gap ms', live: 'bytes live', bytes: 'bytes PSS' };
const digits: Readonly<Record<Figure, number>> = { cpu: 3, rate: 0, p50: 3, p99: 3, p999: 3, gap: 1, live: 0, bytes: 0 };
/** CPUs: with less the server waited; with more somebody else disturbed. */
const BUSY = 0.95;
const NOISY = 0.2;

/** Medians of the rounds. */
export function resultsTable(samples: readonly Sample[]): string {
  const shown = shownFigures(samples);
  const rows = [...groups(samples).values()].flatMap(({ where, servers }) => [...servers].map(([server, its]) => (
    [...where, server, ...shown.map((figure) => text(figureOf(its, figure)?.median, digits[figure])), notes(its).join(', ')])));
  return table(['where', 'operation', 'server', ...shown.map((figure) => titles[figure]), 'notes'], rows);
}

/** What `first` needs by what each other one does, within a round: the median, the least and the most. */
export function ratioTable(samples: readonly Sample[], first: string): string {
  const shown = shownFigures(samples);
  const rows = [...groups(samples).values()].filter(({ servers }) => servers.has(first)).flatMap(({ where, servers }) => [...servers].filter(([server]) => server !== first).map(([server, its]) => (
    [...where, `${first} / ${server}`, ...shown.map((figure) => ratioText(ratioOf(servers.get(first) ?? [], its, figure)))])));
  return rows.length === 0 ? '' : table(['where', 'operation', 'ratio', ...shown.map((figure) => titles[figure])], rows);
}

/** For those who wait. */
export function lineOf(sample: Sample): string {
  const shown = figures.flatMap((figure) => {
    const value = sample.figures[figure];
    return value === undefined ? [] : `${titles[figure]} ${text(value, digits[figure])}`;
  });
  return `${sample.where}, ${sample.server}, ${sample.operation}: ${[...shown, ...notes([sample])].join(', ')}`;
}

/** What there is to say about measurements, if anything. */
export function notes(samples: readonly Sample[]): readonly string[] {
  const busy = Math.min(...samples.flatMap((sample) => sample.busy ?? []));
  const noise = Math.max(...samples.map((sample) => sample.noise));
  const wrong = new Map<string, number>();
  for (const [what, count] of samples.flatMap((sample) => [...sample.wrong])) wrong.set(what, (wrong.get(what) ?? 0) + count);
  const total = (what: 'resent' | 'repeated' | 'dropped'): number => samples.reduce((sum, { [what]: count = 0 }) => sum + count, 0);
  return [
    ...[...wrong].map(([what, count]) => `WRONG ${count}: ${what}`),
    ...(['resent', 'repeated', 'dropped'] as const).flatMap((what) => total(what) > 0 ? [`${what} ${total(what)}`] : []),
    ...samples.flatMap(({ shares = [] }) => shares.length > 1 ? [shares.map((share) => `${Math.round(100 * share)} %`).join('/')] : []),
    ...(busy < BUSY ? [`busy ${busy.toFixed(2)}`] : []),
    ...(noise > NOISY ? [`noisy ${noise.toFixed(2)}`] : []),
  ];
}

/** In Markdown, and in columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = widths.map((_, column) => rows.every((row) => /^(-|-?[\d.,]+( \(.*\))?)$/.test(row[column] ?? '')));
  const line = (cells: readonly string[]): string => `| ${widths.map((width, column) => (isNumber[column] ? (cells[column] ?? '').padStart(width) : (cells[column] ?? '').padEnd(width))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (isNumber[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

export function text(value: number | undefined, places: number): string {
  return value === undefined ? '-' : value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}

export function ratioText(ratio: Spread | undefined): string {
  return ratio === undefined ? '-' : `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)})`;
}

interface Group { readonly where: readonly string[]; readonly servers: Map<string, Sample[]> }

/** Those that can be compared: of the same place and operation, by server. */
function groups(samples: readonly Sample[]): Map<string, Group> {
  const all = new Map<string, Group>();
  for (const sample of samples) {
    const where = [sample.where, sample.operation];
    const group = all.get(where.join()) ?? { where, servers: new Map<string, Sample[]>() };
    all.set(where.join(), group);
    group.servers.set(sample.server, [...(group.servers.get(sample.server) ?? []), sample]);
  }
  return all;
}

function shownFigures(samples: readonly Sample[]): readonly Figure[] {
  return figures.filter((figure) => samples.some((sample) => sample.figures[figure] !== undefined));
}
