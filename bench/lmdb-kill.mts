/**
 * Kills a server with the store in LMDB under load, again and again, and compares what is stored with what was answered.
 * Run: node --import tsx -C @nksip-ts/source bench/lmdb-kill.mts [rounds] [PUBLISH a second] [seed]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killRound, numbersOf } from '../test/event-store-lmdb/kill-rounds.ts';

const [rounds = 50, rate = 2000, seed = Date.now() % 2 ** 32] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), 'nksip-ts-lmdb-kill-'));
const random = numbersOf(seed);
const sum = { answered: 0, removed: 0, unknown: 0, wrong: 0 };
console.log(`seed ${seed}`);
for (let round = 0; round < rounds; round++) {
  const { answered, removed, unknown, wrong } = await killRound(join(directory, 'state'), round, random, rate);
  for (const line of wrong) console.log(`round ${round}: ${line}`);
  sum.answered += answered;
  sum.removed += removed;
  sum.unknown += unknown;
  sum.wrong += wrong.length;
}
rmSync(directory, { recursive: true, force: true });
console.log(`${rounds} rounds at ${rate}/s: ${sum.answered} answered 200, ${sum.removed} of them removals; ${sum.unknown} under way when killed; ${sum.wrong} wrong`);
if (sum.wrong > 0) process.exitCode = 1;
