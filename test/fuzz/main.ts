import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { campaign, problemOf, type Budget, type Campaign } from './campaign.ts';
import { findingText, readFinding, saveFinding } from './finding.ts';
import { memoryProblem, MemoryWatch } from './memory.ts';
import { Random } from './random.ts';
import { targetNames, type TargetName } from './target.ts';
import { targets } from './targets.ts';
import { isWatched, Pulse, watched } from './watch.ts';

const usage = `npm run fuzz -- [--minutes N | --runs N] [--seed S] [--only ${targetNames.join('|')}] [--save FOLDER]\nnpm run fuzz -- --replay FILE`;

/** Between two lines that tell how far it is (ms). */
const tellEvery = 5000;

interface Order {
  readonly names: readonly TargetName[];
  readonly seed: number;
  readonly budget: Budget;
  readonly folder: string;
}

function orderOf(values: Readonly<Record<string, string | undefined>>): Order | undefined {
  const { minutes, runs, seed = String(Date.now() % 2 ** 32), only, save = tmpdir() } = values;
  const names = targetNames.filter((name) => only === undefined || name === only);
  const numbers = [minutes ?? '1', runs ?? '1', seed].map(Number);
  if (names.length === 0 || numbers.some((number) => !(number >= 0))) return undefined;
  const time = (numbers[0]! * 60_000) / names.length;
  return { names, seed: Math.floor(numbers[2]!), folder: save, budget: runs === undefined ? { time } : { runs: numbers[1]!, ...(minutes !== undefined && { time }) } };
}

async function fuzz(name: TargetName, { seed, budget, folder }: Order): Promise<boolean> {
  const target = await targets[name]();
  const memory = new MemoryWatch();
  const from = Date.now();
  let told = from;
  const pulse = new Pulse(name);
  let now = seed;
  const surprised = (error: unknown): void => {
    const problem = `nobody caught this: ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
    const finding = { target: name, seed: now, problem, input: target.make(new Random(now)) };
    console.error(`${findingText(finding)}\nSaved: ${saveFinding(finding, folder)}`);
    process.exit(1);
  };
  process.on('uncaughtException', surprised);
  try {
    const result = await campaign(target, seed, budget, (runs, runSeed) => {
      now = runSeed;
      pulse.runs(runSeed);
      if (Date.now() - told < tellEvery) return;
      told = Date.now();
      console.log(`${name}: ${runs} runs in ${seconds(from)} s, at seed ${runSeed}, heap ${megabytes(process.memoryUsage().heapUsed)} MB`);
    });
    return report(name, result, from, folder, await memory.growth());
  } finally {
    pulse.stop();
    await target.close();
    process.off('uncaughtException', surprised);
  }
}

function report(name: TargetName, { runs, bytes, finding }: Campaign, from: number, folder: string, growth: number | undefined): boolean {
  const rate = Math.round(runs / Math.max(seconds(from), 0.1));
  console.log(`${name}: ${runs} runs, ${megabytes(bytes)} MB sent, ${seconds(from)} s, ${rate} runs/s, heap ${growth === undefined ? 'not measured' : `${megabytes(growth)} MB more than at the start`}`);
  if (finding !== undefined) console.error(`${findingText(finding)}\nSaved: ${saveFinding(finding, folder)}`);
  const leak = growth === undefined ? undefined : memoryProblem(growth);
  if (leak !== undefined) console.error(`${name}: ${leak}`);
  return finding === undefined && leak === undefined;
}

async function replay(path: string): Promise<boolean> {
  const { target: name, input } = readFinding(path);
  const target = await targets[name]();
  const problem = await problemOf(target, input).finally(() => target.close());
  console.log(problem ?? `${name} takes it now`);
  return problem === undefined;
}

function seconds(from: number): number {
  return Math.round((Date.now() - from) / 100) / 10;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 104_857.6) / 10;
}

async function main(): Promise<boolean> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { minutes: text, runs: text, seed: text, only: text, save: text, replay: text, help: { type: 'boolean' } } });
  if (values.replay !== undefined) return replay(values.replay);
  const { help = false, ...asked } = values;
  if (help) {
    console.log(usage);
    return true;
  }
  const order = orderOf(asked);
  if (order === undefined) {
    console.error(usage);
    return false;
  }
  console.log(`seed ${order.seed}`);
  let sound = true;
  for (const name of order.names) sound = (await fuzz(name, order)) && sound;
  return sound;
}

// The channel to the process that watches would keep this one alive.
process.exitCode = isWatched ? Number(!(await main())) : await watched(import.meta.filename);
process.channel?.unref();
