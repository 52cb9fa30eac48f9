import { setTimeout as wait } from 'node:timers/promises';
import type { Contender, Running } from './contenders.mts';

/** A server and the generator that asks it. */
export class Pair<Generator extends Disposable> implements AsyncDisposable {
  private constructor(readonly contender: Contender, readonly running: Running, readonly generator: Generator) {}

  static async start<Generator extends Disposable>(contender: Contender, start: () => Promise<Running>, open: (running: Running) => Promise<Generator>): Promise<Pair<Generator>> {
    const running = await start();
    try {
      return new Pair(contender, running, await open(running));
    } catch (error) {
      await running.server.stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.generator[Symbol.dispose]();
    await this.running.server.stop();
  }
}

/** Bytes. */
export interface Weight {
  readonly live: number;
  readonly bytes: number;
}

export interface Weighed<Outcome> {
  readonly contender: Contender;
  readonly outcome: Outcome;
  readonly weight: Weight;
}

/**
 * What each server has more after `fill`, divided by `count`; all of them side by side. Before each look `settle` seconds pass, in which transactions end,
 * and garbage is collected.
 */
export async function weighed<Generator extends Disposable, Outcome>(
  starts: readonly (() => Promise<Pair<Generator>>)[], settle: number, count: number, fill: (pair: Pair<Generator>) => Promise<Outcome>,
): Promise<readonly Weighed<Outcome>[]> {
  const pairs: Pair<Generator>[] = [];
  try {
    for (const start of starts) pairs.push(await start());
    await wait(1000 * settle);
    const empty = await Promise.all(pairs.map(weigh));
    const outcomes: Outcome[] = [];
    for (const pair of pairs) outcomes.push(await fill(pair));
    await wait(1000 * settle);
    return await Promise.all(outcomes.map(async (outcome, index) => {
      const [pair, before] = [pairs[index]!, empty[index]!];
      const { live, bytes } = await weigh(pair);
      return { contender: pair.contender, outcome, weight: { live: (live - before.live) / count, bytes: (bytes - before.bytes) / count } };
    }));
  } finally {
    for (const pair of pairs) await pair[Symbol.asyncDispose]();
  }
}

async function weigh({ running: { server, live } }: Pair<Disposable>): Promise<Weight> {
  return { live: await live(), bytes: server.bytes() };
}
