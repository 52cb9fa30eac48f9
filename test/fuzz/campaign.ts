import { cpuTimeOf } from '../kit/cpu-time.ts';
import { Random } from './random.ts';
import { shortest } from './shortest.ts';
import type { Input, Target } from './target.ts';

/** Something broke. */
export interface Finding {
  readonly target: string;
  /** of the run that found it: with this seed it is the first run */
  readonly seed: number;
  readonly problem: string;
  readonly input: Input;
}

export interface Budget {
  /** at most so many runs */
  readonly runs?: number;
  /** milliseconds */
  readonly time?: number;
}

export interface Campaign {
  readonly runs: number;
  readonly bytes: number;
  readonly finding?: Finding;
}

/** Called before each run. */
export type Progress = (runs: number, seed: number) => void;

/** Milliseconds of CPU. No input of ours takes the codec a hundredth of this. */
const tooLong = 2000;

/** Runs between two breaths, in which timers run and memory is given back. */
const stretch = 200;

/** Run i has the seed `seed` + i, so that one run can be had again without those before it. Stops at the first finding. */
export async function campaign(target: Target, seed: number, budget: Budget, progress: Progress = () => undefined): Promise<Campaign> {
  const end = Date.now() + (budget.time ?? Number.POSITIVE_INFINITY);
  let bytes = 0;
  let runs = 0;
  for (; runs < (budget.runs ?? Number.POSITIVE_INFINITY) && Date.now() < end; runs++) {
    const runSeed = (seed + runs) >>> 0;
    progress(runs, runSeed);
    const input = target.make(new Random(runSeed));
    for (const piece of input) bytes += piece.length;
    const problem = await problemOf(target, input);
    if (problem !== undefined) return { runs: runs + 1, bytes, finding: { target: target.name, seed: runSeed, problem, input: await shortest(input, breaksLike(target, problem)) } };
    const left = runs % stretch === stretch - 1 ? await problemAtRest(target) : undefined;
    // Any of the runs before may have left it: there is nothing to shorten.
    if (left !== undefined) return { runs: runs + 1, bytes, finding: { target: target.name, seed: runSeed, problem: `After ${runs + 1} runs: ${left}`, input } };
  }
  return { runs, bytes };
}

async function problemAtRest(target: Target): Promise<string | undefined> {
  try {
    await target.rest?.();
    await new Promise((resolve) => { setImmediate(resolve); });
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** What is wrong with a run; undefined if nothing is. */
export async function problemOf(target: Target, input: Input): Promise<string | undefined> {
  try {
    let running: ReturnType<Target['run']> = undefined;
    const time = cpuTimeOf(() => { running = target.run(input); });
    if (running !== undefined) await running;
    else if (time > tooLong && isSlow(target, input)) return `it took more than ${tooLong} ms of CPU, three times`;
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

function isSlow(target: Target, input: Input): boolean {
  return [1, 2].every(() => cpuTimeOf(() => { void target.run(input); }) > tooLong);
}

/** Whether a smaller input still breaks in the same place: another problem is another finding. */
function breaksLike(target: Target, problem: string): (input: Input) => Promise<boolean> {
  return async (input) => {
    const other = await problemOf(target, input);
    return other !== undefined && placeOf(other) === placeOf(problem);
  };
}

/** The line of the code that complained; a time-out has none that tells anything, but one sentence. */
function placeOf(problem: string): string {
  const places = problem.split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('target.ts:20'));
  return places[0] ?? problem;
}
