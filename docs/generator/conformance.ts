import { readFileSync } from 'node:fs';
import { code, table } from './markers.js';
import { idsIn, testTitles, type Title } from './titles.js';

export const conformanceFile = new URL('../conformance.tsv', import.meta.url);

const statuses = ['tested', 'deviation', 'not applicable', 'not yet'] as const;
type Status = (typeof statuses)[number];

/** One requirement. */
export interface Row {
  readonly id: string;
  readonly requirement: string;
  readonly source: string;
  readonly level: string;
  readonly status: Status;
  /** Why it is a deviation or not applicable, or what is missing. */
  readonly note: string;
}

const head = ['id', 'requirement', 'source', 'level', 'status', 'note'].join('\t');

export function readRows(): readonly Row[] {
  const [first, ...lines] = readFileSync(conformanceFile, 'utf8').trimEnd().split('\n');
  if (first !== head) throw new Error(`docs/conformance.tsv must begin with '${head}'`);
  return lines.map((line) => {
    const [id = '', requirement = '', source = '', level = '', status = '', note = ''] = line.split('\t');
    return { id, requirement, source, level, status: statusOf(status, id), note };
  });
}

export function writeRows(rows: readonly Row[]): string {
  return `${[head, ...rows.map((row) => [row.id, row.requirement, row.source, row.level, row.status, row.note].join('\t'))].join('\n')}\n`;
}

function statusOf(text: string, id: string): Status {
  const status = statuses.find((one) => one === text);
  if (status === undefined) throw new Error(`'${text}' of ${id} in docs/conformance.tsv must be one of: ${statuses.join(', ')}`);
  return status;
}

export type TitlesById = ReadonlyMap<string, readonly Title[]>;

export function titlesById(titles: readonly Title[]): TitlesById {
  const byId = new Map<string, Title[]>();
  for (const title of titles) for (const id of idsIn(title.text)) byId.set(id, [...(byId.get(id) ?? []), title]);
  return byId;
}

/** What was `not yet` and has a test now is `tested`. Never the other way round: a test that is lost must be noticed. */
export function promote(rows: readonly Row[], byId: TitlesById): readonly Row[] {
  return rows.map((row) => row.status === 'not yet' && byId.has(row.id) ? { ...row, status: 'tested', note: '' } : row);
}

/** Where the table and the titles disagree, a sentence each. A deviation may have tests: of what is done instead. */
export function disagreements(rows: readonly Row[], byId: TitlesById): readonly string[] {
  const known = new Set(rows.map((row) => row.id));
  const strangers = [...byId.keys()].filter((id) => !known.has(id)).map((id) => `The title '${byId.get(id)?.[0]?.text}' has the id ${id}, which docs/conformance.tsv has not.`);
  return [...strangers, ...rows.flatMap((row) => disagreement(row, byId.get(row.id)?.[0]))];
}

function disagreement({ id, status, note }: Row, title: Title | undefined): readonly string[] {
  if (status === 'tested' && title === undefined) return [`${id} is 'tested' in docs/conformance.tsv, but no test has it in its title.`];
  if (status === 'not yet' && title !== undefined) return [`${id} is 'not yet', but there is the test '${title.text}'.`];
  if (status === 'not applicable' && title !== undefined) return [`${id} is 'not applicable', but there is the test '${title.text}'.`];
  if ((status === 'deviation' || status === 'not applicable') && note === '') return [`${id} is '${status}' without a reason in docs/conformance.tsv.`];
  return [];
}

const parts = [
  ['A', 'The compositor'],
  ['B', 'The publishing client'],
  ['C', 'The notifier'],
  ['D', 'UAS, UAC and transport'],
] as const;

export function conformanceTable(): string {
  const byId = titlesById(testTitles());
  const rows = promote(readRows(), byId);
  return parts.map(([part, title]) => {
    const own = rows.filter((row) => row.id.startsWith(part));
    return [`## ${part}: ${title}`, '', `${tally(own)}.`, '', table(['Id', 'Requirement', 'Source', 'Status'], own.map((row) => [row.id, row.requirement, `${row.source} ${row.level}`.trim(), statusText(row, byId.get(row.id) ?? [])]))].join('\n');
  }).join('\n\n');
}

function tally(rows: readonly Row[]): string {
  return statuses.map((status) => [rows.filter((row) => row.status === status).length, status] as const)
    .filter(([count]) => count > 0).map(([count, status]) => `${count} ${status}`).join(', ');
}

/** So many titles of one requirement are shown. */
const shown = 2;

function statusText({ status, note }: Row, titles: readonly Title[]): string {
  const tests = titles.slice(0, shown).map(({ text, file }) => `${code(readable(text))} (${link(file)})`);
  const more = titles.length > shown ? [`${titles.length - shown} more`] : [];
  const why = note === '' ? status : `${status}: ${note}`;
  return [why, ...tests, ...more].join('; ');
}

/** A title made of a template stands for several. */
function readable(title: string): string {
  return title.replace(/\$\{[^}]*\}/g, '...').replaceAll('`', "'");
}

function link(file: string): string {
  return `[${file.replace(/^test\//, '').replace(/\.test\.ts$/, '')}](../${file})`;
}
