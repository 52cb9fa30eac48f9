import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const kinds = ['initial', 'refresh', 'modify', 'remove'] as const;
export type Kind = (typeof kinds)[number];

/** What one request costs. */
export interface Work {
  /** Allocated in the heap, beyond what a bare Node server allocates to receive a datagram and to send one. */
  readonly bytes: number;
  /** How often a piece of code, from one branch to the next, is run, by file. */
  readonly steps: Readonly<Record<string, number>>;
}

export type CountedWork = Readonly<Record<Kind, Work>>;

/** A SUBSCRIBE with its first NOTIFY, and a NOTIFY of a change: one of ten, with its part of the PUBLISH and of the document that all ten have. */
export const watchKinds = ['subscribe', 'notify'] as const;
export type WatchKind = (typeof watchKinds)[number];
export type CountedWatch = Readonly<Record<WatchKind, Work>>;

/** A REGISTER of one contact. */
export const registerKinds = ['initial', 'refresh', 'remove'] as const;
export type RegisterKind = (typeof registerKinds)[number];
export type CountedRegister = Readonly<Record<RegisterKind, Work>>;

/** What is recorded: a count of an earlier state of the code. */
export const record = new URL('counted-work.json', import.meta.url);
export const watchRecord = new URL('counted-watch.json', import.meta.url);
export const registerRecord = new URL('counted-register.json', import.meta.url);

/**
 * The young generation has room for all that is allocated, so that nothing is collected; and nothing is compiled, so that what
 * the code allocates is allocated, whatever an optimizer would make of it after how long. So two counts differ by less than 1 %.
 */
const flags = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128', '--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode'];

/** Counts, in a process of its own. */
export function countWork(): CountedWork {
  return counted('count-work.ts') as CountedWork;
}

export function countWatch(): CountedWatch {
  return counted('count-watch.ts') as CountedWatch;
}

export function countRegister(): CountedRegister {
  return counted('count-register.ts') as CountedRegister;
}

function counted(program: string): unknown {
  const child = fileURLToPath(new URL(program, import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, '--import', 'tsx', '-C', '@nksip-ts/source', child], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${child} ended with ${String(status)}:\n${stderr}`);
  return JSON.parse(stdout);
}

/** How much more something may be than it was. */
const TOLERANCE = 1.15;

/** What grew too much; '' if nothing did. */
export function growth(before: CountedWork, now: CountedWork): string {
  return kinds.flatMap((kind) => grownOf(`a PUBLISH (${kind})`, before[kind], now[kind])).join('\n');
}

export function watchGrowth(before: CountedWatch, now: CountedWatch): string {
  return watchKinds.flatMap((kind) => grownOf(`a ${kind.toUpperCase()}`, before[kind], now[kind])).join('\n');
}

export function registerGrowth(before: CountedRegister, now: CountedRegister): string {
  return registerKinds.flatMap((kind) => grownOf(`a REGISTER (${kind})`, before[kind], now[kind])).join('\n');
}

function grownOf(what: string, before: Work, now: Work): string[] {
  return [
    ...grown(`bytes allocated for ${what}`, before.bytes, now.bytes, ''),
    ...grown(`steps of ${what}`, sum(before.steps), sum(now.steps), filesThatGrew(before, now)),
  ];
}

function grown(what: string, before: number, now: number, where: string): string[] {
  return now > before * TOLERANCE ? [`${what}: ${now}, were ${before} (+${Math.round((now / before - 1) * 100)} %)${where}`] : [];
}

function sum(steps: Work['steps']): number {
  return Object.values(steps).reduce((all, count) => all + count, 0);
}

function filesThatGrew(before: Work, now: Work): string {
  const more = Object.entries(now.steps).map(([file, count]): [string, number] => [file, count - (before.steps[file] ?? 0)]);
  const most = more.filter(([, count]) => count > 0).sort(([, one], [, other]) => other - one).slice(0, 5);
  return most.map(([file, count]) => `\n  +${count} in ${file}`).join('');
}
